/* One member of a consumer group on one topic: assignment, a queue a partition, commits.
 *
 * The main queue is polled always, at least once a second, whatever happens: that is what keeps the
 * partitions ours (max.poll.interval.ms, KIP-62). Messages come from the partitions' own queues, so
 * that a full window simply does not read them (pausing would throw the prefetched messages away).
 *
 * The life of a partition:
 *     assigned() -> kafka_consumer_start() -> kafka_consumer_take()...
 *                -> revoked() -> drain, commit -> kafka_consumer_release()
 * Nothing is fetched before kafka_consumer_start() says from where: the group's offset alone does not
 * tell that (auto.offset.reset=error; core/start_position.h).
 * A commit between revoked() and the release is still a member's commit: the group waits for the
 * release (up to max.poll.interval.ms), and nobody else has the partitions before. */
#ifndef FEEDS_KAFKA_CONSUMER_H
#define FEEDS_KAFKA_CONSUMER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kafka/client.h"

/* The longest waits, together shorter than the 10 s that `docker stop` gives: for a commit, for a
 * join that is under way when the consumer leaves, for leaving. */
#define KAFKA_COMMIT_MS 5000
#define KAFKA_JOIN_MS   3000
#define KAFKA_LEAVE_MS  900

struct kafka_consumer;

struct kafka_position {
    int32_t partition;
    int64_t offset;   /* the next one to read */
    const char *note; /* text that is committed with it (core/commit_note.h), copied; NULL: none */
};

struct consumer_events {
    /* Partitions are ours from now on, and paused. Also called with none, when the group has nothing
     * (more) for us. */
    void (*assigned)(void *arg, const int32_t *partitions, size_t count);
    /* They shall go. The caller answers with kafka_consumer_release() when it has drained and
     * committed all that were revoked, now or later; if `lost` they are somebody else's already, and
     * only the release remains to be done. */
    void (*revoked)(void *arg, const int32_t *partitions, size_t count, bool lost);
    /* A fatal error of the handle, or one that only a person can mend (not authorized). The latter
     * is repeated as long as it lasts, and ends by itself when somebody mends it. */
    void (*failed)(void *arg, const char *why);
    /* The topic is, or was, unknown to the brokers: what is fetched from now on may be another one's. */
    void (*doubted)(void *arg);
    void *arg;
};

struct consumer_options {
    struct kafka_options kafka;
    const char *topic, *group;
    int wake_fd; /* librdkafka writes a byte here when a queue got something */
};

/* One message. Its bytes are valid until kafka_message_free(). */
struct kafka_message {
    rd_kafka_message_t *raw;
    int64_t timestamp_ms;
};

enum take_result {
    TAKE_NOTHING,
    TAKE_MESSAGE,
    TAKE_END,    /* PARTITION_EOF: the partition has nothing below `end` */
    TAKE_ASTRAY, /* the log does not have what is next: nothing more comes before the partition is
                    started again */
};

/* Whether librdkafka takes the options for a consumer that keeps its promises: 0, or -1 with a
 * reason. Connects to nothing. */
int kafka_consumer_check(const struct kafka_options *options, const char *group,
                         struct reason *reason);
/* cooperative-sticky, read_committed, no automatic commit. Subscribes. NULL with a reason. */
struct kafka_consumer *kafka_consumer_new(const struct consumer_options *options,
                                          const struct consumer_events *events,
                                          struct reason *reason);
/* Serves rebalances, errors and commit answers without waiting. Call it each turn. */
void kafka_consumer_poll(struct kafka_consumer *consumer);
/* In how many milliseconds it wants to be polled again because a commit waits; INT64_MAX: none does, or
 * the end of a join is told by wake_fd. */
int64_t kafka_consumer_poll_in(const struct kafka_consumer *consumer);
/* Fetches the partition from this offset on, whatever was fetched before. False when it cannot be done
 * now, because a rebalance is under way: to be tried again. */
bool kafka_consumer_start(struct kafka_consumer *consumer, int32_t partition, int64_t offset);
/* The partition's next message, without waiting. */
enum take_result kafka_consumer_take(struct kafka_consumer *consumer, int32_t partition,
                                     struct kafka_message *message, int64_t *end);
void kafka_message_free(struct kafka_message *message);
/* A header's value as text ending with NUL, or NULL. Borrowed from the message. */
const char *kafka_message_header(const struct kafka_message *message, const char *name);
/* Commits. Synchronous waits for the answer, at most KAFKA_COMMIT_MS: 0, or -1 with a reason; *fenced
 * tells that the group no longer counts us as a member; without an answer nobody knows whether it is
 * committed. Asynchronous is sent by a poll as soon as no join is under way (kafka_consumer_poll_in()),
 * repeated when it fails (and told through the log), and forgotten with the partition; the latest
 * offset counts. */
int kafka_consumer_commit(struct kafka_consumer *consumer, const struct kafka_position *positions,
                          size_t count, bool synchronous, bool *fenced, struct reason *reason);
/* Lets revoked partitions go (incremental unassign) and ends the rebalance. A revocation is one
 * answer to the group: all that are revoked go, also those that are not named. */
void kafka_consumer_release(struct kafka_consumer *consumer);
/* The partition's high watermark as last fetched, or -1. Never waits. */
int64_t kafka_consumer_high(struct kafka_consumer *consumer, int32_t partition);
/* The low and high watermarks of all partitions of the topic, read_uncommitted; waits. The caller
 * frees *ends. 0, or -1 with a reason. */
struct kafka_end {
    int32_t partition;
    int64_t low, high;
};
int kafka_consumer_ends(struct kafka_consumer *consumer, struct kafka_end **ends, size_t *count,
                        int timeout_ms, struct reason *reason);
/* Sees to it that a group which has committed nothing of the topic begins at its end: commits the
 * ends of all partitions, each with this note. A group that has committed anything is left alone:
 * partitions that came later are read from their beginning. Before the consumer is made; waits. 0, or -1 with a reason
 * (nobody answers; or the group has members, which will commit soon): to be tried again. */
int kafka_group_start_at_end(const struct consumer_options *options, const char *note,
                             int timeout_ms, struct reason *reason);
/* The group's committed offsets of all partitions in `positions` (offset -1: none); waits. */
int kafka_consumer_committed(struct kafka_consumer *consumer, struct kafka_position *positions,
                             size_t count, int timeout_ms, struct reason *reason);
/* Leaves the group, within milliseconds. When no broker answers, or when other members keep a join
 * open, it gives up after KAFKA_LEAVE_MS or KAFKA_JOIN_MS, and the handle is left to the end of the
 * process. All messages must have been freed, all partitions drained. Nothing is called any more but
 * the log. */
void kafka_consumer_free(struct kafka_consumer *consumer);

#endif
