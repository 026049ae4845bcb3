/* Which messages of a partition were read, by a few of their fingerprints, and what its log shows of
 * them now: whether it is still the log that was read.
 *
 * The newest mark alone tells that something is different, but not what: brokers that lost the log's
 * end (an unclean election of a leader), or a topic that was deleted and made anew. In the former the
 * older messages are still there. So older marks are kept as well, spaced out: however much of the
 * end was lost, there is a mark not much further back, and a dozen of them do for any log. */
#ifndef FEEDS_CORE_LOG_HISTORY_H
#define FEEDS_CORE_LOG_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "core/fingerprint.h"

#define LOG_HISTORY_MAX 16
/* Of two marks with one between them, the older is at least so many times further back. */
#define LOG_HISTORY_RATIO 64

struct log_history {
    size_t count;
    struct fingerprint marks[LOG_HISTORY_MAX]; /* the newest first; offsets descend */
};

/* What the log has at a mark's offset. */
enum mark_sight {
    MARK_UNSEEN, /* nobody has looked */
    MARK_SAME,
    MARK_OTHER,  /* another message */
    MARK_HOLE,   /* none, though the log goes on behind it */
    MARK_BELOW,  /* the log begins later */
    MARK_BEHIND, /* the log ends before */
    MARK_SIGHT_COUNT,
};

enum log_match {
    LOG_UNKNOWN,   /* there is no mark to tell by */
    LOG_SAME,      /* it is the log that was read */
    LOG_GONE,      /* it begins behind everything that was read: nobody can tell */
    LOG_TRUNCATED, /* the same, but it ends earlier */
    LOG_DIVERGED,  /* the same up to `after`, then another */
    LOG_ANEW,      /* another one */
    LOG_LOST,      /* it ends before all marks, or has none of them: nobody can tell */
    LOG_MATCH_COUNT,
};

struct log_likeness {
    enum log_match match;
    int64_t after; /* LOG_DIVERGED: the offset behind the newest mark that fits */
};

/* One more was read; its offset is above all others, or it is one of them and nothing changes. */
void log_history_add(struct log_history *history, const struct fingerprint *mark);
/* Which mark is to be looked at next, given what was seen so far; -1: enough is known. */
int log_history_next(const struct log_history *history, const enum mark_sight *sights);
struct log_likeness log_history_compare(const struct log_history *history,
                                        const enum mark_sight *sights);

#endif
