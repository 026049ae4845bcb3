/* One checked entry of an entity: every value has passed the entity's table, in the producer
 * (check.h) or in the consumer (decode.h). */
#ifndef FEEDS_CORE_RECORD_H
#define FEEDS_CORE_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"

enum value_kind {
    VALUE_ABSENT,  /* not given: not sent, not written */
    VALUE_NULL,    /* JSON null: clears the field */
    VALUE_TEXT,    /* FIELD_TEXT and FIELD_CHOICE: valid UTF-8 without U+0000 */
    VALUE_INTEGER, /* FIELD_INTEGER */
};

struct value {
    enum value_kind kind;
    const char *text;
    size_t len;
    int64_t integer;
};

struct record {
    const struct entity *entity;
    struct value values[ENTITY_FIELDS_MAX]; /* in the order of entity->fields */
    json_t *root; /* owns the texts of a decoded record; NULL when they are borrowed from a row */
};

#define RECORD_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

/* The value of the natural key; VALUE_ABSENT when the entity has none. */
struct value record_key(const struct record *record);
/* Safe on a zeroed record. */
void record_release(struct record *record);

#endif
