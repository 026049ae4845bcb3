/* What the operator says about a feed that names things in its own way: --map (which column or
 * member is which field), --set (a value for what the feed does not give), --decimal-comma.
 *
 *     struct mapping mapping = MAPPING_INIT(&entity);
 *     if (mapping_read_map(&mapping, "id=EAN,text=Full name", &reason) != 0) ...
 *     mapping_release(&mapping);
 *
 * Where a mapping is taken as a pointer, NULL is one that says nothing. */
#ifndef FEEDS_FEED_MAPPING_H
#define FEEDS_FEED_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/reason.h"
#include "core/row.h"

/* Ceiling for the names and values of one mapping, bytes. */
#define MAPPING_BYTES_MAX (64 * 1024)

struct mapping_text {
    bool given;
    size_t at, len; /* in texts */
};

struct mapping {
    const struct entity *entity;
    struct mapping_text sources[ENTITY_FIELDS_MAX];   /* by field: the feed's name for it */
    struct mapping_text constants[ENTITY_FIELDS_MAX]; /* by field: where the feed gives nothing */
    bool decimal_comma; /* `7,00` is 7 where a whole number is expected */
    struct buffer texts;
};

#define MAPPING_INIT(of)                                                                           \
    {                                                                                              \
        .entity = (of), .texts = BUFFER_INIT(MAPPING_BYTES_MAX)                                    \
    }

/* `FIELD=NAME,FIELD=NAME`, blanks around each left out; \, is a comma and \\ a backslash in a name.
 * 0, or -1 with a reason that lists the fields. */
int mapping_read_map(struct mapping *mapping, const char *text, struct reason *reason);
/* `FIELD=VALUE,...` likewise. Each value must be one that the field takes, and the field not the
 * one that tells entries apart: all rows would be the same entry. */
int mapping_read_set(struct mapping *mapping, const char *text, struct reason *reason);
void mapping_release(struct mapping *mapping);

/* The place of the field that a column or member of this name is, -1 for none. */
int mapping_field(const struct entity *entity, const struct mapping *mapping, const char *name,
                  size_t len);
/* The feed's name for a field, or NULL where it is the field's own. */
const char *mapping_source(const struct mapping *mapping, size_t field, size_t *len);
/* Whether the name is the one that the mapping gives the field. */
bool mapping_is_source(const struct mapping *mapping, size_t field, const char *name, size_t len);
/* Whether there is a value for a field that the feed does not give. */
bool mapping_has_constant(const struct mapping *mapping, size_t field);
/* Fills in what the row does not give, and makes whole numbers of those with a decimal comma. The
 * cells borrow from the mapping. Returns a field for which the row has a value although the mapping
 * has one, or NULL. */
const struct field *mapping_complete(const struct mapping *mapping,
                                     struct cell cells[ENTITY_FIELDS_MAX]);

#endif
