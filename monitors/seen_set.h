/* Which records have been shown already: a producer or consumer that was killed writes its last
 * records a second time, with the same id. Bounded: beyond SEEN_MAX ids the oldest are forgotten,
 * and a record that is written again after so many others is shown twice. */
#ifndef FEEDS_MONITORS_SEEN_SET_H
#define FEEDS_MONITORS_SEEN_SET_H

#include <stdbool.h>
#include <stddef.h>

/* About 25 MB when full. */
#define SEEN_MAX 250000

struct seen_set;

/* NULL when out of memory. max: ids, at least 1. */
struct seen_set *seen_set_new(size_t max);
/* Whether the id was there already; it is from now on. False also when out of memory: better twice
 * than never. */
bool seen_set_add(struct seen_set *set, const char *id, size_t len);
void seen_set_free(struct seen_set *set);

#endif
