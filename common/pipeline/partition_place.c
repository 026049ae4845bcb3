/* Where reading begins, or goes on: the facts are put together, core/start_position.c decides, and the decision
 * is carried out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/partition_steps.h"
#include "service/log.h"

static bool is_first_reset(const struct partitions *partitions, int32_t number)
{
    return partitions->options.reset &&
           ((size_t)number >= partitions->reset_count || !partitions->reset[number]);
}

static void note_reset(struct partitions *partitions, int32_t number)
{
    size_t count = (size_t)number + 1;

    if (count > partitions->reset_count) {
        bool *reset = realloc(partitions->reset, count * sizeof *reset);

        /* Once more is as good as once; going on without it is not. */
        if (!reset)
            abort();
        memset(reset + partitions->reset_count, 0,
               (count - partitions->reset_count) * sizeof *reset);
        partitions->reset = reset;
        partitions->reset_count = count;
    }
    partitions->reset[number] = true;
}

static bool is_ours(const struct partitions *partitions, const struct commit_note *note)
{
    return strcmp(note->sink, partitions_sink(partitions)->ops->name) == 0;
}

static struct start_facts facts_of(const struct partitions *partitions,
                                   const struct partition *partition, const struct log_sight *sight)
{
    bool reading = partition->state == PARTITION_CHECKING;

    return (struct start_facts){
        .low = sight->low,
        .high = sight->high,
        .position = reading ? partition_next_to_read(partition) : sight->committed,
        .last = sight->note.history.count > 0 ? sight->note.history.marks[0].offset : -1,
        .likeness = sight->likeness,
        .noted_by_us = is_ours(partitions, &sight->note),
        .since = sight->note.since,
        .reading = reading,
        .skip_lost = partitions->options.skip_lost,
        .reset = !reading && partitions_keep_positions(partitions) &&
                 is_first_reset(partitions, partition->number),
        .keeps_positions = partitions_keep_positions(partitions),
        .next = partition->target.next,
        .confirmed = partition->target.confirmed,
        .target = sight->target,
    };
}

/* The note may say that another sink was here. One that keeps positions in the target knows more than
 * the offset: what takes over without it has to be wanted. */
bool partition_may_follow(struct partitions *partitions, const struct partition *partition,
                          const struct log_sight *sight)
{
    const char *ours = partitions_sink(partitions)->ops->name;

    if (!sight->note.sink[0] || strcmp(sight->note.sink, ours) == 0 ||
        partitions_keep_positions(partitions))
        return true;
    if (partitions->options.fallback) {
        partitions->options.refused(
            partitions->options.arg,
            "the group has written through the ingest plugin, and Strapi has none now: install it "
            "again; or set SINK=rest, and what was written since the last commit may be written "
            "twice");
        return false;
    }
    log_say(LOG_WARN_LEVEL, "sink-changed",
            "partition %d was written by the sink \"%s\" before, whose positions are not used now: "
            "what was written since the last commit may be written twice",
            (int)partition->number, sight->note.sink);
    return true;
}

static void say(const struct partition *partition, const struct start_position *start)
{
    const char *name = start_why_name(start->why);

    if (start->expired_from >= 0)
        log_say(LOG_WARN_LEVEL, name, "partition %d, offsets %" PRId64 " to %" PRId64 ": %s",
                (int)partition->number, start->expired_from, start->offset - 1,
                start_why_sentence(start->why));
    else if (name)
        log_say(LOG_WARN_LEVEL, name, "partition %d, from offset %" PRId64 ": %s",
                (int)partition->number, start->offset, start_why_sentence(start->why));
    if (start->moves && start->move == MOVE_RESET)
        log_say(LOG_WARN_LEVEL, "position-reset",
                "partition %d: the target's position becomes %" PRId64, (int)partition->number,
                start->move_to);
}

/* What is still true of what was read, where reading begins again. */
static void keep_history(struct partition *partition, const struct start_position *start)
{
    struct log_history *history = &partition->history;

    if (start->why == START_EXPIRED)
        return;
    if (start->why == START_ANEW || start->why == START_LOST_AGAIN || start->why == START_LOST_SKIP)
        history->count = 0;
    while (history->count > 0 && history->marks[0].offset >= start->offset) {
        history->count--;
        memmove(&history->marks[0], &history->marks[1], history->count * sizeof history->marks[0]);
    }
}

void partition_align_or_start(struct partitions *partitions, struct partition *partition,
                              int64_t now_ms)
{
    const struct sink *sink = partitions_sink(partitions);
    const struct start_position *start = &partition->start;
    char fingerprint[FINGERPRINT_SIZE] = "";

    if (!start->moves) {
        partition_go(partition, STEP_START);
        return;
    }
    if (partition->history.count > 0 && partition->history.marks[0].offset < start->move_to)
        fingerprint_write(&partition->history.marks[0], fingerprint);
    partition_go(partition, STEP_ALIGN);
    partition->asked = true;
    sink->ops->move(sink->self, partition->number, start->move_to, fingerprint, start->move,
                    now_ms);
}

/* Out of memory would mean to go on without the record. */
static void report(struct partitions *partitions, struct partition *partition)
{
    const struct start_position *start = &partition->start;

    if (offset_window_add_range(&partition->window, start->expired_from, start->offset) != 0)
        abort();
    partition->reported = false;
    partition_go(partition, STEP_REPORT);
    partitions->options.expired(partitions->options.arg, partition, start->expired_from,
                                start->offset);
}

/* What was done above the group's offset stays done, if the log is the one of which that was said: only a
 * fingerprint shows it. */
static void take_ahead(struct partition *partition, const struct log_sight *sight)
{
    const enum start_why why = partition->start.why;

    offset_set_start(&partition->ahead, 0);
    if ((why == START_GO_ON || why == START_ADOPTED) && sight->note.history.count > 0)
        partition->ahead = sight->note.ahead;
}

/* Where our sink begins in this log, now or when it was first here. */
static int64_t since_of(const struct partitions *partitions, const struct start_position *start,
                        const struct commit_note *note)
{
    bool anew = start->why == START_NEW || start->why == START_TARGET || start->why == START_ANEW ||
                start->why == START_LOST_AGAIN || start->why == START_LOST_SKIP ||
                start->why == START_ADOPTED;

    if (anew || !is_ours(partitions, note) || note->since < 0 || note->since > start->offset)
        return start->offset;
    return note->since;
}

/* The first time, and after a fence. */
static void take_up(const struct partitions *partitions, struct partition *partition,
                    const struct log_sight *sight)
{
    const struct start_position *start = &partition->start;

    partition->since = since_of(partitions, start, &sight->note);
    offset_window_start(&partition->window,
                        start->expired_from >= 0 ? start->expired_from : start->offset);
    memcpy(partition->noted, sight->note.sink, sizeof partition->noted);
    partition->history = sight->note.history;
    take_ahead(partition, sight);
    keep_history(partition, start);
    partition->committed = sight->committed;
    if (start->why == START_NEW)
        partition->committed = start->offset; /* nothing that is worth a commit */
}

/* While it is read: the log is another one, or has lost something. What is not done is read again, if it
 * is still there. */
static void read_on(struct partitions *partitions, struct partition *partition)
{
    struct start_position *start = &partition->start;
    int64_t position = offset_window_position(&partition->window);

    partition_drop_held(partition);
    partition->stopped = true;
    if (start->why == START_EXPIRED)
        return;
    if ((start->why == START_TRUNCATED || start->why == START_DIVERGED) &&
        position < start->offset) {
        start->offset = position;
        if (start->moves)
            start->move_to = position;
    }
    partition_clear(partitions, partition);
    partition->since = start->offset < partition->since ? start->offset : partition->since;
    offset_set_start(&partition->ahead, 0);
    offset_window_start(&partition->window, start->offset);
    keep_history(partition, start);
}

/* False: not now. */
static bool commit_first(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (!partition->start.commit_first)
        return true;
    if (partitions_commit(partitions, &fenced, &reason) == 0)
        return true;
    log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
    if (!fenced) {
        partition_clear(partitions, partition);
        partition->due_ms = now_ms + PARTITION_RETRY_MS;
    }
    return false;
}

void partition_place(struct partitions *partitions, struct partition *partition,
                     const struct log_sight *sight, int64_t now_ms)
{
    struct start_facts facts = facts_of(partitions, partition, sight);

    partition->start = start_position(&facts);
    say(partition, &partition->start);
    if (!facts.reading) {
        take_up(partitions, partition, sight);
    } else if (partition->start.why == START_GO_ON) {
        backoff_reset(&partition->fences);
        partition_go(partition, STEP_START);
        return;
    } else {
        read_on(partitions, partition);
    }
    if (!commit_first(partitions, partition, now_ms))
        return;
    if (facts.reset)
        note_reset(partitions, partition->number);
    if (partition->start.expired_from >= 0)
        report(partitions, partition);
    else
        partition_align_or_start(partitions, partition, now_ms);
}
