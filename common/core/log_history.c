#include "core/log_history.h"

#include <string.h>

static void drop(struct log_history *history, size_t i)
{
    history->count--;
    memmove(&history->marks[i], &history->marks[i + 1],
            (history->count - i) * sizeof history->marks[0]);
}

static int64_t distance(const struct log_history *history, size_t i)
{
    return history->marks[0].offset - history->marks[i].offset;
}

/* The oldest is never dropped: nothing else tells a log that lost nearly everything from a new one. */
static void thin(struct log_history *history)
{
    for (size_t i = 2; i + 1 < history->count;) {
        if (distance(history, i + 1) / LOG_HISTORY_RATIO <= distance(history, i - 1))
            drop(history, i);
        else
            i++;
    }
}

void log_history_add(struct log_history *history, const struct fingerprint *mark)
{
    if (history->count > 0 && mark->offset <= history->marks[0].offset)
        return;
    if (history->count == LOG_HISTORY_MAX)
        drop(history, LOG_HISTORY_MAX - 2);
    memmove(&history->marks[1], &history->marks[0], history->count * sizeof history->marks[0]);
    history->marks[0] = *mark;
    history->count++;
    thin(history);
}

static int find(const struct log_history *history, const enum mark_sight *sights,
                enum mark_sight sight, size_t from)
{
    for (size_t i = from; i < history->count; i++)
        if (sights[i] == sight)
            return (int)i;
    return -1;
}

/* A log only grows at its end: when the newest and the oldest are the same, so is what is between. The
 * oldest is looked at because a topic may have been made anew, and read on where the old one had been. */
int log_history_next(const struct log_history *history, const enum mark_sight *sights)
{
    if (history->count == 0)
        return -1;
    if (sights[0] == MARK_SAME) {
        for (size_t i = history->count; i-- > 1;) {
            if (sights[i] == MARK_UNSEEN)
                return (int)i;
            if (sights[i] != MARK_BELOW && sights[i] != MARK_HOLE)
                return -1;
        }
        return -1;
    }
    if (find(history, sights, MARK_SAME, 0) >= 0)
        return -1;
    return find(history, sights, MARK_UNSEEN, 0);
}

struct log_likeness log_history_compare(const struct log_history *history,
                                        const enum mark_sight *sights)
{
    int same = find(history, sights, MARK_SAME, 0), other = find(history, sights, MARK_OTHER, 0);
    struct log_likeness likeness = {LOG_LOST, -1};

    if (history->count == 0) {
        likeness.match = LOG_UNKNOWN;
    } else if (same < 0) {
        if (other >= 0)
            likeness.match = LOG_ANEW;
        else if (sights[0] == MARK_BELOW)
            likeness.match = LOG_GONE;
    } else if (find(history, sights, MARK_OTHER, (size_t)same) >= 0) {
        likeness.match = LOG_ANEW;
    } else if (other >= 0) {
        likeness = (struct log_likeness){LOG_DIVERGED, history->marks[same].offset + 1};
    } else if (sights[0] == MARK_BEHIND) {
        likeness.match = LOG_TRUNCATED;
    } else {
        /* A hole: compaction took the newer ones. */
        likeness.match = LOG_SAME;
    }
    return likeness;
}
