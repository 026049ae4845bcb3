/* A world for movements: the warehouse, a clock that the test turns, partitions, an error topic that
 * answers when it likes. Everything that must hold is asserted where it happens. */
#ifndef FEEDS_TESTS_MOVEMENTS_H
#define FEEDS_TESTS_MOVEMENTS_H

#include "warehouse.h"

#include "core/offset_window.h"
#include "entities/entities.h"
#include "pipeline/dispatch.h"

#define PARTITIONS 3
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

static inline uint32_t world_roll(void *arg)
{
    struct world *world = arg;

    world->seed = world->seed * 1664525u + 1013904223u;
    return world->seed >> 8 | world->seed << 24;
}

static inline int64_t world_now(void *arg)
{
    return ((struct world *)arg)->now;
}

static inline void world_release(struct world *world, struct message *message)
{
    record_release(&message->record);
    free(message->entry);
    free(message);
    world->in_hand--;
}

static inline void world_report(void *arg, struct message *message, const char *stage,
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

static inline void world_acknowledge(struct world *world)
{
    size_t which = world_roll(world) % world->reporting_count;
    struct message *message = world->reporting[which];
    struct planned *planned = warehouse_planned(message);

    world->reporting[which] = world->reporting[--world->reporting_count];
    world->house.entries[planned->entry].unacknowledged--;
    planned->mark = MARK_REFUSED;
    planned->reports++;
    dispatch_reported(world->dispatch, message);
}

static inline void world_finished(void *arg, struct message *message)
{
    assert_int_equal(message->state, MESSAGE_DONE);
    assert_int_not_equal(warehouse_planned(message)->mark, MARK_NONE);
    assert_int_equal(offset_window_done(&message->home->window, message->offset), 0);
    world_release(arg, message);
}

static inline void world_dropped(void *arg, struct message *message)
{
    world_release(arg, message);
}

static inline bool world_will_not_come(void *arg, const struct message *message)
{
    const struct world *world = arg;
    const struct planned *planned = warehouse_planned(message);

    return world->house.entries[planned->entry].appears_ms == INT64_MAX &&
           world->now > LAST_COMES_MS + (int64_t)(planned - world->house.plan) % 50;
}

/* Nothing is planned yet. */
static inline struct world *world_new(uint32_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    const struct dispatch_ports ports = {
        .report = world_report,
        .finished = world_finished,
        .dropped = world_dropped,
        .will_not_come = world_will_not_come,
        .now_ms = world_now,
        .wall_ms = world_now,
        .random = world_roll,
        .arg = world,
    };
    const struct dispatch_options options = {
        .entity = &entity_stock, .max_attempts = 60, .lone_retry_ms = 600000};

    assert_non_null(world);
    world->now = 1000;
    world->seed = seed;
    for (int e = 0; e < WAREHOUSE_ENTRIES; e++)
        for (int a = 0; a < 2 * WAREHOUSE_ENTRIES; a++)
            world->house.entries[e].last_applied[a] = -1;
    for (int p = 0; p < PARTITIONS; p++)
        world->partitions[p] = (struct partition){p, OFFSET_WINDOW_INIT, 0, false};
    world->dispatch = dispatch_new(&options, &ports);
    assert_non_null(world->dispatch);
    world->house.events = (struct sink_events){.settled = dispatch_settled, .arg = world->dispatch};
    world->house.room = 20;
    world->house.now = &world->now;
    world->house.random = world_roll;
    world->house.random_arg = world;
    dispatch_use(world->dispatch, (struct sink){&warehouse_ops, &world->house});
    return world;
}

static inline void world_free(struct world *world)
{
    for (int p = 0; p < PARTITIONS; p++)
        offset_window_release(&world->partitions[p].window);
    dispatch_free(world->dispatch);
    free(world);
}

static inline struct planned *world_plan(struct world *world, int entry, int address,
                                         int32_t partition, int64_t change)
{
    size_t place = world->house.planned++;
    struct planned *planned = &world->house.plan[place];

    *planned = (struct planned){.entry = entry,
                                .address = address,
                                .partition = partition,
                                .offset = (int64_t)place,
                                .change = change};
    snprintf(planned->value, sizeof planned->value, "{\"id\":%d,\"amount\":\"%d\",\"type\":\"%s\"}",
             address + 1, abs((int)change), change < 0 ? "OUT" : "IN");
    return planned;
}

static inline struct message *world_read(struct world *world, struct planned *planned)
{
    struct message *message = calloc(1, sizeof *message);

    assert_non_null(message);
    *message = (struct message){
        .topic = "stock",
        .partition = planned->partition,
        .offset = planned->offset,
        .value = planned->value,
        .value_len = strlen(planned->value),
        .owner = planned,
        .home = &world->partitions[planned->partition],
    };
    assert_int_equal(offset_window_add(&message->home->window, message->offset), 0);
    assert_int_equal(dispatch_admit(world->dispatch, message), 0);
    world->in_hand++;
    return message;
}

#endif
