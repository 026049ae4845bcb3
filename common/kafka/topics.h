/* Creates missing topics through the admin API, before anything could auto-create them with the
 * broker's defaults. */
#ifndef FEEDS_KAFKA_TOPICS_H
#define FEEDS_KAFKA_TOPICS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"

struct topic_spec {
    const char *name;
    int partitions;
    int64_t retention_ms; /* -1: for ever */
    bool compacted;       /* keeps the last message of each key, and no retention */
};

enum topics_result {
    TOPICS_OK,     /* all are there, old or new */
    TOPICS_AWAY,   /* the brokers are out of reach or not ready: worth another try */
    TOPICS_REFUSED /* not authorized, an invalid name: a person must act */
};

/* Waits up to timeout_ms. Replication factor: the broker's default. A topic that is there already is
 * left as it is. */
enum topics_result topics_ensure(rd_kafka_t *client, const struct topic_spec *specs, size_t count,
                                 int timeout_ms, struct reason *reason);

#endif
