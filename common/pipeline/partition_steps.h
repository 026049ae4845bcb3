/* What the files of a partition's beginning share: partition_start.c (who is asked, and when),
 * partition_place.c (the decision, carried out), partition_target.c (a target that keeps positions),
 * partition_commit.c; and partitions.c. For these files only. */
#ifndef FEEDS_PIPELINE_PARTITION_STEPS_H
#define FEEDS_PIPELINE_PARTITION_STEPS_H

#include "pipeline/partitions.h"

/* Kafka, or the target, did not answer. */
#define PARTITION_RETRY_MS 1000

const struct sink *partitions_sink(const struct partitions *partitions);
bool partitions_keep_positions(const struct partitions *partitions);
/* Moves it along the state table; a step that the table does not have is a bug. */
void partition_go(struct partition *partition, enum partition_step step);
/* What is read next: behind the last message, or behind a transaction's marker at the log's end. */
int64_t partition_next_to_read(const struct partition *partition);
void partition_drop_held(struct partition *partition);
/* Nothing of it is ours any more, and nothing is known of it. */
void partition_clear(struct partitions *partitions, struct partition *partition);

/* partition_start.c. Does for each partition what its state asks for. Returns when it wants to be called again. */
int64_t partitions_start_turn(struct partitions *partitions, int64_t now_ms);

/* partition_commit.c. Commits what has moved; synchronous: every position, and waits for the answer. 0, or -1 with a
 * reason; *fenced: the group no longer counts us as a member. */
int partitions_send_commit(struct partitions *partitions, bool synchronous, bool *fenced,
                           struct reason *reason);
/* Every second, and at a log's end, without waiting. */
void partitions_commit_now_and_then(struct partitions *partitions, int64_t now_ms);

/* partition_target.c. Asks it, unless it was asked, or it is too early. */
void partition_attach(struct partitions *partitions, struct partition *partition, int64_t now_ms);
/* Of one that is fenced. False: everything has been given up. */
bool partition_answer_fence(struct partitions *partitions, struct partition *partition,
                            int64_t now_ms);

/* partition_place.c. Takes the decision by what was seen, and begins to carry it out. */
void partition_place(struct partitions *partitions, struct partition *partition,
                     const struct log_sight *sight, int64_t now_ms);
/* Whether our sink may go on where the note's was; says it if not. */
bool partition_may_follow(struct partitions *partitions, const struct partition *partition,
                          const struct log_sight *sight);
/* There is nothing to report, or it is done. */
void partition_align_or_start(struct partitions *partitions, struct partition *partition,
                              int64_t now_ms);

#endif
