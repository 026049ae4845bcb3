/* The partitions that are ours: what is pending in each, what may be committed, and how they go.
 * The only place that stores an offset.
 *
 * Order of a departure: nothing new goes to the sink, what is out comes back (or time runs out),
 * the positions are committed, the partitions are let go. What was not done is the next owner's. */
#ifndef FEEDS_PIPELINE_PARTITIONS_H
#define FEEDS_PIPELINE_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/offset_window.h"
#include "kafka/consumer.h"
#include "pipeline/dispatch.h"

struct partition {
    TAILQ_ENTRY(partition) link;
    int32_t number;
    struct offset_window window;
    int64_t committed; /* -1: nothing yet by us */
    int64_t end;       /* the log's end when it was reached; -1: not at the end */
    int64_t newest_ms; /* the newest timestamp that was read; 0: none */
    bool going;        /* revoked: draining */
    int64_t deadline_ms;
};

TAILQ_HEAD(partition_list, partition);

struct partitions {
    struct partition_list list;
    struct kafka_consumer *consumer;
    struct dispatch *dispatch;
    int64_t drain_ms; /* a departing partition waits this long for what is out */
    int64_t next_commit_ms;
};

void partitions_init(struct partitions *partitions, struct dispatch *dispatch, int64_t drain_ms);
/* Answers to the consumer's assigned(). 0, or -1 when out of memory. */
int partitions_assigned(struct partitions *partitions, const int32_t *numbers, size_t count);
/* Answers to the consumer's revoked(): starts the departure; if lost, it is over at once. */
void partitions_revoked(struct partitions *partitions, const int32_t *numbers, size_t count,
                        bool lost, int64_t now_ms);
/* Once a turn: lets go of what has drained, commits every second without waiting. Returns when the next
 * turn is wanted for a commit that could not go yet (in now_ms' clock); INT64_MAX: for none. */
int64_t partitions_turn(struct partitions *partitions, int64_t now_ms);
/* Commits every position and waits for the answer. 0, or -1 with a reason; *fenced: the group no
 * longer counts us as a member, and everything has been given up. */
int partitions_commit(struct partitions *partitions, bool *fenced, struct reason *reason);
/* The message is done (the dispatch's finished()). */
void partitions_done(struct partition *partition, int64_t offset);
/* The log has begun again below what we have read, done or not (the topic was made anew): what is in
 * hand of the old one is dropped when it comes back, and the window starts over. */
void partitions_restart(struct partitions *partitions, struct partition *partition);
/* The first of the list becomes the last: who reads in the list's order is fair. */
void partitions_rotate(struct partitions *partitions);
size_t partitions_count(const struct partitions *partitions);
struct partition *partitions_find(const struct partitions *partitions, int32_t number);
/* The next offset of the partition that is not done, or -1. */
int64_t partition_position(const struct partition *partition);
void partitions_release(struct partitions *partitions);

#endif
