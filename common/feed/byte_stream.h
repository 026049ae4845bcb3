/* A descriptor as a stream of bytes: unpacked if it is gzip, which its first two bytes tell. */
#ifndef FEEDS_FEED_BYTE_STREAM_H
#define FEEDS_FEED_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"
#include "feed/gunzip.h"

#define BYTE_STREAM_HELD 32768

enum stream_result {
    STREAM_BYTES,
    STREAM_NOTHING_YET, /* what was read makes no byte by itself: read again */
    STREAM_END,
    STREAM_FAILED,  /* an I/O error; errno says which */
    STREAM_DAMAGED, /* gzip that cannot be unpacked to its end; the reason says why */
};

enum stream_kind {
    STREAM_UNKNOWN, /* too few bytes to tell */
    STREAM_PLAIN,
    STREAM_GZIP,
};

struct byte_stream {
    int fd;
    enum stream_kind kind;
    uint64_t taken; /* bytes read from the descriptor */
    bool at_end;    /* of the descriptor */
    size_t at, len; /* in held: read, and not handed over */
    char held[BYTE_STREAM_HELD];
    struct gunzip gunzip;
};

void byte_stream_init(struct byte_stream *stream, int fd);
/* Up to len bytes. Reads from the descriptor, and so may wait, once at most. */
enum stream_result byte_stream_read(struct byte_stream *stream, char *bytes, size_t len,
                                    size_t *got, struct reason *reason);
/* Whether the next read needs nothing from the descriptor. */
bool byte_stream_holds(const struct byte_stream *stream);
/* Back to the beginning. 0, or -1 with errno. */
int byte_stream_rewind(struct byte_stream *stream);
/* The next byte is the one at the offset. Of a plain file only; 0, or -1 with errno. */
int byte_stream_seek(struct byte_stream *stream, uint64_t offset);
void byte_stream_release(struct byte_stream *stream);

#endif
