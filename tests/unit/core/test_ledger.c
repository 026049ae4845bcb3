#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/ledger.h"
#include "core/message_identity.h"

static struct ledger read_text(const char *text)
{
    struct ledger ledger = LEDGER_INIT;
    json_t *stored = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
    assert_int_equal(ledger_read(&ledger, stored), 0);
    json_decref(stored);
    return ledger;
}

static void assert_ledger(const struct ledger *ledger, const char *expected)
{
    json_t *json = json_loads(expected, 0, NULL);
    assert_true(json_equal(ledger->partitions, json));
    json_decref(json);
}

static void what_is_stored_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *stored, *expected;
    } cases[] = {
        {NULL, "{}"},
        {"null", "{}"},
        {"{}", "{}"},
        {"[1]", "{}"},
        {"\"text\"", "{}"},
        {"{\"stock/2\":{\"offset\":7,\"timestamp\":9}}",
         "{\"stock/2\":{\"offset\":7,\"timestamp\":9}}"},
        {"{\"a\":1,\"b\":{},\"c\":{\"offset\":\"7\",\"timestamp\":9},\"d\":{\"offset\":7},"
         "\"stock/2\":{\"offset\":7,\"timestamp\":9}}",
         "{\"stock/2\":{\"offset\":7,\"timestamp\":9}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ledger ledger = read_text(cases[i].stored);
        assert_ledger(&ledger, cases[i].expected);
        ledger_release(&ledger);
        ledger_release(&ledger);
    }
}

static void what_comes_again_is_known(void **state)
{
    (void)state;
    static const struct {
        struct ledger_place place;
        bool known;
    } cases[] = {
        {{"stock", 2, 7, 1000, 0}, true},   {{"stock", 2, 6, 900, 0}, true},
        {{"stock", 2, 8, 900, 0}, false},  /* above */
        {{"stock", 2, 7, 1001, 0}, false}, /* the topic was made anew */
        {{"stock", 1, 7, 1000, 0}, false}, /* another partition */
        {{"stock2", 2, 7, 1000, 0}, false}, {{"stock", 22, 7, 1000, 0}, false},
    };
    struct ledger ledger = read_text("{\"stock/2\":{\"offset\":7,\"timestamp\":1000}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ledger_has(&ledger, &cases[i].place), cases[i].known);
    ledger_release(&ledger);
}

/* Producers' clocks differ: a later offset may have an earlier timestamp. */
static void the_newest_timestamp_is_kept(void **state)
{
    (void)state;
    static const struct ledger_place first = {"stock", 0, 5, 1000, 0},
                                     second = {"stock", 0, 6, 900, 0};
    struct ledger ledger = read_text(NULL);
    assert_int_equal(ledger_note(&ledger, &first), 0);
    assert_int_equal(ledger_note(&ledger, &second), 0);
    assert_ledger(&ledger, "{\"stock/0\":{\"offset\":6,\"timestamp\":1000}}");
    assert_true(ledger_has(&ledger, &first));
    assert_true(ledger_has(&ledger, &second));
    ledger_release(&ledger);
}

/* The first moved nothing, and was not written; the second, written, covers it. */
static void what_was_read_in_front_is_covered(void **state)
{
    (void)state;
    static const struct ledger_place first = {"stock", 0, 5, 1000, 1000},
                                     second = {"stock", 0, 6, 900, 1000};
    struct ledger ledger = read_text(NULL);
    assert_int_equal(ledger_note(&ledger, &second), 0);
    assert_ledger(&ledger, "{\"stock/0\":{\"offset\":6,\"timestamp\":1000}}");
    assert_true(ledger_has(&ledger, &first));
    ledger_release(&ledger);
}

static void a_topic_made_anew_counts_from_its_own_beginning(void **state)
{
    (void)state;
    static const struct ledger_place anew = {"stock", 2, 0, 2000, 0},
                                     next = {"stock", 2, 1, 1990, 0};
    struct ledger ledger = read_text("{\"stock/2\":{\"offset\":700,\"timestamp\":1000}}");
    assert_false(ledger_has(&ledger, &anew));
    assert_int_equal(ledger_note(&ledger, &anew), 0);
    assert_ledger(&ledger, "{\"stock/2\":{\"offset\":0,\"timestamp\":2000}}");
    assert_true(ledger_has(&ledger, &anew));
    assert_false(ledger_has(&ledger, &next));
    ledger_release(&ledger);
}

static void the_oldest_partition_is_forgotten(void **state)
{
    (void)state;
    struct ledger ledger = read_text(NULL);
    for (int32_t i = 0; i < LEDGER_PARTITIONS_MAX; i++)
        assert_int_equal(ledger_note(&ledger, &(struct ledger_place){"t", i, 1, 1000 - i, 0}), 0);
    assert_int_equal(json_object_size(ledger.partitions), LEDGER_PARTITIONS_MAX);
    struct ledger_place late = {"t", LEDGER_PARTITIONS_MAX, 1, 1, 0};
    assert_int_equal(ledger_note(&ledger, &late), 0);
    assert_int_equal(json_object_size(ledger.partitions), LEDGER_PARTITIONS_MAX);
    assert_true(ledger_has(&ledger, &late));
    assert_false(
        ledger_has(&ledger, &(struct ledger_place){"t", LEDGER_PARTITIONS_MAX - 1, 1, 0, 0}));
    assert_true(
        ledger_has(&ledger, &(struct ledger_place){"t", LEDGER_PARTITIONS_MAX - 2, 1, 0, 0}));
    ledger_release(&ledger);
}

/* The same place as the text that an entry of its own carries. */
static void a_message_has_a_name(void **state)
{
    (void)state;
    char text[MESSAGE_IDENTITY_SIZE], other[MESSAGE_IDENTITY_SIZE], topic[250];
    struct message message = {
        .topic = "event", .partition = 2, .offset = 18831, .timestamp_ms = 1795245540123};
    message_identity(&message, text);
    assert_string_equal(text, "event/2/18831/1795245540123");

    memset(topic, 't', sizeof topic);
    topic[202] = '\0';
    message = (struct message){
        .topic = topic, .partition = INT32_MAX, .offset = INT64_MIN, .timestamp_ms = INT64_MIN};
    message_identity(&message, text);
    assert_int_equal(strlen(text), SHORT_TEXT_UNITS);
    assert_memory_equal(text, topic, 202);

    topic[202] = 't';
    topic[249] = '\0';
    message_identity(&message, text);
    assert_int_equal(strlen(text), SHORT_TEXT_UNITS);
    assert_int_equal(text[185], '~');
    assert_string_equal(text + SHORT_TEXT_UNITS - 53,
                        "/2147483647/-9223372036854775808/-9223372036854775808");
    topic[248] = 'u';
    message_identity(&message, other);
    assert_string_not_equal(text, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_is_read),
        cmocka_unit_test(what_comes_again_is_known),
        cmocka_unit_test(the_newest_timestamp_is_kept),
        cmocka_unit_test(what_was_read_in_front_is_covered),
        cmocka_unit_test(a_topic_made_anew_counts_from_its_own_beginning),
        cmocka_unit_test(the_oldest_partition_is_forgotten),
        cmocka_unit_test(a_message_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
