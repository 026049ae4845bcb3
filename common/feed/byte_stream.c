#include "feed/byte_stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void byte_stream_init(struct byte_stream *stream, int fd)
{
    stream->fd = fd;
    stream->kind = STREAM_UNKNOWN;
    stream->taken = 0;
    stream->at_end = false;
    stream->at = stream->len = 0;
    stream->gunzip = (struct gunzip)GUNZIP_INIT;
}

/* Reads once. -1 on an error. */
static ssize_t take(struct byte_stream *stream, char *bytes, size_t len)
{
    ssize_t got;
    do {
        got = read(stream->fd, bytes, len);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        stream->taken += (uint64_t)got;
    stream->at_end = got == 0;
    return got;
}

/* Adds to what is held. -1 on an error. */
static int hold_more(struct byte_stream *stream)
{
    ssize_t got = take(stream, stream->held + stream->len, sizeof stream->held - stream->len);
    if (got > 0)
        stream->len += (size_t)got;
    return got < 0 ? -1 : 0;
}

/* 0, or -1 on an error. */
static int find_kind(struct byte_stream *stream)
{
    if (stream->len < GZIP_MAGIC_SIZE && !stream->at_end && hold_more(stream) != 0)
        return -1;
    if (stream->len >= GZIP_MAGIC_SIZE)
        stream->kind =
            memcmp(stream->held, GZIP_MAGIC, GZIP_MAGIC_SIZE) == 0 ? STREAM_GZIP : STREAM_PLAIN;
    else if (stream->at_end)
        stream->kind = STREAM_PLAIN;
    return 0;
}

static enum stream_result read_plain(struct byte_stream *stream, char *bytes, size_t len,
                                     size_t *got)
{
    size_t held = stream->len - stream->at;
    if (held == 0 && stream->at_end)
        return STREAM_END;
    if (held == 0) {
        ssize_t read_now = take(stream, bytes, len);
        if (read_now < 0)
            return STREAM_FAILED;
        *got = (size_t)read_now;
        return read_now == 0 ? STREAM_END : STREAM_BYTES;
    }
    *got = held < len ? held : len;
    memcpy(bytes, stream->held + stream->at, *got);
    stream->at += *got;
    return STREAM_BYTES;
}

static enum stream_result end_gzip(const struct byte_stream *stream, struct reason *reason)
{
    if (gunzip_complete(&stream->gunzip))
        return STREAM_END;
    reason_set(reason, "the gzip file is cut off: it ends in the middle (was it sent whole?)");
    return STREAM_DAMAGED;
}

static enum stream_result read_gzip(struct byte_stream *stream, char *bytes, size_t len,
                                    size_t *got, struct reason *reason)
{
    if (stream->at == stream->len && !stream->gunzip.full) {
        stream->at = stream->len = 0;
        if (hold_more(stream) != 0)
            return STREAM_FAILED;
    }
    const char *packed = stream->held + stream->at;
    size_t packed_len = stream->len - stream->at;
    int result = gunzip_read(&stream->gunzip, &packed, &packed_len, bytes, len, got, reason);
    stream->at = stream->len - packed_len;
    if (result != 0)
        return STREAM_DAMAGED;
    if (*got > 0)
        return STREAM_BYTES;
    return stream->at_end ? end_gzip(stream, reason) : STREAM_NOTHING_YET;
}

enum stream_result byte_stream_read(struct byte_stream *stream, char *bytes, size_t len,
                                    size_t *got, struct reason *reason)
{
    *got = 0;
    if (stream->kind == STREAM_UNKNOWN) {
        if (find_kind(stream) != 0)
            return STREAM_FAILED;
        /* What was read just now is handed over by the next call: one wait in each. */
        return STREAM_NOTHING_YET;
    }
    return stream->kind == STREAM_GZIP ? read_gzip(stream, bytes, len, got, reason)
                                       : read_plain(stream, bytes, len, got);
}

bool byte_stream_holds(const struct byte_stream *stream)
{
    return stream->at_end || stream->gunzip.full ||
           (stream->kind != STREAM_UNKNOWN && stream->at < stream->len);
}

int byte_stream_rewind(struct byte_stream *stream)
{
    gunzip_release(&stream->gunzip);
    byte_stream_init(stream, stream->fd);
    return lseek(stream->fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

int byte_stream_seek(struct byte_stream *stream, uint64_t offset)
{
    byte_stream_init(stream, stream->fd);
    stream->kind = STREAM_PLAIN;
    stream->taken = offset;
    return lseek(stream->fd, (off_t)offset, SEEK_SET) >= 0 ? 0 : -1;
}

void byte_stream_release(struct byte_stream *stream)
{
    gunzip_release(&stream->gunzip);
}
