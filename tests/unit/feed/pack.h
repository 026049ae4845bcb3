/* Packs bytes as gzip does, for tests. */
#ifndef FEEDS_TEST_PACK_H
#define FEEDS_TEST_PACK_H

#include <stdlib.h>
#include <string.h>

#include "feed/gunzip.h"

/* One member. Returns its length, at most max. */
static inline size_t pack(const char *bytes, size_t len, char *packed, size_t max)
{
    z_stream zip;
    memset(&zip, 0, sizeof zip);
    if (deflateInit2(&zip, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    zip.next_in = (const Bytef *)bytes;
    zip.avail_in = (uInt)len;
    zip.next_out = (Bytef *)packed;
    zip.avail_out = (uInt)max;
    if (deflate(&zip, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&zip);
    return max - zip.avail_out;
}

#endif
