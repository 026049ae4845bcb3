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

void rest_confirm(struct rest_run *run)
{
    struct rest_sink *sink = run->sink;

    if (sink->written.count == 0)
        sink->written_ms = sink->options.now_ms();
    run_queue_push(&sink->written, run);
}

/* When an update happened, to know it from the entry's earlier state. */
int rest_keep_time(struct rest_run *run, const char *body, size_t len)
{
    if (run->route == ROUTE_UPDATE)
        run->written_at = answer_written_at(body, len);
    return 0;
}

/* The times are RFC 3339 in UTC with milliseconds, all by one clock: they compare as text. */
bool rest_is_as_new(const struct rest_run *run, const struct answer_entry *entry)
{
    const char *at = answer_updated_at(entry);

    return run->written_at == NULL || at == NULL || strcmp(at, run->written_at) >= 0;
}

/* Many at a time while there is something else to do; at once when there is not, because the next
 * record of the lane waits. */
static bool is_time(const struct rest_sink *sink, int64_t now_ms)
{
    if (sink->written.count == 0)
        return false;
    return sink->written.count >= LOOKUP_KEYS_MAX || now_ms - sink->written_ms >= COMPANY_MS ||
           (sink->on_the_way.count == 0 && sink->queued.count == 0 && sink->batch_count == 0);
}

static void end_missing(struct rest_run *run)
{
    char digits[VALUE_DIGITS_SIZE];
    struct lookup_key key = rest_run_key(run, digits);
    struct outcome unknown = {.verdict = VERDICT_UNKNOWN, .route = run->route};

    failure_set(&unknown.failure, ERROR_ATTEMPTS_EXHAUSTED,
                key.by != NULL ? key.by : entity_key(run->sink->options.target->entity)->name,
                key.text.text, key.text.len,
                "Strapi said that it was written, and it is not there (its database lost it)");
    rest_run_end(run, &unknown);
}

static void confirm_all(struct batch *batch)
{
    const struct rest_effect *effect = batch->sink->effect;
    struct rest_run *run;

    while ((run = rest_batch_pop(batch)) != NULL) {
        struct answer_entry entry = lookup_entry(batch->lookup, rest_batch_place(batch, run));

        if (entry.fields != NULL && effect->is_there(run, &entry))
            rest_run_end_filled(run);
        else
            end_missing(run);
    }
}

/* Nobody knows then whether they are written: they come back, and are looked up as any other. */
static void unconfirmed(struct batch *batch, const struct outcome *outcome)
{
    struct outcome unknown = *outcome;

    if (outcome->verdict != VERDICT_LATER)
        unknown.verdict = VERDICT_OUTAGE;
    rest_batch_end(batch, &unknown);
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
        if (rest_batch_start(sink, &sink->written, sink->batch_ceiling, true, looked_at) != 0)
            break;
        sink->written_ms = now_ms;
    }
}
