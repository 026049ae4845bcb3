#include "feed/json_reader.h"

#include <stdlib.h>

#include "feed/json_array.h"
#include "feed/json_lines.h"

/* What is written at once is worked off in pieces of this size, so that memory does not depend on
 * the caller. */
#define PIECE_BYTES 65536

enum form {
    FORM_UNKNOWN, /* nothing but blanks so far */
    FORM_LINES,
    FORM_ARRAY,
};

struct json_reader {
    struct feed_events events;
    struct json_records records;
    enum form form;
    struct json_lines lines;
    struct json_array array;
    uint64_t to_skip; /* bytes in front of where the rows go on */
};

struct json_reader *json_reader_new(const struct json_options *options,
                                    const struct feed_events *events)
{
    struct json_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->events = *events;
    reader->records = (struct json_records){
        .entity = options->entity,
        .mapping = options->mapping,
        .encoding = options->encoding,
        .events = &reader->events,
        .limit = options->row_bytes_max,
    };
    json_array_init(&reader->array, &reader->records);
    return reader;
}

void json_reader_resume(struct json_reader *reader, const struct feed_place *place, uint64_t rows)
{
    const struct json_place here = {.line = place->line, .offset = place->offset};
    reader->records.row.row = rows;
    reader->to_skip = place->offset;
    reader->form = place->in_array ? FORM_ARRAY : FORM_LINES;
    json_array_resume(&reader->array, place);
    json_lines_init(&reader->lines, &reader->records, here, PIECE_BYTES);
    reader->lines.skipping = place->open;
}

uint64_t json_reader_jump(struct json_reader *reader)
{
    uint64_t bytes = reader->to_skip;
    reader->to_skip = 0;
    return bytes;
}

static int read_on(struct json_reader *reader, const char *bytes, size_t len,
                   struct failure *failure)
{
    if (reader->form == FORM_ARRAY)
        return json_array_write(&reader->array, bytes, len, failure);
    return json_lines_write(&reader->lines, bytes, len, failure);
}

/* Until the form is known there are only blanks, which the array counts. */
static int read_piece(struct json_reader *reader, const char *bytes, size_t len,
                      struct failure *failure)
{
    size_t blanks = 0;
    if (reader->form == FORM_UNKNOWN) {
        blanks = json_blanks(bytes, len);
        if (json_array_write(&reader->array, bytes, blanks, failure) != 0)
            return -1;
        if (blanks == len)
            return 0;
        reader->form = bytes[blanks] == '[' ? FORM_ARRAY : FORM_LINES;
        json_lines_init(&reader->lines, &reader->records, reader->array.here, PIECE_BYTES);
    }
    return read_on(reader, bytes + blanks, len - blanks, failure);
}

int json_reader_write(struct json_reader *reader, const char *bytes, size_t len,
                      struct failure *failure)
{
    int result = 0;
    for (size_t piece; len > 0 && result == 0; bytes += piece, len -= piece) {
        piece = len < PIECE_BYTES ? len : PIECE_BYTES;
        if (reader->to_skip > 0) {
            piece = piece < reader->to_skip ? piece : (size_t)reader->to_skip;
            reader->to_skip -= piece;
        } else {
            result = read_piece(reader, bytes, piece, failure);
        }
    }
    return result;
}

int json_reader_finish(struct json_reader *reader, struct failure *failure)
{
    if (reader->form == FORM_ARRAY)
        return json_array_finish(&reader->array, failure);
    if (reader->form == FORM_LINES)
        return json_lines_finish(&reader->lines, failure);
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "the feed is empty");
    return -1;
}

bool json_reader_corrects(const struct json_reader *reader)
{
    return reader->records.corrects;
}

void json_reader_free(struct json_reader *reader)
{
    if (reader == NULL)
        return;
    json_lines_release(&reader->lines);
    json_array_release(&reader->array);
    free(reader);
}
