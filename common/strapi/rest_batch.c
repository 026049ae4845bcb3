/* Jobs in one look-up, before their writes or after. */
#include <stdlib.h>

#include "strapi/rest_parts.h"

void rest_batch_settle(struct batch *batch, const struct outcome *outcome)
{
    for (size_t i = 0; i < batch->count; i++) {
        batch->jobs[i]->outcome = *outcome;
        rest_settle(batch->sink, batch->jobs[i]);
    }
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

static void forget_times(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        answer_time_free(batch->jobs[i]->sink_data);
        batch->jobs[i]->sink_data = NULL;
    }
}

void rest_batch_free(struct batch *batch)
{
    if (batch->confirms)
        forget_times(batch);
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

static size_t first_keys(const struct rest_sink *sink, const struct job_queue *from, size_t count,
                         struct value *keys)
{
    const struct job *job = from->first;
    size_t found = 0;

    for (; job != NULL && found < count && found < LOOKUP_KEYS_MAX; job = job->next)
        keys[found++] = record_key(&job->message->record);
    return lookup_fit(sink->options.target, keys, found);
}

int rest_batch_start(struct rest_sink *sink, struct job_queue *from, size_t count, bool confirms,
                     void (*done)(void *, struct lookup *, enum lookup_result))
{
    struct value keys[LOOKUP_KEYS_MAX];
    struct batch *batch = calloc(1, sizeof *batch);
    struct outcome outage = {.verdict = VERDICT_OUTAGE, .route = ROUTE_LOOKUP};

    if (batch == NULL)
        return -1;
    batch->sink = sink;
    batch->confirms = confirms;
    batch->count = first_keys(sink, from, count, keys);
    for (size_t i = 0; i < batch->count; i++)
        batch->jobs[i] = job_queue_pop(from);
    batch->lookup =
        lookup_new(&(struct lookup_request){.target = sink->options.target,
                                            .http = sink->options.http,
                                            .timeout_ms = sink->options.request_timeout_ms,
                                            .keys = keys,
                                            .count = batch->count,
                                            .done = done,
                                            .arg = batch},
                   &outage.failure.reason);
    count_in(batch);
    if (batch->lookup != NULL)
        return 0;
    outage.failure.code = ERROR_ATTEMPTS_EXHAUSTED;
    rest_batch_forget(batch);
    rest_batch_settle(batch, &outage);
    rest_heed(sink, &outage);
    rest_batch_free(batch);
    return 0;
}
