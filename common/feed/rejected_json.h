/* A refused record of a JSON feed as a line that can be corrected and fed in again: its own members
 * behind `error` and `row`, in place of those that an earlier run has put there. */
#ifndef FEEDS_FEED_REJECTED_JSON_H
#define FEEDS_FEED_REJECTED_JSON_H

#include "core/buffer.h"
#include "core/row.h"

/* Appends the line with its line end. The record's text stays as it is, but for its line ends,
 * which become spaces: valid JSON has them between tokens only. What does not begin as an object
 * goes into the member `record`, as text. 0, or -1 when out of memory. */
int rejected_json(const struct row *row, const char *sentence, struct buffer *out);

#endif
