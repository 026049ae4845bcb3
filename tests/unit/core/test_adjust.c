#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/adjust.h"
#include "core/decode.h"
#include "entities/entities.h"

#define MOVES 4

static const struct {
    const char *name;
    const char *level; /* as JSON; NULL: the entry has none */
    int64_t changes[MOVES];
    enum adjust_verdict verdicts[MOVES];
    int64_t result;
    bool write;
} runs[] = {
    {"in and out", "10", {5, -3, 0, 2}, {0}, 14, true},
    {"out to nothing", "10", {-10, 0, 0, 0}, {0}, 0, true},
    {"refused ones do not count",
     "10",
     {-11, -10, -1, 1},
     {ADJUST_BELOW, ADJUST_APPLIED, ADJUST_BELOW, ADJUST_APPLIED},
     1,
     true},
    {"up to the maximum",
     "2147483646",
     {2, 1, 1, -1},
     {ADJUST_ABOVE, ADJUST_APPLIED, ADJUST_ABOVE, ADJUST_APPLIED},
     2147483646,
     true},
    {"zeros are no write", "10", {0, 0, 0, 0}, {0}, 10, false},
    {"refused ones are no write",
     "0",
     {-1, 0, -2147483647, 0},
     {ADJUST_BELOW, ADJUST_APPLIED, ADJUST_BELOW, ADJUST_APPLIED},
     0,
     false},
    {"there and back is one", "10", {5, -5, 0, 0}, {0}, 10, true},
    {"no level", NULL, {5, -5, 0, 0}, {0}, 0, true},
    {"null", "null", {-1, 7, 0, 0}, {ADJUST_BELOW}, 7, true},
    {"a biginteger", "\"12\"", {-12, 0, 0, 0}, {0}, 0, true},
    {"below the minimum, by hand", "-5", {3, -1, 3, 0}, {0, ADJUST_BELOW, 0, 0}, 1, true},
    {"above the maximum, by hand", "3000000000", {1, -5, 0, 0}, {ADJUST_ABOVE}, 2999999995, true},
};

static void start(struct adjust *adjust, const char *level, bool keeps_ledger, const char *ledger)
{
    struct reason reason = REASON_INIT;
    json_t *there = level == NULL ? NULL : json_loads(level, JSON_DECODE_ANY, NULL);
    json_t *stored = ledger == NULL ? NULL : json_loads(ledger, 0, NULL);
    if (adjust_start(adjust, entity_stock.adjustment, there, keeps_ledger, stored, &reason) != 0)
        fail_msg("%s", reason.text);
    json_decref(there);
    json_decref(stored);
}

static struct movement movement(int64_t offset, int64_t change)
{
    return (struct movement){{"stock", 0, offset, 1000 + offset, 0}, change};
}

static void each_movement_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        for (int ledger = 0; ledger < 2; ledger++) {
            struct adjust adjust;
            start(&adjust, runs[i].level, ledger, NULL);
            for (size_t k = 0; k < MOVES; k++) {
                struct movement move = movement((int64_t)k, runs[i].changes[k]);
                if (adjust_take(&adjust, &move) != runs[i].verdicts[k])
                    fail_msg("%s, movement %zu", runs[i].name, k);
            }
            if (adjust.level != runs[i].result || adjust.write != runs[i].write)
                fail_msg("%s: %lld", runs[i].name, (long long)adjust.level);
            adjust_release(&adjust);
        }
    }
}

static void what_is_written(void **state)
{
    (void)state;
    struct adjust adjust;
    struct buffer body = BUFFER_INIT(1000);
    struct movement move = movement(7, -3);
    start(&adjust, "10", false, NULL);
    assert_int_equal(adjust_take(&adjust, &move), ADJUST_APPLIED);
    assert_int_equal(adjust_encode(&adjust, &body), 0);
    assert_string_equal(body.data, "{\"stock_available\":7}");
    adjust_release(&adjust);

    static const char before[] = "{\"old/1\":{\"offset\":1,\"timestamp\":2}}";
    start(&adjust, "10", true, before);
    assert_int_equal(adjust_take(&adjust, &move), ADJUST_APPLIED);
    assert_int_equal(adjust_take(&adjust, &move), ADJUST_REDELIVERED);
    buffer_clear(&body);
    assert_int_equal(adjust_encode(&adjust, &body), 0);
    assert_string_equal(body.data, "{\"stock_available\":7,\"stock_ledger\":{"
                                   "\"old/1\":{\"offset\":1,\"timestamp\":2},"
                                   "\"stock/0\":{\"offset\":7,\"timestamp\":1007}}}");
    struct buffer small = BUFFER_INIT(60);
    assert_int_equal(adjust_encode(&adjust, &small), -1);
    assert_int_equal(small.len, 0);
    buffer_release(&small);
    buffer_release(&body);
    adjust_release(&adjust);
}

/* Its error record is acknowledged before the write, so it is not judged a second time. */
static void a_refused_movement_is_not_judged_again(void **state)
{
    (void)state;
    struct adjust adjust;
    struct movement refused = movement(1, -9), applied = movement(2, 9);
    start(&adjust, "0", true, NULL);
    assert_int_equal(adjust_take(&adjust, &refused), ADJUST_BELOW);
    assert_int_equal(adjust_take(&adjust, &applied), ADJUST_APPLIED);
    assert_int_equal(adjust_take(&adjust, &refused), ADJUST_REDELIVERED);
    assert_int_equal(adjust.level, 9);
    adjust_release(&adjust);
}

static void a_refusal_says_why(void **state)
{
    (void)state;
    struct adjust adjust;
    struct failure failure;
    struct movement out = movement(1, -30), in = movement(2, INT32_MAX);
    start(&adjust, "12", false, NULL);
    adjust_refuse(&adjust, adjust_take(&adjust, &out), &out, &failure);
    assert_string_equal(error_code_name(failure.code), "negative_stock");
    assert_string_equal(failure.field, "amount");
    assert_string_equal(failure.reason.text,
                        "amount: OUT 30 with stock_available at 12 would make it -18, less than 0");
    adjust_refuse(&adjust, adjust_take(&adjust, &in), &in, &failure);
    assert_string_equal(error_code_name(failure.code), "stock_overflow");
    assert_string_equal(failure.reason.text,
                        "amount: IN 2147483647 with stock_available at 12 would make it "
                        "2147483659, more than 2147483647");
    adjust_release(&adjust);
}

static void a_level_that_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const levels[] = {"1.5", "\"many\"", "{}", "true"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        struct adjust adjust;
        struct reason reason = REASON_INIT;
        json_t *level = json_loads(levels[i], JSON_DECODE_ANY, NULL);
        assert_int_equal(adjust_start(&adjust, entity_stock.adjustment, level, true, NULL, &reason),
                         -1);
        assert_string_equal(reason.text, "stock_available of the product is no whole number");
        adjust_release(&adjust);
        json_decref(level);
    }
}

static void a_message_is_a_movement(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t change;
    } cases[] = {
        {"{\"id\":112,\"amount\":7,\"type\":\"IN\"}", 7},
        {"{\"id\":\"112\",\"amount\":\"7\",\"type\":\"OUT\"}", -7},
        {"{\"barcode\":\"1\",\"amount\":0,\"type\":\"OUT\"}", 0},
        {"{\"barcode\":\"1\",\"amount\":2147483647,\"type\":\"OUT\"}", -INT32_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message message = {
            .topic = "stock", .partition = 1, .offset = 2, .timestamp_ms = 3, .newest_ms = 4};
        struct failure failure;
        assert_int_equal(decode_message(&entity_stock, cases[i].text, strlen(cases[i].text),
                                        &message.record, &failure),
                         0);
        struct movement move = adjust_movement(&message);
        assert_int_equal(move.change, cases[i].change);
        assert_string_equal(move.place.topic, "stock");
        assert_int_equal(move.place.partition, 1);
        assert_int_equal(move.place.offset, 2);
        assert_int_equal(move.place.timestamp_ms, 3);
        assert_int_equal(move.place.newest_ms, 4);
        record_release(&message.record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_movement_has_its_verdict),
        cmocka_unit_test(what_is_written),
        cmocka_unit_test(a_refused_movement_is_not_judged_again),
        cmocka_unit_test(a_refusal_says_why),
        cmocka_unit_test(a_level_that_is_no_number_is_refused),
        cmocka_unit_test(a_message_is_a_movement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
