/* JSON feeds with one record a line (NDJSON, JSON Lines). A broken record costs its own line. */
#ifndef FEEDS_FEED_JSON_LINES_H
#define FEEDS_FEED_JSON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/json_records.h"
#include "feed/line_buffer.h"

struct json_lines {
    struct json_records *records;
    struct line_buffer buffer;
    uint64_t line; /* number of the next one */
    bool skipping; /* inside a line over the limit, which has been refused */
};

/* start: of the first line. At most `piece` bytes will be written at once. A zeroed one may be
 * released as well. */
void json_lines_init(struct json_lines *lines, struct json_records *records,
                     struct json_place start, size_t piece);
/* 0, or -1 with a failure of the feed: the first line shows that it is no feed of records
 * (json_wrapped.h), or out of memory. */
int json_lines_write(struct json_lines *lines, const char *bytes, size_t len,
                     struct failure *failure);
/* The last line needs no line end. As above. */
int json_lines_finish(struct json_lines *lines, struct failure *failure);
void json_lines_release(struct json_lines *lines);

#endif
