/* What one record does to the entry with its key: create it, write what changed, or nothing. Pure.
 */
#ifndef FEEDS_STRAPI_REST_UPSERT_H
#define FEEDS_STRAPI_REST_UPSERT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/record.h"

enum on_existing { ON_EXISTING_UPDATE, ON_EXISTING_SKIP, ON_EXISTING_REJECT };

struct upsert_rules {
    enum on_existing on_existing;
    bool update_create_only; /* write create-only fields of existing entries too */
    uint32_t ignored;        /* a bit for each field of the entity that is left out */
};

enum upsert_action {
    UPSERT_CREATE,
    UPSERT_UPDATE,
    UPSERT_NOTHING,   /* nothing to write */
    UPSERT_EXISTS,    /* ON_EXISTING_REJECT, and the entry is not this record's own */
    UPSERT_TOO_LARGE, /* the body would pass the buffer's ceiling */
};

/* `entry` has the fields of the entry with the record's key, NULL when there is none. Absent
 * values, the key and ignored fields are neither compared nor (in an update) written. `body`
 * (empty) gets
 * {"data":{...}} for a create and an update. *left_alone: a create-only field differs and is left
 * alone.
 *
 * With ON_EXISTING_REJECT an entry that equals the record in every given field is taken for this
 * record's own, written before with an outcome that nobody learned. */
enum upsert_action upsert_decide(const struct record *record, const json_t *entry,
                                 const struct upsert_rules *rules, struct buffer *body,
                                 bool *left_alone);

#endif
