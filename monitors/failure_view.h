/* One failure, one line: for people, or as the JSON it is. */
#ifndef FEEDS_MONITORS_FAILURE_VIEW_H
#define FEEDS_MONITORS_FAILURE_VIEW_H

#include "core/buffer.h"
#include "monitors/failure_record.h"

/* Ceiling of a line: a record of the largest size, each byte escaped. */
#define VIEW_BYTES_MAX (16 * 1024 * 1024)

/* "2026-11-21 08:00:00  invalid_field  a.csv, row 3, line 4: stock: not a whole number: "12x"",
 * with its newline. 0, or -1 when out of memory. */
int failure_view_line(const struct failure_record *record, struct buffer *out);
/* The record's own bytes with a newline. Where they would not be one line of JSON, or could play
 * tricks on a terminal, the same content written harmlessly; what is no JSON object at all, in the
 * `message` of an undecodable record. */
int failure_view_json(const struct failure_record *record, const char *bytes, size_t len,
                      struct buffer *out);
/* The time as lines show it: UTC, to the second. */
void failure_view_time(int64_t time_ms, char text[32]);

#endif
