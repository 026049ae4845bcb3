/* Most of a feed was sent before, as another one: found in the records of the progress topic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/feed_alike.h"

#define OWN   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define THIRD "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* Rows `from` to `to`, each of its own. */
static struct feed_sample rows(int from, int to)
{
    struct feed_sample sample = FEED_SAMPLE_INIT;
    char value[32];
    for (int i = from; i < to; i++) {
        snprintf(value, sizeof value, "{\"n\":%d}", i);
        feed_sample_add(&sample, value, strlen(value));
    }
    return sample;
}

static void add_sample(struct feed_alike *alike, const char *run, const char *topic,
                       const struct feed_sample *sample)
{
    struct buffer key = BUFFER_INIT(FEED_SAMPLE_KEY_MAX),
                  value = BUFFER_INIT(FEED_SAMPLE_VALUE_MAX);
    assert_int_equal(feed_sample_key(run, topic, &key), 0);
    assert_int_equal(feed_sample_value(sample, &value), 0);
    assert_int_equal(feed_alike_add(alike, key.data, key.len, value.data, value.len), 0);
    buffer_release(&key);
    buffer_release(&value);
}

static void add_progress(struct feed_alike *alike, const char *run, const char *topic,
                         uint64_t count)
{
    const struct feed_progress progress = {
        .file = "first.csv", .rows = count, .sent = count, .state = FEED_STARTED};
    struct buffer key = BUFFER_INIT(FEED_KEY_BYTES_MAX),
                  value = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    assert_int_equal(feed_key_write(run, topic, &key), 0);
    assert_int_equal(feed_progress_write(&progress, &value), 0);
    assert_int_equal(feed_alike_add(alike, key.data, key.len, value.data, value.len), 0);
    buffer_release(&key);
    buffer_release(&value);
}

static void a_feed_with_a_row_mended(void **state)
{
    (void)state;
    struct feed_sample feed = rows(1, 101), earlier = rows(0, 100);
    struct feed_alike alike = {.feed = &feed, .content = OWN, .topic = "stock"};
    add_sample(&alike, OTHER, "stock", &earlier);
    add_progress(&alike, OTHER, "stock", 0);
    /* Nothing of it was sent yet. */
    assert_null(feed_alike_find(&alike));
    add_progress(&alike, OTHER, "stock", 100);
    const struct alike_run *found = feed_alike_find(&alike);
    assert_non_null(found);
    assert_string_equal(found->id, OTHER);
    assert_string_equal(found->progress.file, "first.csv");
    assert_int_equal(found->overlap.common, 99);
    assert_int_equal(found->overlap.rows, 100);
    feed_alike_release(&alike);
}

/* Another topic's, its own runs', and feeds of other rows. */
static void what_is_not_meant(void **state)
{
    (void)state;
    struct feed_sample feed = rows(0, 100), other = rows(60, 160);
    struct feed_alike alike = {.feed = &feed, .content = OWN, .topic = "stock"};
    add_sample(&alike, OTHER, "stock-test", &feed);
    add_progress(&alike, OTHER, "stock-test", 100);
    add_sample(&alike, OWN, "stock", &feed);
    add_progress(&alike, OWN, "stock", 100);
    add_sample(&alike, OWN "#2", "stock", &feed);
    add_sample(&alike, THIRD, "stock", &other);
    add_progress(&alike, THIRD, "stock", 100);
    assert_int_equal(alike.count, 0);
    assert_null(feed_alike_find(&alike));
    feed_alike_release(&alike);
}

static void the_most_alike_is_named(void **state)
{
    (void)state;
    struct feed_sample feed = rows(0, 100), some = rows(30, 130), most = rows(1, 101);
    struct feed_alike alike = {.feed = &feed, .content = OWN, .topic = "stock"};
    add_sample(&alike, OTHER, "stock", &some);
    add_progress(&alike, OTHER, "stock", 100);
    add_sample(&alike, THIRD, "stock", &most);
    add_progress(&alike, THIRD, "stock", 100);
    assert_string_equal(feed_alike_find(&alike)->id, THIRD);
    feed_alike_release(&alike);
}

/* IDENTITY=name: a file of another name is another delivery, however much it looks like the first. */
static void where_the_name_counts_another_name_is_another_feed(void **state)
{
    (void)state;
    struct feed_sample feed = rows(0, 100), earlier = rows(1, 101);
    struct feed_alike alike = {
        .feed = &feed, .content = OWN, .name = "tuesday.csv", .topic = "stock"};
    add_sample(&alike, OTHER, "stock", &earlier);
    add_progress(&alike, OTHER, "stock", 100);
    assert_null(feed_alike_find(&alike));
    alike.name = "first.csv";
    assert_non_null(feed_alike_find(&alike));
    feed_alike_release(&alike);
}

static void what_is_no_record_is_passed_over(void **state)
{
    (void)state;
    struct feed_sample feed = rows(0, 100);
    struct feed_alike alike = {.feed = &feed, .content = OWN, .topic = "stock"};
    const char *key = OTHER "/stock/rows";
    assert_int_equal(feed_alike_add(&alike, key, strlen(key), "{\"sample\":7}", 12), 0);
    assert_int_equal(feed_alike_add(&alike, key, strlen(key), NULL, 0), 0);
    assert_int_equal(feed_alike_add(&alike, NULL, 0, "{}", 2), 0);
    assert_int_equal(feed_alike_add(&alike, "/rows", 5, "{}", 2), 0);
    assert_int_equal(alike.count, 0);
    /* Nobody asks. */
    alike.feed = NULL;
    add_sample(&alike, OTHER, "stock", &feed);
    assert_null(feed_alike_find(&alike));
    feed_alike_release(&alike);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_feed_with_a_row_mended),
        cmocka_unit_test(what_is_not_meant),
        cmocka_unit_test(the_most_alike_is_named),
        cmocka_unit_test(where_the_name_counts_another_name_is_another_feed),
        cmocka_unit_test(what_is_no_record_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
