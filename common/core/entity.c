#include "core/entity.h"

#include <string.h>

const struct field *entity_field(const struct entity *entity, const char *name, size_t len)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        const struct field *field = &entity->fields[i];
        if (strlen(field->name) == len && memcmp(field->name, name, len) == 0)
            return field;
    }
    return NULL;
}

const struct field *entity_key(const struct entity *entity)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        if (entity->fields[i].flags & FIELD_KEY)
            return &entity->fields[i];
    }
    return NULL;
}

size_t entity_index(const struct entity *entity, const struct field *field)
{
    return (size_t)(field - entity->fields);
}
