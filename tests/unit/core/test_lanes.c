/* Order within a lane, fairness between lanes, delays, parking, dropping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/lanes.h"

static struct message made(int64_t offset, int32_t partition)
{
    return (struct message){.offset = offset, .partition = partition, .parked_on = NO_ROUTE};
}

static void put(struct lanes *lanes, const char *key, struct message *message)
{
    assert_int_equal(lanes_put(lanes, key, strlen(key), message), 0);
}

static void a_lane_has_one_message_out(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a1 = made(1, 0), a2 = made(2, 0), b1 = made(3, 0);

    (void)state;
    put(lanes, "a", &a1);
    put(lanes, "a", &a2);
    put(lanes, "b", &b1);
    assert_ptr_equal(lanes_take(lanes, 0), &a1);
    assert_ptr_equal(lanes_take(lanes, 0), &b1);
    assert_null(lanes_take(lanes, 0));
    lanes_done(lanes, &a1);
    assert_ptr_equal(lanes_take(lanes, 0), &a2);
    lanes_done(lanes, &a2);
    lanes_done(lanes, &b1);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

static void lanes_take_turns(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a1 = made(1, 0), a2 = made(2, 0), b1 = made(3, 0);

    (void)state;
    put(lanes, "a", &a1);
    put(lanes, "a", &a2);
    put(lanes, "b", &b1);
    assert_ptr_equal(lanes_take(lanes, 0), &a1);
    lanes_done(lanes, &a1);
    assert_ptr_equal(lanes_take(lanes, 0), &b1);
    lanes_done(lanes, &b1);
    assert_ptr_equal(lanes_take(lanes, 0), &a2);
    lanes_done(lanes, &a2);
    lanes_free(lanes);
}

static void what_was_put_back_keeps_its_place(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a1 = made(1, 0), a2 = made(2, 0), b1 = made(3, 0);

    (void)state;
    put(lanes, "a", &a1);
    put(lanes, "a", &a2);
    put(lanes, "b", &b1);
    assert_ptr_equal(lanes_take(lanes, 0), &a1);
    a1.due_ms = 100;
    lanes_put_back(lanes, &a1);
    assert_ptr_equal(lanes_take(lanes, 50), &b1);
    assert_null(lanes_take(lanes, 99));
    assert_int_equal(lanes_next_due(lanes), 100);
    assert_ptr_equal(lanes_take(lanes, 100), &a1);
    assert_null(lanes_take(lanes, 1000)); /* a2 waits behind a1 */
    lanes_done(lanes, &a1);
    assert_ptr_equal(lanes_take(lanes, 1000), &a2);
    lanes_done(lanes, &a2);
    lanes_done(lanes, &b1);
    assert_int_equal(lanes_next_due(lanes), INT64_MAX);
    lanes_free(lanes);
}

static void delays_are_served_in_their_order(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message message[3] = {made(1, 0), made(2, 0), made(3, 0)};
    const int64_t due[3] = {30, 10, 20};
    const char *const keys[3] = {"a", "b", "c"};

    (void)state;
    for (int i = 0; i < 3; i++)
        put(lanes, keys[i], &message[i]);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(lanes_take(lanes, 0), &message[i]);
        message[i].due_ms = due[i];
    }
    for (int i = 0; i < 3; i++)
        lanes_put_back(lanes, &message[i]);
    assert_ptr_equal(lanes_take(lanes, 50), &message[1]);
    assert_ptr_equal(lanes_take(lanes, 50), &message[2]);
    assert_ptr_equal(lanes_take(lanes, 50), &message[0]);
    for (int i = 0; i < 3; i++)
        lanes_done(lanes, &message[i]);
    lanes_free(lanes);
}

static bool is(void *arg, const struct message *message)
{
    return message == arg;
}

static void parked_messages_wait_for_their_route(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a = made(1, 0), b = made(2, 0);

    (void)state;
    put(lanes, "a", &a);
    put(lanes, "b", &b);
    lanes_take(lanes, 0);
    lanes_take(lanes, 0);
    a.parked_on = 2;
    b.parked_on = 1;
    lanes_put_back(lanes, &a);
    lanes_put_back(lanes, &b);
    assert_null(lanes_take(lanes, INT64_MAX - 1));
    assert_int_equal(lanes_next_due(lanes), INT64_MAX);
    lanes_release(lanes, 2);
    assert_ptr_equal(lanes_take(lanes, 0), &a);
    assert_null(lanes_take(lanes, 0));
    assert_ptr_equal(lanes_pick(lanes, is, &b), &b); /* a probe takes it although it is parked */
    assert_int_equal(b.parked_on, NO_ROUTE);
    lanes_done(lanes, &a);
    lanes_done(lanes, &b);
    lanes_free(lanes);
}

static void count_drop(void *arg, struct message *message)
{
    (void)message;
    ++*(int *)arg;
}

static void a_partition_can_be_dropped(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a1 = made(1, 0), a2 = made(2, 1), a3 = made(3, 0), b1 = made(4, 0),
                   c1 = made(5, 1);
    int dropped = 0;

    (void)state;
    put(lanes, "a", &a1);
    put(lanes, "a", &a2);
    put(lanes, "a", &a3);
    put(lanes, "b", &b1);
    put(lanes, "c", &c1);
    assert_ptr_equal(lanes_take(lanes, 0), &a1); /* out: it stays */
    lanes_drop(lanes, 0, count_drop, &dropped);
    assert_int_equal(dropped, 2);
    assert_int_equal(lanes_count(lanes), 3);
    assert_ptr_equal(lanes_take(lanes, 0), &c1);
    assert_null(lanes_take(lanes, 0));
    lanes_done(lanes, &a1);
    assert_ptr_equal(lanes_take(lanes, 0), &a2);
    lanes_done(lanes, &a2);
    lanes_done(lanes, &c1);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

/* Takes the first of the lane that is due, and `count - 1` of those behind it. */
static void take_run(struct lanes *lanes, struct message *expected, size_t count)
{
    struct message *message = lanes_take(lanes, 0);

    assert_ptr_equal(message, &expected[0]);
    for (size_t i = 1; i < count; i++) {
        message = lanes_behind(message);
        assert_ptr_equal(message, &expected[i]);
        lanes_take_behind(message);
    }
}

static void a_lane_is_closed_while_any_of_a_run_is_out(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[4] = {made(1, 0), made(2, 0), made(3, 0), made(4, 0)}, b = made(5, 0);

    (void)state;
    for (int i = 0; i < 4; i++)
        put(lanes, "a", &a[i]);
    put(lanes, "b", &b);
    take_run(lanes, a, 3);
    lanes_done(lanes, &a[1]);
    lanes_done(lanes, &a[0]);
    assert_ptr_equal(lanes_take(lanes, 0), &b);
    assert_null(lanes_take(lanes, 0));
    lanes_put_back(lanes, &a[2]);
    take_run(lanes, &a[2], 2);
    assert_null(lanes_behind(&a[3]));
    lanes_done(lanes, &a[3]);
    assert_null(lanes_take(lanes, 0));
    lanes_done(lanes, &a[2]);
    lanes_done(lanes, &b);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

/* What came back keeps its place, and the lane rests as long as the one that shall rest longest. */
static void a_run_that_comes_back_waits_as_one(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[3] = {made(1, 0), made(2, 0), made(3, 0)};

    (void)state;
    for (int i = 0; i < 3; i++)
        put(lanes, "a", &a[i]);
    take_run(lanes, a, 3);
    a[1].due_ms = 300;
    a[2].due_ms = 200;
    lanes_put_back(lanes, &a[2]);
    lanes_put_back(lanes, &a[1]);
    lanes_put_back(lanes, &a[0]);
    assert_int_equal(lanes_next_due(lanes), 300);
    assert_null(lanes_take(lanes, 299));
    assert_ptr_equal(lanes_take(lanes, 300), &a[0]);
    lanes_put_back(lanes, &a[0]); /* its own rest is over */
    assert_int_equal(lanes_next_due(lanes), 0);
    lanes_free(lanes);
}

/* The route was opened while others of the run were still out; and what is not the head of its lane
 * is not parked, or it would be for ever once it is. */
static void nobody_stays_parked_on_an_open_route(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[3] = {made(1, 0), made(2, 0), made(3, 0)};

    (void)state;
    for (int i = 0; i < 3; i++)
        put(lanes, "a", &a[i]);
    take_run(lanes, a, 3);
    for (int i = 0; i < 3; i++)
        a[i].parked_on = 1;
    lanes_put_back(lanes, &a[0]);
    lanes_put_back(lanes, &a[1]);
    lanes_release(lanes, 1);
    lanes_put_back(lanes, &a[2]);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(lanes_take(lanes, 0), &a[i]);
        lanes_done(lanes, &a[i]);
    }
    lanes_free(lanes);
}

static void who_has_left_may_keep_the_lane_closed(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[3] = {made(1, 0), made(2, 1), made(3, 1)};
    int dropped = 0;

    (void)state;
    put(lanes, "a", &a[0]);
    put(lanes, "a", &a[1]);
    take_run(lanes, a, 2);
    lanes_leave(lanes, &a[0]);
    assert_int_equal(lanes_count(lanes), 1);
    lanes_put_back(lanes, &a[1]);
    assert_null(lanes_take(lanes, 0));
    lanes_drop(lanes, 1, count_drop, &dropped); /* nobody is in it now, and it is closed */
    assert_int_equal(dropped, 1);
    put(lanes, "a", &a[2]);
    assert_null(lanes_take(lanes, 0));
    lanes_open(lanes, &a[0]);
    assert_null(a[0].lane);
    assert_ptr_equal(lanes_take(lanes, 0), &a[2]);
    lanes_leave(lanes, &a[2]);
    lanes_open(lanes, &a[2]);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

static void what_is_out_is_not_dropped(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[4] = {made(1, 0), made(2, 0), made(3, 0), made(4, 0)};
    int dropped = 0;

    (void)state;
    for (int i = 0; i < 4; i++)
        put(lanes, "a", &a[i]);
    take_run(lanes, a, 3);
    lanes_put_back(lanes, &a[0]);
    lanes_drop(lanes, 0, count_drop, &dropped);
    assert_int_equal(dropped, 2);
    assert_null(lanes_take(lanes, 0));
    lanes_done(lanes, &a[1]);
    lanes_put_back(lanes, &a[2]);
    assert_ptr_equal(lanes_take(lanes, 0), &a[2]);
    lanes_done(lanes, &a[2]);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

static void a_message_changes_its_lane(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a[3] = {made(1, 0), made(2, 0), made(3, 0)}, b = made(4, 0);

    (void)state;
    for (int i = 0; i < 3; i++)
        put(lanes, "a", &a[i]);
    put(lanes, "b", &b);
    assert_true(lanes_elsewhere(lanes, "b", 1, &a[0]));
    assert_false(lanes_elsewhere(lanes, "a", 1, &a[0]));
    assert_false(lanes_elsewhere(lanes, "c", 1, &a[0]));
    take_run(lanes, a, 3);
    assert_int_equal(lanes_move(lanes, "b", 1, &a[0]), 0);
    assert_true(lanes_leads(&a[1]));
    assert_false(lanes_leads(&a[2]));
    a[1].due_ms = 100;
    assert_int_equal(lanes_move(lanes, "c", 1, &a[1]), 0);
    assert_int_equal(lanes_move(lanes, "a", 1, &a[2]), 0); /* is there: keeps its place */
    take_run(lanes, &b, 1);
    assert_ptr_equal(lanes_behind(&b), &a[0]);
    assert_ptr_equal(lanes_take(lanes, 0), &a[2]);
    assert_null(lanes_take(lanes, 99));
    lanes_hurry(lanes, "c", 1);
    assert_ptr_equal(lanes_take(lanes, 0), &a[1]);
    lanes_hurry(lanes, "c", 1); /* out: nothing to hurry */
    lanes_hurry(lanes, "nobody", 6);
    lanes_done(lanes, &a[1]);
    lanes_done(lanes, &a[2]);
    lanes_done(lanes, &b);
    assert_ptr_equal(lanes_take(lanes, 0), &a[0]);
    lanes_done(lanes, &a[0]);
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

/* Behind others it is not parked: it would stay so when its turn comes. */
static void who_moves_behind_others_is_not_parked(void **state)
{
    struct lanes *lanes = lanes_new();
    struct message a = made(1, 0), b = made(2, 0);

    (void)state;
    put(lanes, "a", &a);
    put(lanes, "b", &b);
    take_run(lanes, &a, 1);
    a.parked_on = 1;
    assert_int_equal(lanes_move(lanes, "b", 1, &a), 0);
    take_run(lanes, &b, 1);
    lanes_done(lanes, &b);
    assert_ptr_equal(lanes_take(lanes, 0), &a);
    lanes_done(lanes, &a);
    lanes_free(lanes);
}

/* Thousands of messages over few keys, settled in random order: each key's order holds. */
static void order_holds_under_random_outcomes(void **state)
{
    enum { COUNT = 2000, KEYS = 37 };
    static struct message messages[COUNT];
    struct message *out[KEYS];
    int64_t last[KEYS];
    char key[16];
    size_t outs = 0, done = 0;
    struct lanes *lanes = lanes_new();

    (void)state;
    srand(7);
    for (int k = 0; k < KEYS; k++)
        last[k] = -1;
    for (int i = 0; i < COUNT; i++) {
        messages[i] = made(i, rand() % KEYS); /* the partition stands for the key here */
        key[0] = (char)('A' + messages[i].partition);
        key[1] = 0;
        put(lanes, key, &messages[i]);
    }
    for (int64_t now = 1; done < COUNT; now++) {
        struct message *message = lanes_take(lanes, now);

        if (message)
            out[outs++] = message;
        if (outs && (!message || rand() % 2)) {
            size_t chosen = (size_t)rand() % outs;

            message = out[chosen];
            out[chosen] = out[--outs];
            if (rand() % 3 == 0) {
                message->due_ms = now + rand() % 5;
                lanes_put_back(lanes, message);
                continue;
            }
            assert_true(message->offset > last[message->partition]);
            last[message->partition] = message->offset;
            lanes_done(lanes, message);
            done++;
        }
    }
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_has_one_message_out),
        cmocka_unit_test(lanes_take_turns),
        cmocka_unit_test(what_was_put_back_keeps_its_place),
        cmocka_unit_test(delays_are_served_in_their_order),
        cmocka_unit_test(parked_messages_wait_for_their_route),
        cmocka_unit_test(a_partition_can_be_dropped),
        cmocka_unit_test(a_lane_is_closed_while_any_of_a_run_is_out),
        cmocka_unit_test(a_run_that_comes_back_waits_as_one),
        cmocka_unit_test(nobody_stays_parked_on_an_open_route),
        cmocka_unit_test(who_has_left_may_keep_the_lane_closed),
        cmocka_unit_test(what_is_out_is_not_dropped),
        cmocka_unit_test(a_message_changes_its_lane),
        cmocka_unit_test(who_moves_behind_others_is_not_parked),
        cmocka_unit_test(order_holds_under_random_outcomes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
