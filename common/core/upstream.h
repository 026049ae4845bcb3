/* The topic that brings the entries that an ADJUST moves: has it been worked off, so that an entry
 * that is missing will not come? The rule of docs/architecture.md ("Movements"), as arithmetic on what
 * somebody else has seen.
 *
 *     upstream_ask(&upstream, now_ms, wall_ms) a sight of the topic is asked for
 *     mark = upstream_mark(&upstream)          a movement is read, and keeps it
 *     upstream_see(&upstream, &sight, now_ms)  the answer, some time later
 *     if (upstream_may_refuse(&upstream, mark, timestamp_ms, wall_ms))
 *         ... the entry it names is missing, and will not come
 *
 * A movement is measured by the topic's end as it was after it had been read and its grace was over,
 * and no feed was under way; not by today's: else a topic that grows all the time would never be worked
 * off. Not by an earlier one either: what brings the entry may be sent a moment after the movement, and
 * take the group longer than the grace. Ends are remembered one at a time, as a goal; a movement that is
 * read while the group is on its way to it has the next one, so that memory does not depend on how
 * many wait.
 *
 * Sights are only asked for while somebody waits. How long a group stands still is measured while
 * somebody looks: what lies between two sights that are far apart may have been an outage of all. */
#ifndef FEEDS_CORE_UPSTREAM_H
#define FEEDS_CORE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream_partition {
    int64_t low, end;  /* of the log; end is the read_uncommitted high watermark */
    int64_t committed; /* by the group that works it off; -1: nothing, as if it stood at low */
};

/* One look at the topic. A topic that is not there has no partitions. */
struct upstream_sight {
    const struct upstream_partition *partitions;
    size_t count;
    bool
        feed_moving; /* a feed is being sent to it: recorded as begun, not as ended, and going on */
};

struct upstream {
    int64_t grace_ms; /* a movement younger than this waits in any case; and all of them for so long
                         after the first sight, because services start together */
    int64_t wait_ms;  /* a group that is behind and has not moved for so long is not waited for */
    uint64_t asked;
    uint64_t goal;    /* the sight whose ends the group is to reach; 0: none */
    uint64_t reached; /* the newest one whose ends it has */
    int64_t asked_ms, asked_wall_ms, goal_wall_ms, reached_wall_ms; /* when these were asked for */
    int64_t *goal_ends;
    size_t goal_count;
    int64_t progress;          /* the sum of what is committed */
    int64_t moved_ms;          /* monotonic: when it last changed, or was all */
    int64_t first_ms, seen_ms; /* the first sight was asked for, the last one came */
    bool seen, feed_moving;
};

/* Both limits in milliseconds. */
void upstream_init(struct upstream *upstream, int64_t grace_ms, int64_t wait_ms);
/* One sight is under way at a time. It was asked for again when the last one did not come. now_ms is
 * monotonic, wall_ms since 1970. */
void upstream_ask(struct upstream *upstream, int64_t now_ms, int64_t wall_ms);
/* The answer to the last one asked for. 0, or -1 when out of memory. */
int upstream_see(struct upstream *upstream, const struct upstream_sight *sight, int64_t now_ms);
/* The first sight that shows the topic as it is now, or later. */
uint64_t upstream_mark(const struct upstream *upstream);
/* mark: the movement's. timestamp_ms: when it was made, measured by wall_ms. */
bool upstream_may_refuse(const struct upstream *upstream, uint64_t mark, int64_t timestamp_ms,
                         int64_t wall_ms);
void upstream_release(struct upstream *upstream);

#endif
