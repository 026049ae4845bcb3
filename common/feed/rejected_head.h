/* How a file of refused rows begins: with the two columns, or members, that every refused row has in
 * front of its own. By them a feed that is such a file is taken without a warning, and an older one
 * is known from a file that must not be replaced. */
#ifndef FEEDS_FEED_REJECTED_HEAD_H
#define FEEDS_FEED_REJECTED_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define REJECTED_ERROR "error"
#define REJECTED_ROW   "row"

/* Whether a column or member of this name is one of the two. */
bool rejected_head_has(const char *name, size_t len);
/* Whether the file begins as one of refused rows, perhaps saved by a spreadsheet meanwhile (a BOM,
 * quotes): 1 or 0; -1 with errno when it cannot be read. */
int rejected_head_is_ours(const char *path);

#endif
