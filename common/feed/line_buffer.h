/* Bytes in pieces → physical lines, of which those of the current record can be read again.
 *
 * A line ends with LF, CR or CRLF; a CRLF that was cut between two pieces is one line end. */
#ifndef FEEDS_FEED_LINE_BUFFER_H
#define FEEDS_FEED_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Bytes are borrowed until the buffer is next added to. */
struct line {
    const char *bytes;
    size_t text; /* bytes without the line end */
    size_t len;  /* with it */
    bool whole;  /* its end is known; if not, text and len are what is there so far */
};

/* start: where the current record starts; next: its first line that was not taken yet; scanned: how
 * far the end of that line was looked for, so that small pieces are not searched again and again.
 */
struct line_buffer {
    struct buffer held;
    size_t start, next, scanned;
    uint64_t dropped; /* bytes of the feed in front of held */
};

void line_buffer_init(struct line_buffer *lines, size_t max);
/* Room for max bytes that are not dropped yet. 0, or -1 when out of memory. */
int line_buffer_add(struct line_buffer *lines, const char *bytes, size_t len);
/* The next line. at_end: nothing follows, so that the last line is whole without a line end; an
 * empty line that is not whole is then the end. */
struct line line_buffer_peek(struct line_buffer *lines, bool at_end);
/* The line belongs to the current record. */
void line_buffer_take(struct line_buffer *lines, const struct line *line);
/* The record's bytes, and how many of its lines' bytes were taken. */
const char *line_buffer_record(const struct line_buffer *lines);
size_t line_buffer_taken(const struct line_buffer *lines);
/* Where the record starts in the feed. */
uint64_t line_buffer_offset(const struct line_buffer *lines);
/* Done with the record's first len bytes: a new one starts behind them, with lines that may have
 * been taken before. */
void line_buffer_drop(struct line_buffer *lines, size_t len);
/* Done with the next len bytes, whatever stands in them. Returns how many of them are not there yet:
 * they must not be added, and count all the same. */
uint64_t line_buffer_skip(struct line_buffer *lines, uint64_t len);
/* Drops what there is of a line that is not whole. */
void line_buffer_drop_partial(struct line_buffer *lines);
void line_buffer_release(struct line_buffer *lines);

/* The first line of bytes that are all there is; the search for its end starts at `from`. */
struct line line_find(const char *bytes, size_t len, size_t from, bool at_end);

#endif
