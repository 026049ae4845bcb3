/* What the end of an ingest means for its file, and reports that are compared and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pipeline/feed_report.h"

static void every_end_has_an_outcome(void **state)
{
    (void)state;
    static const struct {
        enum exit_code code;
        struct ingest_summary summary;
        enum feed_outcome expected;
    } cases[] = {
        {EXIT_ALL_ACCOUNTED, {.topic = "t"}, OUTCOME_DONE},
        {EXIT_ALL_ACCOUNTED, {.topic = "t", .sent_before = true}, OUTCOME_DONE},
        {EXIT_ALL_ACCOUNTED,
         {.topic = "t", .sent_before = true, .duplicate = true},
         OUTCOME_DUPLICATE},
        {EXIT_ALL_ACCOUNTED, {.topic = "t", .sent_before = true, .busy = true}, OUTCOME_STAYS},
        {EXIT_ALL_ACCOUNTED,
         {.topic = "t", .sent_before = true, .duplicate = true, .busy = true},
         OUTCOME_STAYS},
        {EXIT_BAD_FEED, {.topic = "t"}, OUTCOME_FAILED},
        {EXIT_BAD_FEED, {.topic = "t", .sent_before = true, .alike = true}, OUTCOME_FAILED},
        {EXIT_BAD_FEED, {.topic = "t", .changed = true}, OUTCOME_FAILED},
        {EXIT_IO, {.topic = "t", .changed = true}, OUTCOME_FAILED},
        {EXIT_CONFIGURATION, {.topic = "t", .read_otherwise = true}, OUTCOME_FAILED},
        {EXIT_CONFIGURATION, {.topic = "t"}, OUTCOME_STAYS},
        {EXIT_UNAVAILABLE, {.topic = "t"}, OUTCOME_STAYS},
        {EXIT_INTERRUPTED, {.topic = "t"}, OUTCOME_STAYS},
        {EXIT_BUG, {.topic = "t"}, OUTCOME_STAYS},
        {EXIT_IO, {.topic = "t"}, OUTCOME_STAYS},
        /* It could not be opened. */
        {EXIT_BAD_FEED, {.topic = NULL}, OUTCOME_STAYS},
        {EXIT_NO_FEED, {.topic = NULL}, OUTCOME_STAYS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(feed_outcome(cases[i].code, &cases[i].summary), cases[i].expected);
}

static const struct feed_file which = {1, 18446744073709551615U, 3, 4, 5};

static void write_report(struct buffer *out, const struct ingest_summary *summary, int64_t now)
{
    const struct feed_report report = {
        .outcome = summary->changed ? OUTCOME_FAILED : OUTCOME_DONE,
        .summary = summary,
        .which = &which,
        .rejected = "",
        .started_ms = now,
        .ended_ms = now + 5,
        .service = "product-producer",
        .instance = "here-\xff",
    };
    buffer_clear(out);
    assert_int_equal(feed_report_write(&report, out), 0);
}

static void reports_differ_by_what_they_say_not_by_who_says_it(void **state)
{
    (void)state;
    struct buffer one = BUFFER_INIT(REPORT_BYTES_MAX), other = BUFFER_INIT(REPORT_BYTES_MAX);
    struct ingest_summary summary = {.topic = "t", .feed = "a\xff.csv", .rows = 2, .sent = 2};
    write_report(&one, &summary, 1);
    summary.sent_before = true;
    summary.took_ms = 99;
    write_report(&other, &summary, 1000);
    assert_true(feed_report_same(one.data, one.len, other.data, other.len));
    summary.sent = 1;
    write_report(&other, &summary, 1);
    assert_false(feed_report_same(one.data, one.len, other.data, other.len));
    assert_false(feed_report_same(one.data, one.len, "{", 1));
    assert_false(feed_report_same("x", 1, "x", 1));
    buffer_release(&one);
    buffer_release(&other);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT(REPORT_BYTES_MAX);
    struct ingest_summary summary = {.topic = "t", .feed = "a\xff.csv", .changed = true};
    struct feed_report_head head;
    write_report(&text, &summary, 1);
    assert_int_equal(feed_report_read(text.data, text.len, &head), 0);
    assert_string_equal(head.file, "a\xef\xbf\xbd.csv");
    assert_string_equal(head.topic, "t");
    assert_int_equal(head.outcome, OUTCOME_FAILED);
    assert_true(head.changed);
    assert_true(feed_file_equal(&head.which, &which));
    buffer_release(&text);
    static const char *const others[] = {"", "{}", "[]", "null",
                                         "{\"file\":\"a\",\"topic\":\"t\",\"outcome\":\"well\"}"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(feed_report_read(others[i], strlen(others[i]), &head), -1);
}

/* The longest that there can be, in the worst letters. */
static void every_report_fits(void **state)
{
    (void)state;
    struct buffer text = BUFFER_INIT(REPORT_BYTES_MAX);
    static struct ingest_summary summary = {.topic = "t", .rows = UINT32_MAX};
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++) {
        summary.codes[i] = UINT32_MAX;
        memset(summary.examples[i].text, '\1', REASON_SIZE - 1);
    }
    memset(summary.feed, '\xff', sizeof summary.feed - 1);
    write_report(&text, &summary, 1);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_has_an_outcome),
        cmocka_unit_test(reports_differ_by_what_they_say_not_by_who_says_it),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_report_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
