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
    VALUE_JSON,    /* FIELD_JSON: an object, as text or, of a decoded message, as json */
};

struct value {
    enum value_kind kind;
    const char *text; /* VALUE_JSON: valid JSON, as it was given; NULL where json is set */
    size_t len;
    int64_t integer;
    const json_t *json;
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

/* The field that names the entry: the natural key, or the address that is given; NULL when the entity
 * has neither. */
const struct field *record_key_field(const struct record *record);

/* What must stay in order: the natural key, or the address that is given; VALUE_ABSENT when the
 * entity has neither. */
struct value record_key(const struct record *record);

/* Room for any integer as decimal text, with its NUL. */
#define VALUE_DIGITS_SIZE 24

/* The same as the key of a message: VALUE_TEXT, or VALUE_ABSENT. Borrows from the record, or from
 * `digits` where the key is a number. */
struct value record_key_text(const struct record *record, char digits[VALUE_DIGITS_SIZE]);
/* Safe on a zeroed record. */
void record_release(struct record *record);

#endif
