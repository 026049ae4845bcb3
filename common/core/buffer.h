/* Bytes that grow up to a named ceiling.
 *
 *     struct buffer line = BUFFER_INIT(ROW_BYTES_MAX);
 *     if (buffer_add(&line, bytes, len) != 0)
 *         ... over the ceiling, or out of memory: nothing was added
 *     buffer_release(&line);
 *
 * Invariant: data is NULL or holds cap bytes, and data[len] is NUL for the debugger's and printf's
 * sake; the content itself may hold NULs. */
#ifndef FEEDS_CORE_BUFFER_H
#define FEEDS_CORE_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data;
    size_t len;
    size_t cap;
    size_t max; /* ceiling of len, bytes */
};

#define BUFFER_INIT(ceiling)                                                                       \
    {                                                                                              \
        .max = (ceiling)                                                                           \
    }

/* 0, or -1 and the buffer is as it was: over the ceiling, or out of memory. */
int buffer_add(struct buffer *buffer, const void *bytes, size_t len);
int buffer_add_text(struct buffer *buffer, const char *text);
int buffer_add_byte(struct buffer *buffer, char byte);
int buffer_addf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Keeps the first len bytes: takes back what was added since the buffer had that length. */
void buffer_cut(struct buffer *buffer, size_t len);
/* Drops the first len bytes. */
void buffer_consume(struct buffer *buffer, size_t len);
/* Empties it and keeps its memory. */
void buffer_clear(struct buffer *buffer);
void buffer_release(struct buffer *buffer);

#endif
