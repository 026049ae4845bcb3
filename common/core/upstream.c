#include "core/upstream.h"

#include <stdlib.h>

/* Sights farther apart than this were not asked for, or did not come. */
#define LOOK_MAX_MS 15000

void upstream_init(struct upstream *upstream, int64_t grace_ms, int64_t wait_ms)
{
    *upstream = (struct upstream){.grace_ms = grace_ms, .wait_ms = wait_ms};
}

void upstream_ask(struct upstream *upstream, int64_t now_ms, int64_t wall_ms)
{
    upstream->asked++;
    upstream->asked_ms = now_ms;
    upstream->asked_wall_ms = wall_ms;
}

uint64_t upstream_mark(const struct upstream *upstream)
{
    return upstream->asked + 1;
}

static int64_t position(const struct upstream_partition *partition)
{
    return partition->committed < 0 ? partition->low : partition->committed;
}

/* The clock of the whole process: whether the group moves at all. One that has nothing to do does
 * not stand still. */
static void note_progress(struct upstream *upstream, const struct upstream_sight *sight,
                          int64_t now_ms)
{
    int64_t progress = 0;
    bool behind = false;
    for (size_t i = 0; i < sight->count; i++) {
        progress += position(&sight->partitions[i]);
        behind |= position(&sight->partitions[i]) < sight->partitions[i].end;
    }
    if (!upstream->seen)
        upstream->first_ms = upstream->asked_ms;
    if (!upstream->seen || !behind || progress != upstream->progress)
        upstream->moved_ms = now_ms;
    else if (now_ms - upstream->seen_ms > LOOK_MAX_MS)
        upstream->moved_ms += now_ms - upstream->seen_ms;
    upstream->progress = progress;
    upstream->seen_ms = now_ms;
    upstream->seen = true;
}

static int set_goal(struct upstream *upstream, const struct upstream_sight *sight)
{
    int64_t *ends = realloc(upstream->goal_ends, (sight->count + 1) * sizeof *ends);
    if (ends == NULL)
        return -1;
    for (size_t i = 0; i < sight->count; i++)
        ends[i] = sight->partitions[i].end;
    upstream->goal_ends = ends;
    upstream->goal_count = sight->count;
    upstream->goal = upstream->asked;
    upstream->goal_wall_ms = upstream->asked_wall_ms;
    return 0;
}

/* A partition that is gone, with its topic or because the log ends lower now, holds nothing up. */
static bool goal_is_reached(const struct upstream *upstream, const struct upstream_sight *sight)
{
    for (size_t i = 0; i < upstream->goal_count && i < sight->count; i++) {
        const struct upstream_partition *partition = &sight->partitions[i];
        int64_t end =
            upstream->goal_ends[i] < partition->end ? upstream->goal_ends[i] : partition->end;
        if (position(partition) < end)
            return false;
    }
    return true;
}

/* Whether the group has nothing left to do for the goal, if there is one. */
static bool reach_goal(struct upstream *upstream, const struct upstream_sight *sight)
{
    if (upstream->goal != upstream->reached && goal_is_reached(upstream, sight)) {
        upstream->reached = upstream->goal;
        upstream->reached_wall_ms = upstream->goal_wall_ms;
    }
    return upstream->goal == upstream->reached;
}

/* Whether the ends may be where they will stay. Services start together, and a feed that is being sent
 * has more. */
static bool shows_the_end(const struct upstream *upstream, const struct upstream_sight *sight)
{
    return !sight->feed_moving && upstream->asked_ms - upstream->first_ms >= upstream->grace_ms;
}

int upstream_see(struct upstream *upstream, const struct upstream_sight *sight, int64_t now_ms)
{
    note_progress(upstream, sight, now_ms);
    upstream->feed_moving = sight->feed_moving;
    if (!reach_goal(upstream, sight) || !shows_the_end(upstream, sight))
        return 0;
    if (set_goal(upstream, sight) != 0)
        return -1;
    (void)reach_goal(upstream, sight);
    return 0;
}

/* What was sent within the movement's grace is in the ends that were asked for after it only. */
static bool is_worked_off(const struct upstream *upstream, uint64_t mark, int64_t timestamp_ms)
{
    return upstream->reached >= mark &&
           upstream->reached_wall_ms - timestamp_ms >= upstream->grace_ms;
}

bool upstream_may_refuse(const struct upstream *upstream, uint64_t mark, int64_t timestamp_ms,
                         int64_t wall_ms)
{
    if (!upstream->seen || upstream->feed_moving || wall_ms - timestamp_ms < upstream->grace_ms ||
        upstream->seen_ms - upstream->first_ms < upstream->grace_ms)
        return false;
    return is_worked_off(upstream, mark, timestamp_ms) ||
           upstream->seen_ms - upstream->moved_ms >= upstream->wait_ms;
}

void upstream_release(struct upstream *upstream)
{
    free(upstream->goal_ends);
    *upstream = (struct upstream){0};
}
