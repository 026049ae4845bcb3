#include "feed/json_lines.h"

#include "feed/json_scan.h"
#include "feed/json_wrapped.h"

void json_lines_init(struct json_lines *lines, struct json_records *records,
                     struct json_place start, size_t piece)
{
    *lines = (struct json_lines){.records = records, .line = start.line};
    line_buffer_init(&lines->buffer, records->limit + 2 + piece);
    lines->buffer.dropped = start.offset;
}

/* Of the record that begins at the next line. */
static struct json_place place_of(const struct json_lines *lines)
{
    uint64_t offset = line_buffer_offset(&lines->buffer);
    return (struct json_place){
        .line = lines->line,
        .offset = offset,
        .behind = {.offset = offset, .line = lines->line, .open = true},
    };
}

static void take_line(struct json_lines *lines, const struct line *line)
{
    struct json_place place = place_of(lines);
    place.behind = (struct feed_place){.offset = place.offset + line->len, .line = lines->line + 1};
    if (!lines->skipping && json_blanks(line->bytes, line->len) < line->len)
        json_records_take(lines->records, place, JSON_LINE, line->bytes, line->len);
    lines->skipping = false;
    line_buffer_drop(&lines->buffer, line->len);
    lines->line++;
}

/* Asked of the first line that is not blank, when it is whole or too long. */
static bool is_wrapped(const struct json_lines *lines, const struct line *line,
                       struct failure *failure)
{
    const struct json_records *records = lines->records;
    size_t len = line->text > records->limit ? records->limit : line->text;
    return records->row.row == 0 && !lines->skipping &&
           json_wrapped(records->entity, records->mapping, line->bytes, len, failure);
}

/* The limit does not count the line end, and comes before the question whether it is there, so that
 * the answer does not depend on how the bytes are cut. */
static int read_lines(struct json_lines *lines, bool at_end, struct failure *failure)
{
    for (;;) {
        struct line line = line_buffer_peek(&lines->buffer, at_end);
        bool known = line.whole || line.text > lines->records->limit;
        if (known && is_wrapped(lines, &line, failure))
            return -1;
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
        return 0;
    }
}

int json_lines_write(struct json_lines *lines, const char *bytes, size_t len,
                     struct failure *failure)
{
    if (line_buffer_add(&lines->buffer, bytes, len) == 0)
        return read_lines(lines, false, failure);
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "out of memory");
    return -1;
}

int json_lines_finish(struct json_lines *lines, struct failure *failure)
{
    return read_lines(lines, true, failure);
}

void json_lines_release(struct json_lines *lines)
{
    line_buffer_release(&lines->buffer);
}
