#include "fake_kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test has no use for an allocation that fails here. */
static void *zeroed(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory)
        abort();
    return memory;
}

/* The consumer. */

void fake_consumer_init(struct kafka_consumer *consumer)
{
    *consumer = (struct kafka_consumer){.poll_in = INT64_MAX};
    for (int p = 0; p < FAKE_PARTITIONS; p++) {
        TAILQ_INIT(&consumer->queues[p]);
        consumer->high[p] = consumer->group[p] = consumer->committed[p] = -1;
        consumer->started[p] = -1;
    }
}

/* The survey. */

void fake_survey_init(struct log_survey *survey)
{
    *survey = (struct log_survey){0};
    for (int p = 0; p < FAKE_PARTITIONS; p++)
        survey->sights[p] = (struct log_sight){.partition = p, .high = FAKE_HIGH, .committed = -1};
}

void fake_survey_committed(struct log_survey *survey, int32_t partition, int64_t offset,
                           const char *sink)
{
    struct log_sight *sight = &survey->sights[partition];

    sight->committed = offset;
    sight->note = (struct commit_note){.since = FAKE_SINCE};
    sight->likeness.match = LOG_UNKNOWN;
    if (!sink)
        return;
    snprintf(sight->note.sink, sizeof sight->note.sink, "%s", sink);
    sight->note.history.count = 1;
    sight->note.history.marks[0] = (struct fingerprint){offset - 1, 1, 7};
    sight->likeness.match = LOG_SAME;
}

bool log_survey_ask(struct log_survey *survey, const struct log_question *questions, size_t count)
{
    if (survey->pending)
        return false;
    survey->pending = true;
    survey->questions++;
    survey->count = count;
    memcpy(survey->asked, questions, count * sizeof *questions);
    return true;
}

enum survey_answer log_survey_take(struct log_survey *survey, const struct log_sight **sights,
                                   size_t *count, struct reason *reason)
{
    if (!survey->pending || survey->silent)
        return SURVEY_NONE;
    survey->pending = false;
    if (survey->fails) {
        reason_set(reason, "no broker");
        return SURVEY_FAILED;
    }
    for (size_t i = 0; i < survey->count; i++) {
        survey->told[i] = survey->sights[survey->asked[i].partition];
        survey->told[i].serial = survey->asked[i].serial;
    }
    *sights = survey->told;
    *count = survey->count;
    return SURVEY_SEEN;
}

static struct fake_message *add(struct kafka_consumer *consumer, int32_t partition, int64_t offset,
                                const char *value)
{
    size_t len = value ? strlen(value) : 0;
    struct fake_message *message = zeroed(sizeof *message + len + 1);

    if (value)
        message->raw.payload = memcpy(message->value, value, len);
    message->raw.partition = partition;
    message->raw.offset = offset;
    message->raw.len = len;
    TAILQ_INSERT_TAIL(&consumer->queues[partition], message, link);
    return message;
}

void fake_consumer_offer(struct kafka_consumer *consumer, int32_t partition, int64_t offset,
                         const char *value, const char *feed, const char *row)
{
    struct fake_message *message = add(consumer, partition, offset, value);

    message->feed = feed;
    message->row = row;
    message->raw._private = consumer;
}

void fake_consumer_end(struct kafka_consumer *consumer, int32_t partition, int64_t end)
{
    add(consumer, partition, end, NULL)->is_end = true;
}

size_t fake_consumer_left(const struct kafka_consumer *consumer, int32_t partition)
{
    const struct fake_message *message;
    size_t left = 0;

    TAILQ_FOREACH (message, &consumer->queues[partition], link)
        left++;
    return left;
}

void fake_consumer_release(struct kafka_consumer *consumer)
{
    struct fake_message *message;

    for (int p = 0; p < FAKE_PARTITIONS; p++) {
        while ((message = TAILQ_FIRST(&consumer->queues[p]))) {
            TAILQ_REMOVE(&consumer->queues[p], message, link);
            free(message);
        }
    }
}

enum take_result kafka_consumer_take(struct kafka_consumer *consumer, int32_t partition,
                                     struct kafka_message *message, int64_t *end)
{
    struct fake_message *first = TAILQ_FIRST(&consumer->queues[partition]);

    if (consumer->astray[partition]) {
        consumer->astray[partition] = false;
        return TAKE_ASTRAY;
    }
    if (!first)
        return TAKE_NOTHING;
    TAILQ_REMOVE(&consumer->queues[partition], first, link);
    if (first->is_end) {
        *end = first->raw.offset;
        free(first);
        return TAKE_END;
    }
    consumer->held++;
    *message = (struct kafka_message){.raw = &first->raw, .timestamp_ms = 1};
    return TAKE_MESSAGE;
}

void kafka_message_free(struct kafka_message *message)
{
    struct kafka_consumer *consumer = message->raw->_private;

    consumer->held--;
    free((struct fake_message *)message->raw);
    message->raw = NULL;
}

const char *kafka_message_header(const struct kafka_message *message, const char *name)
{
    const struct fake_message *fake = (const struct fake_message *)message->raw;

    if (strcmp(name, "feed") == 0)
        return fake->feed;
    return strcmp(name, "row") == 0 ? fake->row : NULL;
}

int kafka_consumer_commit(struct kafka_consumer *consumer, const struct kafka_position *positions,
                          size_t count, bool synchronous, bool *fenced, struct reason *reason)
{
    consumer->commits++;
    consumer->synchronous += synchronous;
    for (size_t i = 0; i < count; i++) {
        int32_t partition = positions[i].partition;

        consumer->committed[partition] = positions[i].offset;
        snprintf(consumer->notes[partition], sizeof consumer->notes[partition], "%s",
                 positions[i].note);
    }
    *fenced = consumer->commit_answer == FAKE_FENCED;
    if (consumer->commit_answer == FAKE_YES)
        return 0;
    reason_set(reason, *fenced ? "fenced" : "no answer");
    return -1;
}

bool kafka_consumer_start(struct kafka_consumer *consumer, int32_t partition, int64_t offset)
{
    if (consumer->rebalancing)
        return false;
    consumer->started[partition] = offset;
    consumer->starts++;
    return true;
}

int64_t kafka_consumer_poll_in(const struct kafka_consumer *consumer)
{
    return consumer->poll_in;
}

void kafka_consumer_release(struct kafka_consumer *consumer)
{
    consumer->releases++;
    consumer->synchronous_at_release = consumer->synchronous;
}

int64_t kafka_consumer_high(struct kafka_consumer *consumer, int32_t partition)
{
    return consumer->high[partition];
}

int kafka_consumer_ends(struct kafka_consumer *consumer, struct kafka_end **ends, size_t *count,
                        int timeout_ms, struct reason *reason)
{
    (void)timeout_ms;
    if (consumer->group_away) {
        reason_set(reason, "no broker");
        return -1;
    }
    *count = consumer->end_count;
    *ends = zeroed(sizeof consumer->ends);
    memcpy(*ends, consumer->ends, sizeof consumer->ends);
    return 0;
}

int kafka_consumer_committed(struct kafka_consumer *consumer, struct kafka_position *positions,
                             size_t count, int timeout_ms, struct reason *reason)
{
    (void)timeout_ms;
    consumer->group_questions++;
    if (consumer->group_away) {
        reason_set(reason, "no broker");
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        positions[i].offset = consumer->group[positions[i].partition];
    return 0;
}

/* The producer and its topic. */

void fake_producer_init(struct kafka_producer *producer, const struct producer_events *events)
{
    *producer = (struct kafka_producer){
        .events = *events, .has_topic = true, .makes_topic = true, .told = -1};
    TAILQ_INIT(&producer->pending);
}

void fake_producer_release(struct kafka_producer *producer)
{
    struct fake_sent *sent;

    while ((sent = TAILQ_FIRST(&producer->pending))) {
        TAILQ_REMOVE(&producer->pending, sent, link);
        free(sent);
    }
    free(producer->value);
}

enum send_result kafka_producer_send(struct kafka_producer *producer, const struct kafka_send *send,
                                     struct reason *reason)
{
    enum send_result result = producer->has_topic ? producer->take : SEND_NO_TOPIC;
    struct fake_sent *sent;

    if (result != SEND_OK) {
        reason_set(reason, "not taken");
        return result;
    }
    sent = zeroed(sizeof *sent);
    sent->opaque = send->opaque;
    sent->bytes = send->key_len + send->value_len;
    TAILQ_INSERT_TAIL(&producer->pending, sent, link);
    producer->sends++;
    snprintf(producer->key, sizeof producer->key, "%.*s", (int)send->key_len, send->key);
    free(producer->value);
    producer->value = zeroed(send->value_len + 1);
    memcpy(producer->value, send->value, send->value_len);
    producer->value_len = send->value_len;
    return SEND_OK;
}

static enum delivery outcome_of(const struct kafka_producer *producer, const struct fake_sent *sent)
{
    if (producer->limit && sent->bytes > producer->limit)
        return DELIVERY_TOO_LARGE;
    return producer->refuses || !producer->has_topic ? DELIVERY_FAILED : DELIVERED;
}

void kafka_producer_poll(struct kafka_producer *producer, int timeout_ms)
{
    struct fake_sent *sent;

    (void)timeout_ms;
    while (!producer->silent && (sent = TAILQ_FIRST(&producer->pending))) {
        TAILQ_REMOVE(&producer->pending, sent, link);
        producer->events.delivered(producer->events.arg, sent->opaque, outcome_of(producer, sent),
                                   "not delivered");
        free(sent);
    }
}

/* Nobody asks; but program.c refers to it, and must not find the real producer for it. */
int kafka_producer_check(const struct kafka_options *options, struct reason *reason)
{
    (void)options;
    (void)reason;
    return 0;
}

/* The handle is only passed on, to the topics below. */
rd_kafka_t *kafka_producer_handle(struct kafka_producer *producer)
{
    return (rd_kafka_t *)producer;
}

enum topics_result topics_ensure(rd_kafka_t *client, const struct topic_spec *specs, size_t count,
                                 int timeout_ms, struct reason *reason)
{
    struct kafka_producer *producer = (struct kafka_producer *)client;

    (void)count;
    (void)timeout_ms;
    producer->ensured++;
    producer->ensured_topic = specs[0];
    if (producer->makes_topic)
        producer->has_topic = true;
    else
        reason_set(reason, "not made");
    return producer->has_topic ? TOPICS_OK : TOPICS_AWAY;
}

int64_t topic_message_bytes(rd_kafka_t *client, const char *topic, int timeout_ms)
{
    struct kafka_producer *producer = (struct kafka_producer *)client;

    (void)topic;
    (void)timeout_ms;
    producer->limit_questions++;
    return producer->told;
}
