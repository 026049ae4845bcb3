/* The partitions that are ours: where reading begins in each, what is pending, what may be committed, and
 * how they go. The only place that stores an offset, and that calls for a target's positions
 * (core/sink.h).
 *
 * From the assignment to the first message (core/partition_state.h; partition_start.c, _target.c and
 * _place.c): the target is attached, Kafka is asked where the group stands and whether the log is still
 * the one that was read (kafka/log_survey.h), one decision is taken (core/start_position.h), and carried
 * out. The same again when a log is in doubt while it is read, or the target has fenced us.
 *
 * Order of a departure: nothing new goes to the sink, what is out comes back (or time runs out),
 * the positions are committed, the partitions are let go. What was not done is the next owner's. */
#ifndef FEEDS_PIPELINE_PARTITIONS_H
#define FEEDS_PIPELINE_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/backoff.h"
#include "core/commit_note.h"
#include "core/log_history.h"
#include "core/offset_window.h"
#include "core/partition_state.h"
#include "core/start_position.h"
#include "kafka/consumer.h"
#include "kafka/log_survey.h"
#include "pipeline/dispatch.h"

struct partition {
    TAILQ_ENTRY(partition) link;
    int32_t number;
    enum partition_state state;
    struct offset_window window;
    char noted[COMMIT_NOTE_SINK]; /* the sink in the note of the offset where we began; "": none */
    int64_t since;                /* where our sink began in this log */
    struct log_history history;   /* what was done below the position */
    struct offset_set ahead;      /* done before it was ours, above where reading began */
    int64_t committed;            /* -1: nothing that we know of */
    int64_t confirmed;            /* told to the target; -1: nothing */
    int64_t end;                  /* the log's end when it was reached; -1: not at the end */
    int64_t newest_ms;            /* the newest timestamp that was read; 0: none */
    int64_t deadline_ms;          /* PARTITION_GOING */

    /* Where reading begins, or goes on: */
    bool asked;      /* the target or Kafka, whose turn it is: the answer is awaited */
    bool attached;   /* the target knows that it is ours */
    bool stopped;    /* librdkafka fetches nothing of it before it is started */
    bool placed;     /* it was read, or is, since it was attached */
    bool doubted;    /* the topic was unknown for a while */
    uint64_t serial; /* of the question to Kafka */
    int64_t due_ms;  /* nobody is asked earlier */
    struct backoff fences;
    struct sink_position target;
    struct start_position start;
    bool reported; /* start.expired_from has its error record */

    /* Whether the log is still the one: */
    struct kafka_message held; /* read, and not believed yet; raw NULL: none */
    int64_t read_ms;           /* the last message was read */
    int64_t checked_ms;        /* the log was seen to be the one */
};

TAILQ_HEAD(partition_list, partition);

struct partitions_options {
    int64_t drain_ms; /* a departing partition waits this long for what is out */
    bool skip_lost;   /* ON_LOST_OFFSETS=skip */
    bool reset;       /* --reset-position: each partition's first time in this process */
    bool fallback; /* the sink was taken because there is no better one: not where one was before */
    /* Messages from `first` up to, not including, `next` are gone. Answered by partitions_done(first)
     * when the error topic has the record. */
    void (*expired)(void *arg, struct partition *home, int64_t first, int64_t next);
    /* The consumer must not go on: a sentence for who configures it. */
    void (*refused)(void *arg, const char *why);
    void *arg;
};

struct partitions {
    struct partition_list list;
    bool joined; /* the group has said once which are ours, if any */
    struct partitions_options options;
    struct kafka_consumer *consumer;
    struct log_survey *survey;
    struct dispatch *dispatch;
    int64_t next_commit_ms, next_end_commit_ms;
    uint64_t serial;
    bool *reset; /* by number: --reset-position is done with it */
    size_t reset_count;
    int64_t say_unseen_ms; /* that Kafka does not answer is said again then; 0: it does */
};

void partitions_init(struct partitions *partitions, struct dispatch *dispatch,
                     const struct partitions_options *options);
/* Answers to the consumer's assigned(). 0, or -1 when out of memory. */
int partitions_assigned(struct partitions *partitions, const int32_t *numbers, size_t count);
/* Answers to the consumer's revoked(): starts the departure; if lost, it is over at once. */
void partitions_revoked(struct partitions *partitions, const int32_t *numbers, size_t count,
                        bool lost, int64_t now_ms);
/* Once a turn: begins what waits to begin, lets go of what has drained, commits every second without
 * waiting. Returns when the next turn is wanted (in now_ms' clock); INT64_MAX: for nothing. */
int64_t partitions_turn(struct partitions *partitions, int64_t now_ms);
/* Commits every position and waits for the answer. 0, or -1 with a reason; *fenced: the group no
 * longer counts us as a member, and everything has been given up. */
int partitions_commit(struct partitions *partitions, bool *fenced, struct reason *reason);
/* The message is done (the dispatch's finished()). */
void partitions_done(struct partition *partition, int64_t offset);
/* The first of the list becomes the last: who reads in the list's order is fair. */
void partitions_rotate(struct partitions *partitions);
size_t partitions_count(const struct partitions *partitions);
struct partition *partitions_find(const struct partitions *partitions, int32_t number);
/* The next offset of the partition that is not done, or -1. */
int64_t partition_position(const struct partition *partition);
void partitions_release(struct partitions *partitions);

/* partition_start.c and partition_target.c: */

/* Answers of a target that keeps positions (core/sink.h, struct sink_attachments). */
void partitions_attached(struct partitions *partitions, int32_t number,
                         const struct sink_position *position);
void partitions_fenced(struct partitions *partitions, int32_t number, const char *why);
/* Whether the log should be looked at before a message that has just come is believed. */
bool partition_in_doubt(const struct partition *partition, int64_t now_ms);
/* Nothing is read of it until Kafka has said whether the log is still the one. Of a partition that is
 * being read. stopped: librdkafka has given up fetching it. */
void partition_check(struct partition *partition, bool stopped, int64_t now_ms);
/* The topic was unknown to the brokers for a while, or the log of one partition is not where it was: all that are
 * being read are looked at in the next turn. */
void partitions_doubt(struct partitions *partitions);
#endif
