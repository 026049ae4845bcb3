#include "core/record.h"

#include <inttypes.h>
#include <stdio.h>

const struct field *record_key_field(const struct record *record)
{
    size_t count = record->entity == NULL ? 0 : record->entity->field_count;

    for (size_t i = 0; i < count; i++) {
        const struct field *field = &record->entity->fields[i];
        enum value_kind kind = record->values[i].kind;
        if (field_names_entry(field) && (kind == VALUE_TEXT || kind == VALUE_INTEGER))
            return field;
    }
    return NULL;
}

struct value record_key(const struct record *record)
{
    const struct field *field = record_key_field(record);

    if (field == NULL)
        return (struct value){.kind = VALUE_ABSENT};
    return record->values[entity_index(record->entity, field)];
}

struct value record_key_text(const struct record *record, char digits[VALUE_DIGITS_SIZE])
{
    struct value key = record_key(record);
    if (key.kind != VALUE_INTEGER)
        return key;
    int len = snprintf(digits, VALUE_DIGITS_SIZE, "%" PRId64, key.integer);
    return (struct value){.kind = VALUE_TEXT, .text = digits, .len = (size_t)len};
}

void record_release(struct record *record)
{
    const struct record empty = RECORD_INIT;
    json_decref(record->root);
    *record = empty;
}
