#include "core/partition_state.h"

#define NO        PARTITION_STATE_COUNT
#define ATTACHING PARTITION_ATTACHING
#define LOCATING  PARTITION_LOCATING
#define CHECKING  PARTITION_CHECKING
#define REPORTING PARTITION_REPORTING
#define ALIGNING  PARTITION_ALIGNING
#define STARTING  PARTITION_STARTING
#define READING   PARTITION_READING
#define FENCED    PARTITION_FENCED
#define GOING     PARTITION_GOING

/* Rows: states. Columns: steps, in the order of enum partition_step. */
static const enum partition_state table[PARTITION_STATE_COUNT][PARTITION_STEP_COUNT] = {
    /* attach, locate, check, report, align, start, read, fence, leave */
    [PARTITION_ASSIGNED] = {ATTACHING, LOCATING, NO, NO, NO, NO, NO, NO, GOING},
    [PARTITION_ATTACHING] = {NO, LOCATING, NO, NO, NO, NO, NO, FENCED, GOING},
    [PARTITION_LOCATING] = {NO, NO, NO, REPORTING, ALIGNING, STARTING, NO, FENCED, GOING},
    [PARTITION_CHECKING] = {NO, NO, NO, REPORTING, ALIGNING, STARTING, NO, FENCED, GOING},
    [PARTITION_REPORTING] = {NO, NO, NO, NO, ALIGNING, STARTING, NO, FENCED, GOING},
    [PARTITION_ALIGNING] = {NO, NO, NO, NO, NO, STARTING, NO, FENCED, GOING},
    [PARTITION_STARTING] = {NO, NO, NO, NO, NO, NO, READING, FENCED, GOING},
    [PARTITION_READING] = {NO, NO, CHECKING, NO, NO, NO, NO, FENCED, GOING},
    [PARTITION_FENCED] = {ATTACHING, NO, NO, NO, NO, NO, NO, NO, GOING},
    [PARTITION_GOING] = {NO, NO, NO, NO, NO, NO, NO, NO, NO},
};

enum partition_state partition_next(enum partition_state state, enum partition_step step)
{
    return table[state][step];
}
