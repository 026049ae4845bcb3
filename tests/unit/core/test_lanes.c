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
        cmocka_unit_test(order_holds_under_random_outcomes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
