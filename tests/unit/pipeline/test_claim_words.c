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

static void sent_again(void **state)
{
    (void)state;
    struct claim_words words = {.file = "b.csv", .topic = "stock"};
    struct feed_progress earlier = run.progress;
    struct reason sentence;
    earlier.state = FEED_STOPPED;
    claim_say_again(&words, &earlier, &sentence);
    assert_string_equal(
        sentence.text, "an earlier run of this feed did not finish: 193 rows of it may be in stock "
                       "already (b.csv, begun on 2026-11-21 11:59:55 UTC); it is sent again from "
                       "its beginning, and these rows will be there twice");
    /* One that was killed has sent more than it last noted; or had not noted anything yet. */
    earlier.state = FEED_STARTED;
    claim_say_again(&words, &earlier, &sentence);
    assert_non_null(strstr(sentence.text, ": 193 rows or more of it may be in stock already"));
    words.repeatable = true;
    earlier.sent = 0;
    claim_say_again(&words, &earlier, &sentence);
    assert_null(strstr(sentence.text, "twice"));
    assert_non_null(strstr(sentence.text, ": rows (nobody noted how many) of it may be in stock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_before),
        cmocka_unit_test(somebody_else_has_it),
        cmocka_unit_test(sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
