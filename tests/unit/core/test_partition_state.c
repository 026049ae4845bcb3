/* The table of core/partition_state.h, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/partition_state.h"

static void the_table_is_as_drawn(void **state)
{
    /* a assigned, t attaching, l locating, c checking, p reporting, m aligning, s starting, r reading, f fenced, g going;
     * . none */
    static const char letters[] = "atlcpmsrfg.";
    static const char *const rows[PARTITION_STATE_COUNT] = {
        "tl......g", ".l.....fg", "...pms.fg", "...pms.fg", "....ms.fg",
        ".....s.fg", "......rfg", "..c....fg", "t.......g", ".........",
    };

    (void)state;
    for (int from = 0; from < PARTITION_STATE_COUNT; from++)
        for (int step = 0; step < PARTITION_STEP_COUNT; step++)
            assert_int_equal(
                letters[partition_next((enum partition_state)from, (enum partition_step)step)],
                rows[from][step]);
}

/* Whatever a partition is at, it can be let go; and nothing leads back from there. */
static void every_partition_can_go(void **state)
{
    (void)state;
    for (int from = 0; from < PARTITION_GOING; from++)
        assert_int_equal(partition_next((enum partition_state)from, STEP_LEAVE), PARTITION_GOING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_as_drawn),
        cmocka_unit_test(every_partition_can_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
