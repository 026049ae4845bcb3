#include "feed/csv_record.h"

#include <string.h>

/* libcsv grows its cell by this much. Its own step of 128 bytes would make 8192 steps to 1 MiB. */
#define CELL_STEP 16384

/* libcsv drops what this calls a space around unquoted cells. A cell is what its bytes say. */
static int no_space(unsigned char byte)
{
    (void)byte;
    return 0;
}

/* Counts the next cell. NULL when its text is not wanted. */
static struct csv_span *next_cell(struct csv_record *record, size_t len)
{
    size_t column = record->columns++;
    if (len > 0)
        record->filled = record->columns;
    if (column >= record->fields_count || record->fields[column] < 0)
        return NULL;
    return &record->cells[record->fields[column]];
}

static void on_cell(void *bytes, size_t len, void *arg)
{
    struct csv_record *record = arg;
    struct csv_span *cell = next_cell(record, len);
    if (cell == NULL)
        return;
    *cell = (struct csv_span){record->text.len, len};
    if (len > 0 && buffer_add(&record->text, bytes, len) != 0)
        record->no_memory = true;
}

static void on_end(int byte, void *arg)
{
    struct csv_record *record = arg;
    (void)byte;
    record->done = true;
}

static enum csv_rest no_rest_yet(struct csv_form form)
{
    return form.rest == 0 ? CSV_REST_NONE : CSV_REST_AHEAD;
}

void csv_record_init(struct csv_record *record, struct csv_form form)
{
    *record = (struct csv_record){
        .form = form, .rest = no_rest_yet(form), .text = BUFFER_INIT(SIZE_MAX / 2)};
    /* Without CSV_STRICT_FINI: an open quote shows in the state, and csv_fini() must be able to
     * reset the parser in the middle of one, which that option forbids. */
    csv_init(&record->parser, CSV_STRICT);
    csv_set_delim(&record->parser, (unsigned char)form.delimiter);
    csv_set_space_func(&record->parser, no_space);
    csv_set_blk_size(&record->parser, CELL_STEP);
}

void csv_record_want(struct csv_record *record, const int *fields, size_t count)
{
    record->fields = fields;
    record->fields_count = count;
}

static enum csv_state parse(struct csv_record *record, const char *bytes, size_t len)
{
    size_t taken = csv_parse(&record->parser, bytes, len, on_cell, on_end, record);
    record->fed += taken;
    if (record->no_memory)
        return CSV_RECORD_NO_MEMORY;
    if (taken < len)
        return csv_error(&record->parser) == CSV_EPARSE ? CSV_RECORD_BROKEN : CSV_RECORD_NO_MEMORY;
    return record->done ? CSV_RECORD_DONE : CSV_RECORD_OPEN;
}

/* Bytes of the cell that is the rest of its line; a line end closes it, and the record. */
static enum csv_state take_rest(struct csv_record *record, const char *bytes, size_t len)
{
    size_t text = len;
    while (text > 0 && (bytes[text - 1] == '\n' || bytes[text - 1] == '\r'))
        text--;
    if (text > 0 && buffer_add(&record->text, bytes, text) != 0)
        return CSV_RECORD_NO_MEMORY;
    record->fed += len;
    record->rest_len += text;
    if (text == len)
        return CSV_RECORD_OPEN;
    struct csv_span *cell = next_cell(record, record->rest_len);
    if (cell != NULL)
        *cell = (struct csv_span){record->text.len - record->rest_len, record->rest_len};
    record->done = true;
    return CSV_RECORD_DONE;
}

/* Gives libcsv what stands in front of the rest: one delimiter at a time, for only libcsv knows
 * which of them ends a cell. Returns where it stopped: at the rest, at a broken quote, or at the
 * end. */
static size_t parse_front(struct csv_record *record, const char *bytes, size_t len,
                          enum csv_state *state)
{
    size_t done = 0;
    while (*state == CSV_RECORD_OPEN && done < len && record->columns + 1 < record->form.rest) {
        const char *delimiter = memchr(bytes + done, record->form.delimiter, len - done);
        size_t end = delimiter == NULL ? len : (size_t)(delimiter - bytes) + 1;
        *state = parse(record, bytes + done, end - done);
        done = end;
    }
    return done;
}

enum csv_state csv_record_feed(struct csv_record *record, const char *bytes, size_t len)
{
    enum csv_state state = CSV_RECORD_OPEN;
    if (record->rest == CSV_REST_AHEAD) {
        size_t front = parse_front(record, bytes, len, &state);
        if (state != CSV_RECORD_OPEN || front == len)
            return state;
        bytes += front;
        len -= front;
        record->rest = *bytes == '"' ? CSV_REST_NONE : CSV_REST_VERBATIM;
    }
    return record->rest == CSV_REST_VERBATIM ? take_rest(record, bytes, len)
                                             : parse(record, bytes, len);
}

void csv_record_cells(const struct csv_record *record, struct cell cells[ENTITY_FIELDS_MAX])
{
    /* A row of nothing but empty cells has no text at all, and its cells are there all the same. */
    const char *text = record->text.data == NULL ? "" : record->text.data;
    for (size_t column = 0; column < record->fields_count; column++) {
        int field = record->fields[column];
        if (field >= 0)
            cells[field] = (struct cell){.data = text + record->cells[field].at,
                                         .len = record->cells[field].len};
    }
}

bool csv_record_fits(const struct csv_record *record, size_t columns)
{
    return record->columns >= columns && record->filled <= columns;
}

void csv_record_reset(struct csv_record *record)
{
    /* Also out of an error, from which csv_parse() alone does not come back. */
    csv_fini(&record->parser, NULL, NULL, NULL);
    record->done = false;
    record->columns = 0;
    record->filled = 0;
    record->rest = no_rest_yet(record->form);
    record->rest_len = 0;
    buffer_clear(&record->text);
}

void csv_record_release(struct csv_record *record)
{
    csv_free(&record->parser);
    buffer_release(&record->text);
}

struct csv_shape csv_shape(const char *bytes, size_t len, struct csv_form form, size_t wanted)
{
    struct csv_record record;
    csv_record_init(&record, form);
    struct csv_shape shape = {.state = csv_record_feed(&record, bytes, len)};
    shape.columns = record.columns;
    if (shape.state == CSV_RECORD_OPEN && !record.parser.quoted)
        shape.state = csv_record_feed(&record, "\n", 1);
    if (shape.state == CSV_RECORD_DONE) {
        shape.columns = record.columns;
        shape.fits = csv_record_fits(&record, wanted);
    }
    csv_record_release(&record);
    return shape;
}

size_t csv_shape_cells(const char *bytes, size_t len, struct csv_form form)
{
    struct csv_record record;
    csv_record_init(&record, form);
    csv_record_feed(&record, bytes, len);
    size_t columns = record.columns;
    csv_record_release(&record);
    return columns;
}
