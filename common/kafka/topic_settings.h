/* What the brokers say of a topic that is there. */
#ifndef FEEDS_KAFKA_TOPIC_SETTINGS_H
#define FEEDS_KAFKA_TOPIC_SETTINGS_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#include "core/reason.h"

#define TOPIC_VALUE_SIZE 128
/* One setting of the topic's configuration (DescribeConfigs). 0, or -1 with a reason when it can't be
 * told. */
int topic_setting(rd_kafka_t *client, const char *topic, const char *name, int timeout_ms,
                  char value[TOPIC_VALUE_SIZE], struct reason *reason);
/* How many partitions the topic has; -1 with a reason when it can't be told. */
int topic_partitions(rd_kafka_t *client, const char *topic, int timeout_ms, struct reason *reason);

/* The topic's max.message.bytes (DescribeConfigs), or -1 when it can't be told. */
int64_t topic_message_bytes(rd_kafka_t *client, const char *topic, int timeout_ms);

#endif
