#include "core/partition_state.h"

#define NO        PARTITION_STATE_COUNT
#define ATTACHING PARTITION_ATTACHING
#define LOCATING  PARTITION_LOCATING
#define REPORTING PARTITION_REPORTING
#define ALIGNING  PARTITION_ALIGNING
#define READING   PARTITION_READING
#define GOING     PARTITION_GOING

/* Rows: states. Columns: steps, in the order of enum partition_step. */
static const enum partition_state table[PARTITION_STATE_COUNT][PARTITION_STEP_COUNT] = {
    /* attach, locate, report, align, read, leave */
    [PARTITION_ASSIGNED] = {ATTACHING, LOCATING, NO, NO, NO, GOING},
    [PARTITION_ATTACHING] = {NO, LOCATING, NO, NO, NO, GOING},
    [PARTITION_LOCATING] = {ATTACHING, NO, REPORTING, ALIGNING, READING, GOING},
    [PARTITION_REPORTING] = {ATTACHING, NO, NO, ALIGNING, READING, GOING},
    [PARTITION_ALIGNING] = {ATTACHING, LOCATING, NO, NO, READING, GOING},
    [PARTITION_READING] = {ATTACHING, LOCATING, NO, NO, NO, GOING},
    [PARTITION_GOING] = {NO, NO, NO, NO, NO, NO},
};

enum partition_state partition_next(enum partition_state state, enum partition_step step)
{
    return table[state][step];
}
