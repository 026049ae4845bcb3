/* Lines come out in the order of their feeds, in whatever order they were found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/buffer.h"
#include "monitors/refused_order.h"

#define MANY 10000

static void add(struct refused_order *order, const char *feed_id, uint64_t row, int64_t time_ms,
                const char *line)
{
    struct reason reason = REASON_INIT;
    const struct refused_place place = {.feed_id = feed_id,
                                        .feed_id_len = feed_id == NULL ? 0 : strlen(feed_id),
                                        .row = row,
                                        .time_ms = time_ms};
    if (refused_order_add(order, &place, line, strlen(line), &reason) != 0)
        fail_msg("%s", reason.text);
}

static int take(void *arg, const char *line, size_t len)
{
    return buffer_add(arg, line, len);
}

static void assert_lines(struct refused_order *order, const char *expected)
{
    struct reason reason = REASON_INIT;
    struct buffer out = BUFFER_INIT(SIZE_MAX / 4);
    assert_int_equal(refused_order_each(order, take, &out, &reason), 0);
    assert_string_equal(out.len == 0 ? "" : out.data, expected);
    buffer_release(&out);
    refused_order_free(order);
}

static void by_feed_and_row(void **state)
{
    struct refused_order *order = refused_order_new(NULL);
    (void)state;
    assert_non_null(order);
    add(order, "ff", 7, 2000, "second feed, 7\n");
    add(order, "aa", 10, 5000, "first feed, 10\n");
    add(order, "ff", 2, 3000, "second feed, 2\n");
    add(order, "aa", 9, 6000, "first feed, 9, first\n");
    add(order, "aa", 9, 4000, "first feed, 9, again\n");
    add(order, "aa", 200, 1000, "first feed, 200\n");
    add(order, NULL, 1, 9000, "of no feed\n");
    assert_lines(order, "first feed, 9, first\nfirst feed, 9, again\nfirst feed, 10\n"
                        "first feed, 200\nsecond feed, 2\nsecond feed, 7\nof no feed\n");
}

/* Two feeds that began in the same millisecond are not mixed. */
static void feeds_of_one_moment(void **state)
{
    struct refused_order *order = refused_order_new(NULL);
    (void)state;
    assert_non_null(order);
    add(order, "b", 2, 1, "b2 ");
    add(order, "a", 1, 1, "a1 ");
    add(order, "b", 1, 1, "b1 ");
    add(order, "a", 2, 1, "a2 ");
    assert_lines(order, "b1 b2 a1 a2 ");
}

static void none_at_all(void **state)
{
    (void)state;
    assert_lines(refused_order_new(NULL), "");
    refused_order_free(NULL);
}

static int expect_next(void *arg, const char *line, size_t len)
{
    uint64_t *row = arg;
    char expected[32];
    int expected_len = snprintf(expected, sizeof expected, "row %06u\n", (unsigned)++*row);
    assert_int_equal(len, expected_len);
    assert_memory_equal(line, expected, len);
    return *row == MANY ? -1 : 0;
}

static void many_backwards_until_nobody_wants_more(void **state)
{
    struct refused_order *order = refused_order_new(NULL);
    uint64_t row = 0;
    char line[32];
    (void)state;
    for (unsigned i = MANY + 1; i > 0; i--) {
        snprintf(line, sizeof line, "row %06u\n", i);
        add(order, "f", i, 1, line);
    }
    assert_int_equal(refused_order_each(order, expect_next, &row, NULL), 0);
    assert_int_equal(row, MANY);
    refused_order_free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_feed_and_row),
        cmocka_unit_test(feeds_of_one_moment),
        cmocka_unit_test(none_at_all),
        cmocka_unit_test(many_backwards_until_nobody_wants_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
