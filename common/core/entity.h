/* What a content type is: plain data, no functions. The tables are in entities/; nothing under
 * common/ knows a field of theirs by name. */
#ifndef FEEDS_CORE_ENTITY_H
#define FEEDS_CORE_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"

/* Ceiling for the fields of one entity. */
#define ENTITY_FIELDS_MAX 32

/* Strapi's `string` is varchar(255); its validator counts UTF-16 units (measured: a longer one is a
 * 400 on Strapi 5, a 500 on 4). */
#define SHORT_TEXT_UNITS 255

/* What a message does to Strapi. All that differs between content types follows from it. */
enum effect {
    EFFECT_UPSERT, /* create, or update the entry with the same natural key */
    EFFECT_APPEND, /* create an entry, always */
    EFFECT_ADJUST, /* move a number of an entry of another entity up or down */
};

enum field_type {
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_CHOICE, /* one of a fixed list of words */
    FIELD_JSON,   /* an object. As a feed's last column it may stand unquoted (feed/csv_record.h) */
};

enum field_flag {
    FIELD_REQUIRED = 1 << 0,
    FIELD_KEY = 1 << 1,         /* the natural key; exactly one field of an UPSERT entity */
    FIELD_CREATE_ONLY = 1 << 2, /* written when the entry is created, and never again */
    FIELD_LENIENT = 1 << 3,     /* consumers also take an integer, or an object, as text */
    FIELD_TOKEN = 1 << 4,       /* FIELD_TEXT: ASCII letters, digits, - and _ only */
};

/* How a field names the entry that an ADJUST moves. Of these fields exactly one is given. */
enum address {
    ADDRESS_NONE,     /* it does not */
    ADDRESS_NUMBER,   /* by Strapi's numeric id */
    ADDRESS_DOCUMENT, /* by Strapi 5's documentId */
    ADDRESS_KEY,      /* by the target's natural key */
};

struct field {
    const char *name;
    enum field_type type;
    unsigned flags;
    int64_t minimum, maximum;   /* FIELD_INTEGER, both inclusive */
    size_t max_units;           /* FIELD_TEXT: UTF-16 units; 0 for no limit of its own */
    const char *const *choices; /* FIELD_CHOICE: ends with NULL */
    const char *const *also; /* what suppliers call it; ends with NULL. Only ever suggested, never
                                   assumed; letters and digits count, their case does not */
    enum address address;    /* an ADJUST entity's */
};

/* A word of the direction field, and what it does to the level. */
struct direction {
    const char *word;
    int sign; /* 1 or -1 */
};

/* What an ADJUST moves, and by which of its own fields. */
struct adjustment {
    const struct entity *target;
    const char *level;    /* the target's field that is moved; its range is that field's */
    const char *ledger;   /* the target's JSON field that remembers what was applied (ledger.h);
                             a content type may lack it */
    const char *quantity; /* own field: by how much, not negative */
    const char *way;      /* own field: which of the two directions */
    struct direction directions[2];
};

struct entity {
    const char *name;       /* "product": names the programs and the default topic */
    const char *collection; /* "products": the path below /api */
    const char *topic;      /* default topic */
    const char *group;      /* default consumer group */
    const char *feed;       /* default feed file */
    enum effect effect;
    const char *identity; /* APPEND: the text field of the content type that takes the message's
                             identity (message_identity.h); a content type may lack it */
    const struct adjustment *adjustment; /* ADJUST */
    const struct field *fields;
    size_t field_count; /* <= ENTITY_FIELDS_MAX */
};

/* The field with that name, or NULL. */
const struct field *entity_field(const struct entity *entity, const char *name, size_t len);
/* The natural key, or NULL when the entity has none. */
const struct field *entity_key(const struct entity *entity);
/* Whether the field tells one entry from another: a natural key, or an address. */
bool field_names_entry(const struct field *field);
/* Lists the address fields in `text`, "a, b, c"; false (and "") when the entity has none. */
bool entity_addresses(const struct entity *entity, struct reason *text);
/* Whether it has a field that is only written when an entry is created. */
bool entity_has_create_only(const struct entity *entity);
/* The field's place in entity->fields. */
size_t entity_index(const struct entity *entity, const struct field *field);

#endif
