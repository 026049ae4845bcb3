#include "core/feed_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_id(const struct feed_run *run, const char *id, size_t len)
{
    return strlen(run->id) == len && memcmp(run->id, id, len) == 0;
}

static struct feed_run *find(const struct feed_runs *runs, const char *id, size_t len)
{
    for (size_t i = 0; i < runs->count; i++)
        if (has_id(&runs->items[i], id, len))
            return &runs->items[i];
    return NULL;
}

static void drop(struct feed_runs *runs, struct feed_run *run)
{
    size_t behind = (size_t)(runs->items + runs->count - run) - 1;
    memmove(run, run + 1, behind * sizeof *run);
    runs->count--;
}

/* Room for one more at the end. */
static struct feed_run *append(struct feed_runs *runs)
{
    if (runs->count == FEED_RUNS_MAX)
        drop(runs, runs->items);
    struct feed_run *items = realloc(runs->items, (runs->count + 1) * sizeof *items);
    if (items == NULL)
        return NULL;
    runs->items = items;
    return &items[runs->count++];
}

void feed_runs_bid(struct feed_runs *runs, const char *id, const char *claim)
{
    runs->bid = (struct feed_bid){.seen = false};
    snprintf(runs->bid.id, sizeof runs->bid.id, "%s", id);
    snprintf(runs->bid.claim, sizeof runs->bid.claim, "%s", claim);
}

/* Of several rivals the first one has the feed; one that has stopped again leaves it. */
static void note_bid(struct feed_bid *bid, const struct feed_run *run)
{
    const struct feed_progress *record = &run->progress;
    if (bid->seen || strcmp(bid->id, run->id) != 0)
        return;
    bid->seen = strcmp(bid->claim, record->claim) == 0;
    if (bid->seen || (bid->lost && strcmp(bid->rival.claim, record->claim) != 0))
        return;
    bid->lost = record->state != FEED_STOPPED;
    bid->rival = *record;
}

int feed_runs_add(struct feed_runs *runs, const char *key, size_t key_len, const char *value,
                  size_t value_len)
{
    size_t len = feed_key_run(key, key_len, runs->topic);
    uint64_t number = len < FEED_RUN_SIZE ? feed_run_number(key, len, runs->content) : 0;
    if (number == 0)
        return 0;
    struct feed_run *before = find(runs, key, len);
    struct feed_run run = {.number = number, .changes = before == NULL ? 1 : before->changes + 1};
    memcpy(run.id, key, len);
    bool counts = feed_progress_read(value, value_len, &run.progress) == 0 &&
                  (runs->name == NULL || feed_progress_has_name(&run.progress, runs->name));
    if (before != NULL && (counts || value == NULL))
        drop(runs, before);
    if (!counts)
        return 0;
    note_bid(&runs->bid, &run);
    struct feed_run *place = append(runs);
    if (place == NULL)
        return -1;
    *place = run;
    return 0;
}

const struct feed_run *feed_runs_find(const struct feed_runs *runs, const char *id)
{
    return find(runs, id, strlen(id));
}

/* One that has refused every row, read the wrong way perhaps, has left nothing to be sent twice. */
static bool is_done(const struct feed_run *run)
{
    return run->progress.state == FEED_COMPLETE && run->progress.sent > 0;
}

static const struct feed_run *last_of_file(const struct feed_runs *runs,
                                           const struct feed_file *file)
{
    const struct feed_run *last = NULL;
    for (size_t i = 0; i < runs->count; i++) {
        const struct feed_progress *progress = &runs->items[i].progress;
        if (progress->is_file && feed_file_equal(&progress->which, file))
            last = &runs->items[i];
    }
    return last;
}

static const struct feed_run *first_done(const struct feed_runs *runs)
{
    const struct feed_run *first = NULL;
    for (size_t i = 0; i < runs->count; i++) {
        const struct feed_run *run = &runs->items[i];
        if (is_done(run) &&
            (first == NULL || run->progress.started_ms < first->progress.started_ms))
            first = run;
    }
    return first;
}

static uint64_t highest(const struct feed_runs *runs)
{
    uint64_t number = 0;
    for (size_t i = 0; i < runs->count; i++)
        if (runs->items[i].number > number)
            number = runs->items[i].number;
    return number;
}

struct feed_choice feed_runs_choose(const struct feed_runs *runs, const struct feed_file *file,
                                    bool force)
{
    const struct feed_run *own = last_of_file(runs, file);
    if (own != NULL && !is_done(own))
        return (struct feed_choice){FEED_GO_ON, own->number, own};
    if (force || runs->count == 0)
        return (struct feed_choice){FEED_SEND, highest(runs) + 1, NULL};
    if (own != NULL)
        return (struct feed_choice){FEED_SAME, own->number, own};
    const struct feed_run *first = first_done(runs);
    if (first != NULL)
        return (struct feed_choice){FEED_DUPLICATE, first->number, first};
    const struct feed_run *last = &runs->items[runs->count - 1];
    return (struct feed_choice){FEED_GO_ON, last->number, last};
}

void feed_runs_release(struct feed_runs *runs)
{
    free(runs->items);
    runs->items = NULL;
    runs->count = 0;
}
