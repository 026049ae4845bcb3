/* An error record out, an acknowledgement back. */
#ifndef FEEDS_KAFKA_ERROR_TOPIC_H
#define FEEDS_KAFKA_ERROR_TOPIC_H

#include <stdint.h>

#include "core/error_record.h"
#include "kafka/producer.h"

/* What Kafka adds to a record's value, bytes: batch and record headers (61 + about 30), the key,
 * the record's own headers. A topic's limit counts them. */
#define ERROR_ENVELOPE_MAX (ERROR_KEY_MAX + 512)
/* The smallest limit of a topic that takes every error record. */
#define ERROR_TOPIC_BYTES_MIN (ERROR_RECORD_BYTES_MIN + ERROR_ENVELOPE_MAX)

struct error_topic;

/* Borrows the producer, whose delivered() the caller routes: opaque is passed through unchanged.
 * record_bytes_max: the error topic's own limit if it is known and smaller, else 0. */
struct error_topic *error_topic_new(struct kafka_producer *producer, const char *topic,
                                    int64_t record_bytes_max);
/* Writes and sends the record, keyed by its id. SEND_TOO_LARGE can only mean that the topic's limit
 * is below ERROR_TOPIC_BYTES_MIN. */
enum send_result error_topic_send(struct error_topic *errors, const struct error_record *record,
                                  void *opaque, struct reason *reason);
/* Learns the topic's limit anew (after DELIVERY_TOO_LARGE), bytes. */
void error_topic_limit(struct error_topic *errors, int64_t record_bytes_max);
void error_topic_free(struct error_topic *errors);

#endif
