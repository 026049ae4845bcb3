/* Jobs that wait for a look-up, and what its result, or its failure, means for each of them. */
#include <stdlib.h>

#include "core/text.h"
#include "strapi/rest_parts.h"

/* So many failed look-ups with no success between them are the target's: halving 100 keys down to
 * the one that is to blame takes 7. */
#define LOOKUP_FAILURES_MAX 10
/* With fewer writes than this queued the next look-up is due, however few wait for it. */
#define WRITES_LOW 16
/* Keys in a look-up that the target did not survive, each of which may be to blame. */
#define SUSPECTS_MAX 8

/* Large batches while there is enough to write; at once when there is not. */
static bool is_time(const struct rest_sink *sink)
{
    const struct rest_run *first = run_queue_first(&sink->waiting);

    if (first == NULL || (sink->failures > 0 && sink->batch_count > 0))
        return false;
    if (sink->waiting.count >= sink->batch_max || first->resolves ||
        rest_goes_alone(rest_run_head(first)))
        return true;
    return sink->batch_count == 0 && sink->queued.count < WRITES_LOW;
}

/* Back to where they came from, in their order. */
static void wait_again(struct batch *batch)
{
    struct rest_run *run;

    while ((run = TAILQ_LAST(&batch->runs.list, run_list)) != NULL) {
        run_queue_remove(&batch->runs, run);
        run_queue_push_front(&batch->sink->waiting, run);
    }
}

static void shrink(struct rest_sink *sink, size_t failed)
{
    sink->batch_max = failed > 1 ? failed / 2 : 1;
}

static void grow(struct rest_sink *sink, size_t succeeded)
{
    if (succeeded < sink->batch_max)
        return;
    sink->batch_max *= 2;
    if (sink->batch_max > sink->batch_ceiling)
        sink->batch_max = sink->batch_ceiling;
}

static void tell_doubled(struct rest_sink *sink, struct value key)
{
    struct reason sentence = REASON_INIT;
    char shown[FAILURE_VALUE_MAX + 1];
    const struct target *target = sink->options.target;
    const char *field = entity_key(target->entity)->name;

    if (key.kind == VALUE_ABSENT || sink->told_doubled || sink->options.warn == NULL)
        return;
    sink->told_doubled = true;
    text_show(key.text, key.len, shown, sizeof shown);
    reason_set(
        &sentence,
        "several entries of %s have the same %s (\"%s\" is one): the oldest is used; a unique "
        "index on the column would prevent them",
        target->path, field, shown);
    sink->options.warn(sink->options.warn_arg, sentence.text);
}

static void tell_unfiltered(struct rest_sink *sink)
{
    struct reason sentence = REASON_INIT;

    if (sink->told_unfiltered || sink->options.warn == NULL)
        return;
    sink->told_unfiltered = true;
    reason_set(&sentence,
               "Strapi drops the filter of a look-up of %s with many keys (`arrayLimit` of "
               "strapi::query?): fewer are asked for at a time",
               sink->options.target->path);
    sink->options.warn(sink->options.warn_arg, sentence.text);
}

/* NULL: there is none. */
static const struct answer_entry *entry_at(const struct batch *batch, size_t place,
                                           struct answer_entry *entry)
{
    *entry = lookup_entry(batch->lookup, place);
    return entry->fields != NULL ? entry : NULL;
}

/* Each job that was asked for has its answer; the others go back behind them. */
static void resolve(const struct batch *batch, struct rest_run *run)
{
    struct rest_sink *sink = batch->sink;
    struct answer_entry entry;

    for (; run->asked > 0; run->asked--) {
        size_t place = rest_batch_place(batch, run);
        struct job *job = job_queue_pop(&run->jobs);

        sink->effect->resolve(sink, job, entry_at(batch, place, &entry),
                              lookup_several(batch->lookup, place));
        rest_settle(sink, job);
    }
    rest_run_not_reached(run, ROUTE_LOOKUP);
}

static void found(struct batch *batch)
{
    struct rest_sink *sink = batch->sink;
    struct answer_entry entry;
    struct rest_run *run;

    sink->failures = 0;
    grow(sink, batch->key_count);
    if (sink->effect->takes_oldest)
        tell_doubled(sink, lookup_doubled(batch->lookup));
    while ((run = rest_batch_pop(batch)) != NULL) {
        if (run->resolves)
            resolve(batch, run);
        else
            sink->effect->decide(run, entry_at(batch, rest_batch_place(batch, run), &entry));
    }
}

/* The number of keys is too much for this Strapi, and will be the next time. */
static void too_many(struct batch *batch)
{
    shrink(batch->sink, batch->key_count);
    batch->sink->batch_ceiling = batch->sink->batch_max;
    wait_again(batch);
}

static bool was_alone(const struct batch *batch)
{
    return batch->key_count == 1 && rest_goes_alone(rest_run_head(run_queue_first(&batch->runs)));
}

/* One of them may be to blame, or the target: the answers to fewer will tell. A job that goes alone
 * for a reason of its own tells nothing new about the target. */
static void suspect_one(struct batch *batch, const struct outcome *outcome)
{
    struct rest_sink *sink = batch->sink;
    struct outcome outage = *outcome;

    if (was_alone(batch)) {
        rest_batch_end(batch, outcome);
    } else if (++sink->failures > LOOKUP_FAILURES_MAX) {
        outage.verdict = VERDICT_OUTAGE;
        rest_batch_end(batch, &outage);
        rest_heed(sink, &outage);
    } else if (batch->key_count == 1) {
        rest_batch_end(batch, outcome);
    } else {
        shrink(sink, batch->key_count);
        wait_again(batch);
    }
}

/* Dead with these keys in hand. Few are the loop's suspects, which it tries alone; of many the next
 * look-ups will have fewer. */
static void died(struct batch *batch, const struct outcome *outcome)
{
    struct rest_sink *sink = batch->sink;
    struct outcome outage = *outcome;

    shrink(sink, batch->key_count);
    if (batch->key_count <= SUSPECTS_MAX) {
        rest_batch_end(batch, outcome);
        return;
    }
    outage.verdict = VERDICT_OUTAGE;
    rest_batch_end(batch, &outage);
    rest_heed(sink, &outage);
}

static void failed(struct batch *batch)
{
    struct rest_sink *sink = batch->sink;
    const struct outcome *outcome = lookup_outcome(batch->lookup);
    bool is_large = outcome->verdict == VERDICT_REJECT;

    if (outcome->verdict == VERDICT_UNKNOWN) {
        died(batch, outcome);
    } else if (batch->key_count > 1 && is_large) {
        too_many(batch);
    } else if (outcome->verdict == VERDICT_RETRY) {
        suspect_one(batch, outcome);
    } else {
        rest_batch_end(batch, outcome);
        rest_heed(sink, outcome);
    }
}

static void looked_up(void *arg, struct lookup *lookup, enum lookup_result result)
{
    struct batch *batch = arg;
    struct rest_sink *sink = batch->sink;
    const struct outcome *outcome = lookup_outcome(lookup);
    int64_t now = sink->options.now_ms();

    rest_batch_forget(batch);
    if (outcome->verdict == VERDICT_LATER || outcome->target_died)
        limiter_note(&sink->limiter, LIMITER_OVERLOAD, 0, sink->in_flight, now);
    if (result == LOOKUP_OK) {
        found(batch);
    } else if (result == LOOKUP_UNFILTERED && batch->key_count > 1) {
        tell_unfiltered(sink);
        too_many(batch);
    } else {
        failed(batch);
    }
    rest_batch_free(batch);
    rest_flush(sink);
}

void rest_lookups_start(struct rest_sink *sink, int64_t now_ms)
{
    while (is_time(sink) && limiter_room(&sink->limiter, sink->in_flight, now_ms) > 0)
        if (rest_batch_start(sink, &sink->waiting, sink->batch_max, false, looked_up) != 0)
            break;
}

static void not_reached_all(struct batch *batch)
{
    struct rest_run *run;

    while ((run = rest_batch_pop(batch)) != NULL)
        rest_run_not_reached(run, ROUTE_LOOKUP);
}

/* A look-up writes nothing: what is on the way is dropped. One that confirms a write stays. */
void rest_lookups_give_back(struct rest_sink *sink)
{
    struct batch *batch = LIST_FIRST(&sink->batches);

    while (batch != NULL) {
        struct batch *next = LIST_NEXT(batch, link);
        if (!batch->confirms) {
            rest_batch_forget(batch);
            not_reached_all(batch);
            rest_batch_free(batch);
        }
        batch = next;
    }
}

void rest_lookups_free(struct rest_sink *sink)
{
    while (!LIST_EMPTY(&sink->batches)) {
        struct batch *batch = LIST_FIRST(&sink->batches);
        rest_batch_forget(batch);
        rest_batch_free(batch);
    }
}
