/* What Strapi calls written is believed when a look-up finds it.
 *
 * Measured on Strapi 5.54 with PostgreSQL: a database that goes away at the COMMIT makes Strapi
 * answer 201 for an entry that was rolled back (knex's commit() resolves although the COMMIT
 * failed, and Strapi waits for nothing else). One stop of the database under load lost one record
 * of 2,000 that way. A look-up of 100 keys costs Strapi about as much as three writes, so every
 * write is looked at. */
#include <string.h>

#include "strapi/rest_parts.h"

/* The longest wait for company: a partition that is to be given up waits for these, and so does the
 * next record of the lane. */
#define COMPANY_MS 500

void rest_confirm(struct rest_sink *sink, struct job *job, const char *body, size_t len)
{
    /* When the update happened, to know it from the entry's earlier state. */
    if (job->outcome.how == DONE_UPDATED)
        job->sink_data = answer_written_at(body, len);
    if (sink->written.count == 0)
        sink->written_ms = sink->options.now_ms();
    job_queue_push(&sink->written, job);
}

/* Many at a time while there is something else to do; at once when there is not, because the next
 * record of the lane waits. */
static bool is_time(const struct rest_sink *sink, int64_t now_ms)
{
    if (sink->written.count == 0)
        return false;
    return sink->written.count >= LOOKUP_KEYS_MAX || now_ms - sink->written_ms >= COMPANY_MS ||
           (TAILQ_EMPTY(&sink->on_the_way) && TAILQ_EMPTY(&sink->queued) && sink->batch_count == 0);
}

/* The times are RFC 3339 in UTC with milliseconds, all by one clock: they compare as text. */
static bool is_there(const struct job *job, const struct answer_entry *entry)
{
    const char *at = entry->fields != NULL ? answer_updated_at(entry) : NULL;

    if (entry->fields == NULL)
        return false;
    return job->sink_data == NULL || at == NULL || strcmp(at, job->sink_data) >= 0;
}

static void settle_missing(struct rest_sink *sink, struct job *job)
{
    const struct value key = record_key(&job->message->record);
    enum route route = job->outcome.route;

    job->outcome = (struct outcome){.verdict = VERDICT_UNKNOWN, .route = route};
    failure_set(&job->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED,
                entity_key(sink->options.target->entity)->name, key.text, key.len,
                "Strapi said that it was written, and it is not there (its database lost it)");
    rest_settle(sink, job);
}

static void confirm_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct answer_entry entry = lookup_entry(batch->lookup, i);

        if (is_there(batch->jobs[i], &entry))
            rest_settle(batch->sink, batch->jobs[i]);
        else
            settle_missing(batch->sink, batch->jobs[i]);
    }
}

/* Nobody knows then whether they are written: they come back, and are looked up as any other. */
static void unconfirmed(struct batch *batch, const struct outcome *outcome)
{
    struct outcome unknown = *outcome;

    if (outcome->verdict != VERDICT_LATER)
        unknown.verdict = VERDICT_OUTAGE;
    rest_batch_settle(batch, &unknown);
    rest_heed(batch->sink, &unknown);
}

static void looked_at(void *arg, struct lookup *lookup, enum lookup_result result)
{
    struct batch *batch = arg;
    struct rest_sink *sink = batch->sink;

    rest_batch_forget(batch);
    if (result == LOOKUP_OK)
        confirm_all(batch);
    else
        unconfirmed(batch, lookup_outcome(lookup));
    rest_batch_free(batch);
    rest_flush(sink);
}

void rest_confirms_start(struct rest_sink *sink, int64_t now_ms)
{
    while (is_time(sink, now_ms) && limiter_room(&sink->limiter, sink->in_flight, now_ms) > 0) {
        size_t count =
            sink->written.count < sink->batch_ceiling ? sink->written.count : sink->batch_ceiling;

        if (rest_batch_start(sink, &sink->written, count, true, looked_at) != 0)
            break;
        sink->written_ms = now_ms;
    }
}

void rest_confirms_free(struct rest_sink *sink)
{
    struct job *job;

    while ((job = job_queue_pop(&sink->written)) != NULL) {
        answer_time_free(job->sink_data);
        job->sink_data = NULL;
    }
}
