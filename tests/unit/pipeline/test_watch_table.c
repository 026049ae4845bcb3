/* Which file is next: complete ones, the oldest first, and each as often as it has to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pipeline/watch_table.h"

#define STILL 1000

static struct watch_table table;

static int begin(void **state)
{
    (void)state;
    table = (struct watch_table){.still_ms = STILL};
    return 0;
}

static int end(void **state)
{
    (void)state;
    watch_table_release(&table);
    return 0;
}

static struct feed_file file_of(uint64_t inode, int64_t size, int64_t mtime)
{
    return (struct feed_file){.device = 1, .inode = inode, .size = size, .mtime_s = mtime};
}

static void see(const char *name, struct feed_file which, bool closed, int64_t now)
{
    assert_int_equal(watch_table_see(&table, name, &which, closed, now), 0);
}

static const char *next(int64_t now)
{
    const struct watch_file *file = watch_table_next(&table, now);
    return file == NULL ? "" : file->name;
}

static struct watch_file *start(int64_t now)
{
    struct watch_file *file = watch_table_next(&table, now);
    assert_non_null(file);
    watch_table_started(file);
    return file;
}

static void complete_is_closed_or_still(void **state)
{
    (void)state;
    see("growing", file_of(1, 10, 1), false, 0);
    assert_string_equal(next(STILL - 1), "");
    assert_int_equal(watch_table_due(&table), STILL);
    see("growing", file_of(1, 20, 2), false, STILL - 1);
    assert_string_equal(next(STILL), "");
    assert_string_equal(next(2 * STILL - 1), "growing");
    see("closed", file_of(2, 10, 3), true, 5);
    assert_string_equal(next(5), "closed");
    /* Made first, filled later. */
    see("empty", file_of(3, 0, 0), true, 6);
    assert_string_equal(next(6), "closed");
    assert_string_equal(next(6 + STILL), "empty");
}

static void written_on_after_it_was_closed(void **state)
{
    (void)state;
    see("a", file_of(1, 10, 1), true, 0);
    see("a", file_of(1, 11, 1), false, 1);
    assert_string_equal(next(1), "");
    see("a", file_of(1, 11, 1), true, 2);
    assert_string_equal(next(2), "a");
}

static void who_writes_is_waited_for(void **state)
{
    (void)state;
    table.still_ms = 0;
    see("a", file_of(1, 10, 1), true, 0);
    watch_table_written(watch_table_next(&table, 0), 0);
    assert_string_equal(next(1), "");
    assert_true(watch_table_busy(&table));
    see("a", file_of(1, 11, 1), true, 2);
    assert_string_equal(next(2), "a");
}

static void the_oldest_first(void **state)
{
    (void)state;
    see("b", file_of(1, 1, 20), true, 0);
    see("c", file_of(2, 1, 10), true, 0);
    see("a", file_of(3, 1, 10), true, 0);
    see("d", file_of(4, 1, 5), false, 0);
    assert_string_equal(start(0)->name, "a");
    assert_string_equal(start(0)->name, "c");
    assert_string_equal(start(0)->name, "b");
    assert_null(watch_table_next(&table, 0));
    assert_string_equal(next(STILL), "d");
}

static void what_stays_waits_longer_and_longer_and_holds_up_nobody(void **state)
{
    (void)state;
    int64_t now = 0, pause = 0;
    see("old", file_of(1, 1, 1), true, now);
    see("new", file_of(2, 1, 2), true, now);
    for (int i = 0; i < 20; i++) {
        struct watch_file *file = start(now);
        assert_string_equal(file->name, "old");
        watch_table_ended(&table, file, WATCH_END_STAYS, now, UINT32_MAX);
        assert_string_equal(next(now), "new");
        int64_t due = file->not_before_ms;
        assert_true(due - now >= pause && due - now <= 300000);
        pause = due - now;
        now = due;
    }
    assert_int_equal(pause, 300000);
    /* Another file by that name has nothing to wait for. */
    struct watch_file *file = start(now);
    watch_table_ended(&table, file, WATCH_END_STAYS, now, UINT32_MAX);
    see("old", file_of(3, 1, 1), true, now);
    assert_string_equal(next(now), "old");
}

static void handled_is_gone_and_comes_back_as_new(void **state)
{
    (void)state;
    struct feed_file which = file_of(1, 1, 1);
    see("a", which, true, 0);
    watch_table_ended(&table, start(0), WATCH_END_HANDLED, 1, 0);
    assert_int_equal(table.count, 0);
    assert_false(watch_table_busy(&table));
    see("a", which, true, 2);
    assert_string_equal(next(2), "a");
}

static void handled_in_place_is_left_alone_until_it_is_another(void **state)
{
    (void)state;
    struct feed_file which = file_of(1, 1, 1);
    table.in_place = true;
    see("a", which, true, 0);
    watch_table_ended(&table, start(0), WATCH_END_HANDLED, 1, 0);
    see("a", which, true, 2);
    assert_string_equal(next(9999), "");
    assert_false(watch_table_busy(&table));
    assert_int_equal(watch_table_due(&table), INT64_MAX);
    see("a", file_of(1, 2, 2), true, 3);
    assert_string_equal(next(3), "a");
}

/* What is new in it is not taken without a person's word. */
static void changed_in_place_is_left_alone_whatever_it_becomes(void **state)
{
    (void)state;
    table.in_place = true;
    see("a", file_of(1, 1, 1), true, 0);
    watch_table_ended(&table, start(0), WATCH_END_CHANGED, 1, 0);
    see("a", file_of(1, 2, 2), true, 2);
    see("a", file_of(1, 3, 3), true, 3);
    assert_string_equal(next(9999), "");
    see("a", file_of(2, 3, 3), true, 4);
    assert_string_equal(next(4), "a");
}

static void reports_of_before_count(void **state)
{
    (void)state;
    struct feed_file done = file_of(1, 1, 1), changed = file_of(2, 1, 1);
    table.in_place = true;
    assert_int_equal(watch_table_recall(&table, "done", &done, false), 0);
    assert_int_equal(watch_table_recall(&table, "changed", &changed, true), 0);
    watch_table_list(&table);
    see("done", done, false, 0);
    see("changed", file_of(2, 9, 9), false, 0);
    see("new", file_of(3, 1, 1), false, 0);
    watch_table_listed(&table);
    assert_string_equal(start(STILL)->name, "new");
    assert_null(watch_table_next(&table, STILL));
}

static void a_listing_forgets_what_is_gone_but_not_what_runs(void **state)
{
    (void)state;
    see("gone", file_of(1, 1, 1), true, 0);
    see("runs", file_of(2, 1, 0), true, 0);
    see("there", file_of(3, 1, 3), true, 0);
    struct watch_file *runs = start(0);
    watch_table_list(&table);
    see("there", file_of(3, 1, 3), false, 1);
    watch_table_listed(&table);
    assert_int_equal(table.count, 2);
    assert_string_equal(next(1), "there");
    watch_table_forget(&table, "runs");
    assert_true(watch_table_busy(&table));
    watch_table_ended(&table, runs, WATCH_END_HANDLED, 2, 0);
    watch_table_forget(&table, "there");
    watch_table_forget(&table, "there");
    assert_false(watch_table_busy(&table));
}

static void once_means_once(void **state)
{
    (void)state;
    table.once = true;
    see("a", file_of(1, 1, 1), true, 0);
    assert_true(watch_table_busy(&table));
    struct watch_file *file = start(0);
    assert_true(watch_table_busy(&table));
    watch_table_ended(&table, file, WATCH_END_STAYS, 0, 0);
    assert_false(watch_table_busy(&table));
    assert_null(watch_table_next(&table, INT64_MAX - 1));
}

static void strange_ones_are_told_once(void **state)
{
    (void)state;
    assert_true(watch_table_see_strange(&table, "pipe"));
    assert_false(watch_table_see_strange(&table, "pipe"));
    assert_false(watch_table_busy(&table));
    see("pipe", file_of(1, 1, 1), true, 5);
    assert_string_equal(next(5), "pipe");
    assert_true(watch_table_see_strange(&table, "pipe"));
}

static void many_names_are_found_again(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "%u", i * 7919 % 5000);
        see(name, file_of(i + 1, 1, (int64_t)(i * 7919 % 5000)), true, 0);
    }
    assert_int_equal(table.count, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        struct watch_file *file = start(0);
        snprintf(name, sizeof name, "%u", i);
        assert_string_equal(file->name, name);
        watch_table_ended(&table, file, WATCH_END_HANDLED, 0, 0);
    }
    assert_int_equal(table.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(complete_is_closed_or_still),
        CASE(written_on_after_it_was_closed),
        CASE(who_writes_is_waited_for),
        CASE(the_oldest_first),
        CASE(what_stays_waits_longer_and_longer_and_holds_up_nobody),
        CASE(handled_is_gone_and_comes_back_as_new),
        CASE(handled_in_place_is_left_alone_until_it_is_another),
        CASE(changed_in_place_is_left_alone_whatever_it_becomes),
        CASE(reports_of_before_count),
        CASE(a_listing_forgets_what_is_gone_but_not_what_runs),
        CASE(once_means_once),
        CASE(strange_ones_are_told_once),
        CASE(many_names_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
