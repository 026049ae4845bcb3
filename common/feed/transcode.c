#include "feed/transcode.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/text.h"

#define NAME_SHOWN_MAX 80
#define NO_ICONV       ((iconv_t)(intptr_t)-1)

struct transcode {
    iconv_t iconv;
    size_t unit; /* bytes that are skipped when they cannot be converted */
    struct buffer waiting;
};

/* How many bytes so many digits (at most two) are in the encoding; 0 if it has none. */
static size_t length_in(const char *encoding, size_t digits)
{
    char source[] = {'1', '1'}, out[64], *in = source, *to = out;
    size_t room = sizeof out;
    iconv_t iconv_to = iconv_open(encoding, "UTF-8");
    if (iconv_to == NO_ICONV)
        return 0;
    size_t result = iconv(iconv_to, &in, &digits, &to, &room);
    iconv_close(iconv_to);
    return result == (size_t)-1 ? 0 : sizeof out - room;
}

/* 2 for UTF-16 and its kin, 4 for UTF-32, else 1. The difference, because a byte order mark may come
 * in front. */
static size_t unit_of(const char *encoding)
{
    size_t one = length_in(encoding, 1), two = length_in(encoding, 2);
    return two > one ? two - one : 1;
}

struct transcode *transcode_new(const char *encoding, struct reason *reason)
{
    char shown[NAME_SHOWN_MAX];
    struct transcode *transcode = calloc(1, sizeof *transcode);
    if (transcode == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    transcode->waiting.max = SIZE_MAX / 2;
    /* What stands behind a slash makes iconv leave out silently what it cannot convert. */
    transcode->iconv = strchr(encoding, '/') != NULL ? NO_ICONV : iconv_open("UTF-8", encoding);
    if (transcode->iconv != NO_ICONV) {
        transcode->unit = unit_of(encoding);
        return transcode;
    }
    text_show(encoding, strlen(encoding), shown, sizeof shown);
    reason_set(
        reason,
        "\"%s\" is no encoding that iconv knows; examples: utf-8, windows-1252, iso-8859-15, "
        "utf-16 (all: iconv --list)",
        shown);
    free(transcode);
    return NULL;
}

int transcode_add(struct transcode *transcode, const char *bytes, size_t len)
{
    return buffer_add(&transcode->waiting, bytes, len);
}

/* Converted text consists of whole characters, so a byte that goes on with one belongs to none. */
static char mark_for(const struct transcode *transcode, char byte)
{
    unsigned char code = (unsigned char)byte;
    return transcode->unit == 1 && code >= 0x80 && code <= 0xBF ? byte : '\xFF';
}

size_t transcode_take(struct transcode *transcode, bool at_end, char *text, size_t size)
{
    struct buffer *waiting = &transcode->waiting;
    char *in = waiting->data, *out = text;
    size_t in_len = waiting->len, room = size;
    while (in_len > 0 && room > 0) {
        if (iconv(transcode->iconv, &in, &in_len, &out, &room) != (size_t)-1 || errno == E2BIG ||
            (errno == EINVAL && !at_end))
            break;
        size_t skipped = in_len < transcode->unit ? in_len : transcode->unit;
        if (room == 0)
            break;
        *out++ = mark_for(transcode, *in);
        room--;
        in += skipped;
        in_len -= skipped;
    }
    buffer_consume(waiting, waiting->len - in_len);
    return size - room;
}

void transcode_free(struct transcode *transcode)
{
    if (transcode == NULL)
        return;
    iconv_close(transcode->iconv);
    buffer_release(&transcode->waiting);
    free(transcode);
}
