/* What a content type is: plain data, no functions. The tables are in entities/; nothing under
 * common/ knows a field of theirs by name. */
#ifndef FEEDS_CORE_ENTITY_H
#define FEEDS_CORE_ENTITY_H

#include <stddef.h>
#include <stdint.h>

/* Ceiling for the fields of one entity. */
#define ENTITY_FIELDS_MAX 32

/* Strapi's `string` is varchar(255); its validator counts UTF-16 units (measured: a longer one is a
 * 400 on Strapi 5, a 500 on 4). */
#define SHORT_TEXT_UNITS 255

/* What a message does to Strapi. All that differs between content types follows from it. */
enum effect {
    EFFECT_UPSERT, /* create, or update the entry with the same natural key */
};

enum field_type {
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_CHOICE, /* one of a fixed list of words */
};

enum field_flag {
    FIELD_REQUIRED = 1 << 0,
    FIELD_KEY = 1 << 1,         /* the natural key; exactly one field of an UPSERT entity */
    FIELD_CREATE_ONLY = 1 << 2, /* written when the entry is created, and never again */
    FIELD_LENIENT = 1 << 3,     /* consumers also take an integer as decimal text */
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    int64_t minimum, maximum;   /* FIELD_INTEGER, both inclusive */
    size_t max_units;           /* FIELD_TEXT: UTF-16 units; 0 for no limit of its own */
    const char *const *choices; /* FIELD_CHOICE: ends with NULL */
};

struct entity {
    const char *name;       /* "product": names the programs and the default topic */
    const char *collection; /* "products": the path below /api */
    const char *topic;      /* default topic */
    const char *group;      /* default consumer group */
    const char *feed;       /* default feed file */
    enum effect effect;
    const struct field *fields;
    size_t field_count; /* <= ENTITY_FIELDS_MAX */
};

/* The field with that name, or NULL. */
const struct field *entity_field(const struct entity *entity, const char *name, size_t len);
/* The natural key, or NULL when the entity has none. */
const struct field *entity_key(const struct entity *entity);
/* The field's place in entity->fields. */
size_t entity_index(const struct entity *entity, const struct field *field);

#endif
