/* Names of files that are left alone, and of what is put beside those that are through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "pipeline/watch_names.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void unfinished_files_are_left_alone(void **state)
{
    (void)state;
    static const char *const alone[] = {".a.csv",     "a.csv.part", "a.TMP",
                                        "a.filepart", "a.csv~",     "."};
    static const char *const taken[] = {"a.csv", "-", "a.parts", "tmp", "~a.csv", "part"};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
        assert_true(watch_leaves_alone(alone[i]));
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        assert_false(watch_leaves_alone(taken[i]));
}

static void names_of_outputs(void **state)
{
    (void)state;
    static const struct {
        enum watch_output output;
        const char *name;
        unsigned n;
        const char *expected;
    } cases[] = {
        {OUTPUT_FEED, "a.csv", 1, "a.csv"},
        {OUTPUT_FEED, "a.csv", 2, "a.0123456789ab.csv"},
        {OUTPUT_FEED, "a.csv", 3, "a.0123456789ab.2.csv"},
        {OUTPUT_FEED, "a.b.csv.gz", 2, "a.b.0123456789ab.csv.gz"},
        {OUTPUT_FEED, "a.GZ", 2, "a.0123456789ab.GZ"},
        {OUTPUT_FEED, "feed", 2, "feed.0123456789ab"},
        {OUTPUT_FEED, "what a feed. it has this", 2, "what a feed.0123456789ab. it has this"},
        {OUTPUT_FEED, "a.no ending of a name", 2, "a.no ending of a name.0123456789ab"},
        {OUTPUT_REPORT, "a.csv", 1, "a.csv.0123456789ab.report.json"},
        {OUTPUT_REPORT, "a.csv", 2, "a.csv.0123456789ab.2.report.json"},
        {OUTPUT_REJECTED_CSV, "a.csv", 1, "a.csv.0123456789ab.rejected.csv"},
        {OUTPUT_REJECTED_JSON, "a\n\xff.json", 1, "a\n\xff.json.0123456789ab.rejected.ndjson"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[WATCH_NAME_SIZE];
        watch_output_name(cases[i].output, cases[i].name, ID, cases[i].n, name);
        assert_string_equal(name, cases[i].expected);
    }
}

static void long_names_stay_names(void **state)
{
    (void)state;
    char longest[WATCH_NAME_SIZE], name[WATCH_NAME_SIZE];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memcpy(longest + sizeof longest - 5, ".csv", 4);
    watch_output_name(OUTPUT_FEED, longest, ID, 1, name);
    assert_string_equal(name, longest);
    for (enum watch_output output = OUTPUT_FEED; output <= OUTPUT_REJECTED_JSON; output++) {
        watch_output_name(output, longest, ID, 4000000000u, name);
        assert_true(strlen(name) < sizeof name);
        assert_non_null(strstr(name, ".0123456789ab."));
        assert_non_null(strstr(name, output == OUTPUT_REPORT          ? ".report.json"
                                     : output == OUTPUT_REJECTED_JSON ? ".ndjson"
                                                                      : ".csv"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unfinished_files_are_left_alone),
        cmocka_unit_test(names_of_outputs),
        cmocka_unit_test(long_names_stay_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
