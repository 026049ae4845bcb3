/* Outage or bad record: the rules of docs/architecture.md, each with its scenario. */
#include "world.h"

enum { FAR = 3600000 };

/* Turns until nothing can go without the clock, the sink or the error topic. */
static void turn(struct world *world)
{
    dispatch_turn(world->dispatch);
}

static struct job *held(const struct world *world, size_t which)
{
    assert_true(which < world->null.count);
    return world->null.held[which];
}

static void answer(struct world *world, size_t which, enum verdict verdict, enum route route)
{
    held(world, which);
    null_sink_settle(&world->null, which, world_outcome(verdict, route));
}

/* The sink's place of the message, or -1. */
static int find(const struct world *world, const struct message *message)
{
    for (size_t i = 0; i < world->null.count; i++)
        if (world->null.held[i]->message == message)
            return (int)i;
    return -1;
}

static void a_bad_record_among_good_ones_is_refused(void **state)
{
    struct world *world = world_new(1, 3, 4);
    struct message *bad = world_admit(world, 0);
    int key = 1;

    (void)state;
    while (bad->state != MESSAGE_REJECTED) {
        int place;

        world_admit(world, key++);
        turn(world);
        place = find(world, bad);
        if (place >= 0)
            answer(world, (size_t)place, VERDICT_RETRY, ROUTE_CREATE);
        else
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
        assert_in_range(key, 0, WORLD_KEYS - 1);
    }
    assert_int_equal(bad->attempts, 3);
    assert_int_equal(world->codes[0], ERROR_ATTEMPTS_EXHAUSTED);
    assert_int_equal(world->outages_began, 0);
    world_acknowledge(world, 0);
    while (world->ended < world->admitted) {
        turn(world);
        answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
    }
    world_free(world);
}

/* Every write is a 500 (a full disk): for hours nothing is refused, one record at a time asks. */
static void a_route_on_which_nothing_passes_is_an_outage(void **state)
{
    struct world *world = world_new(2, 3, 4);
    int probes = 0;

    (void)state;
    for (int key = 0; key < 50; key++)
        world_admit(world, key);
    for (int64_t end = world->now + 4 * FAR; world->now < end; world->now += 1000) {
        turn(world);
        while (world->null.count) {
            probes += world->null.held[0]->probe;
            if (world->null.blocked[ROUTE_CREATE] && !world->null.held[0]->probe)
                null_sink_settle(&world->null, 0, world_outcome(VERDICT_NOT_REACHED, ROUTE_CREATE));
            else
                answer(world, 0, VERDICT_RETRY, ROUTE_CREATE);
        }
    }
    assert_int_equal(world->outages_began, 1);
    assert_int_equal(world->reporting_count, 0);
    assert_in_range(probes, 100, 4 * 3600); /* with backoff, but never silent */
    while (world->ended < 50) {             /* the disk has room again */
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
    }
    assert_int_equal(world->outages_ended, 1);
    assert_int_equal(world->reporting_count, 0);
    world_free(world);
}

/* A token that may create and not update: records of the one route pass all the time. */
static void one_blocked_route_does_not_hold_up_the_other(void **state)
{
    struct world *world = world_new(3, 3, 4);
    int passed = 0;

    (void)state;
    for (int key = 0; key < 40; key++)
        world_admit(world, key);
    for (int i = 0; i < 2000; i++, world->now += 100) {
        turn(world);
        for (size_t which = world->null.count; which-- > 0;) {
            struct job *job = held(world, which);

            if (world_index(world, job->message) % 2) {
                answer(world, which, VERDICT_DONE, ROUTE_CREATE);
                passed++;
            } else if (world->null.blocked[ROUTE_UPDATE] && !job->probe) {
                answer(world, which, VERDICT_NOT_REACHED, ROUTE_UPDATE);
            } else {
                answer(world, which, VERDICT_RETRY, ROUTE_UPDATE);
            }
        }
    }
    assert_int_equal(passed, 20);
    assert_int_equal(world->ended, 20);
    assert_int_equal(world->reporting_count, 0);
    assert_true(outage_blocked(dispatch_outage(world->dispatch), ROUTE_UPDATE));
    while (world->ended < 40) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_UPDATE);
        world->now += 100;
    }
    world_free(world);
}

static void the_target_away_stops_everything_and_costs_no_attempt(void **state)
{
    struct world *world = world_new(4, 2, 4);

    (void)state;
    for (int key = 0; key < 10; key++)
        world_admit(world, key);
    turn(world);
    assert_int_equal(world->null.count, 4);
    answer(world, 0, VERDICT_OUTAGE, ROUTE_LOOKUP);
    turn(world); /* what was not sent is called back */
    while (world->null.count)
        answer(world, 0, VERDICT_OUTAGE, ROUTE_LOOKUP);
    assert_true(outage_blocked(dispatch_outage(world->dispatch), PLACE_TARGET));
    assert_int_equal(world->outages_began, 0); /* it may be over in a moment */
    for (int i = 0; i < 1000; i++, world->now += 1000) {
        turn(world);
        assert_in_range(world->null.count, 0, 1); /* one asks, the others wait */
        if (world->null.count)
            answer(world, 0, VERDICT_OUTAGE, ROUTE_LOOKUP);
    }
    assert_int_equal(world->outages_began, 1);
    while (world->ended < 10) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
    }
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(world->messages[i].attempts, 0);
    assert_int_equal(world->outages_ended, 1);
    world_free(world);
}

/* Strapi dies of one record: those in flight with it are tried alone, pass, and only it is refused, when
 * it has been alone as often as MAX_ATTEMPTS says. */
static void what_kills_the_target_is_found(void **state)
{
    struct world *world = world_new(5, 3, 4);
    struct message *killer = world_admit(world, 0);
    int alone = 0;

    (void)state;
    for (int key = 1; key < 30; key++)
        world_admit(world, key);
    for (int i = 0; i < 5000 && world->ended + world->reporting_count < 30; i++) {
        turn(world);
        assert_false(world->null.alone_violated);
        if (find(world, killer) >= 0) {
            alone += world->null.count == 1 && !held(world, 0)->look;
            while (world->null.count) { /* it takes all that are in flight with it */
                struct outcome died = world_outcome(VERDICT_UNKNOWN, ROUTE_CREATE);

                died.target_died = true;
                died.delay_ms = 1000;
                if (held(world, 0)->look)
                    died = world_outcome(VERDICT_ABSENT, ROUTE_CREATE);
                null_sink_settle(&world->null, 0, died);
            }
        } else if (world->null.count) {
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        }
        world->now += 200;
    }
    assert_int_equal(alone, 3);
    assert_int_equal(world->ended, 29);
    assert_int_equal(world->reporting_count, 1);
    assert_ptr_equal(world->reporting[0], killer);
    assert_int_equal(world->codes[0], ERROR_KILLS_TARGET);
    world_acknowledge(world, 0);
    world_free(world);
}

/* Its connections break one after another: the next one that is tried alone must not be taken for what it
 * died of. */
static void a_death_is_waited_out(void **state)
{
    struct world *world = world_new(17, 3, 2);
    struct outcome died = world_outcome(VERDICT_UNKNOWN, ROUTE_CREATE);

    (void)state;
    died.target_died = true;
    for (int key = 0; key < 2; key++)
        world_admit(world, key);
    turn(world);
    while (world->null.count)
        null_sink_settle(&world->null, 0, died);
    world->now += 5000;
    turn(world);
    assert_int_equal(world->null.count, 1);
    null_sink_settle(&world->null, 0, died);
    turn(world);
    assert_int_equal(world->null.count, 0);
    world->now += 999;
    assert_int_equal(dispatch_turn(world->dispatch), world->now + 1);
    assert_int_equal(world->null.count, 0);
    world->now++;
    turn(world);
    assert_int_equal(world->null.count, 1);
    while (world->ended < 2) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
    }
    world_free(world);
}

/* Whatever is tried fails, for a while that is shorter than LONE_RETRY: nobody is to blame. Then all pass. */
static void fail_for_a_while(struct world *world)
{
    for (int64_t until = world->now + 500000; world->now < until; world->now += 1000) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_RETRY, ROUTE_CREATE);
        assert_int_equal(world->reporting_count, 0);
    }
    while (world->ended < world->admitted) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
    }
}

/* One of those that were in flight when the target died is the last that is left, and then the target
 * writes nothing any more. That others have passed in between says nothing about the record. */
static void two_outages_in_a_row_are_no_bad_record(void **state)
{
    struct world *world = world_new(15, 3, 4);
    struct message *unlucky = world_admit(world, 0);
    struct outcome died = world_outcome(VERDICT_UNKNOWN, ROUTE_CREATE);

    (void)state;
    died.target_died = true;
    died.delay_ms = 60000;
    for (int key = 1; key < 20; key++)
        world_admit(world, key);
    turn(world);
    null_sink_settle(&world->null, (size_t)find(world, unlucky), died);
    while (world->ended < 19) {
        turn(world);
        while (world->null.count) {
            assert_ptr_not_equal(held(world, 0)->message, unlucky);
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        }
        world->now += 100;
    }
    fail_for_a_while(world);
    world_free(world);
}

/* The same when it stops to write while the last ones are on their way, of which some still pass. */
static void an_outage_at_the_topics_end_is_no_bad_record(void **state)
{
    struct world *world = world_new(16, 3, 4);

    (void)state;
    for (int key = 0; key < 4; key++)
        world_admit(world, key);
    turn(world);
    answer(world, 3, VERDICT_DONE, ROUTE_CREATE);
    fail_for_a_while(world);
    world_free(world);
}

/* Nobody knows what became of the last attempt to write it, be it that look-ups fail since then: it is
 * looked for, and there. */
static void what_may_have_been_written_is_looked_for(void **state)
{
    static const bool is_there[] = {true, false, true, false};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        enum route route = ROUTE_CREATE, next = i < 2 ? ROUTE_CREATE : ROUTE_LOOKUP;
        struct world *world = world_new(14, 3, 4);
        struct message *unlucky = world_admit(world, 0);
        int key = 1;
        bool looked = false;

        while (unlucky->state != MESSAGE_REJECTED && unlucky->state != MESSAGE_DONE) {
            size_t other;
            int place;

            assert_in_range(key, 0, WORLD_KEYS - 1);
            world_admit(world, key++);
            turn(world);
            other = find(world, unlucky) == 0;
            if (other < world->null.count)
                answer(world, other, VERDICT_DONE, route);
            place = find(world, unlucky);
            world->now += 5000;
            if (place < 0)
                continue;
            assert_false(looked);
            looked = held(world, (size_t)place)->look;
            if (looked)
                answer(world, (size_t)place, is_there[i] ? VERDICT_DONE : VERDICT_ABSENT,
                       ROUTE_CREATE);
            else
                answer(world, (size_t)place, VERDICT_UNKNOWN, route);
            route = next;
        }
        assert_true(looked);
        assert_int_equal(world->reporting_count, is_there[i] ? 0 : 1);
        if (!is_there[i]) {
            assert_int_equal(world->codes[0], ERROR_ATTEMPTS_EXHAUSTED);
            world_acknowledge(world, 0);
        }
        while (world->ended < world->admitted) {
            turn(world);
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        }
        world_free(world);
    }
}

static void a_lone_failing_record_is_given_up_after_lone_retry(void **state)
{
    struct world *world = world_new(6, 3, 4);
    struct message *lone = world_admit(world, 0);
    int64_t began = world->now;

    (void)state;
    while (lone->state != MESSAGE_REJECTED) {
        turn(world);
        if (world->null.count)
            answer(world, 0, VERDICT_RETRY, ROUTE_CREATE);
        world->now += 1000;
        assert_true(world->now - began < FAR);
    }
    assert_true(world->now - began >= 600000);
    world_acknowledge(world, 0);
    world_free(world);
}

/* The database is away and there is one message: its look-ups fail for as long as it takes. And the
 * time of an outage is no time in which the record was tried. */
static void a_look_up_that_fails_is_never_the_records_fault(void **state)
{
    struct world *world = world_new(13, 3, 4);
    struct message *lone = world_admit(world, 0);
    int64_t began = world->now;

    (void)state;
    while (world->now - began < 5 * FAR) {
        enum route route = world->now - began < FAR ? ROUTE_CREATE : ROUTE_LOOKUP;

        turn(world);
        if (route == ROUTE_CREATE && world->now - began > 300000)
            world->now = began + FAR;
        else if (world->null.count)
            answer(world, 0, VERDICT_RETRY, route);
        world->now += 1000;
        assert_int_not_equal(lone->state, MESSAGE_REJECTED);
    }
    while (world->null.count == 0) {
        world->now += 1000;
        turn(world);
    }
    answer(world, 0, VERDICT_RETRY, ROUTE_CREATE);
    assert_int_not_equal(lone->state, MESSAGE_REJECTED);
    while (world->null.count == 0) {
        world->now += 1000;
        turn(world);
    }
    answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
    assert_int_equal(world->ended, 1);
    world_free(world);
}

/* The topic's last records are all bad, and nothing passes any more that they could be compared
 * with: they are given up, the more of them the later. */
static void the_last_records_of_a_topic_may_all_be_bad(void **state)
{
    static const int counts[] = {1, 3, 4, 10};

    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct world *world = world_new(7, 3, 4);
        int64_t began = world->now;

        for (int key = 0; key < 50; key++)
            world_admit(world, key);
        while (world->ended + world->reporting_count < 50) {
            turn(world);
            while (world->null.count) {
                bool bad = held(world, 0)->message->offset / 2 >= 50 - counts[c];

                answer(world, 0, bad ? VERDICT_RETRY : VERDICT_DONE, ROUTE_CREATE);
            }
            world->now += 1000;
            assert_true(world->now - began < (counts[c] + 1) * FAR);
        }
        assert_int_equal(world->reporting_count, counts[c]);
        while (world->reporting_count)
            world_acknowledge(world, 0);
        world_free(world);
    }
}

/* The same among good ones: what failed while others passed needs no long wait at the end. */
static void bad_records_that_others_passed_are_refused_soon(void **state)
{
    struct world *world = world_new(12, 5, 8);
    int64_t began = world->now;

    (void)state;
    for (int key = 0; key < 50; key++)
        world_admit(world, key);
    while (world->ended + world->reporting_count < 50) {
        turn(world);
        for (size_t which = world->null.count; which-- > 0;) {
            bool bad = world_index(world, held(world, which)->message) % 5 == 0;

            answer(world, which, bad ? VERDICT_RETRY : VERDICT_DONE, ROUTE_CREATE);
        }
        world->now += 100;
        assert_true(world->now - began < 120000);
    }
    assert_int_equal(world->reporting_count, 10);
    while (world->reporting_count)
        world_acknowledge(world, 0);
    world_free(world);
}

/* Found by a review: what was never sent, or died, says nothing of the target. */
static void only_an_answer_ends_an_outage(void **state)
{
    struct world *world = world_new(11, 3, 4);
    struct outcome died = world_outcome(VERDICT_UNKNOWN, ROUTE_CREATE);

    (void)state;
    died.target_died = true;
    for (int key = 0; key < 10; key++)
        world_admit(world, key);
    turn(world);
    answer(world, 0, VERDICT_OUTAGE, ROUTE_LOOKUP);
    answer(world, 0, VERDICT_NOT_REACHED, ROUTE_CREATE);
    assert_true(outage_blocked(dispatch_outage(world->dispatch), PLACE_TARGET));
    null_sink_settle(&world->null, 0, died);
    assert_true(outage_blocked(dispatch_outage(world->dispatch), PLACE_TARGET));
    answer(world, 0, VERDICT_REJECT, ROUTE_CREATE);
    assert_false(outage_blocked(dispatch_outage(world->dispatch), PLACE_TARGET));
    while (world->ended < 10) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        while (world->reporting_count)
            world_acknowledge(world, 0);
        world->now += 1000;
    }
    world_free(world);
}

/* Found on a real Strapi: the look-up stayed blocked after an outage, and one record at a time went. */
static void a_write_shows_that_look_ups_pass(void **state)
{
    struct world *world = world_new(10, 3, 4);

    (void)state;
    for (int key = 0; key < 20; key++)
        world_admit(world, key);
    turn(world);
    answer(world, 0, VERDICT_RETRY, ROUTE_LOOKUP);
    answer(world, 0, VERDICT_RETRY, ROUTE_LOOKUP);
    assert_true(outage_blocked(dispatch_outage(world->dispatch), ROUTE_LOOKUP));
    answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
    assert_false(outage_blocked(dispatch_outage(world->dispatch), ROUTE_LOOKUP));
    while (world->ended < 20) {
        turn(world);
        while (world->null.count)
            answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
        world->now += 1000;
    }
    world_free(world);
}

static void overload_waits_as_told(void **state)
{
    struct world *world = world_new(8, 2, 1);
    struct outcome later = world_outcome(VERDICT_LATER, ROUTE_CREATE);
    struct message *message = world_admit(world, 0);

    (void)state;
    turn(world);
    later.delay_ms = 5000;
    null_sink_settle(&world->null, 0, later);
    world->now += 4999;
    turn(world);
    assert_int_equal(world->null.count, 0);
    world->now += 1;
    turn(world);
    assert_int_equal(world->null.count, 1);
    assert_int_equal(message->attempts, 0);
    answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
    world_free(world);
}

/* The offset does not move before the error topic has the record. */
static void an_error_record_comes_before_its_offset(void **state)
{
    struct world *world = world_new(9, 2, 4);
    struct message *bad = world_admit(world, 0);

    (void)state;
    world_admit(world, 3); /* the same partition */
    turn(world);
    answer(world, (size_t)find(world, bad), VERDICT_REJECT, ROUTE_CREATE);
    answer(world, 0, VERDICT_DONE, ROUTE_CREATE);
    assert_int_equal(offset_window_position(&world->partitions[0].window), bad->offset);
    world_acknowledge(world, 0);
    assert_int_equal(offset_window_position(&world->partitions[0].window), 3);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_record_among_good_ones_is_refused),
        cmocka_unit_test(a_route_on_which_nothing_passes_is_an_outage),
        cmocka_unit_test(one_blocked_route_does_not_hold_up_the_other),
        cmocka_unit_test(the_target_away_stops_everything_and_costs_no_attempt),
        cmocka_unit_test(what_kills_the_target_is_found),
        cmocka_unit_test(a_death_is_waited_out),
        cmocka_unit_test(two_outages_in_a_row_are_no_bad_record),
        cmocka_unit_test(an_outage_at_the_topics_end_is_no_bad_record),
        cmocka_unit_test(what_may_have_been_written_is_looked_for),
        cmocka_unit_test(a_lone_failing_record_is_given_up_after_lone_retry),
        cmocka_unit_test(a_look_up_that_fails_is_never_the_records_fault),
        cmocka_unit_test(the_last_records_of_a_topic_may_all_be_bad),
        cmocka_unit_test(bad_records_that_others_passed_are_refused_soon),
        cmocka_unit_test(only_an_answer_ends_an_outage),
        cmocka_unit_test(a_write_shows_that_look_ups_pass),
        cmocka_unit_test(overload_waits_as_told),
        cmocka_unit_test(an_error_record_comes_before_its_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
