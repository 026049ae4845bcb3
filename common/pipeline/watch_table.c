#include "pipeline/watch_table.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_FIRST_MS   1000
#define WRITTEN_PAUSE_MS 500
#define PAUSE_CEILING_MS (5 * 60 * 1000)

/* The place of the name, or the one where it belongs. */
static size_t place_of(const struct watch_table *table, const char *name, bool *found)
{
    size_t low = 0, high = table->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(table->files[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct watch_file *find(const struct watch_table *table, const char *name)
{
    bool found;
    size_t place = place_of(table, name, &found);
    return found ? table->files[place] : NULL;
}

static int make_room(struct watch_table *table)
{
    if (table->count < table->room)
        return 0;
    size_t room = table->room == 0 ? 16 : 2 * table->room;
    struct watch_file **files = NULL;
    if (table->count < WATCH_FILES_MAX)
        files = realloc(table->files, room * sizeof(struct watch_file *));
    if (files == NULL)
        return -1;
    table->files = files;
    table->room = room;
    return 0;
}

static struct watch_file *file_new(const char *name)
{
    struct watch_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->name = strdup(name)) == NULL) {
        free(file);
        return NULL;
    }
    file->pause = (struct backoff)BACKOFF_INIT(PAUSE_FIRST_MS, PAUSE_CEILING_MS);
    return file;
}

static struct watch_file *add(struct watch_table *table, const char *name)
{
    bool found;
    size_t place = place_of(table, name, &found);
    struct watch_file *file = make_room(table) == 0 ? file_new(name) : NULL;
    if (file == NULL)
        return NULL;
    memmove(table->files + place + 1, table->files + place,
            (table->count - place) * sizeof(struct watch_file *));
    table->files[place] = file;
    table->count++;
    return file;
}

static void file_free(struct watch_file *file)
{
    free(file->name);
    free(file);
}

static void remove_at(struct watch_table *table, size_t place)
{
    file_free(table->files[place]);
    table->count--;
    memmove(table->files + place, table->files + place + 1,
            (table->count - place) * sizeof(struct watch_file *));
}

void watch_table_list(struct watch_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        table->files[i]->listed = false;
}

void watch_table_listed(struct watch_table *table)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct watch_file *file = table->files[i];
        if (file->listed || file->state == WATCH_RUNNING)
            table->files[kept++] = file;
        else
            file_free(file);
    }
    table->count = kept;
}

/* Begins anew with what the name stands for now. */
static void renew(struct watch_file *file, const struct feed_file *which, int64_t now_ms)
{
    file->state = WATCH_WAITING;
    file->which = *which;
    file->closed = false;
    file->changed = false;
    file->still_since_ms = now_ms;
    file->not_before_ms = now_ms;
    file->tries = 0;
    backoff_reset(&file->pause);
}

static bool is_known(const struct watch_file *file, const struct feed_file *which)
{
    if (file->state == WATCH_STRANGE)
        return false;
    if (file->changed && file->which.device == which->device && file->which.inode == which->inode)
        return true;
    return feed_file_equal(&file->which, which);
}

int watch_table_see(struct watch_table *table, const char *name, const struct feed_file *which,
                    bool closed, int64_t now_ms)
{
    struct watch_file *file = find(table, name);
    bool is_new = file == NULL;
    if (is_new && (file = add(table, name)) == NULL)
        return -1;
    file->listed = true;
    /* Whoever works on it sees himself that it changes. */
    if (file->state == WATCH_RUNNING)
        return 0;
    if (is_new || !is_known(file, which))
        renew(file, which, now_ms);
    file->closed |= closed && which->size > 0;
    return 0;
}

bool watch_table_see_strange(struct watch_table *table, const char *name)
{
    struct watch_file *file = find(table, name);
    bool is_new = file == NULL || file->state != WATCH_STRANGE;
    if (file == NULL && (file = add(table, name)) == NULL)
        return false;
    file->listed = true;
    if (file->state != WATCH_RUNNING)
        file->state = WATCH_STRANGE;
    return is_new;
}

int watch_table_recall(struct watch_table *table, const char *name, const struct feed_file *which,
                       bool changed)
{
    if (watch_table_see(table, name, which, false, 0) != 0)
        return -1;
    struct watch_file *file = find(table, name);
    file->state = WATCH_HANDLED;
    file->changed = changed;
    return 0;
}

void watch_table_forget(struct watch_table *table, const char *name)
{
    bool found;
    size_t place = place_of(table, name, &found);
    if (found && table->files[place]->state != WATCH_RUNNING)
        remove_at(table, place);
}

/* The moment from which on it may be taken, if it stays as it is; INT64_MAX: never. */
static int64_t due(const struct watch_table *table, const struct watch_file *file)
{
    if (file->state != WATCH_WAITING || (table->once && file->tries > 0))
        return INT64_MAX;
    int64_t complete = file->closed ? file->still_since_ms : file->still_since_ms + table->still_ms;
    return complete > file->not_before_ms ? complete : file->not_before_ms;
}

static bool is_older(const struct watch_file *one, const struct watch_file *other)
{
    const struct feed_file *a = &one->which, *b = &other->which;
    if (a->mtime_s != b->mtime_s)
        return a->mtime_s < b->mtime_s;
    /* Of the same moment the first by name, which is the first in the table. */
    return a->mtime_ns < b->mtime_ns;
}

struct watch_file *watch_table_next(const struct watch_table *table, int64_t now_ms)
{
    struct watch_file *oldest = NULL;
    for (size_t i = 0; i < table->count; i++) {
        struct watch_file *file = table->files[i];
        if (due(table, file) <= now_ms && (oldest == NULL || is_older(file, oldest)))
            oldest = file;
    }
    return oldest;
}

void watch_table_started(struct watch_file *file)
{
    file->state = WATCH_RUNNING;
    file->tries++;
}

void watch_table_written(struct watch_file *file, int64_t now_ms)
{
    file->closed = false;
    file->still_since_ms = now_ms;
    /* Also when standing still takes no time. */
    file->not_before_ms = now_ms + WRITTEN_PAUSE_MS;
}

void watch_table_ended(struct watch_table *table, struct watch_file *file, enum watch_end end,
                       int64_t now_ms, uint32_t random)
{
    file->state = end == WATCH_END_STAYS ? WATCH_WAITING : WATCH_HANDLED;
    file->changed = end == WATCH_END_CHANGED;
    file->not_before_ms = now_ms + backoff_next(&file->pause, random);
    /* Put back into the folder, it is to be taken once more. */
    if (file->state == WATCH_HANDLED && !table->in_place)
        watch_table_forget(table, file->name);
}

int64_t watch_table_due(const struct watch_table *table)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < table->count; i++) {
        int64_t own = due(table, table->files[i]);
        first = own < first ? own : first;
    }
    return first;
}

bool watch_table_busy(const struct watch_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->files[i]->state == WATCH_RUNNING || due(table, table->files[i]) != INT64_MAX)
            return true;
    return false;
}

void watch_table_release(struct watch_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        file_free(table->files[i]);
    free(table->files);
    table->files = NULL;
    table->count = table->room = 0;
}
