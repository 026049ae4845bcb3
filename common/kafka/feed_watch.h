/* Is a feed being sent to a topic right now? For a consumer that waits for what a feed may bring:
 * follows the topic `feed-progress` from its beginning, without a group, and never blocks.
 *
 *     watch = feed_watch_new(&options, FEED_PROGRESS_TOPIC, "product", wake_fd, &reason);
 *     feed_watch_turn(watch, now_ms);                     each turn of the loop
 *     sight.feed_moving = feed_watch_moving(watch, now_ms);
 *
 * One thread; times are the caller's, monotonic. What a record says of the time is not asked for:
 * clocks differ. A feed moves while its records keep coming, so that of a producer that died before
 * the watch began it is said for FEED_MOVING_MS that it moves. */
#ifndef FEEDS_KAFKA_FEED_WATCH_H
#define FEEDS_KAFKA_FEED_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reason.h"
#include "kafka/client.h"

struct feed_watch;

/* wake_fd: a descriptor into which librdkafka writes one byte when there is something to read, or
 * -1. NULL with a reason. Connects in the background; a topic that is not there is waited for. */
struct feed_watch *feed_watch_new(const struct kafka_options *options, const char *progress_topic,
                                  const char *target_topic, int wake_fd, struct reason *reason);
/* Takes in what has come. */
void feed_watch_turn(struct feed_watch *watch, int64_t now_ms);
/* Whether a feed to the target is recorded as started, unfinished and moving. True also as long as
 * the topic has not been read to its end once, because Kafka is away, say. A topic that does not
 * exist has no feeds; one that is made later is noticed within seconds. */
bool feed_watch_moving(const struct feed_watch *watch, int64_t now_ms);
void feed_watch_free(struct feed_watch *watch);

#endif
