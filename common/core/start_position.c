#include "core/start_position.h"

/* The position beside the log's ends. */
enum place { PLACE_NONE, PLACE_BELOW, PLACE_WITHIN, PLACE_BEYOND, PLACE_COUNT };

#define NEW       START_NEW
#define GO_ON     START_GO_ON
#define EXPIRED   START_EXPIRED
#define ANEW      START_ANEW
#define TRUNCATED START_TRUNCATED
#define DIVERGED  START_DIVERGED
#define LOST      START_LOST_AGAIN

/* By what Kafka alone says. What lies below the log's beginning is gone in any case. */
static const enum start_why by_log[LOG_MATCH_COUNT][PLACE_COUNT] = {
    /* no position, below the log's beginning, within, beyond its end */
    [LOG_UNKNOWN] = {NEW, EXPIRED, GO_ON, LOST},
    [LOG_SAME] = {NEW, EXPIRED, GO_ON, TRUNCATED},
    [LOG_GONE] = {NEW, EXPIRED, GO_ON, LOST},
    [LOG_TRUNCATED] = {NEW, TRUNCATED, TRUNCATED, TRUNCATED},
    [LOG_DIVERGED] = {NEW, DIVERGED, DIVERGED, DIVERGED},
    [LOG_ANEW] = {ANEW, ANEW, ANEW, ANEW},
    [LOG_LOST] = {NEW, LOST, LOST, LOST},
};

static enum place place_of(const struct start_facts *facts)
{
    if (facts->position < 0)
        return PLACE_NONE;
    if (facts->position < facts->low)
        return PLACE_BELOW;
    return facts->position <= facts->high ? PLACE_WITHIN : PLACE_BEYOND;
}

static int64_t offset_of(const struct start_facts *facts, enum start_why why)
{
    switch (why) {
    case START_GO_ON:
        return facts->position;
    case START_TRUNCATED:
    case START_LOST_SKIP:
        return facts->high;
    case START_DIVERGED:
        return facts->likeness.after;
    default:
        return facts->low;
    }
}

static struct start_position by_kafka(const struct start_facts *facts)
{
    enum start_why why = by_log[facts->likeness.match][place_of(facts)];

    if (why == START_LOST_AGAIN && facts->skip_lost)
        why = START_LOST_SKIP;
    return (struct start_position){
        .why = why,
        .offset = offset_of(facts, why),
        .expired_from = why == START_EXPIRED ? facts->position : -1,
    };
}

static void move(struct start_position *start, enum sink_move move, int64_t to)
{
    start->moves = true;
    start->move = move;
    start->move_to = to;
}

/* The log is another one than that which the position counts. */
static bool is_another_log(enum start_why why)
{
    return why == START_ANEW || why == START_TRUNCATED || why == START_DIVERGED ||
           why == START_LOST_AGAIN || why == START_LOST_SKIP;
}

/* From where the target needs something: below `confirmed` nothing is wanted any more. */
static void at_target(struct start_position *start, const struct start_facts *facts,
                      enum start_why why)
{
    start->why = why;
    start->offset = facts->confirmed;
    start->expired_from = -1;
    start->commit_first = why == START_RESTORED;
}

static void at_low(struct start_position *start, const struct start_facts *facts, int64_t from)
{
    start->why = START_EXPIRED;
    start->expired_from = from;
    start->offset = facts->low;
    if (facts->next < facts->low)
        move(start, MOVE_SKIP, facts->low);
}

/* The target's position counts another log than the one that is there. */
static void target_is_anew(struct start_position *start, const struct start_facts *facts)
{
    bool goes_on = start->why == START_GO_ON;

    if (goes_on && !facts->noted_by_us) {
        /* Another sink has read this log meanwhile. */
        start->why = START_ADOPTED;
        move(start, MOVE_ADOPT, start->offset);
    } else if (goes_on && facts->next > facts->position) {
        /* They part behind what the group has committed: brokers lost the log's end. */
        start->why = START_DIVERGED;
        move(start, MOVE_RESET, start->offset);
    } else {
        start->why = START_ANEW;
        start->offset = facts->low;
        start->expired_from = -1;
        move(start, MOVE_RESET, start->offset);
    }
}

/* The target has all that the group has read: what is between the two is the end of a transaction, or what
 * compaction has left. Then Kafka is right, and the target's position follows with the first confirm(). */
static bool has_last(const struct start_facts *facts)
{
    return facts->noted_by_us && facts->last >= 0 && facts->last < facts->next;
}

/* Both count the log that is there. */
static void both_fit(struct start_position *start, const struct start_facts *facts)
{
    if (start->why == START_NEW) {
        at_target(start, facts, START_TARGET);
    } else if (facts->position > facts->next && !has_last(facts)) {
        if (facts->noted_by_us) {
            at_target(start, facts, START_RESTORED);
            /* The group is further: what was refused below has its error record. */
            start->offset = facts->next;
        } else if (start->why == START_GO_ON) {
            start->why = START_ADOPTED;
            move(start, MOVE_ADOPT, start->offset);
        }
    } else if (facts->next > facts->high) {
        /* The log has lost its end: what comes there now must not be taken for done. */
        move(start, MOVE_RESET, facts->high);
    }
    if (start->offset < facts->low)
        at_low(start, facts, start->offset);
    else if (start->why == START_EXPIRED)
        at_low(start, facts,
               start->expired_from > facts->confirmed ? start->expired_from : facts->confirmed);
    /* The target needs nothing more of what is gone. */
    if (start->expired_from >= start->offset)
        start->expired_from = -1;
}

/* Only the target knows of a position, and the log has nothing at it: made anew and shorter, perhaps. */
static void target_is_lost(struct start_position *start, const struct start_facts *facts)
{
    start->why = facts->skip_lost ? START_LOST_SKIP : START_LOST_AGAIN;
    start->offset = offset_of(facts, start->why);
    move(start, MOVE_RESET, start->offset);
}

/* Of what lies below the offset, from where we began on, it must have had something: it was restored from before
 * that. Unless somebody else has written it, or nobody was to: then it is told where reading begins, because a position that it does
 * not have cannot show later that it was restored. */
static void target_has_none(struct start_position *start, const struct start_facts *facts)
{
    bool ours =
        facts->noted_by_us && facts->last >= 0 && facts->since >= 0 && facts->since < start->offset;

    if (start->offset <= facts->low)
        return;
    if (ours && start->why != START_LOST_SKIP) {
        start->why = START_RESTORED;
        start->offset = facts->since;
        start->commit_first = true;
        if (start->offset < facts->low)
            at_low(start, facts, start->offset);
        return;
    }
    if (start->why == START_GO_ON)
        start->why = START_ADOPTED;
    move(start, MOVE_ADOPT, start->offset);
}

static void by_both(struct start_position *start, const struct start_facts *facts)
{
    bool target_fits =
        facts->target.match == LOG_SAME && facts->next >= 0 && facts->next <= facts->high;

    if (facts->next < 0)
        target_has_none(start, facts);
    else if (is_another_log(start->why) && target_fits && start->why != START_DIVERGED)
        at_target(start, facts, START_RESTORED);
    else if (is_another_log(start->why))
        move(start, MOVE_RESET, start->offset);
    else if (facts->target.match == LOG_ANEW)
        target_is_anew(start, facts);
    else if (start->why == START_NEW &&
             (facts->target.match == LOG_LOST || facts->next > facts->high))
        target_is_lost(start, facts);
    else
        both_fit(start, facts);
}

struct start_position start_position(const struct start_facts *facts)
{
    struct start_position start = by_kafka(facts);

    if (!facts->keeps_positions)
        return start;
    if (facts->reset || (facts->reading && is_another_log(start.why)))
        move(&start, MOVE_RESET, start.offset);
    else if (!facts->reading)
        by_both(&start, facts);
    return start;
}

struct words {
    const char *name, *sentence;
};

static const struct words words[START_WHY_COUNT] = {
    [START_EXPIRED] = {"log-expired",
                       "messages were deleted before they were read; their range goes to the error "
                       "topic, and reading goes on at the oldest that is left"},
    [START_ANEW] = {"log-restarted", "the topic was made anew; it is read from its beginning"},
    [START_TRUNCATED] = {"log-truncated",
                         "the log has lost its end; reading goes on where it ends now"},
    [START_DIVERGED] = {"log-truncated",
                        "the log has lost its end and grown again; reading goes on "
                        "behind the last message that is known to be the same"},
    [START_LOST_AGAIN] = {"offset-lost",
                          "the group's offset is not in the log, and nobody can tell "
                          "why; the log is read again from its beginning"},
    [START_LOST_SKIP] = {"offset-lost", "the group's offset is not in the log, and nobody can tell "
                                        "why; reading goes on at its end (ON_LOST_OFFSETS=skip)"},
    [START_TARGET] = {"position-of-target",
                      "the group has no offset; reading begins where the target stands"},
    [START_RESTORED] = {"position-of-target",
                        "the target has less than the group (was its database "
                        "restored?); reading goes on from the first message that it needs"},
    [START_ADOPTED] =
        {"position-adopted",
         "the group has read on without the target's positions; reading goes on where "
         "the group stands, and so does the target"},
};

const char *start_why_name(enum start_why why)
{
    return words[why].name;
}

const char *start_why_sentence(enum start_why why)
{
    return words[why].sentence;
}
