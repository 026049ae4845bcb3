/* What is committed to Kafka, with its note, and when. */
#include <stdio.h>
#include <stdlib.h>

#include "core/commit_note.h"
#include "pipeline/partition_steps.h"
#include "service/log.h"

#define COMMIT_EVERY_MS 1000
/* The log's end is committed at once, but not for each of messages that come one by one. */
#define END_COMMIT_EVERY_MS 100

/* A commit as it is asked for, and its note's text. */
struct commit {
    struct kafka_position *positions;
    char (*notes)[COMMIT_NOTE_SIZE];
    size_t count;
};

/* What is done above the position: of what we have read, and of what an earlier owner told us and we have not
 * come to yet. */
static void add_ahead(const struct partition *partition, int64_t position, struct offset_set *ahead)
{
    offset_set_start(ahead, position);
    offset_window_add_ahead(&partition->window, ahead);
    offset_set_add_from(ahead, &partition->ahead, offset_window_next(&partition->window));
}

static void add(const struct partitions *partitions, struct commit *commit,
                const struct partition *partition, int64_t position)
{
    struct commit_note note = {.since = -1, .history = partition->history};

    if (partitions_keep_positions(partitions))
        note.since = partition->since;
    add_ahead(partition, position, &note.ahead);
    /* Before it is read, perhaps before the target knows of it, nothing was written by ours. */
    snprintf(note.sink, sizeof note.sink, "%s",
             partition->placed ? dispatch_sink(partitions->dispatch)->ops->name : partition->noted);
    commit_note_write(&note, commit->notes[commit->count]);
    commit->positions[commit->count] =
        (struct kafka_position){partition->number, position, commit->notes[commit->count]};
    commit->count++;
}

/* What there is to commit: positions that moved since the last time, or all of them, because nobody
 * tells here whether a commit that was not waited for succeeded. */
static void collect(const struct partitions *partitions, bool all, struct commit *commit)
{
    const struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        int64_t position = partition_position(partition);

        if (position >= 0 && (all || position != partition->committed))
            add(partitions, commit, partition, position);
    }
}

static void note_committed(struct partitions *partitions, const struct commit *commit)
{
    for (size_t i = 0; i < commit->count; i++)
        partitions_find(partitions, commit->positions[i].partition)->committed =
            commit->positions[i].offset;
}

int partitions_send_commit(struct partitions *partitions, bool synchronous, bool *fenced,
                           struct reason *reason)
{
    size_t room = partitions_count(partitions);
    struct commit commit = {calloc(room + 1, sizeof *commit.positions),
                            calloc(room + 1, sizeof *commit.notes), 0};
    int result = -1;

    *fenced = false;
    if (!commit.positions || !commit.notes) {
        reason_set(reason, "out of memory");
        goto out;
    }
    collect(partitions, synchronous, &commit);
    result = commit.count == 0 ? 0
                               : kafka_consumer_commit(partitions->consumer, commit.positions,
                                                       commit.count, synchronous, fenced, reason);
    if (result == 0)
        note_committed(partitions, &commit);
out:
    free(commit.positions);
    free(commit.notes);
    return result;
}

/* Whether one is done to the log's end, and nobody was told: it would look like something left. */
static bool has_new_end(const struct partitions *partitions)
{
    const struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->end >= 0 && offset_window_pending(&partition->window) == 0 &&
            partition_position(partition) != partition->committed)
            return true;
    }
    return false;
}

void partitions_commit_now_and_then(struct partitions *partitions, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (now_ms < partitions->next_commit_ms &&
        (now_ms < partitions->next_end_commit_ms || !has_new_end(partitions)))
        return;
    partitions->next_commit_ms = now_ms + COMMIT_EVERY_MS;
    partitions->next_end_commit_ms = now_ms + END_COMMIT_EVERY_MS;
    if (partitions_send_commit(partitions, false, &fenced, &reason) != 0)
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
}
