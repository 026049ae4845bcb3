/* Refused rows of a CSV feed as lines that can be corrected and fed in again: the feed's own header with
 * `error` and `row` in front, then each row behind its sentence and number. In front, because a row
 * with a broken quote or a column too few would garble whatever comes behind it.
 *
 * All functions append to `out`; 0, or -1 when out of memory. */
#ifndef FEEDS_FEED_REJECTED_CSV_H
#define FEEDS_FEED_REJECTED_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "feed/csv_record.h"

/* With its line end. */
int rejected_csv_header(char delimiter, const char *header, size_t len, struct buffer *out);
/* The sentence, the number and the delimiter behind it: the row itself is to follow. */
int rejected_csv_front(char delimiter, const char *sentence, uint64_t row, struct buffer *out);
/* How many bytes at the beginning of a header are the two columns: the feed is a file of refused rows
 * itself, and they give way to the new ones. 0: it is not. */
size_t rejected_csv_old_header(char delimiter, const char *header, size_t len);
/* The same of one of its rows: 0 when it does not begin with two such cells, so that nothing else can
 * be lost of a row that somebody has rearranged. */
size_t rejected_csv_old_front(char delimiter, const char *row, size_t len);
/* The row as it stands in the feed, with a line end. */
int rejected_csv_raw(const char *raw, size_t len, struct buffer *out);
/* A cell of the column (counted from 1) from a text, so that our reader gives the same bytes: in
 * quotes where it needs them, and not as the rest of a line. */
int rejected_csv_cell(struct csv_form form, size_t column, const char *text, size_t len,
                      struct buffer *out);

#endif
