/* What consumer*.c share. Nobody else includes it. */
#ifndef FEEDS_KAFKA_CONSUMER_STATE_H
#define FEEDS_KAFKA_CONSUMER_STATE_H

#include <stdatomic.h>

#include "kafka/consumer.h"

/* A partition that is, or was, ours. */
struct consumer_partition {
    rd_kafka_queue_t *queue; /* NULL: not ours */
    int64_t asked;           /* the offset whose commit was asked for last */
    char *note;              /* that goes with it, or NULL */
    bool held;               /* that commit is still to be sent, or to be sent again */
};

struct kafka_consumer {
    struct kafka_options options; /* first: the handle's opaque (kafka/client.h) */
    struct consumer_events events;
    rd_kafka_t *client;
    rd_kafka_queue_t *main;
    char *topic;
    int wake_fd;
    struct consumer_partition *partitions; /* by number */
    size_t partition_room;
    /* From our JoinGroup request to the answer to our SyncGroup; written by librdkafka's threads
     * (consumer_commit.c says what for). */
    atomic_bool joining;
    /* From our JoinGroup request to the rebalance callback that a successful join ends with. */
    atomic_bool unsettled;
    atomic_bool left; /* our LeaveGroup has been answered */
    /* Until then a JoinGroup may be about to be sent; written by librdkafka's threads. */
    atomic_int_least64_t quiet_until_ms;
    int64_t flush_ms; /* not before this are held commits sent (monotonic) */
    /* Revoked and not yet released; NULL: none. */
    rd_kafka_topic_partition_list_t *leaving;
    bool unanswered; /* the last commit that was waited for got no answer */
    bool joined;     /* the group has answered us at least once */
    bool closing;
};

/* librdkafka's rebalance_cb, with the consumer as opaque. */
void consumer_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t event,
                        rd_kafka_topic_partition_list_t *partitions, void *opaque);
/* The partition while it is ours, else NULL. */
struct consumer_partition *consumer_partition(const struct kafka_consumer *consumer,
                                              int32_t number);
/* Lets go of every queue; before the consumer closes, or closing waits for them. */
void consumer_drop_queues(struct kafka_consumer *consumer);

/* Adds an offset and the note that goes with it to a list for librdkafka. */
void consumer_add_offset(rd_kafka_topic_partition_list_t *list, const char *topic,
                         int32_t partition, int64_t offset, const char *note);
/* Watches the group's joins, from before the handle is made. */
void consumer_watch_joins(struct kafka_consumer *consumer, rd_kafka_conf_t *conf);
/* A join may follow within moments: no commit now. */
void consumer_quiet(struct kafka_consumer *consumer);
/* Waits up to timeout_ms until no join is under way; whether that is so. */
bool consumer_wait_joined(const struct kafka_consumer *consumer, int timeout_ms);
/* librdkafka's offset_commit_cb: the answer to an asynchronous commit. */
void consumer_commit_answered(rd_kafka_t *client, rd_kafka_resp_err_t error,
                              rd_kafka_topic_partition_list_t *offsets, void *opaque);
/* Sends the commits that had to wait, once a turn. */
void consumer_flush_commits(struct kafka_consumer *consumer);

#endif
