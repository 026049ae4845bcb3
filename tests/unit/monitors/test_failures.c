/* The monitor's pure parts, mostly on records that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "monitors/failure_filter.h"
#include "monitors/failure_record.h"
#include "monitors/failure_summary.h"
#include "monitors/failure_view.h"
#include "monitors/seen_set.h"

#define EIGHT_O_CLOCK INT64_C(1795248000000) /* 2026-11-21T08:00:00Z */

static const struct failure_place place = {
    .topic = "error", .partition = 1, .offset = 7, .timestamp_ms = EIGHT_O_CLOCK};

static struct failure_record read_text(const char *text)
{
    struct failure_record record;
    failure_record_read(&record, &place, text, strlen(text));
    return record;
}

static void assert_line(const char *json, const char *expected)
{
    struct failure_record record = read_text(json);
    struct buffer line = BUFFER_INIT(VIEW_BYTES_MAX);
    assert_int_equal(failure_view_line(&record, &line), 0);
    assert_string_equal(line.data, expected);
    buffer_release(&line);
    failure_record_release(&record);
}

static void lines_are_for_people(void **state)
{
    (void)state;
    assert_line("{\"error\":\"a.csv, row 3, line 4: width: no number\",\"code\":\"invalid_field\","
                "\"feed\":\"a.csv\",\"row\":3,\"line\":4,"
                "\"failed_at\":\"2026-11-20T07:00:01.500Z\"}",
                "2026-11-20 07:00:01  invalid_field   a.csv, row 3, line 4: width: no number\n");
    assert_line("{\"error\":\"no\",\"code\":\"refused\",\"topic\":\"product\",\"partition\":2,"
                "\"offset\":18831}",
                "2026-11-21 08:00:00  refused         product/2/18831: no\n");
    /* The reference services' records. */
    assert_line("{\"error\":\"Request failed\",\"message\":\"{}\"}",
                "2026-11-21 08:00:00  no_code         error/1/7: Request failed\n");
    assert_line("{}", "2026-11-21 08:00:00  no_code         error/1/7: (no reason given)\n");
    assert_line("{\"error\":{\"a\":1},\"code\":5,\"failed_at\":\"yesterday\",\"feed\":7}",
                "2026-11-21 08:00:00  no_code         error/1/7: (no reason given)\n");
    assert_line("oops", "2026-11-21 08:00:00  undecodable     error/1/7: this is no error record: "
                        "not a JSON object, 4 bytes: oops\n");
    assert_line("[1]", "2026-11-21 08:00:00  undecodable     error/1/7: this is no error record: "
                       "not a JSON object, 3 bytes: [1]\n");
}

/* One line of valid UTF-8 without a single control character, C1 ones included. */
static void assert_harmless(const char *bytes, size_t len)
{
    assert_true(len > 0 && bytes[len - 1] == '\n');
    assert_true(text_valid(bytes, len, NULL));
    for (size_t i = 0; i + 1 < len; i++) {
        assert_true((unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7F);
        if ((unsigned char)bytes[i] == 0xC2)
            assert_true((unsigned char)bytes[i + 1] >= 0xA0);
    }
}

static void assert_shown_harmlessly(const char *bytes, size_t len)
{
    struct failure_record record;
    struct buffer out = BUFFER_INIT(VIEW_BYTES_MAX);
    failure_record_read(&record, &place, bytes, len);
    assert_int_equal(failure_view_line(&record, &out), 0);
    assert_harmless(out.data, out.len);
    buffer_clear(&out);
    assert_int_equal(failure_view_json(&record, bytes, len, &out), 0);
    assert_harmless(out.data, out.len);
    json_auto_t *again = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
    assert_true(json_is_object(again));
    if (record.root != NULL)
        assert_true(json_equal(again, record.root));
    buffer_release(&out);
    failure_record_release(&record);
}

static void nothing_acts_on_the_terminal(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"error\":\"\\u001b[2J\\u0007\\u009b31m\\u007f\\r\\n\\u0000x\",\"code\":\"\\u001b]0;x\"}",
        "{\"error\":\"\xC2\x9B"
        "31m \x7F\",\"feed\":\"\\u001b[31m\",\"row\":-1}",
        "{\n\t\"error\": \"pretty\"\n}",
        "\x1b[2J",
        "\xC2\x9B"
        "31m",
        "\xff\xfe\x00",
        "{\"error\":\"\xff\"}",
        "{\"feed\":\"a\\nb\",\"row\":1e999}",
        "{\"feed\":\"a\",\"row\":99999999999999999999}",
        "{\"topic\":\"\\u001b\",\"partition\":1,\"offset\":-5}",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_shown_harmlessly(texts[i], strlen(texts[i]));
    assert_shown_harmlessly("{\"error\":\"\0\"}", 13);
    assert_shown_harmlessly("\0\0\0", 3);
    assert_shown_harmlessly(NULL, 0);
}

static void deep_and_huge_records_are_shown(void **state)
{
    (void)state;
    enum { DEPTH = 100000, SIZE = 3000000 };
    char *deep = malloc(DEPTH), *huge = malloc(SIZE);
    assert_non_null(deep);
    assert_non_null(huge);
    memset(deep, '[', DEPTH);
    assert_shown_harmlessly(deep, DEPTH);
    memset(huge, 1, SIZE);
    assert_shown_harmlessly(huge, SIZE);
    memset(huge, 'x', SIZE);
    memcpy(huge, "{\"error\":\"", 10);
    memcpy(huge + SIZE - 2, "\"}", 2);
    assert_shown_harmlessly(huge, SIZE);
    free(deep);
    free(huge);
}

/* Every byte at every place of a good record. */
static void no_single_byte_does_harm(void **state)
{
    (void)state;
    char text[] = "{\"error\":\"e\",\"code\":\"c\",\"feed\":\"f\",\"row\":1}";
    for (size_t at = 0; at + 1 < sizeof text; at++) {
        char kept = text[at];
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            assert_shown_harmlessly(text, sizeof text - 1);
        }
        text[at] = kept;
    }
}

static void json_is_passed_on_as_it_is(void **state)
{
    (void)state;
    static const char text[] = "{ \"error\":\"\xC3\xA9 \\u00e9\", \"n\":1.50}";
    struct failure_record record = read_text(text);
    struct buffer out = BUFFER_INIT(VIEW_BYTES_MAX);
    assert_int_equal(failure_view_json(&record, text, strlen(text), &out), 0);
    assert_int_equal(out.len, strlen(text) + 1);
    assert_memory_equal(out.data, text, strlen(text));
    buffer_release(&out);
    failure_record_release(&record);
}

static bool matches(const struct failure_filter *filter, const char *text)
{
    struct failure_record record = read_text(text);
    bool match = failure_filter_match(filter, &record);
    failure_record_release(&record);
    return match;
}

static void filters_take_what_was_asked_for(void **state)
{
    (void)state;
    static const char text[] = "{\"code\":\"refused\",\"service\":\"s\",\"topic\":\"t\","
                               "\"feed\":\"f\",\"failed_at\":\"2026-11-21T08:00:00.000Z\"}";
    struct failure_filter filter;
    struct reason reason = REASON_INIT;
    struct option_list none = {.count = 0};
    struct option_list codes = {.items = {"too_long", "refused"}, .count = 2};
    struct option_list other = {.items = {"x"}, .count = 1}, service = {.items = {"s"}, .count = 1};
    assert_int_equal(failure_filter_init(&filter, &none, "", "", &reason), 0);
    assert_true(matches(&filter, text));
    assert_true(matches(&filter, "junk"));
    assert_int_equal(failure_filter_init(&filter, &codes, "", "", &reason), 0);
    assert_true(matches(&filter, text));
    assert_false(matches(&filter, "junk"));
    assert_false(matches(&filter, "{\"code\":\"too_lon\"}"));
    filter.services = &service;
    assert_true(matches(&filter, text));
    filter.topics = &other;
    assert_false(matches(&filter, text));
    filter.topics = &none;
    filter.feeds = &other;
    assert_false(matches(&filter, text));
    assert_int_equal(failure_filter_init(&filter, &none, "2026-11-21T08:00:00Z", "", &reason), 0);
    assert_true(matches(&filter, text));
    assert_int_equal(failure_filter_init(&filter, &none, "", "2026-11-21T08:00:00Z", &reason), 0);
    assert_false(matches(&filter, text));
    assert_int_equal(failure_filter_init(&filter, &none, "2026-11-22", "", &reason), 0);
    assert_false(matches(&filter, text));
}

static void mistakes_in_filters_are_told(void **state)
{
    (void)state;
    struct failure_filter filter;
    struct reason reason = REASON_INIT;
    struct option_list none = {.count = 0};
    struct option_list codes = {.items = {"invalid-field"}, .count = 1};
    struct option_list foreign = {.items = {"no_code"}, .count = 1};
    assert_int_equal(failure_filter_init(&filter, &codes, "", "", &reason), -1);
    assert_non_null(strstr(reason.text, "invalid-field"));
    assert_int_equal(failure_filter_init(&filter, &none, "yesterday", "", &reason), -1);
    assert_non_null(strstr(reason.text, "--since"));
    assert_int_equal(failure_filter_init(&filter, &none, "", "x", &reason), -1);
    assert_int_equal(failure_filter_init(&filter, &foreign, "", "", &reason), 0);
    assert_true(matches(&filter, "{}"));
}

static void add(struct failure_summary *summary, const char *code, const char *time,
                const char *error)
{
    char text[256];
    snprintf(text, sizeof text, "{\"code\":\"%s\",\"failed_at\":\"%s\",\"error\":\"%s\"}", code,
             time, error);
    struct failure_record record = read_text(text);
    failure_summary_add(summary, &record);
    failure_record_release(&record);
}

static void a_summary_counts_by_code(void **state)
{
    (void)state;
    static struct failure_summary summary;
    struct buffer out = BUFFER_INIT(SUMMARY_TEXT_MAX);
    summary = (struct failure_summary){.count = 0};
    assert_int_equal(failure_summary_text(&summary, &out), 0);
    assert_string_equal(out.data, "no failures\n");
    add(&summary, "refused", "2026-11-21T08:00:02Z", "a");
    add(&summary, "too_long", "2026-11-21T08:00:02Z", "b");
    add(&summary, "too_long", "2026-11-21T08:00:01Z", "c");
    add(&summary, "too_long", "2026-11-21T08:00:09Z", "d");
    buffer_clear(&out);
    assert_int_equal(failure_summary_text(&summary, &out), 0);
    assert_string_equal(out.data,
                        "4 failures, 2 codes\n\n"
                        "      3  too_long            2026-11-21 08:00:01 to 2026-11-21 08:00:09\n"
                        "         The text has more characters than the field holds.\n"
                        "         e.g. error/1/7: b\n\n"
                        "      1  refused             2026-11-21 08:00:02 to 2026-11-21 08:00:02\n"
                        "         Strapi refuses the record.\n"
                        "         e.g. error/1/7: a\n");
    buffer_clear(&out);
    assert_int_equal(failure_summary_json(&summary, &out), 0);
    json_auto_t *root = json_loadb(out.data, out.len, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(root, "failures")), 4);
    assert_int_equal(json_array_size(json_object_get(root, "codes")), 2);
    buffer_release(&out);
}

static void strangers_codes_do_not_grow_the_summary(void **state)
{
    (void)state;
    static struct failure_summary summary;
    char code[32];
    uint64_t count = 0;
    summary = (struct failure_summary){.count = 0};
    for (int i = 0; i < 1000; i++) {
        snprintf(code, sizeof code, "code-%d", i);
        add(&summary, code, "", "");
    }
    assert_int_equal(summary.group_count, SUMMARY_CODES_MAX);
    for (size_t i = 0; i < summary.group_count; i++)
        count += summary.groups[i].count;
    assert_int_equal(count, 1000);
    assert_string_equal(summary.groups[SUMMARY_CODES_MAX - 1].code, "other");
}

static void what_was_seen_is_known_until_the_oldest_goes(void **state)
{
    (void)state;
    struct seen_set *set = seen_set_new(2);
    assert_non_null(set);
    assert_false(seen_set_add(set, "a", 1));
    assert_true(seen_set_add(set, "a", 1));
    assert_false(seen_set_add(set, "b", 1));
    assert_false(seen_set_add(set, "c", 1)); /* a is forgotten */
    assert_true(seen_set_add(set, "b", 1));
    assert_true(seen_set_add(set, "c", 1));
    assert_false(seen_set_add(set, "a", 1));
    assert_false(seen_set_add(set, "", 0));
    seen_set_free(set);
    seen_set_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_for_people),
        cmocka_unit_test(nothing_acts_on_the_terminal),
        cmocka_unit_test(deep_and_huge_records_are_shown),
        cmocka_unit_test(no_single_byte_does_harm),
        cmocka_unit_test(json_is_passed_on_as_it_is),
        cmocka_unit_test(filters_take_what_was_asked_for),
        cmocka_unit_test(mistakes_in_filters_are_told),
        cmocka_unit_test(a_summary_counts_by_code),
        cmocka_unit_test(strangers_codes_do_not_grow_the_summary),
        cmocka_unit_test(what_was_seen_is_known_until_the_oldest_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
