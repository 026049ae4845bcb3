/* The small deciders of the flow: the state table, backoff, limiter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/backoff.h"
#include "core/limiter.h"
#include "core/message_state.h"

/* The table of message_state.c, written down a second time on purpose. */
static void the_state_table_is_the_designs(void **state)
{
    static const struct {
        enum message_state from;
        enum message_event event;
        enum message_state to;
    } allowed[] = {
        {MESSAGE_POLLED, EVENT_DECODED, MESSAGE_WAITING},
        {MESSAGE_POLLED, EVENT_UNDECODABLE, MESSAGE_REJECTED},
        {MESSAGE_WAITING, EVENT_SUBMITTED, MESSAGE_IN_FLIGHT},
        {MESSAGE_IN_FLIGHT, EVENT_CONFIRMED, MESSAGE_DONE},
        {MESSAGE_IN_FLIGHT, EVENT_REFUSED, MESSAGE_REJECTED},
        {MESSAGE_IN_FLIGHT, EVENT_PUT_BACK, MESSAGE_WAITING},
        {MESSAGE_REJECTED, EVENT_REPORTED, MESSAGE_DONE},
    };
    size_t moves = 0;

    (void)state;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        assert_int_equal(message_next(allowed[i].from, allowed[i].event), allowed[i].to);
    for (int from = 0; from < MESSAGE_STATE_COUNT; from++)
        for (int event = 0; event < MESSAGE_EVENT_COUNT; event++)
            moves += message_next((enum message_state)from, (enum message_event)event) !=
                     MESSAGE_STATE_COUNT;
    assert_int_equal(moves, sizeof allowed / sizeof allowed[0]);
}

static void backoff_doubles_to_its_ceiling(void **state)
{
    struct backoff backoff = BACKOFF_INIT(100, 1000);
    const int64_t highest[] = {100, 200, 400, 800, 1000, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof highest / sizeof highest[0]; i++)
        assert_int_equal(backoff_next(&backoff, UINT32_MAX), highest[i]);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next(&backoff, 0), 50); /* jitter never goes below half */
}

/* A target as Strapi was measured: one core, so throughput is flat from `knee` requests on and
 * latency grows with what is in flight. */
static void the_limiter_finds_the_knee(void **state)
{
    struct limiter limiter;
    int64_t now = 0;

    (void)state;
    limiter_init(&limiter, 64);
    for (int i = 0; i < 5000; i++) {
        size_t in_flight = (size_t)limiter.limit;
        double took = in_flight <= 2 ? 8 : 8.0 * (double)in_flight / 2;

        now += 5;
        limiter_note(&limiter, LIMITER_OK, took, in_flight - 1, now);
    }
    assert_in_range((size_t)limiter.limit, 4, 24);
}

/* The target became ten times slower: the limit comes down, learns, and is not stuck there. */
static void a_slower_target_is_learnt_anew(void **state)
{
    struct limiter limiter;
    int64_t now = 0;
    size_t lowest = 64;

    (void)state;
    limiter_init(&limiter, 64);
    for (int i = 0; i < 60000; i++) {
        size_t in_flight = (size_t)limiter.limit;
        double one = i < 5000 ? 8 : 80;

        now += (int64_t)one / 2;
        limiter_note(&limiter, LIMITER_OK, in_flight <= 2 ? one : one * (double)in_flight / 2,
                     in_flight - 1, now);
        if (i > 5000 && in_flight < lowest)
            lowest = in_flight;
    }
    assert_in_range(lowest, 1, 2);
    assert_in_range((size_t)limiter.limit, 4, 24);
}

static void the_limiter_shrinks_on_overload_and_never_below_one(void **state)
{
    struct limiter limiter;

    (void)state;
    limiter_init(&limiter, 16);
    for (int i = 0; i < 200; i++)
        limiter_note(&limiter, LIMITER_OK, 8, (size_t)limiter.limit - 1, i);
    assert_int_equal(limiter_room(&limiter, 0, 0), 16);
    limiter_note(&limiter, LIMITER_OVERLOAD, 8, 15, 10000);
    assert_int_equal(limiter_room(&limiter, 0, 0), 8);
    limiter_note(&limiter, LIMITER_OVERLOAD, 8, 15, 10001); /* sent before the shrink */
    assert_int_equal(limiter_room(&limiter, 0, 0), 8);
    for (int i = 0; i < 20; i++)
        limiter_note(&limiter, LIMITER_OVERLOAD, 8, 0, 20000 + 2000 * i);
    assert_int_equal(limiter_room(&limiter, 0, 0), 1);
    assert_int_equal(limiter_room(&limiter, 1, 0), 0);
}

static void a_closed_limiter_has_no_room(void **state)
{
    struct limiter limiter;

    (void)state;
    limiter_init(&limiter, 16);
    limiter_close(&limiter, 500);
    assert_int_equal(limiter_room(&limiter, 0, 499), 0);
    assert_true(limiter_room(&limiter, 0, 500) > 0);
}

static void an_unused_limit_does_not_grow(void **state)
{
    struct limiter limiter;

    (void)state;
    limiter_init(&limiter, 64);
    for (int i = 0; i < 1000; i++)
        limiter_note(&limiter, LIMITER_OK, 8, 0, i);
    assert_int_equal(limiter_room(&limiter, 0, 0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_table_is_the_designs),
        cmocka_unit_test(backoff_doubles_to_its_ceiling),
        cmocka_unit_test(the_limiter_finds_the_knee),
        cmocka_unit_test(a_slower_target_is_learnt_anew),
        cmocka_unit_test(the_limiter_shrinks_on_overload_and_never_below_one),
        cmocka_unit_test(a_closed_limiter_has_no_room),
        cmocka_unit_test(an_unused_limit_does_not_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
