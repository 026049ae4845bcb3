/* Whose a partition is, and where it stands: sessions and moves of its position, asked until they are
 * answered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/encode.h"
#include "strapi/ingest_parts.h"

#define ASK_FIRST_MS   250
#define ASK_CEILING_MS 15000

static const char *const whys[] = {
    [MOVE_ADOPT] = "adopt", [MOVE_SKIP] = "skip", [MOVE_RESET] = "reset"};

struct ingest_partition *ingest_attach(struct ingest_sink *sink, int32_t number, int64_t now_ms)
{
    struct ingest_partition *partition = ingest_find(sink, number);

    if (partition == NULL) {
        partition = calloc(1, sizeof *partition);
        if (partition == NULL)
            return NULL;
        partition->sink = sink;
        partition->number = number;
        partition->backoff = (struct backoff)BACKOFF_INIT(ASK_FIRST_MS, ASK_CEILING_MS);
        partition->body = (struct buffer)BUFFER_INIT(sink->batch_bytes);
        job_queue_init(&partition->jobs);
        ingest_limit_init(&partition->limit, sink->ops.run_max);
        LIST_INSERT_HEAD(&sink->partitions, partition, link);
    }
    partition->stage = STAGE_SESSION;
    partition->next = partition->confirm = partition->confirmed = -1;
    partition->full = false;
    partition->ask_at_ms = now_ms;
    return partition;
}

void ingest_forget(struct ingest_partition *partition)
{
    http_client_cancel(partition->sink->options.http, partition);
    LIST_REMOVE(partition, link);
    buffer_release(&partition->body);
    free(partition);
}

/* A batch may be written whether anybody listens or not; its jobs are settled when it is answered. */
void ingest_detach(struct ingest_partition *partition)
{
    partition->gone = true;
    if (ingest_has_jobs_out(partition->asking))
        return;
    ingest_not_reached(partition, 0);
    http_client_cancel(partition->sink->options.http, partition);
    (void)ingest_ended(partition);
}

void ingest_move(struct ingest_partition *partition, int64_t next, const char *fingerprint,
                 enum sink_move why, int64_t now_ms)
{
    partition->move.next = next;
    partition->move.why = why;
    snprintf(partition->move.fingerprint, sizeof partition->move.fingerprint, "%s",
             fingerprint != NULL ? fingerprint : "");
    /* What was done is said anew: it was of the log that was read before, or lies elsewhere. */
    partition->confirm = -1;
    partition->stage = STAGE_MOVE;
    partition->ask_at_ms = now_ms;
}

void ingest_fence(struct ingest_partition *partition, const char *why)
{
    struct ingest_sink *sink = partition->sink;
    int32_t number = partition->number;

    ingest_not_reached(partition, 0);
    ingest_flush(sink);
    partition->stage = STAGE_FENCED;
    sink->attachments.fenced(sink->attachments.arg, number, why);
}

static void tell_position(const struct ingest_partition *partition,
                          const struct sink_position *position)
{
    const struct ingest_sink *sink = partition->sink;

    if (sink->events.answered != NULL)
        sink->events.answered(sink->events.arg);
    sink->attachments.attached(sink->attachments.arg, partition->number, position);
}

/* Asked again, without end: the loop knows for how long, and says so. */
static void ask_again(struct ingest_partition *partition, const struct ingest_answer *answer)
{
    struct ingest_sink *sink = partition->sink;
    int64_t delay = backoff_next(&partition->backoff, sink->options.random());

    if (answer != NULL && answer->meaning == INGEST_LATER) {
        ingest_heed(sink, answer);
        delay = answer->delay_ms;
    } else if (sink->events.away != NULL) {
        sink->events.away(sink->events.arg,
                          answer != NULL ? answer->outcome.failure.reason.text : "out of memory");
    }
    partition->ask_at_ms = sink->options.now_ms() + delay;
}

/* 0, or -1 when there is no session in the answer. */
static int take_session(struct ingest_partition *partition, struct ingest_answer *answer,
                        struct sink_position *position)
{
    int64_t epoch = ingest_answer_number(answer->body, "epoch");

    if (epoch < 0) {
        if (answer->meaning == INGEST_OK)
            ingest_answer_is_foreign(answer);
        return -1;
    }
    *position = ingest_answer_position(answer->body);
    partition->epoch = epoch;
    partition->next = position->next;
    partition->confirmed = position->confirmed;
    memcpy(partition->fingerprint, position->fingerprint, sizeof partition->fingerprint);
    backoff_reset(&partition->backoff);
    return 0;
}

static void session_answered(void *arg, const struct http_response *response)
{
    struct ingest_partition *partition = arg;
    struct ingest_answer answer;
    struct sink_position position;

    ingest_answer_read(partition->sink->session_path, response, &answer);
    if (ingest_ended(partition)) {
        if (take_session(partition, &answer, &position) != 0) {
            ask_again(partition, &answer);
        } else {
            partition->stage = STAGE_READY;
            tell_position(partition, &position);
        }
    }
    ingest_answer_release(&answer);
}

static bool post_session(struct ingest_partition *partition, enum ingest_asking asking,
                         void (*done)(void *, const struct http_response *))
{
    struct ingest_sink *sink = partition->sink;
    struct buffer *body = &partition->body;

    buffer_clear(body);
    if (buffer_addf(body, "{%s,\"partition\":%" PRId32 ",\"member\":%s,\"content_type\":\"%s\"}",
                    sink->place.data, partition->number, sink->member.data,
                    sink->options.entity->name) != 0)
        return false;
    return ingest_post(partition, asking, sink->session_url, NULL, body->data, body->len, done);
}

void ingest_ask_session(struct ingest_partition *partition)
{
    if (!post_session(partition, ASKING_SESSION, session_answered))
        ask_again(partition, NULL);
}

static void move_answered(void *arg, const struct http_response *response)
{
    struct ingest_partition *partition = arg;
    struct ingest_answer answer;
    struct sink_position position;

    ingest_answer_read(partition->sink->position_path, response, &answer);
    if (!ingest_ended(partition)) {
        /* Nobody waits for it. */
    } else if (answer.meaning == INGEST_FENCED) {
        ingest_fence(partition, answer.outcome.failure.reason.text);
    } else if (answer.meaning != INGEST_OK) {
        ask_again(partition, &answer);
    } else {
        position = ingest_answer_position(answer.body);
        snprintf(position.fingerprint, sizeof position.fingerprint, "%s",
                 partition->move.fingerprint);
        partition->next = position.next;
        partition->confirmed = position.confirmed;
        memcpy(partition->fingerprint, position.fingerprint, sizeof partition->fingerprint);
        partition->stage = STAGE_READY;
        backoff_reset(&partition->backoff);
        tell_position(partition, &position);
    }
    ingest_answer_release(&answer);
}

static int write_move(struct ingest_partition *partition)
{
    struct buffer *body = &partition->body;
    const char *fingerprint = partition->move.fingerprint;

    buffer_clear(body);
    if (buffer_addf(body, "{%s,\"partition\":%" PRId32 ",\"epoch\":%" PRId64 ",\"why\":\"%s\"",
                    partition->sink->place.data, partition->number, partition->epoch,
                    whys[partition->move.why]) != 0)
        return -1;
    if (partition->move.next >= 0
            ? buffer_addf(body, ",\"next_offset\":%" PRId64, partition->move.next) != 0
            : buffer_add_text(body, ",\"next_offset\":null") != 0)
        return -1;
    if (fingerprint[0] && (buffer_add_text(body, ",\"fingerprint\":") != 0 ||
                           encode_text(fingerprint, strlen(fingerprint), body) != 0))
        return -1;
    return buffer_add_byte(body, '}');
}

void ingest_ask_move(struct ingest_partition *partition)
{
    const struct buffer *body = &partition->body;

    if (write_move(partition) != 0 ||
        !ingest_post(partition, ASKING_MOVE, partition->sink->position_url, NULL, body->data,
                     body->len, move_answered))
        ask_again(partition, NULL);
}

/* Whether the target has refused the message, and what it says of it. */
static const json_t *find_reject(const json_t *body, int64_t offset)
{
    const json_t *rejects = json_object_get(body, "rejects");
    size_t i;
    json_t *each;

    json_array_foreach(rejects, i, each)
    {
        if (ingest_answer_number(each, "offset") == offset)
            return json_object_get(each, "error");
    }
    return NULL;
}

/* With the new epoch nothing that is still on the way can be written: what it says is final. */
static void see(struct ingest_partition *partition, const struct ingest_answer *answer)
{
    const struct message *message = partition->jobs.first->message;
    const json_t *error = find_reject(answer->body, message->offset);
    struct outcome outcome = answer->outcome;

    if (error != NULL) {
        ingest_batch_refuse(error, message, &answer->outcome, &outcome);
    } else if (partition->next > message->offset) {
        outcome.verdict = VERDICT_DONE;
        outcome.how = DONE_UNCHANGED;
    } else {
        outcome.verdict = VERDICT_ABSENT;
        failure_set(&outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                    "it was not written");
    }
    ingest_settle(partition, &outcome);
}

static void look_answered(void *arg, const struct http_response *response)
{
    struct ingest_partition *partition = arg;
    struct ingest_sink *sink = partition->sink;
    struct ingest_answer answer;
    struct sink_position position;
    int64_t before = partition->next, confirmed = partition->confirmed;
    bool lower = false;

    ingest_answer_read(sink->session_path, response, &answer);
    answer.outcome.route = sink->route;
    if (partition->gone) {
        ingest_not_reached(partition, 0);
    } else if (take_session(partition, &answer, &position) != 0) {
        ingest_settle_first(partition, &answer.outcome, VERDICT_OUTAGE);
    } else if ((lower = partition->next < before)) {
        ingest_not_reached(partition, 0);
    } else {
        partition->confirmed = confirmed;
        see(partition, &answer);
    }
    ingest_answer_release(&answer);
    if (ingest_ended(partition) && lower)
        ingest_fence(partition, "its position is lower than it was: was its database restored?");
    ingest_flush(sink);
}

void ingest_look(struct ingest_partition *partition)
{
    if (!post_session(partition, ASKING_LOOK, look_answered))
        ingest_not_reached(partition, ASK_FIRST_MS);
}
