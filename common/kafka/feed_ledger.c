#include "kafka/feed_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/feed_alike.h"
#include "kafka/topic_ends.h"
#include "kafka/topic_reader.h"
#include "kafka/topic_settings.h"

/* Records taken in one call at most: the caller has signals to see to. */
#define TURN_MAX 1000

struct feed_ledger {
    struct kafka_options options;
    struct ledger_events events;
    const char *topic;
    struct topic_reader *reader;
    rd_kafka_t *asker; /* asks for the end; NULL until needed */
    bool open;
    int64_t end; /* -1: not asked for */
};

struct topic_spec feed_ledger_spec(const char *progress_topic)
{
    return (struct topic_spec){
        .name = progress_topic, .partitions = 1, .retention_ms = -1, .compacted = true};
}

enum ledger_fit feed_ledger_check(rd_kafka_t *client, const char *progress_topic, int timeout_ms,
                                  struct reason *reason)
{
    char policy[TOPIC_VALUE_SIZE];
    int partitions = topic_partitions(client, progress_topic, timeout_ms, reason);
    if (partitions < 0)
        return LEDGER_AWAY;
    if (partitions != 1) {
        reason_set(reason,
                   "topic %s has %d partitions: which feeds were sent is only known from one that "
                   "has a single partition; name another topic (FEED_PROGRESS_TOPIC)",
                   progress_topic, partitions);
        return LEDGER_UNFIT;
    }
    if (topic_setting(client, progress_topic, "cleanup.policy", timeout_ms, policy, reason) != 0)
        return LEDGER_BLIND;
    if (strcmp(policy, "compact") == 0)
        return LEDGER_FIT;
    reason_set(reason,
               "topic %s has cleanup.policy=%s: it would forget which feeds were sent; set it to "
               "compact, or name another topic (FEED_PROGRESS_TOPIC)",
               progress_topic, policy);
    return LEDGER_UNFIT;
}

/* value NULL: none. */
static enum send_result send_record(struct kafka_producer *producer, const char *progress_topic,
                                    const struct buffer *key, const struct buffer *value,
                                    void *opaque, struct reason *reason)
{
    static const struct kafka_header headers[] = {{"content-type", "application/json"}};
    const struct kafka_send send = {
        .topic = progress_topic,
        .key = key->data,
        .key_len = key->len,
        .value = value == NULL ? NULL : value->data,
        .value_len = value == NULL ? 0 : value->len,
        .headers = headers,
        .header_count = value == NULL ? 0 : 1,
        .opaque = opaque,
    };
    return kafka_producer_send(producer, &send, reason);
}

static enum send_result no_memory(const char *progress_topic, struct reason *reason)
{
    reason_set(reason, "topic %s: no memory for a record", progress_topic);
    return SEND_FAILED;
}

enum send_result feed_ledger_send(struct kafka_producer *producer, const char *progress_topic,
                                  const char *id, const char *topic,
                                  const struct feed_progress *progress, void *opaque,
                                  struct reason *reason)
{
    struct buffer key = BUFFER_INIT(FEED_KEY_BYTES_MAX);
    struct buffer value = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    bool written = feed_key_write(id, topic, &key) == 0 &&
                   (progress == NULL || feed_progress_write(progress, &value) == 0);
    enum send_result result = written
                                  ? send_record(producer, progress_topic, &key,
                                                progress == NULL ? NULL : &value, opaque, reason)
                                  : no_memory(progress_topic, reason);
    buffer_release(&key);
    buffer_release(&value);
    return result;
}

enum send_result feed_ledger_send_sample(struct kafka_producer *producer,
                                         const char *progress_topic, const char *id,
                                         const char *topic, const struct feed_sample *sample,
                                         void *opaque, struct reason *reason)
{
    struct buffer key = BUFFER_INIT(FEED_SAMPLE_KEY_MAX);
    struct buffer value = BUFFER_INIT(FEED_SAMPLE_VALUE_MAX);
    bool written = feed_sample_key(id, topic, &key) == 0 && feed_sample_value(sample, &value) == 0;
    enum send_result result =
        written ? send_record(producer, progress_topic, &key, &value, opaque, reason)
                : no_memory(progress_topic, reason);
    buffer_release(&key);
    buffer_release(&value);
    return result;
}

struct feed_ledger *feed_ledger_new(const struct kafka_options *options, const char *progress_topic,
                                    const struct ledger_events *events, struct reason *reason)
{
    struct feed_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    *ledger = (struct feed_ledger){
        .options = *options, .events = *events, .topic = progress_topic, .end = -1};
    ledger->reader = topic_reader_new(options, progress_topic, reason);
    if (ledger->reader != NULL)
        return ledger;
    free(ledger);
    return NULL;
}

enum ledger_reading feed_ledger_aim(struct feed_ledger *ledger, int timeout_ms,
                                    struct reason *reason)
{
    struct kafka_end *ends = NULL;
    size_t count = 0;
    if (ledger->asker == NULL)
        ledger->asker = topic_ends_handle(&ledger->options, NULL, reason);
    if (ledger->asker == NULL)
        return LEDGER_NO_MEMORY;
    rd_kafka_resp_err_t error =
        topic_ends(ledger->asker, ledger->topic, kafka_now_ms() + timeout_ms, &ends, &count);
    bool known = error == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0;
    if (known)
        ledger->end = ends[0].high;
    else
        reason_set(reason, "topic %s: %s", ledger->topic, rd_kafka_err2str(error));
    free(ends);
    return known                                                   ? LEDGER_MORE
           : error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ? LEDGER_REFUSED
                                                                   : LEDGER_FAILED;
}

static enum ledger_reading open_reader(struct feed_ledger *ledger, int wait_ms,
                                       struct reason *reason)
{
    enum topic_open opened = topic_reader_open(ledger->reader, wait_ms, reason);
    ledger->open = opened == TOPIC_OPENED;
    if (ledger->open)
        return LEDGER_MORE;
    if (opened == TOPIC_REFUSED)
        return LEDGER_REFUSED;
    topic_reader_rest(ledger->reader, wait_ms);
    return LEDGER_FAILED;
}

static enum ledger_reading hand_on(const struct feed_ledger *ledger,
                                   const struct topic_message *message)
{
    const struct ledger_events *events = &ledger->events;
    return events->record(events->arg, message->key, message->key_len, message->value,
                          message->value_len) == 0
               ? LEDGER_MORE
               : LEDGER_NO_MEMORY;
}

/* Nothing more has come: where that is. */
static enum ledger_reading look_around(const struct feed_ledger *ledger)
{
    if (ledger->end >= 0 && topic_reader_position(ledger->reader, 0) >= ledger->end)
        return LEDGER_AT_END;
    return topic_reader_at_end(ledger->reader, 0) ? LEDGER_AT_EDGE : LEDGER_MORE;
}

enum ledger_reading feed_ledger_read(struct feed_ledger *ledger, int wait_ms, struct reason *reason)
{
    struct topic_message message;
    enum ledger_reading reading = LEDGER_MORE;
    if (!ledger->open)
        return open_reader(ledger, wait_ms, reason);
    for (int i = 0; i < TURN_MAX && reading == LEDGER_MORE; i++) {
        switch (topic_reader_next(ledger->reader, i == 0 ? wait_ms : 0, &message, reason)) {
        case READING_MESSAGE:
            reading = hand_on(ledger, &message);
            break;
        case READING_END:
        case READING_NOTHING:
            return look_around(ledger);
        case READING_FAILED:
            return LEDGER_FAILED;
        case READING_REFUSED:
            return LEDGER_REFUSED;
        }
    }
    return reading;
}

void feed_ledger_free(struct feed_ledger *ledger)
{
    if (ledger == NULL)
        return;
    topic_reader_free(ledger->reader);
    if (ledger->asker != NULL)
        rd_kafka_destroy(ledger->asker);
    free(ledger);
}
