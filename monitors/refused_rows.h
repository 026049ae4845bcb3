/* The refused rows of one feed as one file of that feed's shape, ready to be corrected and fed in again:
 * those that a producer refused, as they stand in the feed, and those that a consumer refused, from
 * their messages. Pure. Two passes over the error topic:
 *
 *     struct refused_rows rows = REFUSED_ROWS_INIT;
 *     refused_rows_learn(&rows, &record);               each record: which entity, which shape
 *     refused_rows_shape(&rows, "export.csv");          now they are known
 *     refused_rows_add(&rows, &record, &out);           each record: its line, if it has one
 *     refused_rows_head(&rows, &out);                   what stands in front of the lines
 *     refused_rows_release(&rows);
 *
 * The shape is the feed's own where a record of a producer tells it; else it is the entity's columns,
 * or one object a line when the feed's name is that of a JSON file. */
#ifndef FEEDS_MONITORS_REFUSED_ROWS_H
#define FEEDS_MONITORS_REFUSED_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "feed/row_layout.h"
#include "monitors/failure_record.h"

struct refused_rows {
    const struct entity *entity; /* NULL: of no record could it be told */
    struct row_layout shape;
    bool shaped;
    /* Lines, and records that have none: the original is not all there; it cannot be put into the
     * columns; it is of another entity. */
    uint64_t written, cut, unfit, strangers;
};

#define REFUSED_ROWS_INIT                                                                          \
    {                                                                                              \
        0                                                                                          \
    }

void refused_rows_learn(struct refused_rows *rows, const struct failure_record *record);
/* feed: its file's name. 0, or -1 when out of memory. */
int refused_rows_shape(struct refused_rows *rows, const char *feed);
/* Appends the record's line. A record about a feed as a whole, or of no feed at all, has none. 0, or -1
 * when out of memory. */
int refused_rows_add(struct refused_rows *rows, const struct failure_record *record,
                     struct buffer *out);
/* Appends the header, and a byte order mark where there is to be one. 0, or -1 when out of memory. */
int refused_rows_head(const struct refused_rows *rows, struct buffer *out);
void refused_rows_release(struct refused_rows *rows);

#endif
