#include "feed/mapping.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/text.h"
#include "feed/rejected_head.h"

#define NAME_SHOWN_MAX 80

/* `FIELD=TEXT`: the text without its backslashes is the last of mapping->texts. */
struct item {
    const char *field;
    size_t field_len;
    struct mapping_text text;
};

static void trim(const char **text, size_t *len)
{
    for (; *len > 0 && **text == ' '; --*len)
        ++*text;
    while (*len > 0 && (*text)[*len - 1] == ' ')
        --*len;
}

/* Length of the item up to the comma that no backslash stands in front of. */
static size_t item_length(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0' && text[len] != ',')
        len += text[len] == '\\' && text[len + 1] != '\0' ? 2 : 1;
    return len;
}

static int add_text(struct mapping *mapping, const char *text, size_t len,
                    struct mapping_text *added)
{
    *added = (struct mapping_text){.given = true, .at = mapping->texts.len};
    for (size_t i = 0; i < len; i++) {
        bool escaped = text[i] == '\\' && i + 1 < len && strchr("\\,", text[i + 1]) != NULL;
        if (buffer_add_byte(&mapping->texts, text[escaped ? ++i : i]) != 0)
            return -1;
    }
    added->len = mapping->texts.len - added->at;
    return 0;
}

static int read_item(struct mapping *mapping, const char *text, size_t len, const char *what,
                     struct item *item, struct reason *reason)
{
    char shown[NAME_SHOWN_MAX];
    const char *equals = memchr(text, '=', len);
    size_t field_len = equals == NULL ? 0 : (size_t)(equals - text);
    const char *value = equals == NULL ? text : equals + 1;
    size_t value_len = equals == NULL ? 0 : len - field_len - 1;
    item->field = text;
    item->field_len = field_len;
    trim(&item->field, &item->field_len);
    trim(&value, &value_len);
    if (item->field_len == 0 || value_len == 0) {
        text_show(text, len, shown, sizeof shown);
        reason_set(reason, "expected FIELD=%s, not \"%s\"", what, shown);
        return -1;
    }
    if (add_text(mapping, value, value_len, &item->text) == 0)
        return 0;
    reason_set(reason, "longer than %d bytes", MAPPING_BYTES_MAX);
    return -1;
}

static void list_fields(const struct entity *entity, struct reason *list)
{
    *list = (struct reason)REASON_INIT;
    for (size_t i = 0; i < entity->field_count; i++)
        reason_set(list, "%s%s%s", list->text, i == 0 ? "" : ", ", entity->fields[i].name);
}

static const struct field *refuse_field(const struct mapping *mapping, const struct item *item,
                                        struct reason *reason)
{
    char name[NAME_SHOWN_MAX], value[NAME_SHOWN_MAX];
    struct reason list;
    const char *text = mapping->texts.data + item->text.at;
    list_fields(mapping->entity, &list);
    text_show(item->field, item->field_len, name, sizeof name);
    text_show(text, item->text.len, value, sizeof value);
    if (entity_field(mapping->entity, text, item->text.len) != NULL)
        reason_set(reason, "the field stands in front: %s=%s", value, name);
    else
        reason_set(reason, "\"%s\" is no field of %s; its fields are %s", name,
                   mapping->entity->name, list.text);
    return NULL;
}

/* The item's field, which no item before has named. */
static const struct field *find_field(const struct mapping *mapping,
                                      const struct mapping_text given[ENTITY_FIELDS_MAX],
                                      const struct item *item, struct reason *reason)
{
    const struct field *field = entity_field(mapping->entity, item->field, item->field_len);
    if (field == NULL)
        return refuse_field(mapping, item, reason);
    if (!given[entity_index(mapping->entity, field)].given)
        return field;
    reason_set(reason, "the field %s stands there twice", field->name);
    return NULL;
}

static int set_source(struct mapping *mapping, const struct field *field, const struct item *item,
                      struct reason *reason)
{
    const char *name = mapping->texts.data + item->text.at;
    for (size_t i = 0; i < mapping->entity->field_count; i++) {
        if (!mapping_is_source(mapping, i, name, item->text.len))
            continue;
        reason_set(reason, "one column cannot be two fields, %s and %s",
                   mapping->entity->fields[i].name, field->name);
        return -1;
    }
    if (rejected_head_has(name, item->text.len)) {
        reason_set(reason, "\"error\" and \"row\" are what --rejected adds, and no fields");
        return -1;
    }
    mapping->sources[entity_index(mapping->entity, field)] = item->text;
    return 0;
}

static int set_constant(struct mapping *mapping, const struct field *field, const struct item *item,
                        struct reason *reason)
{
    struct value value;
    struct failure failure;
    struct cell cell = {.data = mapping->texts.data + item->text.at, .len = item->text.len};
    if (field_names_entry(field)) {
        reason_set(reason, "%s tells one %s from another, and cannot be the same in all rows",
                   field->name, mapping->entity->name);
        return -1;
    }
    if (check_cell(field, cell, &value, &failure) != 0) {
        *reason = failure.reason;
        return -1;
    }
    mapping->constants[entity_index(mapping->entity, field)] = item->text;
    return 0;
}

typedef int set_item(struct mapping *mapping, const struct field *field, const struct item *item,
                     struct reason *reason);

/* given: the mapping's texts that `set` adds to. what: stands behind FIELD= */
static int read_items(struct mapping *mapping, const struct mapping_text given[ENTITY_FIELDS_MAX],
                      const char *what, set_item *set, const char *text, struct reason *reason)
{
    for (size_t len; *text != '\0'; text += len + (text[len] == ',')) {
        struct item item;
        len = item_length(text);
        if (read_item(mapping, text, len, what, &item, reason) != 0)
            return -1;
        const struct field *field = find_field(mapping, given, &item, reason);
        if (field == NULL || set(mapping, field, &item, reason) != 0)
            return -1;
    }
    return 0;
}

int mapping_read_map(struct mapping *mapping, const char *text, struct reason *reason)
{
    return read_items(mapping, mapping->sources, "COLUMN", set_source, text, reason);
}

int mapping_read_set(struct mapping *mapping, const char *text, struct reason *reason)
{
    return read_items(mapping, mapping->constants, "VALUE", set_constant, text, reason);
}

void mapping_release(struct mapping *mapping)
{
    buffer_release(&mapping->texts);
}

const char *mapping_source(const struct mapping *mapping, size_t field, size_t *len)
{
    if (mapping == NULL || !mapping->sources[field].given)
        return NULL;
    *len = mapping->sources[field].len;
    return mapping->texts.data + mapping->sources[field].at;
}

bool mapping_is_source(const struct mapping *mapping, size_t field, const char *name, size_t len)
{
    size_t source_len;
    const char *source = mapping_source(mapping, field, &source_len);
    return source != NULL && source_len == len && memcmp(source, name, len) == 0;
}

int mapping_field(const struct entity *entity, const struct mapping *mapping, const char *name,
                  size_t len)
{
    for (size_t i = 0; i < entity->field_count; i++)
        if (mapping_is_source(mapping, i, name, len))
            return (int)i;
    const struct field *field = entity_field(entity, name, len);
    return field == NULL ? -1 : (int)entity_index(entity, field);
}

bool mapping_has_constant(const struct mapping *mapping, size_t field)
{
    return mapping != NULL && mapping->constants[field].given;
}

/* A whole number, perhaps with a sign. */
static bool is_whole(const char *text, size_t len)
{
    size_t digits = 0;
    while (digits < len && text[len - digits - 1] >= '0' && text[len - digits - 1] <= '9')
        digits++;
    return digits > 0 && (digits == len || (digits == len - 1 && text[0] == '-'));
}

/* A cell that is a whole number and zeros behind a comma loses these. Any other is told as it stands. */
static void drop_zeros(struct cell *cell)
{
    size_t len = cell->len;
    while (len > 0 && cell->data[len - 1] == '0')
        len--;
    if (len > 1 && len < cell->len && cell->data[len - 1] == ',' && is_whole(cell->data, len - 1))
        cell->len = len - 1;
}

static void adapt_number(const struct field *field, struct cell *cell)
{
    if (field->type != FIELD_INTEGER)
        return;
    if (cell->json != NULL && json_is_string(cell->json) && (field->flags & FIELD_LENIENT))
        *cell = (struct cell){.data = json_string_value(cell->json),
                              .len = json_string_length(cell->json)};
    if (cell->json == NULL && cell->data != NULL)
        drop_zeros(cell);
}

const struct field *mapping_complete(const struct mapping *mapping,
                                     struct cell cells[ENTITY_FIELDS_MAX])
{
    const struct field *given = NULL;
    if (mapping == NULL)
        return NULL;
    for (size_t i = 0; i < mapping->entity->field_count; i++) {
        const struct mapping_text *constant = &mapping->constants[i];
        if (mapping->decimal_comma)
            adapt_number(&mapping->entity->fields[i], &cells[i]);
        if (!constant->given)
            continue;
        if (cells[i].len > 0 || cells[i].json != NULL)
            given = &mapping->entity->fields[i];
        else
            cells[i] =
                (struct cell){.data = mapping->texts.data + constant->at, .len = constant->len};
    }
    return given;
}
