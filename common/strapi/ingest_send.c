/* Batches: what goes into the next one, and what its answer means. */
#include "core/fingerprint.h"
#include "strapi/ingest_parts.h"

#define CONTENT_TYPE "application/x-ndjson"
/* Items in a batch that the target did not survive, each of which may be to blame. */
#define SUSPECTS_MAX 8
/* After a broken connection, before it is tried again. */
#define REST_MS 1000
/* Error records are on their way; when they have arrived, the target is told. */
#define FULL_MS      500
#define NO_MEMORY_MS 1000
/* A body that grew beyond this gives its memory back. */
#define BODY_KEPT (1024 * 1024)

int64_t ingest_first_offset(const struct ingest_partition *partition)
{
    const struct job *job = partition->jobs.first;

    if (partition->next >= 0 && partition->next < job->message->offset)
        return partition->next;
    return job->message->offset;
}

/* The position does not go down: what comes again below it has been done. */
static struct ingest_envelope describe(const struct ingest_partition *partition,
                                       const struct message *last, char text[FINGERPRINT_SIZE])
{
    const struct fingerprint fingerprint = fingerprint_of(last);
    bool moves = last->offset >= partition->next;

    text[0] = '\0';
    if (moves && !ingest_batch_may_stop(&partition->sink->rules))
        fingerprint_write(&fingerprint, text);
    return (struct ingest_envelope){.first = ingest_first_offset(partition),
                                    .next = moves ? last->offset + 1 : partition->next,
                                    .fingerprint = text};
}

bool ingest_post_batch(struct ingest_partition *partition, enum ingest_asking asking,
                       struct ingest_envelope envelope,
                       void (*done)(void *, const struct http_response *))
{
    struct ingest_sink *sink = partition->sink;
    const char *bytes;
    size_t len = 0;

    envelope.partition = partition->number;
    envelope.epoch = partition->epoch;
    envelope.known = partition->next;
    envelope.confirmed = partition->confirm;
    partition->sent_first = envelope.first;
    partition->sent_next = envelope.next;
    partition->sent_confirm = envelope.confirmed;
    bytes = ingest_batch_end(&sink->rules, &partition->body, &envelope, &len);
    return ingest_post(partition, asking, sink->batch_url, CONTENT_TYPE, bytes, len, done);
}

void ingest_note_position(struct ingest_partition *partition, const json_t *body)
{
    int64_t next = ingest_answer_number(body, "next_offset");

    if (next >= 0)
        partition->next = next;
    if (partition->sent_confirm > partition->confirmed)
        partition->confirmed = partition->sent_confirm;
    partition->full = false;
}

void ingest_read_batch_answer(const struct ingest_sink *sink, const struct http_response *response,
                              struct ingest_answer *answer)
{
    ingest_answer_read(sink->batch_path, response, answer);
    answer->outcome.route = sink->route;
    answer->outcome.delay_ms = answer->delay_ms;
}

/* Those that do not go into this one come back at once: they are handed over again with what has been
 * read meanwhile. */
static void keep_first(struct ingest_partition *partition, size_t count)
{
    const struct outcome outcome = {.verdict = VERDICT_NOT_REACHED,
                                    .route = partition->sink->route};
    struct job_queue all = partition->jobs;
    struct job *job;

    job_queue_init(&partition->jobs);
    for (size_t i = 0; (job = job_queue_pop(&all)) != NULL; i++) {
        if (i < count) {
            job_queue_push(&partition->jobs, job);
        } else {
            job->outcome = outcome;
            job_queue_push(&partition->sink->settled, job);
        }
    }
}

static void refuse_too_large(struct ingest_partition *partition, const struct outcome *answered)
{
    struct outcome outcome = *answered;

    outcome.verdict = VERDICT_REJECT;
    outcome.route = partition->sink->route;
    if (outcome.failure.reason.text[0] == '\0')
        failure_set(
            &outcome.failure, ERROR_BODY_TOO_LARGE, NULL, NULL, 0,
            "a request with it would be longer than the %zu KiB that the ingest plugin takes",
            partition->sink->batch_bytes / 1024);
    outcome.failure.code = ERROR_BODY_TOO_LARGE;
    ingest_settle(partition, &outcome);
    ingest_not_reached(partition, 0);
}

/* The first jobs, as many as may go and fit. How many. */
static size_t write_items(struct ingest_partition *partition, const struct message **last)
{
    const struct ingest_sink *sink = partition->sink;
    const struct job *job = partition->jobs.first;
    size_t count = 0;

    if (ingest_batch_begin(&partition->body) != 0)
        return 0;
    for (; job != NULL && count < partition->limit.items && !job->look; job = job->next) {
        if (ingest_batch_add(&sink->rules, &partition->body, job->message) != 0)
            break;
        *last = job->message;
        count++;
    }
    return count;
}

/* One that fails alone: the loop compares it with others. A 500 may be a commit of which the database did
 * not say whether it was done; before the loop gives it up, it is looked for (job->look). */
static void retry(struct ingest_partition *partition, const struct outcome *outcome)
{
    partition->shaken = true;
    ingest_settle_first(partition, outcome,
                        outcome->http_status == 500 ? VERDICT_UNKNOWN : VERDICT_RETRY);
}

/* It may have been written; it is sent again in any case. Few are the loop's suspects, which it tries
 * alone; of many the next batch will have fewer. */
static void unknown(struct ingest_partition *partition, const struct ingest_answer *answer)
{
    size_t count = partition->jobs.count;
    struct outcome outcome = answer->outcome;

    partition->shaken = true;
    if (answer->slow)
        ingest_limit_too_much(&partition->limit, count, partition->sent_next);
    else
        ingest_limit_died(&partition->limit, count, partition->sent_next);
    if (count > SUSPECTS_MAX) {
        ingest_settle_first(partition, &outcome, VERDICT_OUTAGE);
        return;
    }
    outcome.verdict = VERDICT_UNKNOWN;
    outcome.target_died = answer->died;
    outcome.was_well = partition->was_well;
    outcome.delay_ms = REST_MS;
    while (partition->jobs.count > 0)
        ingest_settle(partition, &outcome);
}

static void failed(struct ingest_partition *partition, const struct ingest_answer *answer)
{
    size_t count = partition->jobs.count;

    if (count == 1 && answer->meaning == INGEST_TOO_LARGE) {
        refuse_too_large(partition, &answer->outcome);
    } else if (count == 1) {
        retry(partition, &answer->outcome);
    } else if (answer->meaning == INGEST_TOO_LARGE) {
        ingest_limit_too_much(&partition->limit, count, partition->sent_next);
        ingest_not_reached(partition, 0);
    } else {
        ingest_limit_failed(&partition->limit, count, partition->sent_first, partition->sent_next);
        ingest_not_reached(partition, 0);
    }
}

/* The last message that was new to the target, and that it has passed. */
static void note_last(struct ingest_partition *partition)
{
    const struct message *last = NULL;
    struct fingerprint fingerprint;

    for (const struct job *job = partition->jobs.first; job != NULL; job = job->next)
        if (job->outcome.verdict == VERDICT_DONE || job->outcome.verdict == VERDICT_REJECT)
            last = job->message;
    if (last == NULL || last->offset < partition->next)
        return;
    fingerprint = fingerprint_of(last);
    fingerprint_write(&fingerprint, partition->fingerprint);
}

static void passed(struct ingest_partition *partition, struct ingest_answer *answer)
{
    size_t count = partition->jobs.count;

    if (!ingest_batch_settle(answer->body, partition->jobs.first, count, &answer->outcome)) {
        ingest_answer_is_foreign(answer);
        ingest_settle_first(partition, &answer->outcome, VERDICT_OUTAGE);
        return;
    }
    note_last(partition);
    ingest_note_position(partition, answer->body);
    ingest_limit_passed(&partition->limit, count, partition->next);
    backoff_reset(&partition->backoff);
    while (partition->jobs.count > 0)
        ingest_settle(partition, &partition->jobs.first->outcome);
}

static void judge(struct ingest_partition *partition, struct ingest_answer *answer)
{
    switch (answer->meaning) {
    case INGEST_OK:
        passed(partition, answer);
        break;
    case INGEST_AWAY:
        ingest_settle_first(partition, &answer->outcome, VERDICT_OUTAGE);
        break;
    case INGEST_LATER:
        ingest_heed(partition->sink, answer);
        ingest_settle_first(partition, &answer->outcome, VERDICT_LATER);
        break;
    case INGEST_FENCED:
        ingest_not_reached(partition, 0);
        break;
    case INGEST_FULL:
        partition->full = true;
        ingest_not_reached(partition, FULL_MS);
        break;
    case INGEST_TOO_LARGE:
    case INGEST_FAILED:
        failed(partition, answer);
        break;
    case INGEST_UNKNOWN:
        unknown(partition, answer);
        break;
    }
}

static void answered(void *arg, const struct http_response *response)
{
    struct ingest_partition *partition = arg;
    struct ingest_sink *sink = partition->sink;
    struct ingest_answer answer;

    ingest_read_batch_answer(sink, response, &answer);
    judge(partition, &answer);
    if (partition->body.cap > BODY_KEPT)
        buffer_release(&partition->body);
    if (ingest_ended(partition) && answer.meaning == INGEST_FENCED)
        ingest_fence(partition, answer.outcome.failure.reason.text);
    ingest_answer_release(&answer);
    ingest_flush(sink);
}

void ingest_send(struct ingest_partition *partition)
{
    const struct message *last = NULL;
    const struct outcome nothing = {.verdict = VERDICT_REJECT};
    char fingerprint[FINGERPRINT_SIZE];
    size_t count = write_items(partition, &last);

    if (count == 0 && partition->body.len > 0) {
        refuse_too_large(partition, &nothing);
        return;
    }
    keep_first(partition, count);
    partition->was_well = partition->well;
    partition->well = false;
    if (count == 0 || !ingest_post_batch(partition, ASKING_BATCH,
                                         describe(partition, last, fingerprint), answered))
        ingest_not_reached(partition, NO_MEMORY_MS);
}
