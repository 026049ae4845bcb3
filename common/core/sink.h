/* The port between the consumer's loop and whatever takes the records. Adapters: plain REST
 * (strapi/rest_sink.h), the ingest plugin (strapi/ingest_sink.h) and the null sink of the tests.
 *
 * The loop asks room(), hands over jobs with submit(), calls kick() once a turn, and is answered
 * through settled(), also from within submit() or kick(). Only the loop knows Kafka, waiting,
 * outages and attempts; a look-up for many jobs at once is the adapter's own business. */
#ifndef FEEDS_CORE_SINK_H
#define FEEDS_CORE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error_code.h"
#include "core/failure.h"
#include "core/message.h"

/* What became of one message, named by what the loop does next. */
enum verdict {
    VERDICT_NONE,    /* not settled yet: an outcome that nobody filled is a bug, not a success */
    VERDICT_DONE,    /* confirmed: the effect is in the target */
    VERDICT_REJECT,  /* refused, and the record is the reason */
    VERDICT_RETRY,   /* failed (403, 500): the record's fault only if others pass on the route */
    VERDICT_LATER,   /* the target asks for patience (429, 503 with Retry-After) */
    VERDICT_UNKNOWN, /* sent, and nobody knows: to be looked up before it is tried again */
    VERDICT_OUTAGE,  /* the target is away or does not let us in; nothing was written */
    VERDICT_ABSENT,  /* of a job that only looks: its effect is not there */
    VERDICT_NOT_REACHED, /* never sent: goes back as if it had not been submitted */
    VERDICT_ADDRESSED,   /* ADJUST: nothing was written; which entry it is about is known now
                            (message->entry), and with it its lane: lane() is asked again */
    VERDICT_MISSING,     /* ADJUST: there is no such entry, perhaps not yet. `failure` says why, for
                            the case that it will not come (message->final: it shall be judged now) */
};

/* What DONE did. */
enum done_how { DONE_UNCHANGED, DONE_CREATED, DONE_UPDATED };

/* Routes of a target: state of health is kept per route, because a token may create and not update,
 * and a database may read and not write. ROUTE_COUNT is the ceiling for every adapter. */
enum route { ROUTE_LOOKUP, ROUTE_CREATE, ROUTE_UPDATE, ROUTE_COUNT = MESSAGE_ROUTES };

struct outcome {
    enum verdict verdict;
    enum done_how how;       /* DONE */
    bool left_alone;         /* DONE: a create-only field differs and was left alone */
    bool possible_duplicate; /* DONE: an earlier attempt may have been written as well, and the
                                target has nothing that would tell */
    enum route route;        /* RETRY, UNKNOWN, NOT_REACHED for a blocked route; DONE: what it used,
                                ROUTE_LOOKUP when nothing was written */
    bool target_died;        /* UNKNOWN: the connection broke or nothing came in time */
    bool was_well;           /* target_died: it had written for us right before this was sent */
    int64_t delay_ms;        /* LATER: as told; UNKNOWN, NOT_REACHED: rest at least this long */
    struct failure failure;  /* every verdict but DONE and NOT_REACHED: why */
    const char *http_method; /* static text, or NULL when no request was answered */
    char http_path[256];
    int http_status;
    char http_body[2048 + 1];
    size_t http_body_len;
};

/* One message on its way through the sink. The loop owns it; the sink only fills outcome, and forgets
 * the job when it calls settled(). */
struct job {
    struct message *message;
    struct outcome outcome;
    bool probe; /* may use a blocked route: it is the one that asks whether it heals */
    bool
        look; /* writes nothing: DONE or ABSENT, if the look-up succeeds. Never in a run with others */
    struct job *behind; /* the next one of the same lane, handed over together with it; NULL: the
                           last of its run. The loop's, and as it was when submit() was called */
    struct job *next;   /* the adapter's queue link, while it has the job */
};

/* Where a target that keeps positions says a partition stands. */
#define SINK_FINGERPRINT_SIZE 65
struct sink_position {
    int64_t next; /* everything below has had its effect or was refused; -1: it knows nothing */
    int64_t confirmed; /* everything below needs nothing more; -1: it knows nothing */
    char fingerprint[SINK_FINGERPRINT_SIZE]; /* of the last message below `next`; "": none */
};

/* Why a position is moved by hand (the ingest API's words). */
enum sink_move { MOVE_ADOPT, MOVE_SKIP, MOVE_RESET };

/* How the adapter answers. */
struct sink_events {
    void (*settled)(void *arg, struct job *job);
    void *arg;
    /* ADJUST; may be NULL. Whether a message that was read before `message` from its partition is
     * `missing`, or was refused without an entry and is not reported yet, and wanted() says that it
     * is about the same entry. */
    bool (*older_missing)(void *arg, const struct message *message,
                          bool (*wanted)(const void *entry, const struct message *older),
                          const void *entry);
    /* May be NULL. Something that is no message's (where a partition stands) was asked of the target,
     * and it is away or does not let us in; it answered. `why` as in an outcome. */
    void (*away)(void *arg, const char *why);
    void (*answered)(void *arg);
};

/* How an adapter answers whose target keeps positions. */
struct sink_attachments {
    /* Answers to attach() and move(). */
    void (*attached)(void *arg, int32_t partition, const struct sink_position *position);
    /* The target takes nothing more of the partition: somebody else has attached to it, or it stands
     * lower than what we hold (its database was restored). All jobs of it come back NOT_REACHED; the
     * loop finds out whether it is still ours, and attaches again or lets go. */
    void (*fenced)(void *arg, int32_t partition, const char *why);
    void *arg;
};

struct sink_ops {
    /* "rest", "ingest": stands in the note of each offset commit. */
    const char *name;
    /* NULL: the target keeps no positions (plain REST); then the next four are NULL, too.
     * The partition is ours: asks the target where it stands, and keeps everybody else out. Answered
     * by attached(), later, however long that takes; an outage is the adapter's to wait out, with
     * pauses. Nothing of the partition is submitted before. */
    void (*attach)(void *sink, int32_t partition, int64_t now_ms);
    /* The target's position becomes `next` (-1: unknown), up or down; after attached() and before
     * anything is submitted. Answered by attached() again, with the new position. */
    void (*move)(void *sink, int32_t partition, int64_t next, const char *fingerprint,
                 enum sink_move why, int64_t now_ms);
    /* Everything below `offset`, of what was read since attached(), is done, error records included: also
     * what was never submitted, and then the target's position passes it. Told before kick() when it has
     * moved. */
    void (*confirm)(void *sink, int32_t partition, int64_t offset);
    /* In how many partitions the target has not heard of the last confirm() yet. Of those that it cannot hear of
     * just now, too: who waits for it sets an end. */
    size_t (*unconfirmed)(const void *sink);
    /* It is not ours any more; what is on the way has been settled or orphaned. Not answered. */
    void (*detach)(void *sink, int32_t partition);
    /* Messages of one lane that may be with the sink at a time, as one run: handed over together, in
     * their order, and settled one by one. The lane is free again when all of them are. */
    size_t run_max;
    /* The text that must stay in order: messages with equal lanes are submitted one after another.
     * Valid until the next question. */
    struct value (*lane)(void *sink, const struct message *message);
    /* ADJUST (else NULL; also NULL when the lanes are kept whatever is missing: a message that is
     * `missing` waits in its lane, everything behind it, too, and when its entry will not come it is
     * submitted once more as message->final): the text of the lane in which all messages wait that name
     * their entry as this one does, while it is not there; never that of a lane of another kind. Valid
     * until the next question. The loop asks it of any message: one that was ADDRESSED while older ones wait there
     * goes behind them and becomes `missing` too; and so does one of which the look-up fails, so that
     * it does not hold up the others. Whoever is `missing` is looked up again at its next submit(),
     * whether it has an entry or not, and until then lane() is its waiting_lane(). */
    struct value (*waiting_lane)(void *sink, const struct message *message);
    /* How many jobs it would take now. */
    size_t (*room)(void *sink, int64_t now_ms);
    /* The first job of a run. */
    void (*submit)(void *sink, struct job *job, int64_t now_ms);
    /* All jobs of this turn are handed over: send what waited to be sent together. Also called on
     * each timer turn. */
    void (*kick)(void *sink, int64_t now_ms);
    /* Blocked: jobs that would use the route come back NOT_REACHED, unless they are probes. */
    void (*block)(void *sink, enum route route, bool blocked);
    /* Gives back at once, NOT_REACHED, every job of which nothing was sent yet. */
    void (*recall)(void *sink);
};

struct sink {
    const struct sink_ops *ops;
    void *self;
};

#endif
