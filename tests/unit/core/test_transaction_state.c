/* Every state with every event: what is not in the table is a bug, and says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/transaction_state.h"

static const struct {
    enum transaction_state from;
    enum transaction_event event;
    enum transaction_state to;
} steps[] = {
    {TRANSACTION_IDLE, TRANSACTION_WAS_OPENED, TRANSACTION_OPEN},
    {TRANSACTION_OPEN, TRANSACTION_WAS_CLOSED, TRANSACTION_CLOSING},
    {TRANSACTION_CLOSING, TRANSACTION_WAS_WRITTEN, TRANSACTION_COMMITTING},
    {TRANSACTION_COMMITTING, TRANSACTION_WAS_COMMITTED, TRANSACTION_IDLE},
    {TRANSACTION_OPEN, TRANSACTION_HAS_FAILED, TRANSACTION_ABORTING},
    {TRANSACTION_CLOSING, TRANSACTION_HAS_FAILED, TRANSACTION_ABORTING},
    {TRANSACTION_COMMITTING, TRANSACTION_HAS_FAILED, TRANSACTION_ABORTING},
    {TRANSACTION_ABORTING, TRANSACTION_WAS_ABORTED, TRANSACTION_IDLE},
    {TRANSACTION_COMMITTING, TRANSACTION_IS_DOUBTFUL, TRANSACTION_LOST},
    {TRANSACTION_LOST, TRANSACTION_WAS_RECOVERED, TRANSACTION_IDLE},
};

static enum transaction_state expected(enum transaction_state from, enum transaction_event event)
{
    if (event == TRANSACTION_WAS_LOST)
        return TRANSACTION_LOST;
    if (event == TRANSACTION_WAS_LEFT)
        return TRANSACTION_IDLE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].from == from && steps[i].event == event)
            return steps[i].to;
    return TRANSACTION_STATE_COUNT;
}

static void every_cell(void **state)
{
    (void)state;
    for (int from = 0; from < TRANSACTION_STATE_COUNT; from++)
        for (int event = 0; event < TRANSACTION_EVENT_COUNT; event++)
            assert_int_equal(
                transaction_next((enum transaction_state)from, (enum transaction_event)event),
                expected((enum transaction_state)from, (enum transaction_event)event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
