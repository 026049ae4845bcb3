/* A sink for movements, with entries behind it that are there, appear later, or never do. It keeps
 * what sink.h asks of the real one, answers at random, and asserts what the loop owes it: runs of one
 * kind in one lane, nothing written to an entry while a refusal of its lane is not acknowledged.
 *
 * It stands for a target that knows a movement when it sees it again: the ledger of the real one. */
#ifndef FEEDS_TESTS_WAREHOUSE_H
#define FEEDS_TESTS_WAREHOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/adjust.h"
#include "core/sink.h"

#define WAREHOUSE_ENTRIES   24
#define WAREHOUSE_RUN       6
#define WAREHOUSE_RUNS      32
#define WAREHOUSE_MOVEMENTS 1500

enum mark { MARK_NONE, MARK_APPLIED, MARK_REFUSED };

/* What is moved: known by its place in the list, whoever reads it and how often. */
struct planned {
    int entry;
    int address;  /* entries may have several */
    bool hostile; /* its look-up fails, always */
    int32_t partition;
    int64_t offset;
    int64_t change;
    char value[80];
    enum mark mark;
    unsigned reports; /* error records */
    enum error_code code;
};

struct entry {
    int64_t appears_ms; /* INT64_MAX: never */
    int64_t level;
    int unacknowledged; /* refused, and the error topic does not have it yet */
    size_t writes;
    int last_applied[2 * WAREHOUSE_ENTRIES]; /* by address: the place in the list */
};

struct out_run {
    struct job *jobs[WAREHOUSE_RUN];
    size_t count;
};

struct warehouse {
    struct sink_events events;
    struct planned plan[WAREHOUSE_MOVEMENTS];
    size_t planned;
    struct entry entries[WAREHOUSE_ENTRIES];
    struct out_run runs[WAREHOUSE_RUNS];
    size_t run_count, room, longest;
    const int64_t *now;
    uint32_t (*random)(void *arg);
    void *random_arg;
    char lane[32];
};

static inline struct planned *warehouse_planned(const struct message *message)
{
    return message->owner;
}

static inline bool warehouse_seeks(const struct message *message)
{
    return message->missing || !message->entry;
}

static inline uint32_t warehouse_roll(struct warehouse *house, uint32_t sides)
{
    return house->random(house->random_arg) % sides;
}

static inline struct value warehouse_name(struct warehouse *house, const char *kind, int number)
{
    int len = snprintf(house->lane, sizeof house->lane, "%s%d", kind, number);

    return (struct value){.text = house->lane, .len = (size_t)len};
}

static inline struct value warehouse_waiting_lane(void *self, const struct message *message)
{
    return warehouse_name(self, "?", warehouse_planned(message)->address);
}

static inline struct value warehouse_lane(void *self, const struct message *message)
{
    if (message->missing)
        return warehouse_waiting_lane(self, message);
    if (message->entry)
        return warehouse_name(self, "=", (int)strtol(message->entry, NULL, 10));
    return warehouse_name(self, "@", 0);
}

static inline size_t warehouse_room(void *self, int64_t now_ms)
{
    const struct warehouse *house = self;
    size_t held = 0;

    (void)now_ms;
    for (size_t i = 0; i < house->run_count; i++)
        held += house->runs[i].count;
    return held < house->room ? house->room - held : 0;
}

/* What goes together belongs together; what goes alone is alone. */
static inline void warehouse_check(const struct warehouse *house, const struct out_run *run)
{
    const struct message *first = run->jobs[0]->message;

    for (size_t i = 1; i < run->count; i++) {
        const struct message *message = run->jobs[i]->message;

        assert_int_equal(warehouse_seeks(message), warehouse_seeks(first));
        if (!warehouse_seeks(first))
            assert_string_equal(message->entry, first->entry);
        assert_false(message->suspect || first->suspect || message->last || first->last);
    }
    for (size_t i = 0; i < house->run_count; i++) {
        const struct message *other = house->runs[i].jobs[0]->message;

        assert_false(first->suspect || other->suspect);
        if (!warehouse_seeks(first) && !warehouse_seeks(other))
            assert_string_not_equal(first->entry, other->entry);
    }
}

static inline void warehouse_submit(void *self, struct job *job, int64_t now_ms)
{
    struct warehouse *house = self;
    struct out_run run = {.count = 0};

    (void)now_ms;
    for (; job; job = job->behind) {
        assert_true(run.count < WAREHOUSE_RUN);
        run.jobs[run.count++] = job;
    }
    warehouse_check(house, &run);
    if (run.count > house->longest)
        house->longest = run.count;
    assert_true(house->run_count < WAREHOUSE_RUNS);
    house->runs[house->run_count++] = run;
}

static inline void warehouse_kick(void *self, int64_t now_ms)
{
    (void)self;
    (void)now_ms;
}

static inline void warehouse_block(void *self, enum route route, bool blocked)
{
    (void)self;
    (void)route;
    (void)blocked;
}

static inline void warehouse_settle(struct warehouse *house, struct job *job,
                                    struct outcome outcome)
{
    job->outcome = outcome;
    house->events.settled(house->events.arg, job);
}

static inline void warehouse_settle_all(struct warehouse *house, const struct out_run *run,
                                        struct outcome outcome)
{
    for (size_t i = 0; i < run->count; i++)
        warehouse_settle(house, run->jobs[i], outcome);
}

/* A look-up of one message. */
static inline void warehouse_look_up(struct warehouse *house, struct job *job)
{
    struct message *message = job->message;
    const struct planned *planned = warehouse_planned(message);
    struct outcome outcome = {.verdict = VERDICT_ADDRESSED, .route = ROUTE_LOOKUP};
    char name[16];

    if (planned->hostile) {
        outcome.verdict = VERDICT_RETRY;
        warehouse_settle(house, job, outcome);
        return;
    }
    free(message->entry);
    message->entry = NULL;
    message->missing = house->entries[planned->entry].appears_ms > *house->now;
    if (message->missing) {
        outcome.verdict = VERDICT_MISSING;
        outcome.failure.code = ERROR_UNKNOWN_PRODUCT;
    } else {
        snprintf(name, sizeof name, "%d", planned->entry);
        message->entry = strdup(name);
    }
    warehouse_settle(house, job, outcome);
}

/* Mostly in order. A look-up that is recalled in part, and one of which the answers come in another
 * order, must not lose the order either. */
static inline void warehouse_resolve(struct warehouse *house, const struct out_run *run)
{
    bool backwards = warehouse_roll(house, 20) == 0, partly = warehouse_roll(house, 10) == 0;

    for (size_t i = 0; i < run->count; i++) {
        struct job *job = run->jobs[backwards ? run->count - 1 - i : i];

        if (partly && warehouse_roll(house, 2))
            warehouse_settle(
                house, job,
                (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = ROUTE_LOOKUP});
        else
            warehouse_look_up(house, job);
    }
}

/* Judges the run as one write; how many are refused. */
static inline size_t warehouse_judge(const struct warehouse *house, const struct out_run *run,
                                     bool *refused)
{
    const struct planned *first = warehouse_planned(run->jobs[0]->message);
    int64_t level = house->entries[first->entry].level;
    size_t count = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct planned *planned = warehouse_planned(run->jobs[i]->message);
        int64_t change = adjust_movement(run->jobs[i]->message).change;

        assert_int_equal(change, planned->change);
        refused[i] = planned->mark == MARK_NONE && level + change < 0;
        count += refused[i];
        level += refused[i] || planned->mark != MARK_NONE ? 0 : change;
    }
    return count;
}

static inline void warehouse_apply(struct warehouse *house, const struct out_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct planned *planned = warehouse_planned(run->jobs[i]->message);
        struct entry *entry = &house->entries[planned->entry];
        int place = (int)(planned - house->plan);

        assert_int_equal(entry->unacknowledged, 0);
        if (planned->mark != MARK_NONE)
            continue;
        assert_true(place > entry->last_applied[planned->address]);
        entry->last_applied[planned->address] = place;
        entry->level += planned->change;
        planned->mark = MARK_APPLIED;
    }
    house->entries[warehouse_planned(run->jobs[0]->message)->entry].writes++;
}

static inline void warehouse_write(struct warehouse *house, const struct out_run *run)
{
    bool refused[WAREHOUSE_RUN];

    if (warehouse_judge(house, run, refused) == 0) {
        warehouse_apply(house, run);
        warehouse_settle_all(
            house, run,
            (struct outcome){.verdict = VERDICT_DONE, .how = DONE_UPDATED, .route = ROUTE_UPDATE});
        return;
    }
    for (size_t i = 0; i < run->count; i++)
        warehouse_settle(
            house, run->jobs[i],
            (struct outcome){.verdict = refused[i] ? VERDICT_REJECT : VERDICT_NOT_REACHED,
                             .route = ROUTE_UPDATE,
                             .failure = {.code = ERROR_NEGATIVE_STOCK}});
}

/* Nobody knows; it may have been written. */
static inline void warehouse_lose(struct warehouse *house, const struct out_run *run)
{
    bool refused[WAREHOUSE_RUN];

    if (warehouse_roll(house, 2) && warehouse_judge(house, run, refused) == 0)
        warehouse_apply(house, run);
    warehouse_settle_all(house, run,
                         (struct outcome){.verdict = VERDICT_UNKNOWN,
                                          .route = ROUTE_UPDATE,
                                          .target_died = warehouse_roll(house, 4) == 0,
                                          .delay_ms = 700});
}

/* Answers one run. */
static inline void warehouse_answer(struct warehouse *house, size_t which)
{
    struct out_run run = house->runs[which];
    uint32_t roll = warehouse_roll(house, 20);
    bool seeks = warehouse_seeks(run.jobs[0]->message);
    struct outcome outcome = {.route = seeks ? ROUTE_LOOKUP : ROUTE_UPDATE};

    house->runs[which] = house->runs[--house->run_count];
    outcome.verdict = VERDICT_NOT_REACHED;
    if (roll == 1)
        outcome.verdict = VERDICT_OUTAGE;
    else if (roll == 2)
        outcome.verdict = VERDICT_RETRY;
    else if (roll == 3)
        outcome = (struct outcome){.verdict = VERDICT_LATER, .delay_ms = 50};

    if (roll < 4)
        warehouse_settle_all(house, &run, outcome);
    else if (seeks)
        warehouse_resolve(house, &run);
    else if (roll < 7)
        warehouse_lose(house, &run);
    else
        warehouse_write(house, &run);
}

static inline void warehouse_recall(void *self)
{
    struct warehouse *house = self;

    for (size_t i = house->run_count; i-- > 0;) {
        struct out_run run = house->runs[i];

        if (warehouse_roll(house, 2))
            continue;
        house->runs[i] = house->runs[--house->run_count];
        warehouse_settle_all(
            house, &run, (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = ROUTE_LOOKUP});
    }
}

static const struct sink_ops warehouse_ops = {
    .name = "warehouse",
    .run_max = WAREHOUSE_RUN,
    .lane = warehouse_lane,
    .waiting_lane = warehouse_waiting_lane,
    .room = warehouse_room,
    .submit = warehouse_submit,
    .kick = warehouse_kick,
    .block = warehouse_block,
    .recall = warehouse_recall,
};

#endif
