#include "core/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CAP 64

/* Room for `more` bytes and the NUL behind them. */
static int reserve(struct buffer *buffer, size_t more)
{
    if (buffer->len > buffer->max || more > buffer->max - buffer->len)
        return -1;
    size_t needed = buffer->len + more + 1;
    if (needed <= buffer->cap)
        return 0;
    size_t cap = buffer->cap < SMALLEST_CAP ? SMALLEST_CAP : buffer->cap;
    while (cap < needed)
        cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
    /* Doubling must not take memory that the ceiling forbids to use. */
    if (cap - 1 > buffer->max)
        cap = buffer->max + 1;
    char *data = realloc(buffer->data, cap);
    if (data == NULL)
        return -1;
    buffer->data = data;
    buffer->cap = cap;
    return 0;
}

int buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (reserve(buffer, len) != 0)
        return -1;
    if (len > 0)
        memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
    return 0;
}

int buffer_add_text(struct buffer *buffer, const char *text)
{
    return buffer_add(buffer, text, strlen(text));
}

int buffer_add_byte(struct buffer *buffer, char byte)
{
    return buffer_add(buffer, &byte, 1);
}

int buffer_addf(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    int result = -1;
    if (wanted >= 0 && reserve(buffer, (size_t)wanted) == 0) {
        vsnprintf(buffer->data + buffer->len, (size_t)wanted + 1, format, again);
        buffer->len += (size_t)wanted;
        result = 0;
    }
    va_end(again);
    return result;
}

void buffer_cut(struct buffer *buffer, size_t len)
{
    if (len >= buffer->len)
        return;
    buffer->len = len;
    buffer->data[len] = '\0';
}

void buffer_consume(struct buffer *buffer, size_t len)
{
    if (len >= buffer->len) {
        buffer_clear(buffer);
        return;
    }
    buffer->len -= len;
    /* With the NUL behind the content. */
    memmove(buffer->data, buffer->data + len, buffer->len + 1);
}

void buffer_clear(struct buffer *buffer)
{
    buffer_cut(buffer, 0);
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->len = 0;
    buffer->cap = 0;
}
