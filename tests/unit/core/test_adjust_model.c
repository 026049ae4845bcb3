/* Random movements of one entry from several partitions, worked off in runs that break in random
 * places: before the write, after it and before the offsets are committed, or with some of them
 * committed. Beside it a model that knows nothing of ledgers: it remembers for each movement whether
 * a write has covered it. Verdicts, level and refusals must be the same at every step, and in the
 * end every movement is applied exactly once, or refused. Timestamps do not ascend. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/adjust.h"
#include "entities/entities.h"

#define PARTITIONS 3
#define LENGTH     40
#define RUN_MAX    12
#define WORLDS     2000

struct move {
    struct movement movement;
    bool settled;     /* it, or one behind it in its partition, was in a run that was written */
    unsigned applied; /* by writes that took place */
    unsigned refused; /* error records */
};

struct world {
    struct move logs[PARTITIONS][LENGTH];
    size_t next[PARTITIONS];      /* what is read next */
    size_t committed[PARTITIONS]; /* where reading starts after a crash */
    int64_t newest_ms[PARTITIONS];
    /* What is stored: in the entry, and in the model. */
    int64_t level;
    json_t *ledger;
    int64_t first_level;
};

static uint64_t random_state = 88172645463325252u;

static size_t below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static int64_t random_change(void)
{
    static const int64_t sizes[] = {1, 5, 30, INT32_MAX};
    int64_t change = (int64_t)below((size_t)sizes[below(4)] + 1);
    return below(2) == 0 ? change : -change;
}

static void fill(struct world *world)
{
    static const int64_t levels[] = {0, 10, 1000, INT32_MAX - 3, INT32_MAX};
    *world = (struct world){.level = levels[below(5)]};
    world->first_level = world->level;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        int64_t offset = (int64_t)below(3);
        for (size_t i = 0; i < LENGTH; i++) {
            world->logs[p][i].movement = (struct movement){
                {"stock", p, offset, 100000 + (int64_t)(i * 10 + below(50)), 0}, random_change()};
            offset += 1 + (int64_t)below(3);
        }
    }
}

/* What is right, by a sum and a comparison. */
static enum adjust_verdict judge(const struct move *move, int64_t *level)
{
    int64_t moved = *level + move->movement.change;
    if (move->settled)
        return ADJUST_REDELIVERED;
    if (moved < 0)
        return ADJUST_BELOW;
    if (moved > INT32_MAX)
        return ADJUST_ABOVE;
    *level = moved;
    return ADJUST_APPLIED;
}

struct run {
    struct move *moves[RUN_MAX];
    enum adjust_verdict verdicts[RUN_MAX];
    size_t count;
};

static struct move *read_next(struct world *world, size_t p)
{
    struct move *move = &world->logs[p][world->next[p]++];
    struct ledger_place *place = &move->movement.place;
    if (place->timestamp_ms > world->newest_ms[p])
        world->newest_ms[p] = place->timestamp_ms;
    place->newest_ms = world->newest_ms[p];
    return move;
}

static void take_run(struct world *world, struct run *run)
{
    size_t count = 1 + below(RUN_MAX);
    run->count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t p = below(PARTITIONS);
        if (world->next[p] < LENGTH)
            run->moves[run->count++] = read_next(world, p);
    }
}

/* Every movement that stands no later in its partition than one of the run's is covered by the
 * run's write. */
static void settle(struct world *world, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct move *log = world->logs[run->moves[i]->movement.place.partition];
        for (struct move *move = log; move <= run->moves[i]; move++)
            move->settled = true;
        run->moves[i]->applied += run->verdicts[i] == ADJUST_APPLIED;
    }
}

static void write_run(struct world *world, const struct run *run, const struct adjust *adjust)
{
    struct buffer body = BUFFER_INIT(100000);
    assert_int_equal(adjust_encode(adjust, &body), 0);
    json_t *written = json_loads(body.data, 0, NULL);
    json_decref(world->ledger);
    world->level = json_integer_value(json_object_get(written, "stock_available"));
    world->ledger = json_incref(json_object_get(written, "stock_ledger"));
    json_decref(written);
    buffer_release(&body);
    settle(world, run);
}

static void crash(struct world *world)
{
    memcpy(world->next, world->committed, sizeof world->next);
    memset(world->newest_ms, 0, sizeof world->newest_ms);
}

static void commit(struct world *world)
{
    for (size_t p = 0; p < PARTITIONS; p++)
        world->committed[p] += below(world->next[p] - world->committed[p] + 1);
}

static void work_off(struct world *world, struct run *run)
{
    struct adjust adjust;
    struct reason reason;
    json_t *level = json_integer(world->level);
    int64_t expected = world->level;
    assert_int_equal(
        adjust_start(&adjust, entity_stock.adjustment, level, true, world->ledger, &reason), 0);
    for (size_t i = 0; i < run->count; i++) {
        const struct move *move = run->moves[i];
        run->verdicts[i] = adjust_take(&adjust, &move->movement);
        enum adjust_verdict right = judge(move, &expected);
        assert_int_equal(run->verdicts[i], right);
        assert_int_equal(adjust.level, expected);
        /* The record is acknowledged before the write. */
        run->moves[i]->refused += right == ADJUST_BELOW || right == ADJUST_ABOVE;
    }
    json_decref(level);
    if (below(6) == 0) {
        crash(world);
    } else {
        if (adjust.write)
            write_run(world, run, &adjust);
        commit(world);
        if (below(6) == 0)
            crash(world);
    }
    adjust_release(&adjust);
}

static bool done(const struct world *world)
{
    for (size_t p = 0; p < PARTITIONS; p++)
        if (world->next[p] < LENGTH)
            return false;
    return true;
}

static void check_end(const struct world *world)
{
    int64_t sum = world->first_level;
    for (size_t p = 0; p < PARTITIONS; p++) {
        for (size_t i = 0; i < LENGTH; i++) {
            const struct move *move = &world->logs[p][i];
            sum += move->applied * move->movement.change;
            assert_true(move->applied <= 1);
            /* One that moves nothing needs no write. */
            if (move->movement.change != 0)
                assert_true(move->applied == 1 || move->refused > 0);
        }
    }
    assert_int_equal(world->level, sum);
    assert_true(sum >= 0 && sum <= INT32_MAX);
}

static void sums_are_those_of_a_recomputation(void **state)
{
    (void)state;
    static struct world world;
    for (int i = 0; i < WORLDS; i++) {
        struct run run;
        fill(&world);
        while (!done(&world)) {
            take_run(&world, &run);
            work_off(&world, &run);
        }
        check_end(&world);
        json_decref(world.ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_a_recomputation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
