/* What the first bytes of a feed say: that it is text, and of which format. */
#ifndef FEEDS_FEED_DIALECT_H
#define FEEDS_FEED_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"

/* How much of the feed is looked at. */
#define DIALECT_SNIFF_BYTES 4096

/* The delimiters that are tried, in the order in which they win when the header fits several. */
#define DIALECT_DELIMITERS ",;\t|"

/* bytes: the first DIALECT_SNIFF_BYTES of the feed, or all of it. wide: in an encoding whose
 * characters have NULs in them. 0, or -1 with not_text and what it seems to be instead. */
int dialect_sniff(const char *bytes, size_t len, bool wide, struct failure *failure);
/* Whether text (UTF-8) is JSON, by its first byte that is not blank: [ or {. */
bool dialect_is_json(const char *text, size_t len);
/* "comma", "semicolon", "tab", "bar", or "delimiter" for any other. */
const char *dialect_delimiter_name(char delimiter);

#endif
