#include "core/message_state.h"

#define NO MESSAGE_STATE_COUNT

/* Rows: states. Columns: events, in the order of enum message_event. */
static const enum message_state table[MESSAGE_STATE_COUNT][MESSAGE_EVENT_COUNT] = {
    /* decoded, undecodable, submitted, confirmed, refused, put back, reported */
    [MESSAGE_POLLED] = {MESSAGE_WAITING, MESSAGE_REJECTED, NO, NO, NO, NO, NO},
    [MESSAGE_WAITING] = {NO, NO, MESSAGE_IN_FLIGHT, NO, NO, NO, NO},
    [MESSAGE_IN_FLIGHT] = {NO, NO, NO, MESSAGE_DONE, MESSAGE_REJECTED, MESSAGE_WAITING, NO},
    [MESSAGE_REJECTED] = {NO, NO, NO, NO, NO, NO, MESSAGE_DONE},
    [MESSAGE_DONE] = {NO, NO, NO, NO, NO, NO, NO},
};

enum message_state message_next(enum message_state state, enum message_event event)
{
    return table[state][event];
}
