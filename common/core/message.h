/* One Kafka message in a consumer's hands, from the poll until its offset may be stored. */
#ifndef FEEDS_CORE_MESSAGE_H
#define FEEDS_CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/message_state.h"
#include "core/record.h"

/* What a message says of the feed it came from (headers; all NULL or 0 when it does not). */
struct message_origin {
    const char *feed, *feed_id;
    uint64_t row;
};

struct job;
struct outcome;
struct lane;
struct partition;

/* No route, in `failed_on` and `parked_on`. */
#define NO_ROUTE (-1)
/* Ceiling of a sink's routes; core/sink.h names them. */
#define MESSAGE_ROUTES 3

struct message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    int64_t newest_ms; /* the newest timestamp in its partition from where reading began up to it */
    const char *key;
    size_t key_len;
    const char *value;
    size_t value_len;
    struct message_origin origin;
    void *owner;            /* what owns the bytes above */
    struct partition *home; /* the assignment it came with; NULL once that was given up, and then
                                nothing is stored for it any more */

    struct record record;
    enum message_state state;
    unsigned attempts;       /* failures that are this record's own (outages do not count) */
    unsigned failures;       /* all of them; what the next delay grows with */
    int64_t first_failed_ms; /* wall time; 0: has not failed */
    int64_t alone_since_ms;  /* failing with no other record to compare with; 0: not */
    int failed_on;           /* the route it failed on last */
    uint64_t
        passed[MESSAGE_ROUTES]; /* successes of all records on each route when it last failed */
    bool failed_itself;         /* not only with others, when the target died */
    bool proven;                /* it failed, others passed on its route, and it failed again */
    int written;          /* the sink's: enum done_how of a write that was sent for it, whatever
                                 became of it; what a later look-up finds is then our own doing */
    bool perhaps_written; /* the sink's: a write of it that nobody answered may have been done, and
                             nothing in the target tells */
    bool unanswered;      /* the dispatch's: a write of it was sent and not answered, and no other
                             write has been since */
    struct outcome *last; /* the dispatch's: what the last attempt came to, when it may have been
                             written nevertheless and is only looked for; else NULL */
    bool suspect;         /* to be tried alone: the target died or hung with it in flight */

    /* The sink's, of an ADJUST: how the target names the entry that is moved (malloc'ed; freed with
     * the message); NULL while it was not looked up, or is gone. Of an APPEND that has no identity
     * there: the entry that the target says was written. */
    char *entry;
    bool missing; /* it was looked up last, and was not there; or waits behind one of which that is
                     so (the dispatch sets it then). To be looked up again, whatever `entry` is */
    bool final; /* the dispatch's, of an ADJUST: its entry will not come any more. The target shall
                     apply it or refuse it, and may not answer that it is missing */
    struct {
        uint64_t attempt;      /* the write that it was last part of, if that may have been done;
                                  0: none */
        int64_t before, after; /* the level before this one, and after the whole write */
        int64_t rest_until_ms; /* monotonic: the write may still be at work until then */
        bool alone; /* it was refused, or failed, with others in it: one may be to blame */
    } sent;         /* the sink's, of an ADJUST */
    uint64_t mark;  /* what the topic that brings the entries had in it when this was read
                      (core/upstream.h) */
    int64_t missing_since_ms; /* the dispatch's: monotonic; 0: it is not missing */

    TAILQ_ENTRY(message) in_hand; /* the dispatch's list of all that is not done */
    struct job *job;              /* the dispatch's, while the sink has it; else NULL */

    /* The lanes': */
    struct lane *lane;    /* where it waits; NULL while in none */
    struct message *next; /* what waits behind it */
    bool out;             /* taken, and neither put back nor done with */
    int64_t due_ms;       /* not before this time; 0: at once */
    int parked_on;        /* the blocked route it waits for */
};

#endif
