/* One data row of a feed, whatever its format. All pointers are borrowed from the reader and valid
 * until the callback that got the row returns. */
#ifndef FEEDS_CORE_ROW_H
#define FEEDS_CORE_ROW_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/feed_place.h"

struct cell {
    const char *data; /* NULL: the feed has no such column */
    size_t len;
    const json_t *json; /* a JSON feed's value, instead of data; NULL: none */
};

struct row {
    struct cell cells[ENTITY_FIELDS_MAX]; /* in the order of entity->fields */
    uint64_t row;    /* 1-based data row; rejected rows count, empty lines and the header do not */
    uint64_t line;   /* 1-based physical line on which it starts, as an editor shows it */
    uint64_t offset; /* bytes in front of it in the text: unpacked, in UTF-8, without its mark */
    const char *raw; /* as it stands in the feed, with its line end */
    size_t raw_len;
    struct feed_place behind; /* where reading goes on when the row is done with */
};

#endif
