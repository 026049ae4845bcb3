#include "core/transaction_state.h"

#define NO   TRANSACTION_STATE_COUNT
#define IDLE TRANSACTION_IDLE
#define LOST TRANSACTION_LOST

#define OPEN       TRANSACTION_OPEN
#define CLOSING    TRANSACTION_CLOSING
#define COMMITTING TRANSACTION_COMMITTING
#define ABORTING   TRANSACTION_ABORTING

/* Rows: states. Columns: events, in the order of enum transaction_event. */
static const enum transaction_state table[TRANSACTION_STATE_COUNT][TRANSACTION_EVENT_COUNT] = {
    /* opened, closed, written, committed, failed, doubtful, aborted, lost, recovered, left */
    [IDLE] = {OPEN, NO, NO, NO, NO, NO, NO, LOST, NO, IDLE},
    [OPEN] = {NO, CLOSING, NO, NO, ABORTING, NO, NO, LOST, NO, IDLE},
    [CLOSING] = {NO, NO, COMMITTING, NO, ABORTING, NO, NO, LOST, NO, IDLE},
    [COMMITTING] = {NO, NO, NO, IDLE, ABORTING, LOST, NO, LOST, NO, IDLE},
    [ABORTING] = {NO, NO, NO, NO, NO, NO, IDLE, LOST, NO, IDLE},
    [LOST] = {NO, NO, NO, NO, NO, NO, NO, LOST, IDLE, IDLE},
};

enum transaction_state transaction_next(enum transaction_state state, enum transaction_event event)
{
    return table[state][event];
}
