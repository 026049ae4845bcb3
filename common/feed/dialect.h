/* What the first bytes of a feed say: that it is text, and whether a byte order mark is in front.
 */
#ifndef FEEDS_FEED_DIALECT_H
#define FEEDS_FEED_DIALECT_H

#include <stddef.h>

#include "core/failure.h"

/* How much of the feed is looked at. */
#define DIALECT_SNIFF_BYTES 4096

/* The delimiters that are tried, in the order in which they win when the header fits several. */
#define DIALECT_DELIMITERS ",;\t|"

/* bytes: the first DIALECT_SNIFF_BYTES of the feed, or all of it. 0 and the size of the UTF-8 byte
 * order mark (0 or 3), or -1 with not_text and what it seems to be instead. */
int dialect_sniff(const char *bytes, size_t len, size_t *mark, struct failure *failure);
/* "comma", "semicolon", "tab", "bar", or "delimiter" for any other. */
const char *dialect_delimiter_name(char delimiter);

#endif
