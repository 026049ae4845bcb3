#include "feed/row_layout.h"

#include <stdint.h>
#include <string.h>

#include "core/encode.h"
#include "core/text.h"
#include "feed/dialect.h"
#include "feed/rejected_csv.h"

static int add_fields(const struct rejected_layout *layout, const struct entity *entity,
                      struct buffer *out)
{
    int failed = buffer_add_text(out, ",\"fields\":[");
    for (size_t i = 0; i < layout->columns; i++) {
        int field = layout->fields[i];
        failed |= buffer_add_text(out, i == 0 ? "" : ",");
        if (field < 0)
            failed |= buffer_add_text(out, "null");
        else
            failed |= buffer_addf(out, "\"%s\"", entity->fields[field].name);
    }
    return failed | buffer_add_byte(out, ']');
}

static int add_csv(const struct rejected_layout *layout, const struct entity *entity,
                   struct buffer *out)
{
    if (!text_valid(layout->header, layout->header_len, NULL) ||
        memchr(layout->header, '\0', layout->header_len) != NULL)
        return -1;
    int failed = buffer_add_text(out, "{\"format\":\"csv\",\"delimiter\":");
    failed |= encode_text(&layout->delimiter, 1, out);
    failed |= buffer_add_text(out, ",\"header\":");
    failed |= encode_text(layout->header, layout->header_len, out);
    failed |= add_fields(layout, entity, out);
    if (layout->marked)
        failed |= buffer_add_text(out, ",\"converted\":true");
    return failed | buffer_add_byte(out, '}');
}

int row_layout_write(const struct rejected_layout *layout, const struct entity *entity,
                     struct buffer *out)
{
    size_t start = out->len;
    int failed =
        layout->json ? buffer_add_text(out, "{\"format\":\"json\"}") : add_csv(layout, entity, out);
    if (failed != 0)
        buffer_cut(out, start);
    return failed != 0 ? -1 : 0;
}

static int field_named(const struct entity *entity, const json_t *name)
{
    const struct field *field = NULL;
    if (json_is_string(name))
        field = entity_field(entity, json_string_value(name), json_string_length(name));
    return field == NULL ? -1 : (int)entity_index(entity, field);
}

static int read_fields(struct row_layout *layout, const struct entity *entity, const json_t *names)
{
    bool any = false;
    layout->columns = json_array_size(names);
    if (layout->columns > HEADER_COLUMNS_MAX)
        return -1;
    size_t front = layout->fronted ? 2 : 0;
    if (layout->columns < front)
        return -1;
    layout->columns -= front;
    for (size_t i = 0; i < layout->columns; i++) {
        layout->fields[i] = field_named(entity, json_array_get(names, front + i));
        any |= layout->fields[i] >= 0;
    }
    return any ? 0 : -1;
}

static int read_header(struct row_layout *layout, const char *header, size_t len)
{
    size_t front = rejected_csv_old_header(layout->delimiter, header, len);
    layout->fronted = front > 0;
    return buffer_add(&layout->header, header + front, len - front);
}

int row_layout_read(struct row_layout *layout, const struct entity *entity, const json_t *json)
{
    *layout = (struct row_layout){.header = BUFFER_INIT(SIZE_MAX / 4)};
    const char *format = json_string_value(json_object_get(json, "format"));
    const json_t *header = json_object_get(json, "header");
    const json_t *delimiter = json_object_get(json, "delimiter");
    layout->converted = json_is_true(json_object_get(json, "converted"));
    layout->json = format != NULL && strcmp(format, "json") == 0;
    if (layout->json)
        return 0;
    if (format == NULL || strcmp(format, "csv") != 0 || !json_is_string(header) ||
        json_string_length(delimiter) != 1)
        return -1;
    layout->delimiter = json_string_value(delimiter)[0];
    if (layout->delimiter == '\0' || strchr(DIALECT_DELIMITERS, layout->delimiter) == NULL ||
        read_header(layout, json_string_value(header), json_string_length(header)) != 0)
        return -1;
    return read_fields(layout, entity, json_object_get(json, "fields"));
}

static bool ends_with_json(const struct entity *entity)
{
    return entity->fields[entity->field_count - 1].type == FIELD_JSON;
}

int row_layout_default(struct row_layout *layout, const struct entity *entity)
{
    int failed = 0;
    *layout = (struct row_layout){.header = BUFFER_INIT(SIZE_MAX / 4)};
    layout->delimiter = ends_with_json(entity) ? ';' : ',';
    layout->columns = entity->field_count;
    for (size_t i = 0; i < entity->field_count; i++) {
        layout->fields[i] = (int)i;
        if (i > 0)
            failed |= buffer_add_byte(&layout->header, layout->delimiter);
        failed |= buffer_add_text(&layout->header, entity->fields[i].name);
    }
    return failed;
}

bool row_layout_equal(const struct row_layout *one, const struct row_layout *other)
{
    if (one->json || other->json)
        return one->json == other->json;
    return one->delimiter == other->delimiter && one->header.len == other->header.len &&
           memcmp(one->header.data, other->header.data, one->header.len) == 0;
}

struct csv_form row_layout_form(const struct row_layout *layout, const struct entity *entity)
{
    struct csv_form form = {.delimiter = layout->delimiter};
    int last = layout->columns == 0 ? -1 : layout->fields[layout->columns - 1];
    if (last >= 0 && entity->fields[last].type == FIELD_JSON)
        form.rest = layout->columns;
    return form;
}

void row_layout_release(struct row_layout *layout)
{
    buffer_release(&layout->header);
}
