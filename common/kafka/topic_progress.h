/* What another topic holds, and how far a group has worked it off, for who must not wait for the
 * answer: core/upstream.h's sight of it.
 *
 *     topic_progress_ask(progress)             a question is under way, and nothing else happens
 *     ... a byte is in wake_fd ...
 *     topic_progress_take(progress, &sight)    its answer, once
 *
 * A thread asks, and waits. librdkafka 2.0.2 has an answer without waiting only for the group's offsets
 * (ListConsumerGroupOffsets); how many partitions there are, and where they begin and end, it
 * tells only who blocks (rd_kafka_metadata, rd_kafka_offsets_for_times), and an assigned handle that reads up
 * to PARTITION_EOF would have to fetch the messages too. Nothing is shared with the thread but the
 * question and the answer. */
#ifndef FEEDS_KAFKA_TOPIC_PROGRESS_H
#define FEEDS_KAFKA_TOPIC_PROGRESS_H

#include "core/reason.h"
#include "core/upstream.h"
#include "kafka/client.h"

struct topic_progress;

enum progress_answer {
    PROGRESS_NONE,   /* none has come */
    PROGRESS_SEEN,   /* that is it. A topic that does not exist has no partitions */
    PROGRESS_FAILED, /* to be asked again; with a reason */
};

/* The names are copied; wake_fd: non-blocking. NULL with a reason. Joins nothing, and nobody is asked
 * before the first question. */
struct topic_progress *topic_progress_new(const struct kafka_options *options, const char *topic,
                                          const char *group, int wake_fd, struct reason *reason);
/* Nothing when a question is under way, or its answer was not taken. */
void topic_progress_ask(struct topic_progress *progress);
/* sight->partitions is borrowed until the next question; its feed_moving is left alone. */
enum progress_answer topic_progress_take(struct topic_progress *progress,
                                         struct upstream_sight *sight, struct reason *reason);
/* When brokers do not answer it gives up after half a second, and the thread is left to the end of
 * the process. */
void topic_progress_free(struct topic_progress *progress);

#endif
