#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/upstream.h"

#define GRACE_MS 30000
#define WAIT_MS  600000
/* Long enough ago. */
#define OLD     0
#define WALL_MS 1000000
/* Between two sights, while somebody waits. */
#define STEP_MS 10000

/* Both clocks run alike, and all sights are long after an OLD movement. */
static void ask(struct upstream *upstream, int64_t now_ms)
{
    upstream_ask(upstream, now_ms, WALL_MS + now_ms);
}

/* One sight of two partitions: their ends, what is committed, at a time. */
static void look(struct upstream *upstream, int64_t first_end, int64_t first, int64_t second_end,
                 int64_t second, int64_t now_ms)
{
    const struct upstream_partition partitions[] = {{5, first_end, first}, {5, second_end, second}};
    const struct upstream_sight sight = {.partitions = partitions, .count = 2};
    ask(upstream, now_ms);
    assert_int_equal(upstream_see(upstream, &sight, now_ms), 0);
}

/* The same sight from one time up to another. */
static void keep_looking(struct upstream *upstream, int64_t first_end, int64_t first,
                         int64_t from_ms, int64_t until_ms)
{
    for (int64_t now_ms = from_ms; now_ms < until_ms; now_ms += STEP_MS)
        look(upstream, first_end, first, 10, 10, now_ms);
    look(upstream, first_end, first, 10, 10, until_ms);
}

/* One that has been looked at for long enough, and was empty. */
static void start(struct upstream *upstream)
{
    upstream_init(upstream, GRACE_MS, WAIT_MS);
    look(upstream, 0, 0, 0, 0, -GRACE_MS);
}

static bool refuses(const struct upstream *upstream, uint64_t mark)
{
    return upstream_may_refuse(upstream, mark, OLD, WALL_MS);
}

static void a_movement_waits_until_its_end_is_committed(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 20, -1, 10, -1, 0);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 30, 19, 40, 10, 1000);
    assert_false(refuses(&upstream, mark));
    /* The topic has grown; what counts is where it ended. */
    look(&upstream, 90, 20, 90, 10, 2000);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* An answer that was under way when the movement was read may be older than the movement. */
static void a_sight_under_way_does_not_count(void **state)
{
    (void)state;
    static const struct upstream_partition done = {0, 10, 10};
    static const struct upstream_sight sight = {.partitions = &done, .count = 1};
    struct upstream upstream;
    start(&upstream);
    ask(&upstream, 0);
    uint64_t mark = upstream_mark(&upstream);
    assert_int_equal(upstream_see(&upstream, &sight, 0), 0);
    assert_false(refuses(&upstream, mark));
    ask(&upstream, 1);
    assert_int_equal(upstream_see(&upstream, &sight, 1), 0);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

static void one_that_is_read_on_the_way_has_the_next_goal(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t first = upstream_mark(&upstream);
    look(&upstream, 20, 6, 5, 5, 0);
    uint64_t second = upstream_mark(&upstream);
    look(&upstream, 50, 20, 5, 5, 1);
    assert_true(refuses(&upstream, first));
    assert_false(refuses(&upstream, second));
    look(&upstream, 70, 50, 5, 5, 2);
    assert_true(refuses(&upstream, second));
    upstream_release(&upstream);
}

static void an_empty_topic_and_none_hold_nothing_up(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    look(&upstream, 5, -1, 5, -1, 0);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);

    start(&upstream);
    const struct upstream_sight none = {.count = 0};
    ask(&upstream, 0);
    assert_int_equal(upstream_see(&upstream, &none, 0), 0);
    assert_true(refuses(&upstream, 1));
    upstream_release(&upstream);
}

/* One clock for all: once it has run out nobody waits, until the group moves again. */
static void a_group_that_stands_still_is_not_waited_for(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    keep_looking(&upstream, 20, 10, 0, WAIT_MS - 1);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 20, 10, 10, 10, WAIT_MS);
    assert_true(refuses(&upstream, mark));
    mark = upstream_mark(&upstream);
    assert_true(refuses(&upstream, mark));
    look(&upstream, 20, 10, 10, 10, 10 * WAIT_MS); /* nobody was missing for a while */
    assert_true(refuses(&upstream, mark));
    look(&upstream, 20, 11, 10, 10, 10 * WAIT_MS + 1);
    assert_false(refuses(&upstream, mark));
    upstream_release(&upstream);
}

static void a_group_with_nothing_to_do_does_not_stand_still(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    keep_looking(&upstream, 20, 20, 0, 2 * WAIT_MS);
    uint64_t mark = upstream_mark(&upstream);
    keep_looking(&upstream, 25, 20, 2 * WAIT_MS + 1, 3 * WAIT_MS - 1);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 25, 20, 10, 10, 3 * WAIT_MS);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* An outage of the target, in which nobody looks and the group cannot move. */
static void who_does_not_look_sees_no_standstill(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    keep_looking(&upstream, 20, 10, 0, WAIT_MS / 2);
    keep_looking(&upstream, 20, 10, 9 * WAIT_MS, 9 * WAIT_MS + WAIT_MS / 2 - 1);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 20, 10, 10, 10, 9 * WAIT_MS + WAIT_MS / 2);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* All services start together, also with old movements: the feed may begin a moment later. */
static void the_first_sight_is_not_believed_at_once(void **state)
{
    (void)state;
    struct upstream upstream;
    upstream_init(&upstream, GRACE_MS, WAIT_MS);
    uint64_t mark = upstream_mark(&upstream);
    look(&upstream, 0, -1, 0, -1, 0);
    look(&upstream, 0, -1, 0, -1, GRACE_MS - 1);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 0, -1, 0, -1, GRACE_MS);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* What is sent in that time has to be written as well, however long that takes. */
static void a_feed_that_begins_within_the_grace_is_waited_for(void **state)
{
    (void)state;
    struct upstream upstream;
    upstream_init(&upstream, GRACE_MS, WAIT_MS);
    uint64_t mark = upstream_mark(&upstream);
    look(&upstream, 0, -1, 0, -1, 0);
    look(&upstream, 100, 6, 0, -1, GRACE_MS - 1);
    look(&upstream, 100, 50, 0, -1, GRACE_MS);
    look(&upstream, 100, 99, 0, -1, 3 * GRACE_MS);
    assert_false(refuses(&upstream, mark));
    look(&upstream, 200, 100, 0, -1, 3 * GRACE_MS + 1); /* what came later is not waited for */
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* The same of one that is sent within a young movement's grace. */
static void a_movement_has_its_own_grace(void **state)
{
    (void)state;
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    look(&upstream, 10, 10, 10, 10, 0);
    assert_true(upstream_may_refuse(&upstream, mark, WALL_MS - GRACE_MS, WALL_MS));
    look(&upstream, 50, 10, 10, 10, GRACE_MS - 1);
    assert_false(upstream_may_refuse(&upstream, mark, WALL_MS, WALL_MS + GRACE_MS));
    look(&upstream, 50, 49, 10, 10, 2 * GRACE_MS);
    assert_false(upstream_may_refuse(&upstream, mark, WALL_MS, WALL_MS + 2 * GRACE_MS));
    look(&upstream, 50, 50, 10, 10, 3 * GRACE_MS);
    assert_true(upstream_may_refuse(&upstream, mark, WALL_MS, WALL_MS + 3 * GRACE_MS));
    upstream_release(&upstream);
}

/* It ends, and the group has its last rows still to write. */
static void ends_seen_during_a_feed_are_none(void **state)
{
    (void)state;
    struct upstream_partition partition = {0, 10, 10};
    struct upstream_sight sight = {.partitions = &partition, .count = 1, .feed_moving = true};
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    ask(&upstream, 0);
    assert_int_equal(upstream_see(&upstream, &sight, 0), 0);
    sight.feed_moving = false;
    partition.end = 30;
    ask(&upstream, 1);
    assert_int_equal(upstream_see(&upstream, &sight, 1), 0);
    assert_false(refuses(&upstream, mark));
    partition.committed = 30;
    ask(&upstream, 2);
    assert_int_equal(upstream_see(&upstream, &sight, 2), 0);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

/* Its clock is that of the sights: while none comes, nobody knows whether the group moves. */
static void no_sight_is_no_standstill(void **state)
{
    (void)state;
    struct upstream upstream;
    upstream_init(&upstream, GRACE_MS, WAIT_MS);
    look(&upstream, 20, 10, 10, 10, 0);
    assert_false(upstream_may_refuse(&upstream, upstream_mark(&upstream), OLD, INT64_MAX / 2));
    upstream_release(&upstream);
}

static void youth_and_a_feed_under_way_are_waited_for(void **state)
{
    (void)state;
    static const struct upstream_partition done = {0, 10, 10};
    struct upstream_sight sight = {.partitions = &done, .count = 1, .feed_moving = true};
    struct upstream upstream;
    start(&upstream);
    ask(&upstream, 0);
    assert_int_equal(upstream_see(&upstream, &sight, 0), 0);
    assert_false(refuses(&upstream, 1));
    sight.feed_moving = false;
    ask(&upstream, 1);
    assert_int_equal(upstream_see(&upstream, &sight, 1), 0);
    assert_true(refuses(&upstream, 1));
    assert_true(upstream_may_refuse(&upstream, 1, WALL_MS - GRACE_MS, WALL_MS));
    assert_false(upstream_may_refuse(&upstream, 1, WALL_MS - GRACE_MS + 1, WALL_MS));
    upstream_release(&upstream);
}

/* A topic that was made anew ends lower than the goal, and may have fewer partitions. */
static void a_goal_that_is_gone_is_reached(void **state)
{
    (void)state;
    static const struct upstream_partition anew = {0, 3, 3};
    static const struct upstream_sight sight = {.partitions = &anew, .count = 1};
    struct upstream upstream;
    start(&upstream);
    uint64_t mark = upstream_mark(&upstream);
    look(&upstream, 20, 10, 10, 9, 0);
    assert_false(refuses(&upstream, mark));
    ask(&upstream, 1);
    assert_int_equal(upstream_see(&upstream, &sight, 1), 0);
    assert_true(refuses(&upstream, mark));
    upstream_release(&upstream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_movement_waits_until_its_end_is_committed),
        cmocka_unit_test(a_sight_under_way_does_not_count),
        cmocka_unit_test(one_that_is_read_on_the_way_has_the_next_goal),
        cmocka_unit_test(an_empty_topic_and_none_hold_nothing_up),
        cmocka_unit_test(a_group_that_stands_still_is_not_waited_for),
        cmocka_unit_test(a_group_with_nothing_to_do_does_not_stand_still),
        cmocka_unit_test(no_sight_is_no_standstill),
        cmocka_unit_test(who_does_not_look_sees_no_standstill),
        cmocka_unit_test(the_first_sight_is_not_believed_at_once),
        cmocka_unit_test(a_feed_that_begins_within_the_grace_is_waited_for),
        cmocka_unit_test(a_movement_has_its_own_grace),
        cmocka_unit_test(ends_seen_during_a_feed_are_none),
        cmocka_unit_test(youth_and_a_feed_under_way_are_waited_for),
        cmocka_unit_test(a_goal_that_is_gone_is_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
