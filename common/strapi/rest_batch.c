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

static struct rest_key key_of(const struct rest_run *run, const struct job *job,
                              char digits[VALUE_DIGITS_SIZE])
{
    return run->sink->effect->key(run, job->message, digits);
}

static size_t find(const struct batch *batch, const struct value *text)
{
    size_t i = 0;

    while (i < batch->key_count && (batch->keys[i].len != text->len ||
                                    memcmp(batch->keys[i].text, text->text, text->len) != 0))
        i++;
    return i;
}

static bool same_field(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* Whether the batch asks for the job's key, now. */
static bool add_job(struct batch *batch, const struct rest_run *run, const struct job *job,
                    size_t max)
{
    char digits[VALUE_DIGITS_SIZE];
    struct rest_key key = key_of(run, job, digits);

    if (batch->key_count == 0)
        batch->by = key.by;
    if (!same_field(batch->by, key.by))
        return false;
    if (find(batch, &key.text) < batch->key_count)
        return true;
    if (batch->key_count == max)
        return false;
    if (key.text.text == digits)
        key.text.text = memcpy(batch->digits[batch->key_count], digits, sizeof digits);
    batch->keys[batch->key_count++] = key.text;
    return true;
}

/* How many of the first jobs of a run that resolves the batch asks for. One that is to go alone has
 * nobody behind it, nor in front. */
static size_t add_addresses(struct batch *batch, const struct rest_run *run, size_t max)
{
    const struct job *job = run->jobs.first;
    size_t count = 0;

    for (; job != NULL && add_job(batch, run, job, max); job = job->next) {
        count++;
        if (rest_goes_alone(job) || (job->next != NULL && rest_goes_alone(job->next)))
            break;
    }
    return count;
}

static size_t add_run(struct batch *batch, const struct rest_run *run, size_t max)
{
    if (run->resolves)
        return add_addresses(batch, run, max);
    return add_job(batch, run, run->jobs.first, max) ? run->jobs.count : 0;
}

/* Decides of which runs, `asked` says so, the batch holds what. Those of another field than the
 * first one's are left out. */
static void choose(struct batch *batch, const struct run_queue *from, size_t max)
{
    struct rest_run *run;
    bool alone = !batch->confirms && rest_goes_alone(rest_run_head(run_queue_first(from)));

    batch->key_count = 0;
    TAILQ_FOREACH (run, &from->list, link) {
        bool fits = run == run_queue_first(from) ||
                    (!alone && (batch->confirms || !rest_goes_alone(rest_run_head(run))));
        run->asked = fits ? add_run(batch, run, max) : 0;
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

static void fill(struct batch *batch, struct run_queue *from, size_t max)
{
    const struct target *target = batch->sink->options.target;
    size_t fit;

    choose(batch, from, max);
    fit = lookup_fit(target, batch->by, batch->keys, batch->key_count);
    if (fit < batch->key_count)
        choose(batch, from, fit);
    take_chosen(batch, from);
}

size_t rest_batch_place(const struct batch *batch, const struct rest_run *run,
                        const struct job *job)
{
    char digits[VALUE_DIGITS_SIZE];
    struct rest_key key = key_of(run, job, digits);

    return find(batch, &key.text);
}

int rest_batch_start(struct rest_sink *sink, struct run_queue *from, size_t max, bool confirms,
                     void (*done)(void *, struct lookup *, enum lookup_result))
{
    struct batch *batch = calloc(1, sizeof *batch);
    struct outcome outage = {.verdict = VERDICT_OUTAGE, .route = ROUTE_LOOKUP};

    if (batch == NULL)
        return -1;
    batch->sink = sink;
    batch->confirms = confirms;
    run_queue_init(&batch->runs);
    fill(batch, from, max);
    batch->lookup =
        lookup_new(&(struct lookup_request){.target = sink->options.target,
                                            .http = sink->options.http,
                                            .timeout_ms = sink->options.request_timeout_ms,
                                            .by = batch->by,
                                            .keys = batch->keys,
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
