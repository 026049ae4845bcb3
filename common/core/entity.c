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

bool field_names_entry(const struct field *field)
{
    return (field->flags & FIELD_KEY) != 0 || field->address != ADDRESS_NONE;
}

bool entity_addresses(const struct entity *entity, struct reason *text)
{
    text->text[0] = '\0';
    for (size_t i = 0; i < entity->field_count; i++) {
        if (entity->fields[i].address != ADDRESS_NONE)
            reason_set(text, "%s%s%s", text->text, text->text[0] == '\0' ? "" : ", ",
                       entity->fields[i].name);
    }
    return text->text[0] != '\0';
}

bool entity_has_create_only(const struct entity *entity)
{
    for (size_t i = 0; i < entity->field_count; i++) {
        if (entity->fields[i].flags & FIELD_CREATE_ONLY)
            return true;
    }
    return false;
}

size_t entity_index(const struct entity *entity, const struct field *field)
{
    return (size_t)(field - entity->fields);
}
