#include "feed/csv_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "feed/csv_rows.h"
#include "feed/header.h"
#include "feed/line_buffer.h"

/* What is written at once is worked off in pieces of this size, so that memory does not depend on
 * the caller. */
#define PIECE_BYTES 65536

enum stage {
    STAGE_HEADER, /* the header record is not complete */
    STAGE_ROWS,
    STAGE_FAILED, /* the feed is unusable, `fault` says why */
};

struct csv_reader {
    struct feed_events events;
    size_t limit;
    char delimiter; /* 0: to be found */
    enum stage stage;
    struct failure fault;
    struct line_buffer lines;
    uint64_t header_lines; /* and the empty ones in front of it */
    bool odd_quotes;       /* the header so far ends inside quotes */
    struct buffer header_text;
    struct header header;
    struct csv_rows rows; /* in STAGE_ROWS */
    bool resumes;
    struct feed_place place; /* where the rows go on, */
    uint64_t read_before;    /* and how many stand in front of it */
    uint64_t to_skip;        /* bytes up to there that were not written yet */
};

struct csv_reader *csv_reader_new(const struct csv_options *options,
                                  const struct feed_events *events)
{
    struct csv_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->events = *events;
    reader->limit = options->row_bytes_max == 0 ? ROW_BYTES_MAX : options->row_bytes_max;
    reader->delimiter = options->delimiter;
    reader->header_text.max = reader->limit;
    /* At most a row and its line end, and a piece are not worked off. */
    line_buffer_init(&reader->lines, reader->limit + 2 + PIECE_BYTES);
    header_init(&reader->header, options->entity);
    reader->header.mapping = options->mapping;
    reader->header.encoding = options->encoding;
    return reader;
}

static int unreadable(struct csv_reader *reader, const char *why)
{
    failure_set(&reader->fault, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "%s", why);
    return -1;
}

void csv_reader_resume(struct csv_reader *reader, const struct feed_place *place, uint64_t rows)
{
    reader->resumes = true;
    reader->place = *place;
    reader->read_before = rows;
}

/* From the header to where the rows go on. */
static void go_on(struct csv_reader *reader)
{
    uint64_t here = line_buffer_offset(&reader->lines);
    csv_rows_resume(&reader->rows, &reader->place, reader->read_before);
    if (reader->place.offset > here)
        reader->to_skip = line_buffer_skip(&reader->lines, reader->place.offset - here);
}

uint64_t csv_reader_jump(struct csv_reader *reader)
{
    uint64_t bytes = reader->to_skip;
    reader->to_skip = 0;
    return bytes;
}

/* The record taken is the header. */
static int use_header(struct csv_reader *reader)
{
    struct reason unknown;
    const char *raw = line_buffer_record(&reader->lines);
    size_t taken = line_buffer_taken(&reader->lines), len = taken;
    while (len > 0 && (raw[len - 1] == '\n' || raw[len - 1] == '\r'))
        len--;
    if (buffer_add(&reader->header_text, raw, len) != 0)
        return unreadable(reader, "out of memory");
    if (header_read(&reader->header, raw, len, reader->delimiter, &reader->fault) != 0)
        return -1;
    if (header_unknown(&reader->header, &unknown))
        reader->events.notice(reader->events.arg, unknown.text);
    line_buffer_drop(&reader->lines, taken);
    csv_rows_init(&reader->rows, &reader->header, &reader->events, &reader->lines, reader->limit,
                  reader->header_lines + 1);
    reader->stage = STAGE_ROWS;
    if (reader->resumes)
        go_on(reader);
    return 0;
}

static int header_too_long(struct csv_reader *reader)
{
    failure_set(&reader->fault, ERROR_BAD_HEADER, NULL, NULL, 0,
                "the header is longer than the limit of %zu bytes%s", reader->limit,
                reader->odd_quotes ? ", or a quote in it is not closed" : "");
    return -1;
}

static bool is_blank(const struct line *line)
{
    for (size_t i = 0; i < line->text; i++)
        if (line->bytes[i] != ' ' && line->bytes[i] != '\t')
            return false;
    return true;
}

static bool has_odd_quotes(const struct line *line)
{
    bool odd = false;
    for (size_t i = 0; i < line->text; i++)
        odd ^= line->bytes[i] == '"';
    return odd;
}

/* Excel's own first line, `sep=;`, which it understands and does not show. */
static bool is_separator(struct csv_reader *reader, const struct line *line)
{
    static const char prefix[] = "sep=";
    if (line->text != sizeof prefix || strncasecmp(line->bytes, prefix, sizeof prefix - 1) != 0)
        return false;
    if (reader->delimiter == '\0')
        reader->delimiter = line->bytes[sizeof prefix - 1];
    return true;
}

/* Where the header record ends is known without its delimiter: at the first line end that an even
 * number of quotes stands in front of. */
static int find_header(struct csv_reader *reader, bool at_end)
{
    while (reader->stage == STAGE_HEADER) {
        struct line line = line_buffer_peek(&reader->lines, at_end);
        size_t taken = line_buffer_taken(&reader->lines);
        if (taken + line.text > reader->limit)
            return header_too_long(reader);
        if (!line.whole)
            return at_end && taken > 0 ? use_header(reader) : 0;
        reader->header_lines++;
        line_buffer_take(&reader->lines, &line);
        if (taken == 0 && (is_blank(&line) || is_separator(reader, &line))) {
            line_buffer_drop(&reader->lines, line.len);
            continue;
        }
        reader->odd_quotes ^= has_odd_quotes(&line);
        if (!reader->odd_quotes && use_header(reader) != 0)
            return -1;
    }
    return 0;
}

static int read_on(struct csv_reader *reader, bool at_end)
{
    int result = 0;
    if (reader->stage == STAGE_HEADER)
        result = find_header(reader, at_end);
    if (reader->stage == STAGE_ROWS && csv_rows_read(&reader->rows, at_end) != 0)
        result = unreadable(reader, "out of memory");
    return result;
}

/* What reading came to, and the same for every later call. */
static int settle(struct csv_reader *reader, int result, struct failure *failure)
{
    if (result == 0 && reader->stage != STAGE_FAILED)
        return 0;
    if (reader->stage == STAGE_ROWS)
        csv_rows_release(&reader->rows);
    reader->stage = STAGE_FAILED;
    *failure = reader->fault;
    return -1;
}

int csv_reader_write(struct csv_reader *reader, const char *bytes, size_t len,
                     struct failure *failure)
{
    int result = 0;
    while (len > 0 && result == 0 && reader->stage != STAGE_FAILED) {
        size_t piece = len < PIECE_BYTES ? len : PIECE_BYTES;
        if (reader->to_skip > 0) {
            piece = piece < reader->to_skip ? piece : (size_t)reader->to_skip;
            reader->to_skip -= piece;
        } else if (line_buffer_add(&reader->lines, bytes, piece) != 0)
            result = unreadable(reader, "out of memory");
        else
            result = read_on(reader, false);
        bytes += piece;
        len -= piece;
    }
    return settle(reader, result, failure);
}

int csv_reader_finish(struct csv_reader *reader, struct failure *failure)
{
    int result = reader->stage == STAGE_FAILED ? 0 : read_on(reader, true);
    if (result == 0 && reader->stage == STAGE_HEADER)
        result = unreadable(reader, "the feed is empty: it has no header");
    return settle(reader, result, failure);
}

const char *csv_reader_header(const struct csv_reader *reader, size_t *len, char *delimiter)
{
    *len = reader->header_text.len;
    *delimiter = reader->header.delimiter;
    return reader->header_text.data;
}

const int *csv_reader_fields(const struct csv_reader *reader, size_t *columns)
{
    *columns = reader->header.columns;
    return reader->header.fields;
}

bool csv_reader_corrects(const struct csv_reader *reader)
{
    return header_is_rejected(&reader->header);
}

uint64_t csv_reader_parsed(const struct csv_reader *reader)
{
    return reader->stage == STAGE_ROWS ? reader->rows.record.fed : 0;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->stage == STAGE_ROWS)
        csv_rows_release(&reader->rows);
    header_release(&reader->header);
    buffer_release(&reader->header_text);
    line_buffer_release(&reader->lines);
    free(reader);
}
