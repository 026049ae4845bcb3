/* Runs in one look-up, before their writes or after. */
#include <stdlib.h>
#include <string.h>

#include "strapi/rest_parts.h"

bool rest_goes_alone(const struct job *job)
{
    const struct message *message = job->message;

    return job->probe || (message->failures > 0 && message->failed_on == ROUTE_LOOKUP);
}

void rest_batch_end(struct batch *batch, const struct outcome *outcome)
{
    struct rest_run *run;

    while ((run = rest_batch_pop(batch)) != NULL)
        rest_run_end_asked(run, outcome);
}

struct rest_run *rest_batch_pop(struct batch *batch)
{
    struct rest_run *run = run_queue_first(&batch->runs);

    if (run != NULL)
        run_queue_remove(&batch->runs, run);
    return run;
}

void rest_batch_forget(struct batch *batch)
{
    LIST_REMOVE(batch, link);
    if (batch->confirms)
        batch->sink->confirm_count--;
    else
        batch->sink->batch_count--;
    batch->sink->in_flight--;
}

void rest_batch_free(struct batch *batch)
{
    run_queue_free(&batch->runs);
    lookup_free(batch->lookup);
    free(batch);
}

static void count_in(struct batch *batch)
{
    LIST_INSERT_HEAD(&batch->sink->batches, batch, link);
    if (batch->confirms)
        batch->sink->confirm_count++;
    else
        batch->sink->batch_count++;
    batch->sink->in_flight++;
}

/* What a look-up will ask for. */
struct wish {
    struct lookup_key keys[LOOKUP_KEYS_MAX]; /* each once */
    char digits[LOOKUP_KEYS_MAX][VALUE_DIGITS_SIZE];
    size_t count;
};

static bool same_field(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool has(const struct wish *wish, const struct lookup_key *key)
{
    for (size_t i = 0; i < wish->count; i++) {
        const struct lookup_key *there = &wish->keys[i];
        if (there->text.len == key->text.len && same_field(there->by, key->by) &&
            memcmp(there->text.text, key->text.text, key->text.len) == 0)
            return true;
    }
    return false;
}

/* Whether the job's key is among those asked for now. */
static bool add_job(struct wish *wish, const struct rest_run *run, const struct job *job,
                    size_t max)
{
    char digits[VALUE_DIGITS_SIZE];
    struct lookup_key key = run->sink->effect->key(run, job->message, digits);

    if (has(wish, &key))
        return true;
    if (wish->count == max)
        return false;
    if (key.text.text == digits)
        key.text.text = memcpy(wish->digits[wish->count], digits, sizeof digits);
    wish->keys[wish->count++] = key;
    return true;
}

/* How many of the first jobs of a run that resolves are asked for. One that is to go alone has nobody
 * behind it, nor in front. */
static size_t add_addresses(struct wish *wish, const struct rest_run *run, size_t max)
{
    const struct job *job = run->jobs.first;
    size_t count = 0;

    for (; job != NULL && add_job(wish, run, job, max); job = job->next) {
        count++;
        if (rest_goes_alone(job) || (job->next != NULL && rest_goes_alone(job->next)))
            break;
    }
    return count;
}

static size_t add_run(struct wish *wish, const struct rest_run *run, size_t max)
{
    if (run->resolves)
        return add_addresses(wish, run, max);
    return add_job(wish, run, run->jobs.first, max) ? run->jobs.count : 0;
}

/* Decides of which runs, `asked` says so, the batch holds what. */
static void choose(const struct batch *batch, struct wish *wish, const struct run_queue *from,
                   size_t max)
{
    const struct rest_run *first = run_queue_first(from);
    bool alone = !batch->confirms && rest_goes_alone(rest_run_head(first));
    struct rest_run *run;

    wish->count = 0;
    TAILQ_FOREACH (run, &from->list, link) {
        bool fits =
            run == first || (!alone && (batch->confirms || !rest_goes_alone(rest_run_head(run))));
        run->asked = fits ? add_run(wish, run, max) : 0;
    }
}

static void take_chosen(struct batch *batch, struct run_queue *from)
{
    struct rest_run *run = run_queue_first(from), *next;

    for (; run != NULL; run = next) {
        next = TAILQ_NEXT(run, link);
        if (run->asked == 0)
            continue;
        run_queue_remove(from, run);
        run_queue_push(&batch->runs, run);
    }
}

static void fill(struct batch *batch, struct wish *wish, struct run_queue *from, size_t max)
{
    size_t fit;

    choose(batch, wish, from, max);
    fit = lookup_fit(batch->sink->options.target, wish->keys, wish->count);
    if (fit < wish->count)
        choose(batch, wish, from, fit);
    batch->key_count = wish->count;
    take_chosen(batch, from);
}

struct lookup_key rest_run_key(const struct rest_run *run, char digits[VALUE_DIGITS_SIZE])
{
    return run->sink->effect->key(run, run->jobs.first->message, digits);
}

size_t rest_batch_place(const struct batch *batch, const struct rest_run *run)
{
    char digits[VALUE_DIGITS_SIZE];
    struct lookup_key key = rest_run_key(run, digits);

    return lookup_place(batch->lookup, &key);
}

int rest_batch_start(struct rest_sink *sink, struct run_queue *from, size_t max, bool confirms,
                     void (*done)(void *, struct lookup *, enum lookup_result))
{
    struct batch *batch = calloc(1, sizeof *batch);
    struct wish wish;
    struct outcome outage = {.verdict = VERDICT_OUTAGE, .route = ROUTE_LOOKUP};

    if (batch == NULL)
        return -1;
    batch->sink = sink;
    batch->confirms = confirms;
    run_queue_init(&batch->runs);
    fill(batch, &wish, from, max);
    batch->lookup =
        lookup_new(&(struct lookup_request){.target = sink->options.target,
                                            .http = sink->options.http,
                                            .timeout_ms = sink->options.request_timeout_ms,
                                            .keys = wish.keys,
                                            .count = batch->key_count,
                                            .done = done,
                                            .arg = batch},
                   &outage.failure.reason);
    count_in(batch);
    if (batch->lookup != NULL)
        return 0;
    outage.failure.code = ERROR_ATTEMPTS_EXHAUSTED;
    rest_batch_forget(batch);
    rest_batch_end(batch, &outage);
    rest_heed(sink, &outage);
    rest_batch_free(batch);
    return 0;
}
