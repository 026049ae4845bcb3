/* How far a consumer is: what it has done, what is left, whether it has caught up, and the lines
 * that say so. */
#ifndef FEEDS_PIPELINE_HEADWAY_H
#define FEEDS_PIPELINE_HEADWAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/entity.h"
#include "core/feed_progress.h"
#include "core/message.h"
#include "core/sink.h"
#include "kafka/consumer.h"
#include "pipeline/partitions.h"

struct headway {
    const char *topic, *group;
    const struct entity *entity; /* which counts there are, and their names */
    struct kafka_consumer *consumer;
    struct partitions *partitions;
    /* done is the sum of the others. Of an ADJUST, updated is a movement that was applied, and unchanged
     * one that came again, or moves nothing. */
    uint64_t done, created, updated, unchanged, rejected;
    uint64_t possible_duplicates; /* done ones that may have been written twice; APPEND, ADJUST */
    uint64_t left_alone;          /* entries whose create-only fields differ and were left alone */
    char left_alone_feed[FEED_RUN_SIZE]; /* the feed it was said for, as far as it fits */
    uint64_t logged;                     /* refusals logged since the last progress line */
    int64_t started_ms;                  /* when it last began to be behind */
    int64_t next_line_ms;
    uint64_t done_then; /* at the last progress line, for the rate */
    int64_t then_ms;
    bool caught_up;
    bool caught_up_owed; /* a line about it */
    int64_t next_caught_up_ms;
    /* --until-end: */
    struct kafka_end *ends;
    size_t end_count;
    int64_t next_look_ms;
};

/* Strings are borrowed. */
void headway_init(struct headway *headway, const char *topic, const char *group,
                  const struct entity *entity, int64_t now_ms);
/* An effect is in Strapi. Says once a feed that create-only fields were left alone. */
void headway_effected(struct headway *headway, const struct message *message,
                      const struct outcome *outcome);
/* A message was refused; logs it unless there were many. */
void headway_rejected(struct headway *headway, const struct message *message,
                      const struct outcome *outcome);
/* Once a turn: a progress line every 10 s while behind, one caught-up line when not any more; also
 * that at most every 10 s, for messages that come one by one. */
void headway_turn(struct headway *headway, int64_t now_ms);
/* --until-end is over: the caught-up line, unless it was said since there was something to do. A run
 * that finds nothing to do says so by it. */
void headway_end(struct headway *headway, int64_t now_ms);
/* Remembers where the partitions end now, for headway_finished(). 0, or -1 with a reason. */
int headway_mark_ends(struct headway *headway, struct reason *reason);
/* --until-end: whether all that was there at the start is done and committed, by us or by other
 * members of the group. Not before we are a member ourselves: whether an offset that was committed earlier
 * is one of this log, and the target stands there too, is looked at by who has the partition. Asks the group
 * at most once a second. */
bool headway_finished(struct headway *headway, int64_t now_ms);
/* {"topic","done","created",...} on one line: the counts that the entity has. 0, or -1 when it could not
 * be written. */
int headway_print_json(const struct headway *headway, int64_t now_ms, FILE *out);
void headway_release(struct headway *headway);

#endif
