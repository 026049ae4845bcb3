#include "kafka/error_topic.h"

#include <stdlib.h>
#include <string.h>

struct error_topic {
    struct kafka_producer *producer;
    char *topic;
    size_t limit;
    struct buffer value, id;
};

void error_topic_limit(struct error_topic *errors, int64_t record_bytes_max)
{
    errors->limit = ERROR_RECORD_BYTES_MAX;
    if (record_bytes_max <= 0 || record_bytes_max >= ERROR_RECORD_BYTES_MAX + ERROR_ENVELOPE_MAX)
        return;
    errors->limit =
        record_bytes_max > ERROR_ENVELOPE_MAX ? (size_t)record_bytes_max - ERROR_ENVELOPE_MAX : 0;
}

struct error_topic *error_topic_new(struct kafka_producer *producer, const char *topic,
                                    int64_t record_bytes_max)
{
    struct error_topic *errors = calloc(1, sizeof *errors);
    if (errors == NULL)
        return NULL;
    *errors = (struct error_topic){.producer = producer,
                                   .topic = strdup(topic),
                                   .value = BUFFER_INIT(ERROR_RECORD_BYTES_MAX),
                                   .id = BUFFER_INIT(ERROR_KEY_MAX)};
    error_topic_limit(errors, record_bytes_max);
    if (errors->topic != NULL)
        return errors;
    error_topic_free(errors);
    return NULL;
}

enum send_result error_topic_send(struct error_topic *errors, const struct error_record *record,
                                  void *opaque, struct reason *reason)
{
    buffer_clear(&errors->value);
    buffer_clear(&errors->id);
    if (error_record_write(record, errors->limit, &errors->value) != 0 ||
        error_record_id(record, &errors->id) != 0) {
        reason_set(reason, "topic %s: its limit of %zu bytes leaves no room for an error record",
                   errors->topic, errors->limit);
        return SEND_TOO_LARGE;
    }
    const struct kafka_header headers[] = {{"content-type", "application/json"}};
    const struct kafka_send send = {.topic = errors->topic,
                                    .key = errors->id.data,
                                    .key_len = errors->id.len,
                                    .value = errors->value.data,
                                    .value_len = errors->value.len,
                                    .headers = headers,
                                    .header_count = 1,
                                    .opaque = opaque};
    return kafka_producer_send(errors->producer, &send, reason);
}

void error_topic_free(struct error_topic *errors)
{
    if (errors == NULL)
        return;
    free(errors->topic);
    buffer_release(&errors->value);
    buffer_release(&errors->id);
    free(errors);
}
