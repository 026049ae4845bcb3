/* What a person is told about a feed that was sent before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/claim_words.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

static const struct feed_run run = {
    .id = "c0ffee",
    .progress = {.file = "a\x1B.csv",
                 .sent = 193,
                 .rejected = 6,
                 .state = FEED_COMPLETE,
                 .started_ms = NOON - 5000,
                 .at_ms = NOON,
                 .service = "product-producer",
                 .instance = "host-1"},
};

static void sent_before(void **state)
{
    (void)state;
    struct claim_words words = {.file = "b.csv", .topic = "product"};
    struct feed_choice choice = {FEED_SAME, 1, &run};
    struct reason sentence;
    claim_say_sent(&words, &choice, &sentence);
    assert_string_equal(sentence.text,
                        "b.csv was sent to product on 2026-11-21 12:00:00 UTC (193 rows sent, 6 "
                        "refused); it is not sent again, unless with --force");
    choice.decision = FEED_DUPLICATE;
    claim_say_sent(&words, &choice, &sentence);
    assert_string_equal(
        sentence.text, "b.csv is another file with the content of a\\x1B.csv, which was sent to "
                       "product on 2026-11-21 12:00:00 UTC; it is not sent, unless with --force or "
                       "IDENTITY=name");
    words.by_name = true;
    claim_say_sent(&words, &choice, &sentence);
    assert_null(strstr(sentence.text, "IDENTITY"));
}

static void somebody_else_has_it(void **state)
{
    (void)state;
    const struct claim_words words = {.file = "b.csv", .topic = "product"};
    struct feed_progress rival = run.progress;
    struct reason sentence;
    claim_say_rival(&words, &rival, &sentence);
    assert_string_equal(sentence.text, "b.csv was just sent to product by product-producer "
                                       "(host-1); it is not sent a second time");
    rival.state = FEED_STARTED;
    claim_say_rival(&words, &rival, &sentence);
    assert_non_null(strstr(sentence.text, "is being sent right now"));
}

static void gone_on_with(void **state)
{
    (void)state;
    struct claim_words words = {.file = "b.csv", .topic = "stock"};
    struct feed_progress earlier = run.progress;
    struct reason sentence;
    earlier.state = FEED_STARTED;
    earlier.rows = 199;
    claim_say_again(&words, &earlier, &sentence);
    assert_string_equal(
        sentence.text,
        "an earlier run of this feed did not finish (b.csv, begun on 2026-11-21 11:59:55 UTC): 199 "
        "of its rows were sent to stock or refused, perhaps a few more, since TRANSACTIONS is off; "
        "it goes on behind these, and the few come twice");
    words.repeatable = true;
    claim_say_again(&words, &earlier, &sentence);
    assert_null(strstr(sentence.text, "twice"));
}

static void most_of_it_was_sent(void **state)
{
    (void)state;
    const struct claim_words words = {.file = "b.csv", .topic = "stock"};
    struct alike_run earlier = {.progress = run.progress, .overlap = {1000, 998, 997}};
    struct reason sentence;
    claim_say_alike(&words, &earlier, &sentence);
    assert_string_equal(
        sentence.text,
        "b.csv looks like a\\x1B.csv, which was sent to stock on 2026-11-21 12:00:00 UTC: 998 of "
        "its first 1000 rows were sent. Send only the rows that were refused, corrected "
        "(error-monitor --rejected-csv), or --force");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_before),
        cmocka_unit_test(somebody_else_has_it),
        cmocka_unit_test(gone_on_with),
        cmocka_unit_test(most_of_it_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
