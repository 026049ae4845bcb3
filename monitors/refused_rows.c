#include "monitors/refused_rows.h"

#include <string.h>
#include <strings.h>

#include "feed/rejected_csv.h"
#include "feed/rejected_json.h"
#include "monitors/refused_cells.h"
#include "monitors/refused_original.h"

#define UTF8_MARK "\xEF\xBB\xBF"

static const json_t *layout_of(const struct failure_record *record)
{
    return json_object_get(record->root, "layout");
}

void refused_rows_learn(struct refused_rows *rows, const struct failure_record *record)
{
    struct refused_original original;
    if (rows->shaped || refused_original_read(&original, record) != 0)
        return;
    if (original.row > 0 && rows->entity == NULL)
        rows->entity = original.entity;
    if (original.row > 0 && original.is_row && rows->entity == original.entity) {
        rows->shaped = row_layout_read(&rows->shape, rows->entity, layout_of(record)) == 0;
        if (!rows->shaped)
            row_layout_release(&rows->shape);
    }
    refused_original_release(&original);
}

/* Of a feed of which only consumers have refused something, its name is all that is known. */
static bool is_json_name(const char *name)
{
    static const char *const ends[] = {".json",    ".ndjson",    ".jsonl",
                                       ".json.gz", ".ndjson.gz", ".jsonl.gz"};
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (len > end && strcasecmp(name + len - end, ends[i]) == 0)
            return true;
    }
    return false;
}

int refused_rows_shape(struct refused_rows *rows, const char *feed)
{
    if (rows->shaped || rows->entity == NULL)
        return 0;
    rows->shaped = true;
    if (row_layout_default(&rows->shape, rows->entity) != 0)
        return -1;
    rows->shape.json = is_json_name(feed);
    return 0;
}

int refused_rows_head(const struct refused_rows *rows, struct buffer *out)
{
    const struct row_layout *shape = &rows->shape;
    int failed = 0;
    if (shape->converted)
        failed |= buffer_add_text(out, UTF8_MARK);
    if (!shape->json)
        failed |= rejected_csv_header(shape->delimiter, shape->header.data, shape->header.len, out);
    return failed;
}

static enum refused_fit as_json(const struct refused_original *original, bool is_json,
                                const char *sentence, struct buffer *out)
{
    const struct row row = {.row = original->row, .raw = original->bytes, .raw_len = original->len};
    if (!is_json)
        return REFUSED_UNFIT;
    return rejected_json(&row, sentence, out) == 0 ? REFUSED_FITS : REFUSED_NO_MEMORY;
}

/* own: of a row's feed. NULL: it is a message, or nobody knows. */
static enum refused_fit behind_front(const struct refused_rows *rows,
                                     const struct refused_original *original,
                                     const struct row_layout *own, struct buffer *out)
{
    const struct row_layout *shape = &rows->shape;
    size_t old = original->is_row && own != NULL && own->fronted
                     ? rejected_csv_old_front(own->delimiter, original->bytes, original->len)
                     : 0;
    const char *bytes = original->bytes + old;
    size_t len = original->len - old;
    if (!original->is_row || (own != NULL && own->json))
        return refused_cells_of_message(shape, rows->entity, bytes, len, out);
    if (own == NULL)
        return REFUSED_UNFIT;
    if (!row_layout_equal(shape, own))
        return refused_cells_of_row(shape, rows->entity, own, bytes, len, out);
    return rejected_csv_raw(bytes, len, out) == 0 ? REFUSED_FITS : REFUSED_NO_MEMORY;
}

static enum refused_fit add_line(const struct refused_rows *rows,
                                 const struct refused_original *original,
                                 const struct row_layout *own, const char *sentence,
                                 struct buffer *out)
{
    if (rows->shape.json)
        return as_json(original, !original->is_row || (own != NULL && own->json), sentence, out);
    if (rejected_csv_front(rows->shape.delimiter, sentence, original->row, out) != 0)
        return REFUSED_NO_MEMORY;
    return behind_front(rows, original, own, out);
}

static int add_original(struct refused_rows *rows, const struct refused_original *original,
                        const struct failure_record *record, struct buffer *out)
{
    struct row_layout own;
    struct buffer line = BUFFER_INIT(out->max);
    bool known = row_layout_read(&own, rows->entity, layout_of(record)) == 0;
    enum refused_fit fit = add_line(rows, original, known ? &own : NULL, record->sentence, &line);
    if (fit == REFUSED_FITS && buffer_add(out, line.data, line.len) != 0)
        fit = REFUSED_NO_MEMORY;
    row_layout_release(&own);
    buffer_release(&line);
    rows->written += fit == REFUSED_FITS;
    rows->unfit += fit == REFUSED_UNFIT;
    return fit == REFUSED_NO_MEMORY ? -1 : 0;
}

int refused_rows_add(struct refused_rows *rows, const struct failure_record *record,
                     struct buffer *out)
{
    struct refused_original original;
    int result = refused_original_read(&original, record);
    if (result != 0 || original.row == 0)
        ;
    else if (original.entity == NULL || original.entity != rows->entity)
        rows->strangers++;
    else if (!original.whole || original.bytes == NULL)
        rows->cut++;
    else
        result = add_original(rows, &original, record, out);
    refused_original_release(&original);
    return result;
}

void refused_rows_release(struct refused_rows *rows)
{
    row_layout_release(&rows->shape);
}
