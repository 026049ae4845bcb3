/* Messages of which it is not known at first which entry they are about: found, or missing, they
 * change their lane. What was read first stays in front of what names the same entry. */
#include "core/entity.h"
#include "pipeline/dispatch_state.h"

/* An entry that is missing is looked up again after so long at first, later after half the time that
 * it has been missing for. */
#define MISSING_FIRST_MS   1000
#define MISSING_CEILING_MS 10000
/* Another try to change the lane, when out of memory. */
#define ANOTHER_TRY_MS 1000

/* Whether the sink wants those whose entry is missing out of the way of the others. */
static bool moves_the_missing(const struct dispatch *dispatch)
{
    return dispatch->sink.ops->waiting_lane != NULL;
}

bool settle_seeks_entry(const struct dispatch *dispatch, const struct message *message)
{
    return dispatch->options.entity->effect == EFFECT_ADJUST && moves_the_missing(dispatch) &&
           (!message->entry || message->missing);
}

static struct value waiting_lane(const struct dispatch *dispatch, const struct message *message)
{
    return dispatch->sink.ops->waiting_lane(dispatch->sink.self, message);
}

static void move(struct dispatch *dispatch, struct message *message, struct value lane)
{
    if (lanes_move(dispatch->lanes, lane.text, lane.len, message) == 0)
        return;
    message->missing = true;
    message->due_ms = dispatch_now(dispatch) + ANOTHER_TRY_MS;
    lanes_put_back(dispatch->lanes, message);
}

void settle_put_apart(struct dispatch *dispatch, struct message *message, int64_t delay_ms,
                      int route)
{
    if (!settle_waits_on(dispatch, message, delay_ms, route))
        return;
    message->missing = true;
    /* One in front of it has had no answer, and may be of the same address. */
    if (!lanes_leads(message))
        lanes_put_back(dispatch->lanes, message);
    else
        move(dispatch, message, waiting_lane(dispatch, message));
}

void settle_addressed(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;
    struct value waiting;

    outage_passed(&dispatch->outage, ROUTE_LOOKUP, dispatch_now(dispatch));
    if (!settle_waits_on(dispatch, message, 0, NO_ROUTE))
        return;
    dispatch_missing_since(dispatch, message, 0);
    /* One in front of it has had no answer, and may be about the same entry. */
    message->missing = !lanes_leads(message);
    if (message->missing) {
        lanes_put_back(dispatch->lanes, message);
        return;
    }
    /* Older ones wait for that entry: they shall find it first. */
    waiting = waiting_lane(dispatch, message);
    message->missing = lanes_elsewhere(dispatch->lanes, waiting.text, waiting.len, message);
    if (message->missing)
        lanes_hurry(dispatch->lanes, waiting.text, waiting.len);
    else
        waiting = dispatch->sink.ops->lane(dispatch->sink.self, message);
    move(dispatch, message, waiting);
}

static int64_t missing_delay(const struct dispatch *dispatch, const struct message *message)
{
    int64_t delay = (dispatch_now(dispatch) - message->missing_since_ms) / 2;

    if (delay < MISSING_FIRST_MS)
        return MISSING_FIRST_MS;
    return delay < MISSING_CEILING_MS ? delay : MISSING_CEILING_MS;
}

/* Its entry will not come. A target that keeps its place in the order refuses it itself, and
 * remembers that it did: asked again after a crash it says the same, whatever has come meanwhile. */
static void end_missing(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;

    if (moves_the_missing(dispatch) || message->final) {
        message->attempts++;
        settle_refused(dispatch, message, &job->outcome);
        return;
    }
    message->final = true;
    dispatch_missing_since(dispatch, message, 0);
    if (settle_waits_on(dispatch, message, 0, NO_ROUTE))
        lanes_put_back(dispatch->lanes, message);
}

/* Everything behind it waits with it. */
static void wait_in_lane(struct dispatch *dispatch, struct message *message)
{
    if (settle_waits_on(dispatch, message, missing_delay(dispatch, message), NO_ROUTE))
        lanes_put_back(dispatch->lanes, message);
}

void settle_missing(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;

    outage_passed(&dispatch->outage, job->outcome.route, dispatch_now(dispatch));
    if (message->home && dispatch->ports.will_not_come(dispatch->ports.arg, message)) {
        end_missing(dispatch, job);
        return;
    }
    dispatch_suspect(dispatch, message, false);
    if (message->missing_since_ms == 0)
        dispatch_missing_since(dispatch, message, dispatch_now(dispatch));
    if (!moves_the_missing(dispatch))
        wait_in_lane(dispatch, message);
    else
        settle_put_apart(dispatch, message,
                         lanes_leads(message) ? missing_delay(dispatch, message) : 0, NO_ROUTE);
}
