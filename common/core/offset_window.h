/* The pending offsets of one partition, and what may be stored: an offset is stored only when
 * everything below it is done. Kafka's offsets have gaps (transactions, compaction), so the window
 * is a queue of offsets, not a bitmap. */
#ifndef FEEDS_CORE_OFFSET_WINDOW_H
#define FEEDS_CORE_OFFSET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fingerprint.h"
#include "core/offset_set.h"

struct offset_slot {
    int64_t offset;
    int64_t next; /* the offset behind it */
    struct fingerprint mark;
    bool marked, done;
};

struct offset_window {
    struct offset_slot *slots; /* ring */
    size_t cap, head, count;
    size_t ahead;            /* done, but not everything below them is */
    int64_t position;        /* the next offset to store; -1 while nothing is known */
    struct fingerprint last; /* of the last marked one below `position` */
    bool has_last;
};

#define OFFSET_WINDOW_INIT                                                                         \
    {                                                                                              \
        .position = -1                                                                             \
    }

/* Everything below is done with: reading begins there. Of an empty window. */
void offset_window_start(struct offset_window *window, int64_t offset);
/* An offset was read; they come in ascending order. 0, or -1 when out of memory or not ascending.
 */
int offset_window_add(struct offset_window *window, int64_t offset);
/* The same for a message, which is remembered by its fingerprint. */
int offset_window_add_marked(struct offset_window *window, const struct fingerprint *mark);
/* The offsets from `first` up to, not including, `next` are pending as one, under the name of the first. */
int offset_window_add_range(struct offset_window *window, int64_t first, int64_t next);
/* The last message of which everything up to it is done, and the last one that was added; NULL: none that
 * is marked. */
const struct fingerprint *offset_window_last(const struct offset_window *window);
const struct fingerprint *offset_window_newest(const struct offset_window *window);
/* What is added next is not below this; -1 while nothing is known. */
int64_t offset_window_next(const struct offset_window *window);
/* It is done. -1 if it is not pending (a bug in the caller). */
int offset_window_done(struct offset_window *window, int64_t offset);
/* The offset to commit, i.e. the next one to read; -1 when there is nothing to say. */
int64_t offset_window_position(const struct offset_window *window);
/* Offsets in the window, the done ones that wait for others below them included. */
size_t offset_window_pending(const struct offset_window *window);
/* Those done ones. */
size_t offset_window_ahead(const struct offset_window *window);
/* Adds their offsets to the set, as far as they go into it. */
void offset_window_add_ahead(const struct offset_window *window, struct offset_set *set);
void offset_window_release(struct offset_window *window);

#endif
