/* A feed's first rows in short, and whether most of them were sent before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/feed_sample.h"

/* A letter a row; `-` is a refused one. */
static struct feed_sample sample_of(const char *rows)
{
    struct feed_sample sample = FEED_SAMPLE_INIT;
    for (; *rows != '\0'; rows++)
        feed_sample_add(&sample, *rows == '-' ? NULL : rows, 1);
    return sample;
}

/* Rows `from` to `to`, each of its own. */
static struct feed_sample numbered(int from, int to)
{
    struct feed_sample sample = FEED_SAMPLE_INIT;
    char value[32];
    for (int i = from; i < to; i++) {
        snprintf(value, sizeof value, "{\"n\":%d}", i);
        feed_sample_add(&sample, value, strlen(value));
    }
    return sample;
}

static void check_text(const struct feed_sample *sample)
{
    struct buffer text = BUFFER_INIT(FEED_SAMPLE_TEXT_MAX);
    struct feed_sample read;
    assert_int_equal(feed_sample_write(sample, &text), 0);
    assert_int_equal(feed_sample_read(text.data == NULL ? "" : text.data, text.len, &read), 0);
    assert_int_equal(read.count, sample->count);
    assert_memory_equal(read.hashes, sample->hashes, sample->count * sizeof *read.hashes);
    buffer_release(&text);
}

/* Of any number of rows: base64 ends differently behind every third. */
static void there_and_back(void **state)
{
    (void)state;
    for (int count = 0; count <= 7; count++) {
        struct feed_sample sample = numbered(0, count);
        check_text(&sample);
    }
    struct feed_sample refused = sample_of("a-b--"), full = numbered(0, FEED_SAMPLE_MAX + 5);
    assert_int_equal(refused.count, 5);
    check_text(&refused);
    assert_int_equal(full.count, FEED_SAMPLE_MAX);
    assert_true(feed_sample_full(&full));
    check_text(&full);
}

static void what_is_no_sample_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "A", "AAAA", "AAAAAAAAAAA", "AAAAAAAAAAA=AAAA", "\n\n\n\n", "AAAAAAAAA.A="};
    struct feed_sample sample;
    static char long_text[FEED_SAMPLE_TEXT_MAX + 4];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(feed_sample_read(texts[i], strlen(texts[i]), &sample), -1);
    memset(long_text, 'A', sizeof long_text);
    assert_int_equal(feed_sample_read(long_text, sizeof long_text, &sample), -1);
}

struct comparison {
    const char *feed, *earlier;
    uint64_t sent;
    size_t rows, common, kinds;
    bool resend;
};

static void rows_that_were_sent(void **state)
{
    (void)state;
    static const struct comparison cases[] = {
        {"abcdefgh", "abcdefgh", 8, 8, 8, 8, true},
        /* Corrected: what had been refused is new. */
        {"abXdeYgh", "ab-de-gh", 8, 8, 6, 6, true},
        /* In another order, with a row in front. */
        {"Xhgfedcba", "abcdefgh", 8, 9, 8, 8, true},
        /* Grown. */
        {"abcdefghXYZ", "abcdefgh", 8, 11, 8, 8, true},
        {"abcdXYZU", "abcdefgh", 8, 8, 4, 4, false},
        {"abcdeXYZ", "abcdefgh", 8, 8, 5, 5, true},
        /* Of a run that was stopped, what it has sent. */
        {"abcdefgh", "abcdefgh", 3, 8, 3, 3, false},
        {"abcdefgh", "abcdefgh", 5, 8, 5, 5, true},
        {"abcdefgh", "abcdefgh", 0, 8, 0, 0, false},
        /* Refused rows are never common. */
        {"--------", "--------", 8, 0, 0, 0, false},
        {"abc-----", "abc-----", 8, 3, 3, 3, false},
        /* Equal rows count as often as both have them. */
        {"aaaabbcc", "abcdefgh", 8, 8, 3, 3, false},
        {"aaaabbcc", "aaabbxyz", 8, 8, 5, 2, false},
        {"aaaabbcc", "ccbbaaaa", 8, 8, 8, 3, true},
        /* Yesterday's and today's sales of a small shop: nothing tells them from a mistake. */
        {"aaaaaaaa", "aaaaaaaa", 8, 8, 8, 1, false},
        {"aaaabbbb", "aaaabbbb", 8, 8, 8, 2, false},
        /* Few rows are alike by chance. */
        {"a", "a", 1, 1, 1, 1, false},
        {"abc", "abc", 3, 3, 3, 3, false},
        {"abcX", "abc-", 4, 4, 3, 3, true},
        {"", "abc", 3, 0, 0, 0, false},
        {"abcd", "", 0, 4, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed_sample feed = sample_of(cases[i].feed), earlier = sample_of(cases[i].earlier);
        struct feed_overlap overlap = feed_sample_compare(&feed, &earlier, cases[i].sent);
        if (overlap.rows != cases[i].rows || overlap.common != cases[i].common ||
            overlap.kinds != cases[i].kinds || feed_overlap_is_resend(&overlap) != cases[i].resend)
            fail_msg("%s and %s: %zu rows, %zu common, %zu kinds", cases[i].feed, cases[i].earlier,
                     overlap.rows, overlap.common, overlap.kinds);
    }
}

static void of_a_long_feed_the_first_rows(void **state)
{
    (void)state;
    struct feed_sample earlier = numbered(0, FEED_SAMPLE_MAX), feed = numbered(2, 2000);
    struct feed_overlap overlap = feed_sample_compare(&feed, &earlier, 50000);
    assert_int_equal(overlap.rows, 1000);
    assert_int_equal(overlap.common, 998);
    assert_true(feed_overlap_is_resend(&overlap));
    feed = numbered(500, 1500);
    overlap = feed_sample_compare(&feed, &earlier, 50000);
    assert_int_equal(overlap.common, 500);
    assert_false(feed_overlap_is_resend(&overlap));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_is_no_sample_is_none),
        cmocka_unit_test(rows_that_were_sent),
        cmocka_unit_test(of_a_long_feed_the_first_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
