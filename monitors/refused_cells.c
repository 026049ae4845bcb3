#include "monitors/refused_cells.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/encode.h"
#include "feed/feed_reader.h"
#include "feed/json_members.h"
#include "feed/json_scan.h"
#include "feed/rejected_csv.h"

/* The cells of one line, in the order of the shape's columns. */
struct line {
    const struct row_layout *shape;
    const struct entity *entity;
    struct csv_form form;
    size_t column; /* counted from 1 */
    struct buffer *out;
    int failed;
};

static struct line begin(const struct row_layout *shape, const struct entity *entity,
                         struct buffer *out)
{
    return (struct line){
        .shape = shape, .entity = entity, .form = row_layout_form(shape, entity), .out = out};
}

static void add_cell(struct line *line, const char *text, size_t len)
{
    if (line->column++ > 0)
        line->failed |= buffer_add_byte(line->out, line->form.delimiter);
    line->failed |= rejected_csv_cell(line->form, line->column, text, len, line->out);
}

/* As it is written in the message, so that 1.0 and 1E3 stay what they are. */
static const char *as_written(const char *message, size_t len, const char *name, size_t *value_len)
{
    size_t first = json_blanks(message, len) + 1;
    struct json_members members = json_members(message + first, len - first);
    while (json_members_next(&members))
        if (json_member_is(&members, name, strlen(name)))
            return json_member_value(&members, value_len);
    return NULL;
}

/* Texts without their quotes and escapes, all else as JSON; null and nothing are empty cells. */
static void add_value(struct line *line, const char *message, size_t len, const char *name,
                      const json_t *value)
{
    size_t value_len = 0;
    if (value == NULL || json_is_null(value)) {
        add_cell(line, "", 0);
        return;
    }
    if (json_is_string(value)) {
        add_cell(line, json_string_value(value), json_string_length(value));
        return;
    }
    const char *written = as_written(message, len, name, &value_len);
    if (written != NULL) {
        add_cell(line, written, value_len);
        return;
    }
    struct buffer text = BUFFER_INIT(SIZE_MAX / 4);
    line->failed |= encode_json(value, &text);
    add_cell(line, text.len == 0 ? "" : text.data, text.len);
    buffer_release(&text);
}

static enum refused_fit end(struct line *line)
{
    line->failed |= buffer_add_byte(line->out, '\n');
    return line->failed != 0 ? REFUSED_NO_MEMORY : REFUSED_FITS;
}

enum refused_fit refused_cells_of_message(const struct row_layout *shape,
                                          const struct entity *entity, const char *message,
                                          size_t len, struct buffer *out)
{
    json_t *root = json_loadb(message, len, JSON_REJECT_DUPLICATES, NULL);
    struct line line = begin(shape, entity, out);
    enum refused_fit fit = REFUSED_UNFIT;
    if (json_is_object(root)) {
        for (size_t i = 0; i < shape->columns; i++) {
            int field = shape->fields[i];
            const char *name = field < 0 ? NULL : entity->fields[field].name;
            add_value(&line, message, len, name, name == NULL ? NULL : json_object_get(root, name));
        }
        fit = end(&line);
    }
    json_decref(root);
    return fit;
}

struct reread {
    struct line line;
    enum refused_fit fit;
};

static void on_row(void *arg, const struct row *row)
{
    struct reread *reread = arg;
    const struct row_layout *shape = reread->line.shape;
    for (size_t i = 0; i < shape->columns; i++) {
        const struct cell none = {.data = NULL};
        const struct cell *cell = shape->fields[i] < 0 ? &none : &row->cells[shape->fields[i]];
        add_cell(&reread->line, cell->data == NULL ? "" : cell->data,
                 cell->data == NULL ? 0 : cell->len);
    }
    reread->fit = end(&reread->line);
}

static void on_rejected(void *arg, const struct row *row, const struct failure *failure)
{
    (void)arg;
    (void)row;
    (void)failure;
}

static void on_notice(void *arg, const char *sentence)
{
    (void)arg;
    (void)sentence;
}

/* A header in the fields' own names, so that no mapping is needed; other columns have numbers, which
 * are no fields' names. */
static int write_header(const struct row_layout *own, const struct entity *entity,
                        struct buffer *text)
{
    int failed = 0;
    for (size_t i = 0; i < own->columns; i++) {
        failed |= i == 0 ? 0 : buffer_add_byte(text, own->delimiter);
        failed |= own->fields[i] < 0 ? buffer_addf(text, "%zu", i + 1)
                                     : buffer_add_text(text, entity->fields[own->fields[i]].name);
    }
    return failed | buffer_add_byte(text, '\n');
}

enum refused_fit refused_cells_of_row(const struct row_layout *shape, const struct entity *entity,
                                      const struct row_layout *own, const char *row, size_t len,
                                      struct buffer *out)
{
    struct buffer text = BUFFER_INIT(SIZE_MAX / 4);
    struct reread reread = {.line = begin(shape, entity, out), .fit = REFUSED_UNFIT};
    struct failure failure;
    size_t start = out->len;
    int failed = write_header(own, entity, &text) | buffer_add(&text, row, len);
    /* The limit holds for the header, too. */
    const struct feed_options options = {.entity = entity,
                                         .format = FEED_CSV,
                                         .delimiter = own->delimiter,
                                         .row_bytes_max = text.len + 1};
    const struct feed_events events = {on_row, on_rejected, on_notice, &reread};
    struct feed_reader *reader = failed != 0 ? NULL : feed_reader_new(&options, &events);
    if (reader == NULL)
        reread.fit = REFUSED_NO_MEMORY;
    else if (feed_reader_write(reader, text.data, text.len, &failure) != 0 ||
             feed_reader_finish(reader, &failure) != 0)
        reread.fit = REFUSED_UNFIT;
    if (reread.fit != REFUSED_FITS)
        buffer_cut(out, start);
    feed_reader_free(reader);
    buffer_release(&text);
    return reread.fit;
}
