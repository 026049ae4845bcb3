/* Whether a handle has a broker right now. librdkafka has no call for it: its error callback tells
 * when the last connection is gone, and nothing tells when one is back, except its statistics. */
#ifndef FEEDS_KAFKA_CONNECTION_H
#define FEEDS_KAFKA_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

/* statistics.interval.ms for a handle whose connection is watched: how stale the answer may be. */
#define CONNECTION_STATISTICS_MS "1000"

/* Whether the statistics (librdkafka's STATISTICS.md) show a broker in state UP or, for a moment
 * while its metadata is being read, UPDATE. */
bool connection_is_up(const char *json, size_t len);

#endif
