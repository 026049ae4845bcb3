#include "feed/gunzip.h"

#include <limits.h>
#include <string.h>

/* zlib's "gzip only, the largest window". */
#define GZIP_WINDOW (15 + 16)

/* Between two members. False when what follows is none. */
static bool begin_member(struct gunzip *gunzip, const char **packed, size_t *packed_len,
                         struct reason *reason)
{
    while (*packed_len > 0 && gunzip->open && **packed == '\0') {
        ++*packed;
        --*packed_len;
    }
    if (*packed_len == 0)
        return true;
    if (**packed != GZIP_MAGIC[0]) {
        reason_set(reason, "something that is not gzip stands behind the end of the gzip file");
        return false;
    }
    int result =
        gunzip->open ? inflateReset(&gunzip->zip) : inflateInit2(&gunzip->zip, GZIP_WINDOW);
    if (result != Z_OK)
        reason_set(reason, "gzip cannot be unpacked: out of memory");
    gunzip->open = gunzip->inside = result == Z_OK;
    return gunzip->open;
}

static uInt piece(size_t len)
{
    return len < UINT_MAX ? (uInt)len : UINT_MAX;
}

static int inflate_some(struct gunzip *gunzip, const char **packed, size_t *packed_len, char *bytes,
                        size_t len, size_t *got)
{
    z_stream *zip = &gunzip->zip;
    uInt given = piece(*packed_len), room = piece(len);
    zip->next_in = (const Bytef *)*packed;
    zip->avail_in = given;
    zip->next_out = (Bytef *)bytes;
    zip->avail_out = room;
    int result = inflate(zip, Z_NO_FLUSH);
    *packed += given - zip->avail_in;
    *packed_len -= given - zip->avail_in;
    *got += room - zip->avail_out;
    gunzip->inside = result != Z_STREAM_END;
    gunzip->full = gunzip->inside && zip->avail_out == 0;
    return result;
}

int gunzip_read(struct gunzip *gunzip, const char **packed, size_t *packed_len, char *bytes,
                size_t len, size_t *got, struct reason *reason)
{
    *got = 0;
    while ((*packed_len > 0 || gunzip->full) && *got < len) {
        if (!gunzip->inside && !begin_member(gunzip, packed, packed_len, reason))
            return -1;
        if (!gunzip->inside)
            break;
        int result = inflate_some(gunzip, packed, packed_len, bytes + *got, len - *got, got);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            const char *why = gunzip->zip.msg == NULL ? "out of memory" : gunzip->zip.msg;
            reason_set(reason, "the gzip file is damaged (%s)", why);
            return -1;
        }
    }
    return 0;
}

bool gunzip_complete(const struct gunzip *gunzip)
{
    return gunzip->open && !gunzip->inside;
}

void gunzip_release(struct gunzip *gunzip)
{
    if (gunzip->open)
        inflateEnd(&gunzip->zip);
    *gunzip = (struct gunzip)GUNZIP_INIT;
}
