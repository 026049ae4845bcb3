/* Which messages ask whether a blocked place heals, and which go alone because the target may die
 * of them. */
#include "pipeline/dispatch_state.h"

/* The connections of a target that dies break one after another: what is sent in this time may be taken
 * for what it died of. */
#define DEATH_MS 1000

struct wanted {
    int place;
    int64_t now;
    bool untried;     /* has never failed */
    bool no_suspects; /* they need to be alone, and somebody is out */
    const struct message *not_this;
};

static bool for_probe(void *arg, const struct message *message)
{
    const struct wanted *wanted = arg;

    return message != wanted->not_this && !(wanted->no_suspects && message->suspect) &&
           !(wanted->untried && message->failures) &&
           (wanted->place == PLACE_TARGET || message->parked_on == wanted->place);
}

static bool due_suspect(void *arg, const struct message *message)
{
    const struct wanted *wanted = arg;

    return message->suspect && message->due_ms <= wanted->now;
}

/* The record that asks whether the place heals: one that has not failed yet says most, then any but
 * the one that failed last. */
static struct message *pick_probe(struct dispatch *dispatch, int place)
{
    struct wanted wanted = {.place = place, .no_suspects = dispatch->in_flight > 0};
    struct message *message;

    wanted.untried = true;
    if ((message = lanes_pick(dispatch->lanes, for_probe, &wanted)))
        return message;
    wanted.untried = false;
    wanted.not_this = dispatch->outage.places[place].last_failed;
    if ((message = lanes_pick(dispatch->lanes, for_probe, &wanted)))
        return message;
    wanted.not_this = NULL;
    return lanes_pick(dispatch->lanes, for_probe, &wanted);
}

/* Lets one record through each blocked place whose time has come. Returns when the next one's comes
 * (INT64_MAX: nothing to wait for but an answer or a message). */
int64_t probe_places(struct dispatch *dispatch, int64_t now)
{
    int64_t next = INT64_MAX;

    for (int place = 0; place < PLACE_COUNT; place++) {
        int64_t at = outage_probe_at(&dispatch->outage, place);
        struct message *message;

        if (at != INT64_MAX && at < dispatch->quiet_until_ms)
            at = dispatch->quiet_until_ms;
        if (at == INT64_MAX || dispatch->alone || (place == PLACE_TARGET && dispatch->in_flight))
            continue;
        if (at > now) {
            next = at < next ? at : next;
            continue;
        }
        message = pick_probe(dispatch, place);
        if (!message)
            continue;
        outage_probe_began(&dispatch->outage, place, message);
        dispatch_submit(dispatch, message, 1, true, now);
    }
    return next;
}

void probe_wait(struct dispatch *dispatch, int64_t now)
{
    dispatch->quiet_until_ms = now + DEATH_MS;
}

/* What was in flight when the target died goes alone, one at a time. True: nothing else may go. */
bool probe_suspect(struct dispatch *dispatch, int64_t now)
{
    struct wanted wanted = {.now = now};
    struct message *message;

    if (dispatch->alone)
        return true;
    if (!dispatch->suspects)
        return false;
    if (now < dispatch->quiet_until_ms)
        return true;
    message = lanes_pick(dispatch->lanes, due_suspect, &wanted);
    if (!message)
        return false;
    if (dispatch->in_flight) {
        lanes_put_back(dispatch->lanes, message);
        return true;
    }
    dispatch_submit(dispatch, message, 1, true, now);
    return true;
}
