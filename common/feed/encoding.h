/* What a feed's bytes are text in: the name of its encoding, the byte order marks, and the words for
 * text that is not what it should be. */
#ifndef FEEDS_FEED_ENCODING_H
#define FEEDS_FEED_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/* The encoding whose byte order mark stands at the beginning, and the mark's length; NULL and 0 for
 * none. */
const char *encoding_of_mark(const char *bytes, size_t len, size_t *mark);
/* Whether it is another name for UTF-8. */
bool encoding_is_utf8(const char *name);

#define ENCODING_FAULT_MAX 160

/* "is not UTF-8 (...)": what is said of text in which a byte is not. encoding: what it was converted
 * from, NULL for nothing; bytes: the text as it is now. */
const char *encoding_fault(const char *encoding, const char *bytes, size_t len,
                           char fault[ENCODING_FAULT_MAX]);

#endif
