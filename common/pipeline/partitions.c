#include "pipeline/partitions.h"

#include <stdlib.h>

#include "pipeline/partition_steps.h"
#include "service/log.h"

/* Of one that is fenced again and again, between two times that it attaches. */
#define FENCED_FIRST_MS   500
#define FENCED_CEILING_MS 30000

void partitions_init(struct partitions *partitions, struct dispatch *dispatch,
                     const struct partitions_options *options)
{
    *partitions = (struct partitions){.dispatch = dispatch, .options = *options};
    TAILQ_INIT(&partitions->list);
}

int partitions_assigned(struct partitions *partitions, const int32_t *numbers, size_t count)
{
    partitions->joined = true;
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = calloc(1, sizeof *partition);

        if (!partition)
            return -1;
        partition->number = numbers[i];
        partition->window = (struct offset_window)OFFSET_WINDOW_INIT;
        partition->committed = partition->confirmed = partition->end = -1;
        partition->fences = (struct backoff)BACKOFF_INIT(FENCED_FIRST_MS, FENCED_CEILING_MS);
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
    if (offset == partition->start.expired_from)
        partition->reported = true;
    if (offset_window_last(&partition->window))
        log_history_add(&partition->history, offset_window_last(&partition->window));
}

static void forget(struct partitions *partitions, struct partition *partition)
{
    const struct sink *sink = dispatch_sink(partitions->dispatch);

    dispatch_orphan(partitions->dispatch, partition);
    if (partition->attached)
        sink->ops->detach(sink->self, partition->number);
    partition_drop_held(partition);
    TAILQ_REMOVE(&partitions->list, partition, link);
    offset_window_release(&partition->window);
    free(partition);
}

void partitions_rotate(struct partitions *partitions)
{
    struct partition *first = TAILQ_FIRST(&partitions->list);

    if (!first)
        return;
    TAILQ_REMOVE(&partitions->list, first, link);
    TAILQ_INSERT_TAIL(&partitions->list, first, link);
}

static void forget_all(struct partitions *partitions)
{
    struct partition *partition;

    while ((partition = TAILQ_FIRST(&partitions->list)))
        forget(partitions, partition);
}

int partitions_commit(struct partitions *partitions, bool *fenced, struct reason *reason)
{
    int result = partitions_send_commit(partitions, true, fenced, reason);

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
        partition_go(partition, STEP_LEAVE);
        partition->deadline_ms = now_ms + partitions->options.drain_ms;
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
        if (partition->state != PARTITION_GOING)
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
        if (partition->state == PARTITION_GOING)
            forget(partitions, partition);
    }
    kafka_consumer_release(partitions->consumer);
}

static bool any_going(const struct partitions *partitions)
{
    const struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link)
        if (partition->state == PARTITION_GOING)
            return true;
    return false;
}

/* What needs nothing more of the target: it may forget what it keeps of it. */
static void confirm(const struct partitions *partitions)
{
    const struct sink *sink = dispatch_sink(partitions->dispatch);
    struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        int64_t position = offset_window_position(&partition->window);

        if (!partition->placed || !partition->attached || position == partition->confirmed)
            continue;
        partition->confirmed = position;
        sink->ops->confirm(sink->self, partition->number, position);
    }
}

int64_t partitions_turn(struct partitions *partitions, int64_t now_ms)
{
    int64_t next = partitions_start_turn(partitions, now_ms), left;

    if (any_going(partitions) && drained(partitions, now_ms))
        let_go(partitions);
    partitions_commit_now_and_then(partitions, now_ms);
    confirm(partitions);
    left = kafka_consumer_poll_in(partitions->consumer);
    return left == INT64_MAX || now_ms + left > next ? next : now_ms + left;
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
    free(partitions->reset);
    partitions->reset = NULL;
    partitions->reset_count = 0;
}
