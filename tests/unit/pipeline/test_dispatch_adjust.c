/* The model test of movements: thousands of them under random answers, entries that come late or
 * never, partitions that go and come again. Each ends exactly once, in reading order for what names
 * one entry; sums and refusals are those of a recomputation in reading order. */
#include "warehouse.h"

#include "core/offset_window.h"
#include "entities/entities.h"
#include "pipeline/dispatch.h"

#define PARTITIONS 3
#define HELD_MAX   150
/* No entry comes after this. */
#define LAST_COMES_MS 40000

struct partition {
    int32_t number;
    struct offset_window window;
    size_t next; /* place in the list from where it is read on */
    bool away;   /* somebody else's, for a while */
};

struct world {
    int64_t now;
    uint32_t seed;
    struct dispatch *dispatch;
    struct warehouse house;
    struct partition partitions[PARTITIONS];
    struct message *reporting[WAREHOUSE_MOVEMENTS];
    size_t reporting_count;
    size_t in_hand;
};

static uint32_t roll(void *arg)
{
    struct world *world = arg;

    world->seed = world->seed * 1664525u + 1013904223u;
    return world->seed >> 8 | world->seed << 24;
}

static int64_t now(void *arg)
{
    return ((struct world *)arg)->now;
}

static void release(struct world *world, struct message *message)
{
    record_release(&message->record);
    free(message->entry);
    free(message);
    world->in_hand--;
}

static void report(void *arg, struct message *message, const char *stage,
                   const struct outcome *outcome)
{
    struct world *world = arg;
    struct planned *planned = warehouse_planned(message);

    assert_string_equal(stage, "strapi");
    assert_int_equal(planned->mark, MARK_NONE);
    planned->code = outcome->failure.code;
    world->house.entries[planned->entry].unacknowledged++;
    world->reporting[world->reporting_count++] = message;
}

static void acknowledge(struct world *world)
{
    size_t which = roll(world) % world->reporting_count;
    struct message *message = world->reporting[which];
    struct planned *planned = warehouse_planned(message);

    world->reporting[which] = world->reporting[--world->reporting_count];
    world->house.entries[planned->entry].unacknowledged--;
    planned->mark = MARK_REFUSED;
    planned->reports++;
    dispatch_reported(world->dispatch, message);
}

static void finished(void *arg, struct message *message)
{
    assert_int_equal(message->state, MESSAGE_DONE);
    assert_int_not_equal(warehouse_planned(message)->mark, MARK_NONE);
    assert_int_equal(offset_window_done(&message->home->window, message->offset), 0);
    release(arg, message);
}

static void dropped(void *arg, struct message *message)
{
    release(arg, message);
}

static bool will_not_come(void *arg, const struct message *message)
{
    const struct world *world = arg;
    const struct planned *planned = warehouse_planned(message);

    return world->house.entries[planned->entry].appears_ms == INT64_MAX &&
           world->now > LAST_COMES_MS + (int64_t)(planned - world->house.plan) % 50;
}

/* Most entries have one address, and so one partition. Every sixth has another one, on another
 * partition: nothing is promised of the order between the two, so nothing is taken from it. */
static void plan_one(struct world *world)
{
    struct warehouse *house = &world->house;
    size_t place = house->planned++;
    struct planned *planned = &house->plan[place];
    int entry = (int)(roll(world) % WAREHOUSE_ENTRIES);
    bool two = entry % 6 == 0;

    *planned = (struct planned){.entry = entry, .address = entry, .offset = (int64_t)place};
    if (two && roll(world) % 2)
        planned->address += WAREHOUSE_ENTRIES;
    planned->hostile = entry == 7;
    planned->partition = (entry + (planned->address != entry)) % PARTITIONS;
    planned->change = (int64_t)(roll(world) % 20) * (two || roll(world) % 2 ? 1 : -1);
    snprintf(planned->value, sizeof planned->value, "{\"id\":%d,\"amount\":\"%d\",\"type\":\"%s\"}",
             planned->address + 1, abs((int)planned->change), planned->change < 0 ? "OUT" : "IN");
}

static void plan(struct world *world, size_t count)
{
    for (int e = 0; e < WAREHOUSE_ENTRIES; e++) {
        struct entry *entry = &world->house.entries[e];

        entry->appears_ms = e % 3 == 1 ? roll(world) % LAST_COMES_MS : 0;
        if (e == 11)
            entry->appears_ms = INT64_MAX;
        for (int a = 0; a < 2 * WAREHOUSE_ENTRIES; a++)
            entry->last_applied[a] = -1;
    }
    for (size_t i = 0; i < count; i++)
        plan_one(world);
}

static struct world *world_new(uint32_t seed, size_t count)
{
    struct world *world = calloc(1, sizeof *world);
    const struct dispatch_ports ports = {
        .report = report,
        .finished = finished,
        .dropped = dropped,
        .will_not_come = will_not_come,
        .now_ms = now,
        .wall_ms = now,
        .random = roll,
        .arg = world,
    };
    const struct dispatch_options options = {
        .entity = &entity_stock, .max_attempts = 60, .lone_retry_ms = 600000};

    assert_non_null(world);
    world->now = 1000;
    world->seed = seed;
    for (int p = 0; p < PARTITIONS; p++)
        world->partitions[p] = (struct partition){p, OFFSET_WINDOW_INIT, 0, false};
    world->dispatch = dispatch_new(&options, &ports);
    assert_non_null(world->dispatch);
    world->house.events = (struct sink_events){.settled = dispatch_settled, .arg = world->dispatch};
    world->house.room = 20;
    world->house.now = &world->now;
    world->house.random = roll;
    world->house.random_arg = world;
    dispatch_use(world->dispatch, (struct sink){&warehouse_ops, &world->house});
    plan(world, count);
    return world;
}

static void world_free(struct world *world)
{
    for (int p = 0; p < PARTITIONS; p++)
        offset_window_release(&world->partitions[p].window);
    dispatch_free(world->dispatch);
    free(world);
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
    struct message *message;

    if (!planned)
        return false;
    partition->next = (size_t)(planned - world->house.plan) + 1;
    message = calloc(1, sizeof *message);
    assert_non_null(message);
    *message = (struct message){
        .topic = "stock",
        .partition = partition->number,
        .offset = planned->offset,
        .value = planned->value,
        .value_len = strlen(planned->value),
        .owner = planned,
        .home = partition,
    };
    assert_int_equal(offset_window_add(&partition->window, message->offset), 0);
    assert_int_equal(dispatch_admit(world->dispatch, message), 0);
    world->in_hand++;
    return true;
}

/* Reads in portions, as Kafka hands them out. Whether there was anything left to read. */
static bool read_some(struct world *world)
{
    size_t first = roll(world);
    bool any = false;

    for (size_t p = 0; p < PARTITIONS; p++) {
        struct partition *partition = &world->partitions[(first + p) % PARTITIONS];

        for (uint32_t n = roll(world) % 20; n-- > 0 && world->in_hand < HELD_MAX;)
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

    if (world->house.run_count && roll(world) % 4) {
        warehouse_answer(&world->house, roll(world) % world->house.run_count);
    } else if (world->reporting_count && roll(world) % 2) {
        acknowledge(world);
    } else if (!world->house.run_count && !world->reporting_count && world->in_hand) {
        assert_true(due < INT64_MAX); /* something must wake it up again */
        world->now = due > world->now ? due : world->now + 1;
    } else {
        world->now += roll(world) % 30;
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
        struct world *world = world_new(seed, count);

        while (step(world))
            if (roll(world) % 50 == 0)
                check_position(world, &world->partitions[seed % PARTITIONS]);
        if (world->house.longest > longest)
            longest = world->house.longest;
        for (int e = 0; e < WAREHOUSE_ENTRIES; e++)
            writes += world->house.entries[e].writes;
        movements += count;
        end(world);
    }
    assert_int_equal(longest, WAREHOUSE_RUN);
    assert_true(writes < movements / 2);
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
        acknowledge(world);
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
        struct world *world = world_new(seed, 600);
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
