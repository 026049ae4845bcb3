/* A world for the dispatch: a clock that the test turns, messages, an error topic that answers
 * late, and offsets per partition. Everything that must hold is asserted where it happens. */
#ifndef FEEDS_TESTS_WORLD_H
#define FEEDS_TESTS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/offset_window.h"
#include "entities/entities.h"
#include "null_sink.h"
#include "pipeline/dispatch.h"

#define WORLD_PARTITIONS 3
#define WORLD_MESSAGES   2000
#define WORLD_KEYS       60

struct partition {
    int32_t number;
    struct offset_window window;
};

enum fate { FATE_OPEN, FATE_EFFECT, FATE_REPORTED, FATE_DROPPED };

struct world {
    int64_t now;
    uint32_t seed;
    struct null_sink null;
    struct dispatch *dispatch;
    struct partition partitions[WORLD_PARTITIONS];
    struct message messages[WORLD_MESSAGES];
    char values[WORLD_MESSAGES][96];
    int key_of[WORLD_MESSAGES]; /* -1: does not decode */
    enum fate fates[WORLD_MESSAGES];
    enum error_code codes[WORLD_MESSAGES];
    int64_t last_effect[WORLD_KEYS];
    struct message *reporting[WORLD_MESSAGES]; /* the error topic has not acknowledged these */
    size_t reporting_count, admitted, ended;
    int outages_began, outages_ended;
};

static inline uint32_t world_random(void *arg)
{
    struct world *world = arg;

    world->seed = world->seed * 1664525u + 1013904223u; /* the same run for the same seed */
    return world->seed >> 8 | world->seed << 24;
}

static inline int64_t world_now(void *arg)
{
    return ((struct world *)arg)->now;
}

static inline size_t world_index(const struct world *world, const struct message *message)
{
    return (size_t)(message - world->messages);
}

static inline void world_report(void *arg, struct message *message, const char *stage,
                                const struct outcome *outcome)
{
    struct world *world = arg;

    assert_string_equal(stage, message->record.entity ? "strapi" : "decode");
    world->codes[world_index(world, message)] = outcome->failure.code;
    world->reporting[world->reporting_count++] = message;
}

static inline void world_finished(void *arg, struct message *message)
{
    struct world *world = arg;
    size_t i = world_index(world, message);

    assert_int_equal(message->state, MESSAGE_DONE);
    assert_int_not_equal(world->fates[i], FATE_OPEN); /* its effect or its record came first */
    assert_int_equal(offset_window_done(&message->home->window, message->offset), 0);
    record_release(&message->record);
    world->ended++;
}

static inline void world_dropped(void *arg, struct message *message)
{
    struct world *world = arg;

    /* Effected and then dropped: the next owner does it again, and finds it done. */
    if (world->fates[world_index(world, message)] == FATE_OPEN)
        world->fates[world_index(world, message)] = FATE_DROPPED;
    record_release(&message->record);
    world->ended++;
}

static inline void world_effected(void *arg, const struct message *message,
                                  const struct outcome *outcome)
{
    struct world *world = arg;
    size_t i = world_index(world, message);
    int key = world->key_of[i];

    (void)outcome;
    assert_int_equal(world->fates[i], FATE_OPEN);
    world->fates[i] = FATE_EFFECT;
    /* In order for one key: the messages of a key are made in ascending order of i. */
    assert_true((int64_t)i > world->last_effect[key]);
    world->last_effect[key] = (int64_t)i;
}

static inline void world_began(void *arg, int place, const char *why)
{
    (void)place;
    (void)why;
    ((struct world *)arg)->outages_began++;
}

static inline void world_ended(void *arg, int place, int64_t lasted_ms)
{
    (void)place;
    assert_true(lasted_ms >= 0);
    ((struct world *)arg)->outages_ended++;
}

static inline struct world *world_new(uint32_t seed, unsigned max_attempts, size_t room)
{
    struct world *world = calloc(1, sizeof *world);
    const struct dispatch_ports ports = {
        .report = world_report,
        .finished = world_finished,
        .dropped = world_dropped,
        .effected = world_effected,
        .now_ms = world_now,
        .wall_ms = world_now,
        .random = world_random,
        .arg = world,
    };
    const struct dispatch_options options = {
        .entity = &entity_product,
        .max_attempts = max_attempts,
        .lone_retry_ms = 600000,
        .outage = {world_began, world_ended, world},
    };

    assert_non_null(world);
    world->now = 1000;
    world->seed = seed;
    for (int p = 0; p < WORLD_PARTITIONS; p++)
        world->partitions[p] = (struct partition){p, OFFSET_WINDOW_INIT};
    for (int k = 0; k < WORLD_KEYS; k++)
        world->last_effect[k] = -1;
    world->dispatch = dispatch_new(&options, &ports);
    assert_non_null(world->dispatch);
    world->null.events = (struct sink_events){.settled = dispatch_settled, .arg = world->dispatch};
    world->null.room = room;
    dispatch_use(world->dispatch, (struct sink){&null_sink_ops, &world->null});
    return world;
}

/* Reads one more message. key -1: one that does not decode. */
static inline struct message *world_admit(struct world *world, int key)
{
    size_t i = world->admitted++;
    struct message *message = &world->messages[i];
    int partition = key < 0 ? 0 : key % WORLD_PARTITIONS;
    int len = key < 0 ? snprintf(world->values[i], sizeof world->values[i], "{\"name\":")
                      : snprintf(world->values[i], sizeof world->values[i],
                                 "{\"name\":\"n\",\"barcode\":\"%d\",\"stock_available\":1}", key);

    *message = (struct message){
        .topic = "product",
        .partition = partition,
        .offset = (int64_t)i * 2, /* gaps, as transactions leave them */
        .value = world->values[i],
        .value_len = (size_t)len,
        .home = &world->partitions[partition],
    };
    world->key_of[i] = key;
    assert_int_equal(offset_window_add(&message->home->window, message->offset), 0);
    assert_int_equal(dispatch_admit(world->dispatch, message), 0);
    return message;
}

/* The error topic acknowledges one record. */
static inline void world_acknowledge(struct world *world, size_t which)
{
    struct message *message = world->reporting[which];
    size_t i = world_index(world, message);

    world->reporting[which] = world->reporting[--world->reporting_count];
    assert_int_equal(world->fates[i], FATE_OPEN);
    world->fates[i] = FATE_REPORTED;
    dispatch_reported(world->dispatch, message);
}

/* The same for a record whose message lost its partition meanwhile: it was reported, and the next
 * owner reports it again; the record's id is the same. */
static inline void world_acknowledge_orphan(struct world *world, size_t which)
{
    struct message *message = world->reporting[which];

    world->reporting[which] = world->reporting[--world->reporting_count];
    dispatch_reported(world->dispatch, message);
}

static inline struct outcome world_outcome(enum verdict verdict, enum route route)
{
    struct outcome outcome = {.verdict = verdict, .route = route};

    outcome.failure.code = ERROR_REFUSED;
    return outcome;
}

static inline void world_free(struct world *world)
{
    for (int p = 0; p < WORLD_PARTITIONS; p++)
        offset_window_release(&world->partitions[p].window);
    dispatch_free(world->dispatch);
    free(world);
}

#endif
