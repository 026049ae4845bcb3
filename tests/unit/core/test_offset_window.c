/* What may be stored, against a recomputation by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/offset_window.h"

static void an_offset_waits_for_all_below_it(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;

    (void)state;
    assert_int_equal(offset_window_position(&window), -1);
    for (int64_t offset = 10; offset < 13; offset++)
        assert_int_equal(offset_window_add(&window, offset), 0);
    assert_int_equal(offset_window_position(&window), 10);
    assert_int_equal(offset_window_done(&window, 12), 0);
    assert_int_equal(offset_window_position(&window), 10);
    assert_int_equal(offset_window_ahead(&window), 1);
    assert_int_equal(offset_window_done(&window, 10), 0);
    assert_int_equal(offset_window_position(&window), 11);
    assert_int_equal(offset_window_done(&window, 11), 0);
    assert_int_equal(offset_window_position(&window), 13);
    assert_int_equal(offset_window_ahead(&window), 0);
    assert_int_equal(offset_window_pending(&window), 0);
    offset_window_release(&window);
}

/* What was read counts, not what is done. */
static void the_next_is_behind_all_that_were_added(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;

    (void)state;
    assert_int_equal(offset_window_next(&window), -1);
    offset_window_add(&window, 5);
    offset_window_add(&window, 9);
    assert_int_equal(offset_window_next(&window), 10);
    offset_window_done(&window, 9);
    assert_int_equal(offset_window_next(&window), 10);
    offset_window_done(&window, 5);
    assert_int_equal(offset_window_next(&window), 10);
    offset_window_release(&window);
}

static void gaps_are_stepped_over(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;

    (void)state;
    offset_window_add(&window, 5);
    offset_window_add(&window, 9);
    offset_window_add(&window, 20);
    offset_window_done(&window, 5);
    assert_int_equal(offset_window_position(&window), 9);
    offset_window_done(&window, 9);
    assert_int_equal(offset_window_position(&window), 20);
    offset_window_done(&window, 20);
    assert_int_equal(offset_window_position(&window), 21);
    offset_window_release(&window);
}

static void mistakes_of_the_caller_are_told(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;

    (void)state;
    assert_int_equal(offset_window_add(&window, 7), 0);
    assert_int_equal(offset_window_add(&window, 7), -1);
    assert_int_equal(offset_window_add(&window, 6), -1);
    assert_int_equal(offset_window_done(&window, 8), -1);
    offset_window_add(&window, 8);
    assert_int_equal(offset_window_done(&window, 8), 0);
    assert_int_equal(offset_window_done(&window, 8), -1);
    assert_int_equal(offset_window_done(&window, 7), 0);
    assert_int_equal(offset_window_add(&window, 8), -1);
    offset_window_release(&window);
}

/* Random order of completion, gaps and sizes: the position is the lowest offset not done. */
static void any_order_ends_contiguous(void **state)
{
    enum { COUNT = 500 };

    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        struct offset_window window = OFFSET_WINDOW_INIT;
        int64_t offsets[COUNT], next = 0;
        bool done[COUNT] = {false};

        srand(seed);
        for (int i = 0; i < COUNT; i++) {
            next += 1 + rand() % 3;
            offsets[i] = next;
            assert_int_equal(offset_window_add(&window, next), 0);
        }
        for (int left = COUNT; left > 0;) {
            int i = rand() % COUNT, lowest = 0;

            if (done[i])
                continue;
            done[i] = true;
            left--;
            assert_int_equal(offset_window_done(&window, offsets[i]), 0);
            while (lowest < COUNT && done[lowest])
                lowest++;
            assert_int_equal(offset_window_position(&window),
                             lowest < COUNT ? offsets[lowest] : offsets[COUNT - 1] + 1);
        }
        offset_window_release(&window);
    }
}

/* The last message below the position is known by its fingerprint, whatever the order they are done in. */
static void the_last_below_the_position_is_remembered(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;

    (void)state;
    assert_null(offset_window_last(&window));
    assert_null(offset_window_newest(&window));
    for (int64_t offset = 10; offset < 13; offset++) {
        const struct fingerprint mark = {offset, 1000, (uint64_t)offset};

        assert_int_equal(offset_window_add_marked(&window, &mark), 0);
    }
    assert_int_equal(offset_window_newest(&window)->offset, 12);
    offset_window_done(&window, 11);
    assert_null(offset_window_last(&window));
    offset_window_done(&window, 10);
    assert_int_equal(offset_window_last(&window)->offset, 11);
    offset_window_done(&window, 12);
    assert_int_equal(offset_window_last(&window)->hash, 12);
    assert_int_equal(offset_window_newest(&window)->offset, 12);
    offset_window_release(&window);
}

/* What the log has lost is pending like a message, and no message. */
static void a_range_is_pending_as_one(void **state)
{
    struct offset_window window = OFFSET_WINDOW_INIT;
    const struct fingerprint mark = {50, 1000, 7};

    (void)state;
    offset_window_start(&window, 20);
    assert_int_equal(offset_window_position(&window), 20);
    assert_int_equal(offset_window_next(&window), 20);
    assert_int_equal(offset_window_add_range(&window, 20, 50), 0);
    assert_int_equal(offset_window_next(&window), 50);
    assert_int_equal(offset_window_add(&window, 49), -1);
    assert_int_equal(offset_window_add_marked(&window, &mark), 0);
    assert_int_equal(offset_window_done(&window, 50), 0);
    assert_int_equal(offset_window_position(&window), 20);
    assert_int_equal(offset_window_done(&window, 20), 0);
    assert_int_equal(offset_window_position(&window), 51);
    assert_int_equal(offset_window_last(&window)->offset, 50);
    offset_window_release(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offset_waits_for_all_below_it),
        cmocka_unit_test(the_next_is_behind_all_that_were_added),
        cmocka_unit_test(gaps_are_stepped_over),
        cmocka_unit_test(mistakes_of_the_caller_are_told),
        cmocka_unit_test(any_order_ends_contiguous),
        cmocka_unit_test(the_last_below_the_position_is_remembered),
        cmocka_unit_test(a_range_is_pending_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
