/* Runs, addresses and waiting, one rule at a time. The model test (test_dispatch_adjust.c) has them
 * all at once. */
#include "movements.h"

#define NEVER INT64_MAX

/* What is with the sink after a turn, the runs one behind the other. */
static size_t turn(struct world *world)
{
    size_t count = 0;

    dispatch_turn(world->dispatch);
    for (size_t i = 0; i < world->house.run_count; i++)
        count += world->house.runs[i].count;
    return count;
}

static struct out_run take_run(struct world *world)
{
    struct out_run run = world->house.runs[0];

    assert_true(world->house.run_count > 0);
    for (size_t i = 1; i < world->house.run_count; i++)
        world->house.runs[i - 1] = world->house.runs[i];
    world->house.run_count--;
    return run;
}

static void settle_run(struct world *world, struct outcome outcome)
{
    struct out_run run = take_run(world);

    warehouse_settle_all(&world->house, &run, outcome);
}

static void look_up_run(struct world *world)
{
    struct out_run run = take_run(world);

    for (size_t i = 0; i < run.count; i++)
        warehouse_look_up(&world->house, run.jobs[i]);
}

static void write_run(struct world *world)
{
    struct out_run run = take_run(world);

    warehouse_write(&world->house, &run);
}

/* Until nothing is left of the world. */
static void finish(struct world *world)
{
    while (world->in_hand) {
        if (turn(world) == 0 && world->reporting_count == 0)
            world->now += 1000;
        while (world->house.run_count)
            if (warehouse_seeks(world->house.runs[0].jobs[0]->message))
                look_up_run(world);
            else
                write_run(world);
        while (world->reporting_count)
            world_acknowledge(world);
    }
    world_free(world);
}

/* `count` movements of one entry, addressed: they are out as one run. */
static struct world *one_run(int count, struct message *messages[])
{
    struct world *world = world_new(1);

    for (int i = 0; i < count; i++)
        messages[i] = world_read(world, world_plan(world, 3, 3, 0, 1));
    assert_int_equal(turn(world), count);
    look_up_run(world);
    assert_int_equal(turn(world), count);
    assert_int_equal(world->house.run_count, 1);
    return world;
}

static void what_waits_for_one_entry_goes_together(void **state)
{
    struct message *messages[5];
    struct world *world = one_run(5, messages);

    (void)state;
    world_read(world, world_plan(world, 3, 3, 0, 1));
    assert_int_equal(turn(world), 6); /* the next one is looked up meanwhile */
    write_run(world);
    look_up_run(world);
    assert_int_equal(turn(world), 1);
    finish(world);
}

/* The sink takes jobs, not runs. */
static void room_is_for_jobs(void **state)
{
    struct world *world = world_new(1);

    (void)state;
    world->house.room = 4;
    for (int i = 0; i < 10; i++)
        world_read(world, world_plan(world, i, i, 0, 1));
    assert_int_equal(turn(world), 4);
    finish(world);
}

/* It was one request. */
static void a_run_fails_as_one(void **state)
{
    struct message *messages[5];
    struct world *world = one_run(5, messages);

    (void)state;
    settle_run(world, (struct outcome){.verdict = VERDICT_RETRY, .route = ROUTE_UPDATE});
    assert_int_equal(messages[0]->attempts, 1);
    for (int i = 1; i < 5; i++)
        assert_int_equal(messages[i]->attempts, 0);
    assert_false(outage_blocked(dispatch_outage(world->dispatch), ROUTE_UPDATE));
    assert_int_equal(turn(world), 0); /* all of them wait for the first */
    world->now += 1000;
    assert_int_equal(turn(world), 5);
    finish(world);
}

/* Any of them may be what the target died of. */
static void a_run_that_the_target_died_with_goes_one_by_one(void **state)
{
    struct message *messages[3];
    struct world *world = one_run(3, messages);

    (void)state;
    settle_run(world, (struct outcome){
                          .verdict = VERDICT_UNKNOWN, .route = ROUTE_UPDATE, .target_died = true});
    world->now += 1000;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(turn(world), 1);
        assert_ptr_equal(world->house.runs[0].jobs[0]->message, messages[i]);
        write_run(world);
    }
    finish(world);
}

/* docs/guarantees.md: what is written for the others rests on the refusal, so that its record comes first. */
static void a_refusal_closes_the_lane_until_it_is_reported(void **state)
{
    struct world *world = world_new(1);
    const int64_t changes[] = {5, -9, 2};

    (void)state;
    for (int i = 0; i < 3; i++)
        world_read(world, world_plan(world, 3, 3, 0, changes[i]));
    turn(world);
    look_up_run(world);
    assert_int_equal(turn(world), 3);
    write_run(world);
    assert_int_equal(world->reporting_count, 1);
    world->now += 100000;
    assert_int_equal(turn(world), 0);
    assert_int_equal(dispatch_waiting(world->dispatch), 2);
    world_acknowledge(world);
    assert_int_equal(turn(world), 2);
    write_run(world);
    assert_int_equal(world->house.entries[3].level, 7);
    finish(world);
}

/* It is looked up again after a second, and not so often when it stays away. */
static void what_is_missing_is_looked_up_again(void **state)
{
    struct world *world = world_new(1);
    struct message *message = world_read(world, world_plan(world, 3, 3, 0, 1));
    int64_t before, longest = 0;
    size_t times = 0;

    (void)state;
    world->house.entries[3].appears_ms = world->now + 120000;
    for (before = world->now; !message->entry; times++) {
        assert_int_equal(turn(world), 1);
        look_up_run(world);
        if (message->entry)
            break;
        assert_int_equal(dispatch_missing(world->dispatch), 1);
        before = world->now;
        world->now = dispatch_turn(world->dispatch);
        assert_true(world->now - before >= 1000);
        longest = world->now - before;
    }
    assert_int_equal(longest, 10000);
    assert_true(times > 12 && times < 25);
    assert_int_equal(message->attempts, 0);
    assert_int_equal(message->failures, 0);
    assert_int_equal(dispatch_missing(world->dispatch), 0);
    finish(world);
}

/* A younger one has found the entry: the older ones need not wait for their time. */
static void a_younger_one_hurries_the_older_ones(void **state)
{
    struct world *world = world_new(1);
    struct message *old = world_read(world, world_plan(world, 3, 3, 0, 1)), *young;

    (void)state;
    world->house.entries[3].appears_ms = world->now + 1;
    turn(world);
    look_up_run(world);
    assert_true(old->missing);
    world->now += 1;
    assert_int_equal(turn(world), 0);
    young = world_read(world, world_plan(world, 3, 3, 0, 1));
    assert_int_equal(turn(world), 1);
    look_up_run(world);
    assert_int_equal(turn(world), 2); /* both are looked up, the old one first */
    assert_ptr_equal(world->house.runs[0].jobs[0]->message, old);
    assert_ptr_equal(world->house.runs[0].jobs[1]->message, young);
    look_up_run(world);
    assert_int_equal(turn(world), 2);
    finish(world);
}

/* One that is said not to come is an error record; its lane goes on with the next. */
static void what_will_not_come_is_refused(void **state)
{
    struct world *world = world_new(1);
    struct planned *planned[2] = {world_plan(world, 3, 3, 0, 1), world_plan(world, 3, 3, 0, 1)};

    (void)state;
    world->house.entries[3].appears_ms = NEVER;
    world_read(world, planned[0]);
    world_read(world, planned[1]);
    world->now = LAST_COMES_MS; /* of these two, the first may be refused a moment later */
    turn(world);
    look_up_run(world);
    assert_int_equal(world->reporting_count, 0);
    world->now += 1;
    finish(world);
}

/* The look-up of one address fails, always. */
static void a_hostile_address_holds_nobody_up(void **state)
{
    struct world *world = world_new(1);
    struct planned *hostile = world_plan(world, 5, 5, 0, 1);

    (void)state;
    hostile->hostile = true;
    world_read(world, hostile);
    for (int i = 0; i < 3; i++)
        world_read(world, world_plan(world, 3, 3, 0, 1));
    turn(world);
    look_up_run(world);
    assert_int_equal(turn(world), 3);
    write_run(world);
    assert_int_equal(world->house.entries[3].level, 3);
    assert_int_equal(hostile->mark, MARK_NONE);
    hostile->hostile = false;
    finish(world);
}

/* What is only looked for writes nothing: it cannot go with those that do. */
static void who_is_only_looked_for_goes_alone(void **state)
{
    struct message *messages[3];
    struct world *world = one_run(3, messages);

    (void)state;
    messages[0]->last = calloc(1, sizeof *messages[0]->last);
    assert_non_null(messages[0]->last);
    settle_run(world, (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = ROUTE_UPDATE});
    assert_int_equal(turn(world), 1);
    assert_true(world->house.runs[0].jobs[0]->look);
    settle_run(world, (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = ROUTE_UPDATE});
    free(messages[0]->last);
    messages[0]->last = NULL;
    finish(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_for_one_entry_goes_together),
        cmocka_unit_test(room_is_for_jobs),
        cmocka_unit_test(a_run_fails_as_one),
        cmocka_unit_test(a_run_that_the_target_died_with_goes_one_by_one),
        cmocka_unit_test(a_refusal_closes_the_lane_until_it_is_reported),
        cmocka_unit_test(what_is_missing_is_looked_up_again),
        cmocka_unit_test(a_younger_one_hurries_the_older_ones),
        cmocka_unit_test(what_will_not_come_is_refused),
        cmocka_unit_test(a_hostile_address_holds_nobody_up),
        cmocka_unit_test(who_is_only_looked_for_goes_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
