/* The knock: an empty batch. It shows whether anything can be written there now, confirms what was done, and
 * passes what is no item. */
#include "strapi/ingest_parts.h"

#define NO_MEMORY_MS 1000

/* Where an empty batch finds the position, or makes one. */
static int64_t first_of_empty(const struct ingest_partition *partition)
{
    if (partition->next >= 0)
        return partition->next;
    return partition->jobs.first != NULL ? ingest_first_offset(partition) : partition->confirm;
}

/* An empty batch passes what we refused ourselves, and what is no message (a transaction's end). */
static struct ingest_envelope describe_empty(const struct ingest_partition *partition)
{
    int64_t first = first_of_empty(partition);
    int64_t next = partition->confirm > first ? partition->confirm : first;

    return (struct ingest_envelope){
        .first = first, .next = next, .fingerprint = partition->fingerprint};
}

/* Nothing can be written there now, not even this: whatever failed before, no record is to blame. */
static void knock_failed(struct ingest_partition *partition, const struct ingest_answer *answer)
{
    struct ingest_sink *sink = partition->sink;

    if (answer->meaning == INGEST_LATER) {
        ingest_heed(sink, answer);
        ingest_settle_first(partition, &answer->outcome, VERDICT_LATER);
    } else {
        ingest_settle_first(partition, &answer->outcome, VERDICT_OUTAGE);
    }
    partition->ask_at_ms =
        sink->options.now_ms() + backoff_next(&partition->backoff, sink->options.random());
}

static void knocked(void *arg, const struct http_response *response)
{
    struct ingest_partition *partition = arg;
    struct ingest_sink *sink = partition->sink;
    struct ingest_answer answer;

    ingest_read_batch_answer(sink, response, &answer);
    if (!ingest_ended(partition)) {
        /* Its jobs were settled when it was detached. */
    } else if (answer.meaning == INGEST_FENCED) {
        ingest_fence(partition, answer.outcome.failure.reason.text);
    } else if (answer.meaning == INGEST_OK) {
        ingest_note_position(partition, answer.body);
        partition->shaken = false;
        partition->well = true;
        backoff_reset(&partition->backoff);
    } else {
        knock_failed(partition, &answer);
    }
    ingest_answer_release(&answer);
    ingest_flush(sink);
}

void ingest_knock(struct ingest_partition *partition)
{
    if (ingest_batch_begin(&partition->body) != 0 ||
        !ingest_post_batch(partition, ASKING_KNOCK, describe_empty(partition), knocked))
        ingest_not_reached(partition, NO_MEMORY_MS);
}
