#include "core/record.h"

struct value record_key(const struct record *record)
{
    const struct value absent = {.kind = VALUE_ABSENT};
    const struct field *key = record->entity == NULL ? NULL : entity_key(record->entity);
    return key == NULL ? absent : record->values[entity_index(record->entity, key)];
}

void record_release(struct record *record)
{
    const struct record empty = RECORD_INIT;
    json_decref(record->root);
    *record = empty;
}
