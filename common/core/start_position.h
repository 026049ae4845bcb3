/* Where the reading of a partition begins, or goes on: one decision, taken from what Kafka, its log and
 * the target say (docs/architecture.md has it as tables). Nothing is asked here. */
#ifndef FEEDS_CORE_START_POSITION_H
#define FEEDS_CORE_START_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/log_history.h"
#include "core/sink.h"

struct start_facts {
    int64_t low, high; /* the log's ends now, open transactions included */
    /* The offset that the group has committed; or, of a partition that is being read, the next one to
     * read. -1: none. */
    int64_t position;
    int64_t last; /* the newest message below `position` that the group's note names; -1: none */
    struct log_likeness likeness; /* of the log to what was read below the position */
    bool noted_by_us;             /* the offset's note names our sink */
    int64_t since;                /* and where it began in this log; -1: not said */
    bool reading;                 /* it is being read: the target stands where we have brought it */
    bool skip_lost;               /* ON_LOST_OFFSETS=skip */
    bool reset;                   /* --reset-position */
    bool keeps_positions;    /* the target does; the rest is about it, and not asked if `reading` */
    int64_t next, confirmed; /* as in struct sink_position */
    struct log_likeness target; /* of the log to its fingerprint */
};

enum start_why {
    START_NEW,       /* nothing was read before: at the log's beginning */
    START_GO_ON,     /* where the group stands */
    START_EXPIRED,   /* messages are gone that were not read: at the oldest there is */
    START_ANEW,      /* the topic was made anew: at its beginning */
    START_TRUNCATED, /* the log has lost its end: where it ends now */
    START_DIVERGED, /* it has lost its end and grown again: behind the last message that is the same */
    START_LOST_AGAIN, /* nobody can tell: at the log's beginning */
    START_LOST_SKIP,  /* nobody can tell: at its end */
    START_TARGET,     /* the group has no offset, or one of another log: where the target stands */
    START_RESTORED, /* the target stands lower than it did (a restored database): where it stands */
    START_ADOPTED,  /* another sink has written since: where the group stands */
    START_WHY_COUNT,
};

struct start_position {
    int64_t offset; /* the first one to read */
    int64_t
        expired_from; /* messages from here up to `offset` are gone: an error record first; -1: none */
    enum start_why why;
    bool commit_first; /* to Kafka, before anything is read */
    bool moves;        /* the target's position, then: */
    enum sink_move move;
    int64_t move_to;
};

struct start_position start_position(const struct start_facts *facts);
/* For the log: an event's name, NULL when there is nothing to say, and a sentence. */
const char *start_why_name(enum start_why why);
const char *start_why_sentence(enum start_why why);

#endif
