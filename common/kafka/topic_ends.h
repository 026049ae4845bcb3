/* Where a topic's partitions begin and end. For consumer_offsets.c, topic_progress.c and
 * feed_ledger.c only: these questions wait for their answer. */
#ifndef FEEDS_KAFKA_TOPIC_ENDS_H
#define FEEDS_KAFKA_TOPIC_ENDS_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

#include "kafka/client.h"
#include "kafka/consumer.h"

/* A handle to ask with, which subscribes to nothing and has no log lines. group: whose offsets it may
 * ask for and commit, or NULL. NULL with a reason. */
rd_kafka_t *topic_ends_handle(const struct kafka_options *options, const char *group,
                              struct reason *reason);
/* The low and high watermarks of all partitions, read_uncommitted. The caller frees *ends, also after an
 * error. deadline: kafka_now_ms(). */
rd_kafka_resp_err_t topic_ends(rd_kafka_t *client, const char *topic, int64_t deadline,
                               struct kafka_end **ends, size_t *count);
/* Milliseconds until then, at least one. */
int topic_ends_left_ms(int64_t deadline);

#endif
