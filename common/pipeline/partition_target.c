/* A target that keeps positions: it is attached to, and may fence us. */
#include "pipeline/partition_steps.h"
#include "service/log.h"

void partition_attach(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    const struct sink *sink = partitions_sink(partitions);

    if (partition->asked || now_ms < partition->due_ms)
        return;
    partition->asked = partition->attached = true;
    sink->ops->attach(sink->self, partition->number, now_ms);
}

void partitions_attached(struct partitions *partitions, int32_t number,
                         const struct sink_position *position)
{
    struct partition *partition = partitions_find(partitions, number);

    if (!partition || !partition->asked)
        return; /* it has gone meanwhile, or is to be attached anew */
    partition->target = *position;
    if (partition->state == PARTITION_ATTACHING) {
        partition->due_ms = 0;
        partition_go(partition, STEP_LOCATE);
    } else if (partition->state == PARTITION_ALIGNING) {
        partition_go(partition, STEP_START);
    }
}

void partitions_fenced(struct partitions *partitions, int32_t number, const char *why)
{
    struct partition *partition = partitions_find(partitions, number);

    if (!partition || !partition->attached || partition->state == PARTITION_FENCED ||
        partition->state == PARTITION_GOING)
        return;
    log_say(LOG_WARN_LEVEL, "fenced", "partition %d: %s", (int)number, why);
    partition->due_ms = 0;
    partition_go(partition, STEP_FENCE);
}

/* Either we are a zombie, whose partition somebody else has by the group's will, and let go; or he is,
 * and we attach again. Two that both attached without asking the group would fence each other for
 * ever. False: everything has been given up. */
bool partition_answer_fence(struct partitions *partitions, struct partition *partition,
                            int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (now_ms < partition->due_ms)
        return true;
    if (partitions_commit(partitions, &fenced, &reason) != 0) {
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
        if (!fenced)
            partition->due_ms = now_ms + PARTITION_RETRY_MS;
        return !fenced;
    }
    partition_clear(partitions, partition);
    partition->placed = false;
    partition->due_ms =
        now_ms + backoff_next(&partition->fences, dispatch_random(partitions->dispatch));
    partition_go(partition, STEP_ATTACH);
    return true;
}
