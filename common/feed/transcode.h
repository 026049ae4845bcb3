/* Text in another encoding → UTF-8, in pieces of any size, through iconv.
 *
 *     struct transcode *transcode = transcode_new("windows-1252", &reason);
 *     transcode_add(transcode, bytes, len);
 *     while ((len = transcode_take(transcode, false, text, sizeof text)) > 0) ...
 *
 * What cannot be converted does not end the feed: a byte stands in its place that is never valid in
 * UTF-8 there (the original one where that is such a byte, else \xFF), and so the reader refuses
 * the row it stands in, as it refuses any that is no UTF-8. */
#ifndef FEEDS_FEED_TRANSCODE_H
#define FEEDS_FEED_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/reason.h"

struct transcode;

/* NULL with a reason: iconv does not know the name. */
struct transcode *transcode_new(const char *encoding, struct reason *reason);
/* Bytes that wait are kept: take what there is before more is added. 0, or -1 when out of memory. */
int transcode_add(struct transcode *transcode, const char *bytes, size_t len);
/* Up to size (at least 16) bytes of text; 0 when there is no more without further bytes. at_end:
 * there will be none, so half a character is one that cannot be converted. */
size_t transcode_take(struct transcode *transcode, bool at_end, char *text, size_t size);
void transcode_free(struct transcode *transcode);

#endif
