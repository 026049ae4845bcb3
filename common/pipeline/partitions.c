#include "pipeline/partitions.h"

#include <stdlib.h>

#include "service/log.h"

#define COMMIT_EVERY_MS 1000

void partitions_init(struct partitions *partitions, struct dispatch *dispatch, int64_t drain_ms)
{
    *partitions = (struct partitions){.dispatch = dispatch, .drain_ms = drain_ms};
    TAILQ_INIT(&partitions->list);
}

int partitions_assigned(struct partitions *partitions, const int32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = calloc(1, sizeof *partition);

        if (!partition)
            return -1;
        partition->number = numbers[i];
        partition->window = (struct offset_window)OFFSET_WINDOW_INIT;
        partition->committed = partition->end = -1;
        TAILQ_INSERT_TAIL(&partitions->list, partition, link);
    }
    return 0;
}

struct partition *partitions_find(const struct partitions *partitions, int32_t number)
{
    struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link)
        if (partition->number == number)
            return partition;
    return NULL;
}

int64_t partition_position(const struct partition *partition)
{
    int64_t position = offset_window_position(&partition->window);

    /* Behind the last message there may be a transaction's marker: nothing that waits for us. */
    if (offset_window_pending(&partition->window) == 0 && partition->end > position)
        return partition->end;
    return position;
}

void partitions_done(struct partition *partition, int64_t offset)
{
    /* A message is done once; the dispatch's state table sees to it. */
    if (offset_window_done(&partition->window, offset) != 0)
        abort();
}

static void forget(struct partitions *partitions, struct partition *partition)
{
    dispatch_orphan(partitions->dispatch, partition);
    TAILQ_REMOVE(&partitions->list, partition, link);
    offset_window_release(&partition->window);
    free(partition);
}

void partitions_restart(struct partitions *partitions, struct partition *partition)
{
    log_say(LOG_WARN_LEVEL, "log-restarted",
            "partition %d begins again below offset %lld: was its topic made anew?",
            (int)partition->number, (long long)offset_window_next(&partition->window));
    dispatch_orphan(partitions->dispatch, partition);
    offset_window_release(&partition->window);
    partition->committed = partition->end = -1;
}

void partitions_rotate(struct partitions *partitions)
{
    struct partition *first = TAILQ_FIRST(&partitions->list);

    if (!first)
        return;
    TAILQ_REMOVE(&partitions->list, first, link);
    TAILQ_INSERT_TAIL(&partitions->list, first, link);
}

/* What there is to commit: positions that moved since the last time, or all of them, because nobody
 * tells here whether a commit that was not waited for succeeded. */
static size_t collect(const struct partitions *partitions, bool all,
                      struct kafka_position *positions, size_t room)
{
    const struct partition *partition;
    size_t count = 0;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        int64_t position = partition_position(partition);

        if (position >= 0 && (all || position != partition->committed) && count < room)
            positions[count++] = (struct kafka_position){partition->number, position};
    }
    return count;
}

static void note_committed(struct partitions *partitions, const struct kafka_position *positions,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = partitions_find(partitions, positions[i].partition);

        if (partition)
            partition->committed = positions[i].offset;
    }
}

static int commit(struct partitions *partitions, bool synchronous, bool *fenced,
                  struct reason *reason)
{
    size_t room = partitions_count(partitions), count;
    struct kafka_position *positions;
    int result = 0;

    *fenced = false;
    if (room == 0)
        return 0;
    positions = calloc(room, sizeof *positions);
    if (!positions) {
        reason_set(reason, "out of memory");
        return -1;
    }
    count = collect(partitions, synchronous, positions, room);
    if (count)
        result = kafka_consumer_commit(partitions->consumer, positions, count, synchronous, fenced,
                                       reason);
    if (result == 0)
        note_committed(partitions, positions, count);
    free(positions);
    return result;
}

static void forget_all(struct partitions *partitions)
{
    struct partition *partition;

    while ((partition = TAILQ_FIRST(&partitions->list)))
        forget(partitions, partition);
}

int partitions_commit(struct partitions *partitions, bool *fenced, struct reason *reason)
{
    int result = commit(partitions, true, fenced, reason);

    /* Somebody else has them: what we hold is his, and he reads it again. */
    if (*fenced)
        forget_all(partitions);
    return result;
}

void partitions_revoked(struct partitions *partitions, const int32_t *numbers, size_t count,
                        bool lost, int64_t now_ms)
{
    size_t going = 0;

    for (size_t i = 0; i < count; i++) {
        struct partition *partition = partitions_find(partitions, numbers[i]);

        if (!partition)
            continue;
        if (lost) {
            forget(partitions, partition);
            continue;
        }
        going++;
        partition->going = true;
        partition->deadline_ms = now_ms + partitions->drain_ms;
        dispatch_revoke(partitions->dispatch, partition);
    }
    /* Nothing to drain: lost, or given up earlier. */
    if (going == 0)
        kafka_consumer_release(partitions->consumer);
}

/* All that go have to be let go together: one revocation is one answer to the group. */
static bool drained(struct partitions *partitions, int64_t now_ms)
{
    struct partition *partition;
    bool all = true;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (!partition->going)
            continue;
        dispatch_drop_waiting(partitions->dispatch, partition);
        all &=
            dispatch_out(partitions->dispatch, partition) == 0 || now_ms >= partition->deadline_ms;
    }
    return all;
}

static void let_go(struct partitions *partitions)
{
    struct partition *partition, *next;
    struct reason reason = REASON_INIT;
    bool fenced;

    if (partitions_commit(partitions, &fenced, &reason) != 0)
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
    for (partition = TAILQ_FIRST(&partitions->list); partition; partition = next) {
        next = TAILQ_NEXT(partition, link);
        if (partition->going)
            forget(partitions, partition);
    }
    kafka_consumer_release(partitions->consumer);
}

static bool any_going(const struct partitions *partitions)
{
    const struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link)
        if (partition->going)
            return true;
    return false;
}

static void commit_now_and_then(struct partitions *partitions, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (now_ms < partitions->next_commit_ms)
        return;
    partitions->next_commit_ms = now_ms + COMMIT_EVERY_MS;
    if (commit(partitions, false, &fenced, &reason) != 0)
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
}

int64_t partitions_turn(struct partitions *partitions, int64_t now_ms)
{
    int64_t left;

    if (any_going(partitions) && drained(partitions, now_ms))
        let_go(partitions);
    commit_now_and_then(partitions, now_ms);
    left = kafka_consumer_poll_in(partitions->consumer);
    return left == INT64_MAX ? INT64_MAX : now_ms + left;
}

size_t partitions_count(const struct partitions *partitions)
{
    const struct partition *partition;
    size_t count = 0;

    TAILQ_FOREACH (partition, &partitions->list, link)
        count++;
    return count;
}

void partitions_release(struct partitions *partitions)
{
    forget_all(partitions);
}
