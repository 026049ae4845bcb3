/* What a reader of any format hands over: rows with their cells in the entity's order, rows that
 * could not be read, and notices. Everything is borrowed until the callback returns. */
#ifndef FEEDS_FEED_FEED_EVENTS_H
#define FEEDS_FEED_FEED_EVENTS_H

#include "core/failure.h"
#include "core/row.h"

struct feed_events {
    void (*row)(void *arg, const struct row *row);
    /* The row has no cells; row, line, offset and raw are filled (raw is cut at the row limit). */
    void (*rejected)(void *arg, const struct row *row, const struct failure *failure);
    /* One sentence for the operator, about the feed as a whole: unknown columns, for example. */
    void (*notice)(void *arg, const char *sentence);
    void *arg;
};

#endif
