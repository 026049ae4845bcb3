/* The bytes of one JSON record → a row with its values, or a refused one. The part that feeds of one
 * record a line and arrays have in common. */
#ifndef FEEDS_FEED_JSON_RECORDS_H
#define FEEDS_FEED_JSON_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/row.h"
#include "feed/feed_events.h"
#include "feed/mapping.h"

struct json_records {
    const struct entity *entity;
    const struct mapping *mapping;
    const char *encoding; /* what the text was converted from; NULL: nothing */
    const struct feed_events *events;
    size_t limit;      /* of a record's bytes */
    bool corrects;     /* the current record has our own two members: a refused row */
    bool unknown_told; /* the members that are no fields: once a feed */
    struct row row;    /* the current one: its number */
};

/* Where a record starts, and where reading goes on behind it. */
struct json_place {
    uint64_t line, offset;
    struct feed_place behind;
};

/* What is known of the record's form when its text is no JSON. */
enum json_form {
    JSON_LINE,    /* a line of its own */
    JSON_ELEMENT, /* of an array */
};

/* raw: the record as it stands, blanks and its line end included. */
void json_records_take(struct json_records *records, struct json_place place, enum json_form form,
                       const char *raw, size_t len);
void json_records_refuse(struct json_records *records, struct json_place place, const char *raw,
                         size_t len, const struct failure *failure);
/* raw: its first `limit` bytes. */
void json_records_too_long(struct json_records *records, struct json_place place, const char *raw);

#endif
