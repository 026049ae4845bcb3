#include "core/upstream.h"

#include <stdlib.h>

/* Sights farther apart than this were not asked for, or did not come. */
#define LOOK_MAX_MS 15000

void upstream_init(struct upstream *upstream, int64_t grace_ms, int64_t wait_ms)
{
    *upstream = (struct upstream){.grace_ms = grace_ms, .wait_ms = wait_ms};
}

void upstream_ask(struct upstream *upstream)
{
    upstream->asked++;
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
        upstream->first_ms = now_ms;
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

int upstream_see(struct upstream *upstream, const struct upstream_sight *sight, int64_t now_ms)
{
    note_progress(upstream, sight, now_ms);
    upstream->feed_moving = sight->feed_moving;
    if (upstream->goal != upstream->reached && goal_is_reached(upstream, sight))
        upstream->reached = upstream->goal;
    if (upstream->goal != upstream->reached)
        return 0;
    if (set_goal(upstream, sight) != 0)
        return -1;
    if (goal_is_reached(upstream, sight))
        upstream->reached = upstream->goal;
    return 0;
}

bool upstream_may_refuse(const struct upstream *upstream, uint64_t mark, int64_t timestamp_ms,
                         int64_t wall_ms)
{
    if (!upstream->seen || upstream->feed_moving || wall_ms - timestamp_ms < upstream->grace_ms ||
        upstream->seen_ms - upstream->first_ms < upstream->grace_ms)
        return false;
    return upstream->reached >= mark || upstream->seen_ms - upstream->moved_ms >= upstream->wait_ms;
}

void upstream_release(struct upstream *upstream)
{
    free(upstream->goal_ends);
    *upstream = (struct upstream){0};
}
