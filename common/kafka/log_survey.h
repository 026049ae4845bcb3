/* What Kafka knows of partitions that are to be read: where the group stands, with the note of that commit,
 * where the log begins and ends, and whether it is still the log that was read (core/log_history.h), for
 * who must not wait for the answer.
 *
 *     log_survey_ask(survey, questions, count)     false while another one is under way
 *     ... a byte is in wake_fd ...
 *     log_survey_take(survey, &sights, &count, &reason)     the answers, once
 *
 * A thread asks, and reads the messages at the marks one by one, with handles of its own: the one that
 * reads has no group, so that nothing it does can be taken for the group's. It reads also what a
 * transaction has not committed, or has aborted: whatever stands at an offset tells the log. */
#ifndef FEEDS_KAFKA_LOG_SURVEY_H
#define FEEDS_KAFKA_LOG_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/commit_note.h"
#include "core/reason.h"
#include "kafka/client.h"

struct log_survey;

struct log_question {
    int32_t partition;
    uint64_t serial; /* given back with the answer */
    bool of_group;   /* ask for its offset, and compare with its note; else with `history` */
    struct log_history history;
    bool of_target; /* compare with this as well */
    struct fingerprint target;
};

struct log_sight {
    int32_t partition;
    uint64_t serial;
    int64_t low, high;            /* of the log, read_uncommitted */
    int64_t committed;            /* the group's; -1: none */
    struct commit_note note;      /* of that; its history is what was compared */
    struct log_likeness likeness; /* to the note's history, or to the one asked about */
    struct log_likeness target;
};

enum survey_answer {
    SURVEY_NONE,   /* none has come */
    SURVEY_SEEN,   /* that is it, for all that were asked about */
    SURVEY_FAILED, /* to be asked again; with a reason */
};

/* The names are copied; wake_fd: non-blocking. NULL with a reason. Nobody is asked before the first
 * question. */
struct log_survey *log_survey_new(const struct kafka_options *options, const char *topic,
                                  const char *group, int wake_fd, struct reason *reason);
/* Copies the questions. False when one is under way, its answer was not taken, or out of memory. */
bool log_survey_ask(struct log_survey *survey, const struct log_question *questions, size_t count);
/* *sights is borrowed until the next question. */
enum survey_answer log_survey_take(struct log_survey *survey, const struct log_sight **sights,
                                   size_t *count, struct reason *reason);
/* Like topic_progress_free(). */
void log_survey_free(struct log_survey *survey);

#endif
