/* Whether a feed is an earlier one, changed, by what the progress topic says of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/feed_alike.h"

#define TOPIC "stock"

/* A letter a row; `-` is a refused one. */
static struct feed_sample sample_of(const char *rows)
{
    struct feed_sample sample = FEED_SAMPLE_INIT;
    for (; *rows != '\0'; rows++)
        feed_sample_add(&sample, *rows == '-' ? NULL : rows, 1);
    return sample;
}

struct scene {
    struct feed_sample feed;
    struct feed_alike alike;
};

static struct feed_alike *begin(struct scene *scene, const char *rows, const char *name)
{
    scene->feed = sample_of(rows);
    scene->alike =
        (struct feed_alike){.feed = &scene->feed, .content = "own", .name = name, .topic = TOPIC};
    return &scene->alike;
}

static void add(struct feed_alike *alike, const struct buffer *key, const struct buffer *value)
{
    assert_int_equal(feed_alike_add(alike, key->data, key->len, value->data, value->len), 0);
}

static void add_sample(struct feed_alike *alike, const char *run, const char *rows)
{
    struct buffer key = BUFFER_INIT(FEED_SAMPLE_KEY_MAX),
                  value = BUFFER_INIT(FEED_SAMPLE_VALUE_MAX);
    struct feed_sample sample = sample_of(rows);
    assert_int_equal(feed_sample_key(run, TOPIC, &key), 0);
    assert_int_equal(feed_sample_value(&sample, &value), 0);
    add(alike, &key, &value);
    buffer_release(&key);
    buffer_release(&value);
}

static void add_progress(struct feed_alike *alike, const char *run, const char *file, uint64_t rows)
{
    struct buffer key = BUFFER_INIT(FEED_KEY_BYTES_MAX),
                  value = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    struct feed_progress progress = {
        .is_file = true, .rows = rows, .sent = rows, .state = FEED_COMPLETE};
    snprintf(progress.file, sizeof progress.file, "%s", file);
    assert_int_equal(feed_key_write(run, TOPIC, &key), 0);
    assert_int_equal(feed_progress_write(&progress, &value), 0);
    add(alike, &key, &value);
    buffer_release(&key);
    buffer_release(&value);
}

/* A run whose rows were all sent. */
static void add_run(struct feed_alike *alike, const char *run, const char *file, const char *rows)
{
    add_sample(alike, run, rows);
    add_progress(alike, run, file, strlen(rows));
}

static void check(struct feed_alike *alike, const char *id)
{
    const struct alike_run *found = feed_alike_find(alike);
    if (id == NULL)
        assert_null(found);
    else
        assert_non_null(found);
    if (found != NULL)
        assert_string_equal(found->id, id);
    feed_alike_release(alike);
}

static void the_one_that_has_most_of_it(void **state)
{
    (void)state;
    struct scene scene;
    struct feed_alike *alike = begin(&scene, "abcdefgh", NULL);
    add_run(alike, "other", "o.csv", "uvwxyz");
    add_run(alike, "some", "s.csv", "abcde");
    add_run(alike, "most", "m.csv", "abcdefgX");
    add_run(alike, "half", "h.csv", "abcd");
    check(alike, "most");
}

static void what_was_not_sent_does_not_count(void **state)
{
    (void)state;
    struct scene scene;
    struct feed_alike *alike = begin(&scene, "abcdefgh", NULL);
    add_sample(alike, "begun", "abcdefgh");
    add_sample(alike, "stopped", "abcdefgh");
    add_progress(alike, "stopped", "s.csv", 4);
    add_run(alike, "forgotten", "f.csv", "abcdefgh");
    assert_int_equal(feed_alike_add(alike, "forgotten/" TOPIC, strlen("forgotten/" TOPIC), NULL, 0),
                     0);
    check(alike, NULL);
}

/* The same content is judged by what its runs are, not by its rows. */
static void its_own_runs_are_not_meant(void **state)
{
    (void)state;
    struct scene scene;
    struct feed_alike *alike = begin(&scene, "abcdefgh", NULL);
    add_run(alike, "own", "a.csv", "abcdefgh");
    add_run(alike, "own#2", "a.csv", "abcdefgh");
    check(alike, NULL);
}

/* IDENTITY=name: a file of another name is another delivery, however much it looks like the first. */
static void where_the_name_counts_another_name_is_another_feed(void **state)
{
    (void)state;
    struct scene scene;
    struct feed_alike *alike = begin(&scene, "abcdefgh", "tuesday.csv");
    add_run(alike, "monday", "monday.csv", "abcdefgX");
    check(alike, NULL);
    alike = begin(&scene, "abcdefgh", "monday.csv");
    add_run(alike, "monday", "monday.csv", "abcdefgX");
    check(alike, "monday");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_that_has_most_of_it),
        cmocka_unit_test(what_was_not_sent_does_not_count),
        cmocka_unit_test(its_own_runs_are_not_meant),
        cmocka_unit_test(where_the_name_counts_another_name_is_another_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
