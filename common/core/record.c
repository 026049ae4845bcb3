#include "core/record.h"

#include <inttypes.h>
#include <stdio.h>

struct value record_key(const struct record *record)
{
    const struct value absent = {.kind = VALUE_ABSENT};
    size_t count = record->entity == NULL ? 0 : record->entity->field_count;
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &record->values[i];
        if (field_names_entry(&record->entity->fields[i]) &&
            (value->kind == VALUE_TEXT || value->kind == VALUE_INTEGER))
            return *value;
    }
    return absent;
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
