#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock_text.h"

static const struct {
    int64_t time_ms;
    const char *text;
} both_ways[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1, "1970-01-01T00:00:00.001Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {951868800000, "2000-03-01T00:00:00.000Z"},
    {1795248000000, "2026-11-21T08:00:00.000Z"},
    {1735689599999, "2024-12-31T23:59:59.999Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
    {-62167219200000, "0000-01-01T00:00:00.000Z"},
};

static void written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof both_ways / sizeof both_ways[0]; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t time_ms = 42;
        clock_text(both_ways[i].time_ms, text);
        assert_string_equal(text, both_ways[i].text);
        assert_int_equal(clock_read(text, &time_ms), 0);
        assert_int_equal(time_ms, both_ways[i].time_ms);
    }
}

static void every_day_of_four_centuries(void **state)
{
    (void)state;
    const int64_t day = 86400000;
    for (int64_t at = -100 * 366 * day; at < 300 * 366 * day; at += day) {
        char text[CLOCK_TEXT_SIZE];
        int64_t time_ms;
        clock_text(at, text);
        assert_int_equal(clock_read(text, &time_ms), 0);
        assert_int_equal(time_ms, at);
    }
}

static void extremes_stay_in_the_array(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    clock_text(INT64_MAX, text);
    assert_string_equal(text, "292278994-08-17T07:12:55.807Z");
    clock_text(INT64_MIN, text);
    assert_string_equal(text, "-292275055-05-16T16:47:04.192Z");
}

static void shorter_forms(void **state)
{
    (void)state;
    int64_t time_ms;
    assert_int_equal(clock_read("2026-11-21", &time_ms), 0);
    assert_int_equal(time_ms, 1795219200000);
    assert_int_equal(clock_read("2026-11-21T08:00:00Z", &time_ms), 0);
    assert_int_equal(time_ms, 1795248000000);
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "today",
        "2026",
        "2026-11",
        "2026-11-",
        "2026-11-21T",
        "2026-11-21T08:00",
        "2026-11-21T08:00:00",
        "2026-11-21T08:00:00.1Z",
        "2026-11-21T08:00:00.000",
        "2026-11-21T08:00:00+01:00",
        "2026-11-21 08:00:00Z",
        "2026-11-21x",
        "2026-11-21T08:00:00Zx",
        " 2026-11-21",
        "2026-1-21",
        "2026-13-01",
        "2026-00-01",
        "2026-11-00",
        "2026-11-31",
        "2026-02-29",
        "2100-02-29",
        "2024-02-30",
        "2026-11-21T24:00:00Z",
        "2026-11-21T08:60:00Z",
        "2026-11-21T08:00:60Z",
        "-026-11-21",
        "12026-11-21",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t time_ms = 42;
        if (clock_read(texts[i], &time_ms) == 0)
            fail_msg("taken: \"%s\"", texts[i]);
        assert_int_equal(time_ms, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(every_day_of_four_centuries),
        cmocka_unit_test(extremes_stay_in_the_array),
        cmocka_unit_test(shorter_forms),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
