#include "core/transaction_state.h"

#define NO   TRANSACTION_STATE_COUNT
#define IDLE TRANSACTION_IDLE
#define LOST TRANSACTION_LOST

/* Rows: states. Columns: events, in the order of enum transaction_event. */
static const enum transaction_state table[TRANSACTION_STATE_COUNT][TRANSACTION_EVENT_COUNT] = {
    /* opened, closed, committed, failed, doubtful, aborted, lost, recovered */
    [IDLE] = {TRANSACTION_OPEN, NO, NO, NO, NO, NO, LOST, NO},
    [TRANSACTION_OPEN] = {NO, TRANSACTION_COMMITTING, NO, TRANSACTION_ABORTING, NO, NO, LOST, NO},
    [TRANSACTION_COMMITTING] = {NO, NO, IDLE, TRANSACTION_ABORTING, LOST, NO, LOST, NO},
    [TRANSACTION_ABORTING] = {NO, NO, NO, NO, NO, IDLE, LOST, NO},
    [LOST] = {NO, NO, NO, NO, NO, NO, LOST, IDLE},
};

enum transaction_state transaction_next(enum transaction_state state, enum transaction_event event)
{
    return table[state][event];
}
