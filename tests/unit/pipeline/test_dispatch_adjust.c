/* The model test of movements: thousands of them under random answers, entries that come late or
 * never, partitions that go and come again. Each ends exactly once, in reading order for what names
 * one entry; sums and refusals are those of a recomputation in reading order. */
#include "movements.h"

#define HELD_MAX 150

/* Most entries have one address, and so one partition. Every sixth has another one, on another
 * partition: nothing is promised of the order between the two, so nothing is taken from it. */
static void plan_one(struct world *world)
{
    int entry = (int)(world_roll(world) % WAREHOUSE_ENTRIES);
    bool two = entry % 6 == 0, other = two && world_roll(world) % 2;
    int64_t change = (int64_t)(world_roll(world) % 20);

    if (!two && world_roll(world) % 2)
        change = -change;
    world_plan(world, entry, entry + other * WAREHOUSE_ENTRIES, (entry + other) % PARTITIONS,
               change)
        ->hostile = entry == 7;
}

static struct world *world_with(uint32_t seed, size_t count)
{
    struct world *world = world_new(seed);

    for (int e = 0; e < WAREHOUSE_ENTRIES; e++)
        if (e % 3 == 1)
            world->house.entries[e].appears_ms = world_roll(world) % LAST_COMES_MS;
    world->house.entries[11].appears_ms = INT64_MAX;
    for (size_t i = 0; i < count; i++)
        plan_one(world);
    return world;
}

/* The partition's next one that is planned, or NULL. */
static struct planned *next_of(struct world *world, const struct partition *partition)
{
    size_t i = partition->next;

    while (i < world->house.planned && world->house.plan[i].partition != partition->number)
        i++;
    return i < world->house.planned ? &world->house.plan[i] : NULL;
}

static bool read_one(struct world *world, struct partition *partition)
{
    struct planned *planned = next_of(world, partition);

    if (!planned)
        return false;
    partition->next = (size_t)(planned - world->house.plan) + 1;
    world_read(world, planned);
    return true;
}

/* Reads in portions, as Kafka hands them out. Whether there was anything left to read. */
static bool read_some(struct world *world)
{
    size_t first = world_roll(world);
    bool any = false;

    for (size_t p = 0; p < PARTITIONS; p++) {
        struct partition *partition = &world->partitions[(first + p) % PARTITIONS];

        for (uint32_t n = world_roll(world) % 20; n-- > 0 && world->in_hand < HELD_MAX;)
            any |= !partition->away && read_one(world, partition);
        any |= next_of(world, partition) != NULL;
    }
    return any;
}

static void check_position(struct world *world, const struct partition *partition)
{
    int64_t position = offset_window_position(&partition->window);

    for (size_t i = 0; i < world->house.planned; i++) {
        const struct planned *planned = &world->house.plan[i];

        if (planned->partition == partition->number && planned->offset < position)
            assert_int_not_equal(planned->mark, MARK_NONE);
    }
}

/* One thing that happens. Whether the world goes on. */
static bool step(struct world *world)
{
    bool more = read_some(world);
    int64_t due = dispatch_turn(world->dispatch);

    if (world->house.run_count && world_roll(world) % 4) {
        warehouse_answer(&world->house, world_roll(world) % world->house.run_count);
    } else if (world->reporting_count && world_roll(world) % 2) {
        world_acknowledge(world);
    } else if (!world->house.run_count && !world->reporting_count && world->in_hand) {
        assert_true(due < INT64_MAX); /* something must wake it up again */
        world->now = due > world->now ? due : world->now + 1;
    } else {
        world->now += world_roll(world) % 30;
    }
    return more || world->in_hand;
}

/* What becomes of all movements when they are taken one after another. */
static void compare_with_recomputation(struct world *world)
{
    int64_t levels[WAREHOUSE_ENTRIES] = {0};

    for (size_t i = 0; i < world->house.planned; i++) {
        const struct planned *planned = &world->house.plan[i];
        int64_t *level = &levels[planned->entry];

        if (planned->hostile) {
            assert_int_equal(planned->mark, MARK_REFUSED);
            assert_int_equal(planned->code, ERROR_ATTEMPTS_EXHAUSTED);
        } else if (world->house.entries[planned->entry].appears_ms == INT64_MAX) {
            assert_int_equal(planned->mark, MARK_REFUSED);
            assert_int_equal(planned->code, ERROR_UNKNOWN_PRODUCT);
        } else if (*level + planned->change < 0) {
            assert_int_equal(planned->mark, MARK_REFUSED);
            assert_int_equal(planned->code, ERROR_NEGATIVE_STOCK);
        } else {
            assert_int_equal(planned->mark, MARK_APPLIED);
            *level += planned->change;
        }
        assert_int_equal(planned->reports, planned->mark == MARK_REFUSED);
    }
    for (int e = 0; e < WAREHOUSE_ENTRIES; e++)
        assert_int_equal(world->house.entries[e].level, levels[e]);
}

static void end(struct world *world)
{
    compare_with_recomputation(world);
    for (int p = 0; p < PARTITIONS; p++) {
        assert_int_equal(offset_window_pending(&world->partitions[p].window), 0);
        check_position(world, &world->partitions[p]);
    }
    assert_int_equal(dispatch_count(world->dispatch), 0);
    assert_int_equal(dispatch_waiting(world->dispatch), 0);
    assert_int_equal(dispatch_missing(world->dispatch), 0);
    world_free(world);
}

static void every_movement_ends_once_in_order(void **state)
{
    size_t longest = 0, writes = 0, movements = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        size_t count = seed % 10 ? 300 : WAREHOUSE_MOVEMENTS;
        struct world *world = world_with(seed, count);

        while (step(world))
            if (world_roll(world) % 50 == 0)
                check_position(world, &world->partitions[seed % PARTITIONS]);
        if (world->house.longest > longest)
            longest = world->house.longest;
        for (int e = 0; e < WAREHOUSE_ENTRIES; e++)
            writes += world->house.entries[e].writes;
        movements += count;
        end(world);
    }
    assert_int_equal(longest, WAREHOUSE_RUN);
    /* Many are alone in theirs: what was in flight when the target died. */
    assert_true(writes < movements * 3 / 5);
}

/* Somebody else's now: whatever of it is still in our hands comes to nothing. Here he is ourselves, a
 * little later, and reads again from where the offsets say. */
static void give_up(struct world *world, struct partition *partition)
{
    check_position(world, partition);
    dispatch_orphan(world->dispatch, partition);
    while (world->house.run_count) /* what is on its way arrives before the next owner's */
        warehouse_answer(&world->house, 0);
    while (world->reporting_count)
        world_acknowledge(world);
    partition->next = 0;
    for (size_t i = 0; i < world->house.planned; i++)
        if (world->house.plan[i].offset < offset_window_position(&partition->window))
            partition->next = i + 1;
    offset_window_release(&partition->window);
    partition->window = (struct offset_window)OFFSET_WINDOW_INIT;
    partition->away = true;
}

static void drain(struct world *world, struct partition *partition)
{
    dispatch_revoke(world->dispatch, partition);
    partition->away = true;
    while (dispatch_out(world->dispatch, partition) > 0) {
        dispatch_drop_waiting(world->dispatch, partition);
        step(world);
    }
}

static void partitions_come_and_go(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct world *world = world_with(seed, 600);
        struct partition *partition = &world->partitions[seed % PARTITIONS];

        for (int times = 0; times < 6; times++) {
            for (int i = 0; i < 60 && step(world); i++)
                ;
            if (seed % 2) /* the others have lost us for dead */
                drain(world, partition);
            give_up(world, partition);
            for (int i = 0; i < 30 && step(world); i++)
                ;
            partition->away = false;
        }
        while (step(world))
            ;
        end(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_movement_ends_once_in_order),
        cmocka_unit_test(partitions_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
