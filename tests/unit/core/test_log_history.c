#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/log_history.h"

static struct fingerprint mark(int64_t offset)
{
    return (struct fingerprint){offset, 1000, (uint64_t)offset * 31};
}

static struct log_history history_of(size_t count)
{
    struct log_history history = {.count = count};

    for (size_t i = 0; i < count; i++)
        history.marks[i] = mark((int64_t)(count - i) * 10);
    return history;
}

static void only_what_is_newer_is_added(void **state)
{
    struct log_history history = {0};
    const struct fingerprint older = mark(9), same = mark(10), newer = mark(11);

    (void)state;
    log_history_add(&history, &same);
    log_history_add(&history, &same);
    log_history_add(&history, &older);
    assert_int_equal(history.count, 1);
    log_history_add(&history, &newer);
    assert_int_equal(history.count, 2);
    assert_int_equal(history.marks[0].offset, 11);
    assert_int_equal(history.marks[1].offset, 10);
}

/* However much of the log's end is lost, there is a mark in what is left, not much further back. */
static void assert_spaced_out(const struct log_history *history)
{
    const int64_t newest = history->marks[0].offset;

    assert_true(history->count <= LOG_HISTORY_MAX);
    assert_int_equal(history->marks[history->count - 1].offset, 0); /* the first of all stays */
    for (size_t i = 2; i + 1 < history->count; i++) {
        int64_t newer = newest - history->marks[i - 1].offset;
        int64_t older = newest - history->marks[i + 1].offset;

        assert_true(older > newer * LOG_HISTORY_RATIO || history->count == LOG_HISTORY_MAX);
    }
}

static void old_marks_are_spaced_out(void **state)
{
    static const int64_t steps[] = {1, 300, 1000000};

    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct log_history history = {0};

        for (int64_t i = 0; i < 20000; i++) {
            const struct fingerprint next = mark(i * steps[s]);

            log_history_add(&history, &next);
            assert_int_equal(history.marks[0].offset, next.offset);
            assert_spaced_out(&history);
        }
        assert_true(history.count >= 4);
    }
}

/* Steps that grow as fast as the spacing asks for: the ceiling holds. */
static void the_ceiling_holds(void **state)
{
    struct log_history history = {0};

    (void)state;
    for (int bit = 62; bit >= 0; bit--) {
        const struct fingerprint next = mark(INT64_MAX - (INT64_C(1) << bit));

        log_history_add(&history, &next);
        assert_true(history.count <= LOG_HISTORY_MAX);
    }
    assert_true(history.count > 8);
}

/* What becomes of each pattern of sights; the letters: same, other, hole, below, > behind, ? not seen. */
static enum mark_sight sight_of(char letter)
{
    static const char letters[MARK_SIGHT_COUNT + 1] = "?sohb>";

    return (enum mark_sight)(strchr(letters, letter) - letters);
}

static struct log_likeness compare(const char *pattern)
{
    const struct log_history history = history_of(strlen(pattern));
    enum mark_sight sights[LOG_HISTORY_MAX];

    for (size_t i = 0; pattern[i]; i++)
        sights[i] = sight_of(pattern[i]);
    return log_history_compare(&history, sights);
}

static void every_pattern_means_something(void **state)
{
    static const struct {
        const char *pattern;
        enum log_match match;
        int64_t after;
    } cases[] = {
        {"", LOG_UNKNOWN, -1},     {"s", LOG_SAME, -1},         {"s?s", LOG_SAME, -1},
        {"s?b", LOG_SAME, -1},     {"hs?", LOG_SAME, -1}, /* compacted */
        {"o", LOG_ANEW, -1},       {"oo", LOG_ANEW, -1},        {">o", LOG_ANEW, -1},
        {">>o", LOG_ANEW, -1},     {"ob", LOG_ANEW, -1},        {"ho", LOG_ANEW, -1},
        {"s?o", LOG_ANEW, -1}, /* read on where the old one had been */
        {">so", LOG_ANEW, -1},     {"b", LOG_GONE, -1},         {"bb", LOG_GONE, -1},
        {">s", LOG_TRUNCATED, -1}, {">>s?", LOG_TRUNCATED, -1}, {">hs", LOG_TRUNCATED, -1},
        {"os", LOG_DIVERGED, 11},  {">os?", LOG_DIVERGED, 21},  {"hos", LOG_DIVERGED, 11},
        {">", LOG_LOST, -1},       {">>", LOG_LOST, -1},        {"h", LOG_LOST, -1},
        {">b", LOG_LOST, -1},      {"hb", LOG_LOST, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log_likeness likeness = compare(cases[i].pattern);

        if (likeness.match != cases[i].match || likeness.after != cases[i].after)
            fail_msg("\"%s\": match %d after %lld", cases[i].pattern, (int)likeness.match,
                     (long long)likeness.after);
    }
}

/* Asks as log_history_next() wants, of a log that would answer with this; returns what was asked. */
static const char *asked_of(const char *answers)
{
    static char asked[LOG_HISTORY_MAX + 1];
    const struct log_history history = history_of(strlen(answers));
    enum mark_sight sights[LOG_HISTORY_MAX] = {MARK_UNSEEN};
    size_t count = 0;
    int next;

    memset(sights, 0, sizeof sights);
    while ((next = log_history_next(&history, sights)) >= 0) {
        assert_true(count < LOG_HISTORY_MAX);
        assert_int_equal(sights[next], MARK_UNSEEN);
        asked[count++] = (char)('0' + next);
        sights[next] = sight_of(answers[next]);
    }
    asked[count] = '\0';
    return asked;
}

static void no_more_is_looked_at_than_tells(void **state)
{
    (void)state;
    assert_string_equal(asked_of(""), "");
    assert_string_equal(asked_of("s"), "0");
    assert_string_equal(asked_of("sss"), "02"); /* both ends: then all of it */
    assert_string_equal(asked_of("ssbb"), "0321");
    assert_string_equal(asked_of("sso"), "02");
    assert_string_equal(asked_of("osss"), "01");
    assert_string_equal(asked_of(">>s"), "012");
    assert_string_equal(asked_of("bbb"), "012");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_newer_is_added),
        cmocka_unit_test(old_marks_are_spaced_out),
        cmocka_unit_test(the_ceiling_holds),
        cmocka_unit_test(every_pattern_means_something),
        cmocka_unit_test(no_more_is_looked_at_than_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
