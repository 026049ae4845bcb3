#include "feed/line_buffer.h"

#include <string.h>

/* A search for LF goes no further than this before it looks for a CR: else a file with CRs alone
 * would be searched to its end for each line. */
#define WINDOW 256

void line_buffer_init(struct line_buffer *lines, size_t max)
{
    /* Twice, because what is done with is moved out of the way only when it is the larger part. */
    *lines = (struct line_buffer){.held = BUFFER_INIT(2 * max)};
}

int line_buffer_add(struct line_buffer *lines, const char *bytes, size_t len)
{
    size_t done = lines->start;
    if (done >= lines->held.len - done) {
        buffer_consume(&lines->held, done);
        lines->dropped += done;
        lines->start = 0;
        lines->next -= done;
        lines->scanned -= done;
    }
    return buffer_add(&lines->held, bytes, len);
}

/* The place of the first CR or LF, or len. */
static size_t find_break(const char *bytes, size_t len, size_t from)
{
    while (from < len) {
        size_t window = len - from < WINDOW ? len - from : WINDOW;
        const char *lf = memchr(bytes + from, '\n', window);
        size_t before = lf == NULL ? window : (size_t)(lf - bytes) - from;
        const char *cr = memchr(bytes + from, '\r', before);
        if (cr != NULL)
            return (size_t)(cr - bytes);
        if (lf != NULL)
            return (size_t)(lf - bytes);
        from += window;
    }
    return len;
}

struct line line_find(const char *bytes, size_t len, size_t from, bool at_end)
{
    size_t place = find_break(bytes, len, from);
    struct line line = {.bytes = bytes, .text = place, .len = place};
    if (place == len) {
        line.whole = at_end && len > 0;
        return line;
    }
    bool cr = bytes[place] == '\r';
    /* Whether a CR at the end of the bytes is the whole line end, the next byte will show. */
    line.whole = !cr || place + 1 < len || at_end;
    line.len += 1 + (cr && place + 1 < len && bytes[place + 1] == '\n');
    return line;
}

struct line line_buffer_peek(struct line_buffer *lines, bool at_end)
{
    if (lines->next == lines->held.len)
        return (struct line){.bytes = ""};
    struct line line = line_find(lines->held.data + lines->next, lines->held.len - lines->next,
                                 lines->scanned - lines->next, at_end);
    lines->scanned = lines->next + line.text;
    return line;
}

void line_buffer_take(struct line_buffer *lines, const struct line *line)
{
    lines->next += line->len;
    lines->scanned = lines->next;
}

const char *line_buffer_record(const struct line_buffer *lines)
{
    return lines->held.data == NULL ? "" : lines->held.data + lines->start;
}

size_t line_buffer_taken(const struct line_buffer *lines)
{
    return lines->next - lines->start;
}

uint64_t line_buffer_offset(const struct line_buffer *lines)
{
    return lines->dropped + lines->start;
}

void line_buffer_drop(struct line_buffer *lines, size_t len)
{
    lines->start += len;
    lines->next = lines->start;
    lines->scanned = lines->start;
}

uint64_t line_buffer_skip(struct line_buffer *lines, uint64_t len)
{
    size_t there = lines->held.len - lines->start;
    if (len <= there) {
        line_buffer_drop(lines, (size_t)len);
        return 0;
    }
    line_buffer_drop(lines, there);
    lines->dropped += len - there;
    return len - there;
}

void line_buffer_drop_partial(struct line_buffer *lines)
{
    /* Up to a CR, which stays: it may be half of a line end. */
    line_buffer_drop(lines, lines->scanned - lines->start);
}

void line_buffer_release(struct line_buffer *lines)
{
    buffer_release(&lines->held);
}
