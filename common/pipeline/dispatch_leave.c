/* How messages leave before they are done: their partition is given up, or the consumer ends. Who reads
 * the partition next finds them again, since their offsets were not stored. */
#include <stdlib.h>

#include "pipeline/dispatch_state.h"

void dispatch_hold(struct dispatch *dispatch)
{
    dispatch->hold = dispatch->recall = true;
}

static bool is_out(const struct message *message)
{
    return message->state == MESSAGE_IN_FLIGHT || message->state == MESSAGE_REJECTED;
}

void dispatch_drop_waiting(struct dispatch *dispatch, const struct partition *home)
{
    const struct message *message;

    TAILQ_FOREACH (message, &dispatch->in_hand, in_hand) {
        if (message->home == home && message->state == MESSAGE_WAITING) {
            lanes_drop(dispatch->lanes, message->partition, dispatch_drop, dispatch);
            break;
        }
    }
}

void dispatch_revoke(struct dispatch *dispatch, const struct partition *home)
{
    /* Not in the next turn, which would submit again what comes back. */
    dispatch->sink.ops->recall(dispatch->sink.self);
    dispatch_drop_waiting(dispatch, home);
}

size_t dispatch_out(const struct dispatch *dispatch, const struct partition *home)
{
    const struct message *message;
    size_t out = 0;

    TAILQ_FOREACH (message, &dispatch->in_hand, in_hand)
        out += is_out(message) && (!home || message->home == home);
    return out;
}

void dispatch_orphan(struct dispatch *dispatch, const struct partition *home)
{
    struct message *message;

    dispatch_revoke(dispatch, home);
    TAILQ_FOREACH (message, &dispatch->in_hand, in_hand) {
        if (message->home == home)
            message->home = NULL;
    }
}

void dispatch_abandon(struct dispatch *dispatch)
{
    struct message *message;

    while ((message = TAILQ_FIRST(&dispatch->in_hand))) {
        free(message->job);
        dispatch_drop(dispatch, message);
    }
}
