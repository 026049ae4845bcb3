#include "feed/json_lines.h"

#include "feed/json_scan.h"

void json_lines_init(struct json_lines *lines, struct json_records *records,
                     struct json_place start, size_t piece)
{
    *lines = (struct json_lines){.records = records, .line = start.line};
    line_buffer_init(&lines->buffer, records->limit + 2 + piece);
    lines->buffer.dropped = start.offset;
}

static struct json_place place_of(const struct json_lines *lines)
{
    return (struct json_place){.line = lines->line, .offset = line_buffer_offset(&lines->buffer)};
}

static void take_line(struct json_lines *lines, const struct line *line)
{
    if (!lines->skipping && json_blanks(line->bytes, line->len) < line->len)
        json_records_take(lines->records, place_of(lines), JSON_LINE, line->bytes, line->len);
    lines->skipping = false;
    line_buffer_drop(&lines->buffer, line->len);
    lines->line++;
}

/* The limit does not count the line end, and comes before the question whether it is there, so that
 * the answer does not depend on how the bytes are cut. */
static void read_lines(struct json_lines *lines, bool at_end)
{
    for (;;) {
        struct line line = line_buffer_peek(&lines->buffer, at_end);
        if (!lines->skipping && line.text > lines->records->limit) {
            json_records_too_long(lines->records, place_of(lines), line.bytes);
            lines->skipping = true;
        }
        if (line.whole) {
            take_line(lines, &line);
            continue;
        }
        if (lines->skipping)
            line_buffer_drop_partial(&lines->buffer);
        return;
    }
}

int json_lines_write(struct json_lines *lines, const char *bytes, size_t len)
{
    if (line_buffer_add(&lines->buffer, bytes, len) != 0)
        return -1;
    read_lines(lines, false);
    return 0;
}

void json_lines_finish(struct json_lines *lines)
{
    read_lines(lines, true);
}

void json_lines_release(struct json_lines *lines)
{
    line_buffer_release(&lines->buffer);
}
