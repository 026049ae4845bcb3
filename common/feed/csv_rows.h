/* Physical lines → rows and refused rows, with a broken quote that costs its own line only. The
 * part of csv_reader.h behind the header. */
#ifndef FEEDS_FEED_CSV_ROWS_H
#define FEEDS_FEED_CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/row.h"
#include "feed/csv_record.h"
#include "feed/feed_events.h"
#include "feed/header.h"
#include "feed/line_buffer.h"

struct csv_rows {
    const struct header *header;
    const struct feed_events *events;
    struct line_buffer *lines;
    size_t limit;

    struct csv_record record;
    size_t line_count;  /* of the record, given to libcsv */
    size_t first_len;   /* bytes of the record's first physical line */
    size_t open_column; /* in which that line ended inside quotes */
    bool skipping;      /* inside a line over the limit, which has been refused */
    struct row row;     /* the current one: its number, its line */
};

/* All pointers are borrowed. line: the number of the first line. */
void csv_rows_init(struct csv_rows *rows, const struct header *header,
                   const struct feed_events *events, struct line_buffer *lines, size_t limit,
                   uint64_t line);
/* Goes on behind a row that was read before, the `count`th: the next line is the one at the place. */
void csv_rows_resume(struct csv_rows *rows, const struct feed_place *place, uint64_t count);
/* Works off every line that is whole. 0, or -1 when out of memory. */
int csv_rows_read(struct csv_rows *rows, bool at_end);
void csv_rows_release(struct csv_rows *rows);

#endif
