#include "feed/csv_rows.h"

#include <string.h>

#include "core/text.h"
#include "feed/csv_refusal.h"

void csv_rows_init(struct csv_rows *rows, const struct header *header,
                   const struct feed_events *events, struct line_buffer *lines, size_t limit,
                   uint64_t line)
{
    *rows = (struct csv_rows){
        .header = header, .events = events, .lines = lines, .limit = limit, .row.line = line};
    csv_record_init(&rows->record, header_form(header));
    csv_record_want(&rows->record, header->fields, header->columns);
}

void csv_rows_resume(struct csv_rows *rows, const struct feed_place *place, uint64_t count)
{
    rows->row.row = count;
    rows->row.line = place->line;
    rows->skipping = place->open;
}

/* Done with the record's first len bytes, which are `line_count` physical lines. */
static void next_record(struct csv_rows *rows, size_t len, size_t line_count)
{
    line_buffer_drop(rows->lines, len);
    csv_record_reset(&rows->record);
    rows->row.line += line_count;
    rows->line_count = 0;
}

/* The row that consists of the record's first len bytes, and line_count physical lines; 0: its end
 * is not known. */
static const struct row *number_row(struct csv_rows *rows, size_t len, size_t line_count)
{
    struct row *row = &rows->row;
    row->row++;
    row->offset = line_buffer_offset(rows->lines);
    row->raw = line_buffer_record(rows->lines);
    row->raw_len = len;
    row->behind = (struct feed_place){.offset = row->offset + (line_count == 0 ? 0 : len),
                                      .line = row->line + line_count,
                                      .open = line_count == 0};
    return row;
}

static void reject(struct csv_rows *rows, size_t len, size_t line_count,
                   const struct failure *failure)
{
    memset(rows->row.cells, 0, sizeof rows->row.cells);
    rows->events->rejected(rows->events->arg, number_row(rows, len, line_count), failure);
}

/* The record's quote is broken: its first physical line is refused, and the record starts anew at
 * the second.
 *
 * However hostile the feed, no line is given to libcsv more than twice. A quote is a toggle between
 * inside and outside (a doubled one toggles twice), so a line that ended inside has an odd number
 * of them, and a line that was inside from end to end an even one. Given again as the start of a
 * record, such a line from the middle ends outside or is broken by itself: either way it is done
 * with. (A cell that is the rest of its line is on the record's last line only.) Only the last line
 * of a broken record can open a record of several lines again, and it is the first line there: the
 * one that is refused and not seen again. */
static void break_record(struct csv_rows *rows)
{
    struct failure failure;
    refuse_unclosed_quote(&failure, rows->header, rows->open_column, rows->line_count - 1,
                          line_buffer_record(rows->lines), rows->first_len);
    reject(rows, rows->first_len, 1, &failure);
    next_record(rows, rows->first_len, 1);
}

static void stray_quote(struct csv_rows *rows)
{
    struct failure failure;
    refuse_stray_quote(&failure, rows->header, rows->record.columns + 1,
                       line_buffer_record(rows->lines), rows->first_len);
    reject(rows, rows->first_len, 1, &failure);
    next_record(rows, rows->first_len, 1);
}

static void row_too_long(struct csv_rows *rows, const struct line *line)
{
    struct failure failure;
    refuse_row_too_long(&failure, rows->limit);
    reject(rows, text_cut(line->bytes, line->text, rows->limit), 0, &failure);
    rows->skipping = true;
}

/* Whether a record of several physical lines that has the wrong number of columns is several rows
 * and a broken quote: one of its later lines is a row by itself, or the last one opens a quoted
 * cell of its own. (A quote at the very start of a line is taken for the one that closes.) In doubt
 * the answer is yes: then a wrong record falls apart into refused lines, while a wrong no would
 * refuse good rows together with it. */
static bool swallowed_rows(const struct csv_rows *rows)
{
    const char *record = line_buffer_record(rows->lines);
    size_t len = line_buffer_taken(rows->lines);
    for (size_t from = rows->first_len; from < len;) {
        struct line line = line_find(record + from, len - from, 0, true);
        struct csv_shape shape =
            csv_shape(line.bytes, line.len, rows->record.form, rows->header->columns);
        if (shape.fits || (shape.state == CSV_RECORD_OPEN && line.text > 0 && *line.bytes != '"'))
            return true;
        from += line.len;
    }
    return false;
}

static bool is_refused(const struct csv_rows *rows, struct failure *failure)
{
    const char *raw = line_buffer_record(rows->lines);
    size_t len = line_buffer_taken(rows->lines);
    if (refuse_bytes(failure, rows->header, raw, len))
        return true;
    if (csv_record_fits(&rows->record, rows->header->columns))
        return false;
    refuse_column_count(failure, rows->header, rows->record.columns, raw, len);
    return true;
}

static void finish_record(struct csv_rows *rows)
{
    struct failure failure;
    size_t len = line_buffer_taken(rows->lines);
    if (rows->line_count > 1 && !csv_record_fits(&rows->record, rows->header->columns) &&
        swallowed_rows(rows)) {
        break_record(rows);
        return;
    }
    if (is_refused(rows, &failure)) {
        reject(rows, len, rows->line_count, &failure);
    } else {
        csv_record_cells(&rows->record, rows->row.cells);
        rows->events->row(rows->events->arg, number_row(rows, len, rows->line_count));
    }
    next_record(rows, len, rows->line_count);
}

/* Gives one physical line to libcsv. The feed's last line may lack its end. */
static enum csv_state feed_line(struct csv_rows *rows, const struct line *line)
{
    enum csv_state state = csv_record_feed(&rows->record, line->bytes, line->len);
    if (state == CSV_RECORD_OPEN && line->len == line->text)
        state = csv_record_feed(&rows->record, "\n", 1);
    line_buffer_take(rows->lines, line);
    if (++rows->line_count == 1) {
        rows->first_len = line->len;
        rows->open_column = rows->record.columns + 1;
    }
    return state;
}

/* A line of blanks is no row, unless blanks are what a row of this header looks like: its only
 * cell, or empty cells between tabs. */
static bool is_empty(const struct csv_rows *rows, const struct line *line)
{
    if (line->text == 0)
        return true;
    if (rows->header->columns == 1)
        return false;
    for (size_t i = 0; i < line->text; i++) {
        char byte = line->bytes[i];
        if ((byte != ' ' && byte != '\t') || byte == rows->header->delimiter)
            return false;
    }
    return true;
}

static int take_line(struct csv_rows *rows, const struct line *line)
{
    if (rows->line_count == 0 && is_empty(rows, line)) {
        next_record(rows, line->len, 1);
        return 0;
    }
    switch (feed_line(rows, line)) {
    case CSV_RECORD_OPEN:
        break;
    case CSV_RECORD_DONE:
        finish_record(rows);
        break;
    case CSV_RECORD_BROKEN:
        if (rows->line_count == 1)
            stray_quote(rows);
        else
            break_record(rows);
        break;
    case CSV_RECORD_NO_MEMORY:
        return -1;
    }
    return 0;
}

/* The rest of a line that has been refused. False when its end is not there yet. */
static bool skip_line(struct csv_rows *rows, const struct line *line)
{
    if (line->whole) {
        rows->skipping = false;
        next_record(rows, line->len, 1);
    } else {
        line_buffer_drop_partial(rows->lines);
    }
    return line->whole;
}

/* The limits come before the question whether the line is whole, and do not count its line end, so
 * that the answer does not depend on how the bytes are cut. */
int csv_rows_read(struct csv_rows *rows, bool at_end)
{
    for (;;) {
        struct line line = line_buffer_peek(rows->lines, at_end);
        bool open = rows->line_count > 0;
        if (rows->skipping) {
            if (!skip_line(rows, &line))
                return 0;
        } else if (open && line_buffer_taken(rows->lines) + line.text > rows->limit) {
            break_record(rows);
        } else if (!open && line.text > rows->limit) {
            row_too_long(rows, &line);
        } else if (line.whole) {
            if (take_line(rows, &line) != 0)
                return -1;
        } else if (open && at_end) {
            break_record(rows);
        } else {
            return 0;
        }
    }
}

void csv_rows_release(struct csv_rows *rows)
{
    csv_record_release(&rows->record);
}
