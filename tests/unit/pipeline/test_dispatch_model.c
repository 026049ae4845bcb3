/* The model test: thousands of messages under random verdicts. Whatever the target answers, every
 * message ends exactly once, in order per lane, and offsets stay contiguous. */
#include "world.h"

/* A verdict for the job; a poison record fails by itself for ever. */
static struct outcome verdict_for(struct world *world, const struct message *message)
{
    static const enum verdict usual[] = {
        VERDICT_DONE,   VERDICT_DONE,  VERDICT_DONE,   VERDICT_DONE,
        VERDICT_DONE,   VERDICT_DONE,  VERDICT_RETRY,  VERDICT_UNKNOWN,
        VERDICT_REJECT, VERDICT_LATER, VERDICT_OUTAGE, VERDICT_NOT_REACHED,
    };
    static const enum verdict looks[] = {VERDICT_DONE,    VERDICT_ABSENT, VERDICT_RETRY,
                                         VERDICT_UNKNOWN, VERDICT_OUTAGE, VERDICT_NOT_REACHED};
    enum route route = (enum route)(world_random(world) % ROUTE_COUNT);
    struct outcome outcome =
        world_outcome(usual[world_random(world) % (sizeof usual / sizeof usual[0])], route);

    if (message->last != NULL)
        return world_outcome(looks[world_random(world) % (sizeof looks / sizeof looks[0])],
                             ROUTE_LOOKUP);
    if (world_index(world, message) % 97 == 5 && outcome.verdict != VERDICT_OUTAGE)
        outcome = world_outcome(VERDICT_RETRY, ROUTE_CREATE);
    if (outcome.verdict == VERDICT_UNKNOWN)
        outcome.target_died = world_random(world) % 2;
    if (outcome.verdict == VERDICT_LATER)
        outcome.delay_ms = 50;
    return outcome;
}

static void check_positions(const struct world *world)
{
    for (int p = 0; p < WORLD_PARTITIONS; p++) {
        int64_t position = offset_window_position(&world->partitions[p].window);

        for (size_t i = 0; i < world->admitted; i++) {
            const struct message *message = &world->messages[i];

            if (message->partition == p && message->offset < position)
                assert_true(world->fates[i] == FATE_EFFECT || world->fates[i] == FATE_REPORTED);
        }
    }
}

static void run(uint32_t seed, size_t messages)
{
    struct world *world = world_new(seed, 4, 8);

    while (world->ended < messages) {
        int64_t due;

        while (world->admitted < messages && dispatch_count(world->dispatch) < 200)
            world_admit(world,
                        world_random(world) % 50 ? (int)(world_random(world) % WORLD_KEYS) : -1);
        due = dispatch_turn(world->dispatch);
        if (world->null.count && world_random(world) % 4) {
            size_t which = world_random(world) % world->null.count;

            null_sink_settle(&world->null, which,
                             verdict_for(world, world->null.held[which]->message));
        } else if (world->reporting_count && world_random(world) % 2) {
            world_acknowledge(world, world_random(world) % world->reporting_count);
        } else if (!world->null.count && !world->reporting_count && world->ended < messages) {
            assert_true(due < INT64_MAX); /* something must wake it up again */
            world->now = due > world->now ? due : world->now + 1;
        } else {
            world->now += 1;
        }
        assert_false(world->null.alone_violated);
        if (world->ended % 100 == 0)
            check_positions(world);
    }
    for (size_t i = 0; i < messages; i++)
        assert_true(world->fates[i] == FATE_EFFECT || world->fates[i] == FATE_REPORTED);
    for (int p = 0; p < WORLD_PARTITIONS; p++)
        assert_int_equal(offset_window_pending(&world->partitions[p].window), 0);
    assert_int_equal(dispatch_count(world->dispatch), 0);
    world_free(world);
}

static void every_message_ends_once_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++)
        run(seed, seed % 10 ? 400 : WORLD_MESSAGES);
}

/* Partitions are taken away while messages are with the sink and the error topic. */
static void revoked_partitions_leave_nothing_behind(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct world *world = world_new(seed, 4, 8);
        struct partition *gone = &world->partitions[1];
        int64_t position;

        for (int i = 0; i < 300; i++)
            world_admit(world, (int)(world_random(world) % WORLD_KEYS));
        for (int i = 0; i < 200; i++) {
            dispatch_turn(world->dispatch);
            if (world->null.count)
                null_sink_settle(&world->null, 0, verdict_for(world, world->null.held[0]->message));
            world->now += 20;
        }
        dispatch_revoke(world->dispatch, gone);
        dispatch_turn(world->dispatch);
        if (seed % 2) { /* the drain ran out of time */
            position = offset_window_position(&gone->window);
            dispatch_orphan(world->dispatch, gone);
            assert_int_equal(dispatch_out(world->dispatch, gone), 0);
        }
        while (world->ended < 300) {
            dispatch_drop_waiting(world->dispatch, gone);
            dispatch_turn(world->dispatch);
            if (world->null.count)
                null_sink_settle(&world->null, 0, world_outcome(VERDICT_DONE, ROUTE_CREATE));
            else if (world->reporting_count && world->reporting[0]->home)
                world_acknowledge(world, 0);
            else if (world->reporting_count)
                world_acknowledge_orphan(world, 0);
            world->now += 20;
        }
        assert_int_equal(dispatch_count(world->dispatch), 0);
        if (seed % 2)
            assert_int_equal(offset_window_position(&gone->window), position);
        check_positions(world);
        world_free(world);
    }
}

/* The loop ends with requests in flight: the sink goes without settling, as sink.h allows it. Whether
 * all is freed is for the sanitizer to say. */
static void abandoned_messages_leave_nothing_behind(void **state)
{
    struct world *world = world_new(1, 3, 4);

    (void)state;
    for (int key = 0; key < 8; key++)
        world_admit(world, key);
    dispatch_turn(world->dispatch);
    assert_int_equal(world->null.count, 4);
    world->null.count = 0;
    dispatch_abandon(world->dispatch);
    assert_int_equal(world->ended, 8);
    assert_int_equal(dispatch_count(world->dispatch), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(world->fates[i], FATE_DROPPED);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_ends_once_in_order),
        cmocka_unit_test(revoked_partitions_leave_nothing_behind),
        cmocka_unit_test(abandoned_messages_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
