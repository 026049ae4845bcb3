/* The files of a watched folder, and which of them is next. Pure: somebody else looks into the folder
 * and does the work; times and randomness are parameters.
 *
 *     seen ──────────► waiting ──── chosen ───► running ──┬── handled: gone from the folder, or done with
 *                        ▲  complete, its turn            │   as long as it is this very file
 *                        └──────── stays, after a pause ──┘
 *
 * Complete is a file that was closed after writing or renamed in, or whose size and time of change have
 * stood still for a while; not while somebody is known to have it open for writing. An empty one always
 * has to stand still: some programs make a file first and fill it later. The oldest is next; one that has to wait holds up no other. */
#ifndef FEEDS_PIPELINE_WATCH_TABLE_H
#define FEEDS_PIPELINE_WATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/backoff.h"
#include "core/feed_progress.h"

/* Names of one folder that are remembered. What is beyond has to wait for room. */
#define WATCH_FILES_MAX 1000000

enum watch_state {
    WATCH_WAITING,
    WATCH_RUNNING,
    WATCH_HANDLED,
    WATCH_STRANGE, /* no regular file: told once, and left alone */
};

struct watch_file {
    char *name;
    enum watch_state state;
    struct feed_file which;
    bool closed;  /* somebody has just finished writing it */
    bool changed; /* while it was read: handled, whatever becomes of it, until it is another file */
    bool listed;  /* by the listing under way */
    int64_t still_since_ms, not_before_ms;
    unsigned tries;
    struct backoff pause;
};

struct watch_table {
    int64_t still_ms;          /* how long a file must stand still */
    bool once;                 /* what stays is not tried again */
    bool in_place;             /* what is handled remains in the folder */
    struct watch_file **files; /* by name */
    size_t count, room;
};

/* What becomes of a file whose work has ended. */
enum watch_end {
    WATCH_END_HANDLED,
    WATCH_END_CHANGED, /* handled: its new content waits for a person */
    WATCH_END_STAYS,   /* to be tried again */
};

/* A listing of the folder: every name in it, between these two. What was not in it is forgotten. */
void watch_table_list(struct watch_table *table);
void watch_table_listed(struct watch_table *table);
/* The file has this name now. closed: it is known to be complete. 0, or -1: no room. */
int watch_table_see(struct watch_table *table, const char *name, const struct feed_file *which,
                    bool closed, int64_t now_ms);
/* What has that name is no file. Whether that is news. */
bool watch_table_see_strange(struct watch_table *table, const char *name);
/* It is in a report of an earlier process: see enum watch_end. 0 or -1. */
int watch_table_recall(struct watch_table *table, const char *name, const struct feed_file *which,
                       bool changed);
/* There is nothing of that name. */
void watch_table_forget(struct watch_table *table, const char *name);

/* The one to take now, or NULL; it is to be started, or found to be written. */
struct watch_file *watch_table_next(const struct watch_table *table, int64_t now_ms);
void watch_table_started(struct watch_file *file);
/* Somebody is writing it: it has to stand still from now on, or to be closed. */
void watch_table_written(struct watch_file *file, int64_t now_ms);
/* The file may be gone afterwards. */
void watch_table_ended(struct watch_table *table, struct watch_file *file, enum watch_end end,
                       int64_t now_ms, uint32_t random);
/* When it is a file's turn at the latest, if nothing happens; INT64_MAX: never. */
int64_t watch_table_due(const struct watch_table *table);
/* Whether a file waits or runs. */
bool watch_table_busy(const struct watch_table *table);
void watch_table_release(struct watch_table *table);

#endif
