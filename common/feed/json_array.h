/* JSON feeds that are one array of records, read as they come. A record that is no good costs
 * itself, as long as its brackets and quotes say where it ends; where they do not, nothing behind it
 * can be told apart, and the feed ends there as unreadable. */
#ifndef FEEDS_FEED_JSON_ARRAY_H
#define FEEDS_FEED_JSON_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/failure.h"
#include "feed/json_records.h"
#include "feed/json_scan.h"

enum array_stage {
    ARRAY_OUTSIDE, /* before the [ */
    ARRAY_FIRST,   /* a record or the end may come */
    ARRAY_RECORD,
    ARRAY_BEHIND_RECORD,
    ARRAY_BEHIND_COMMA,
    ARRAY_CLOSED,
};

struct json_array {
    struct json_records *records;
    enum array_stage stage;
    struct json_scan scan;
    struct buffer held;     /* of the current record */
    bool too_long;          /* the record has been refused, only its end is looked for */
    struct json_place here; /* of the next byte */
    bool after_cr;
    struct json_place start; /* of the current record */
};

void json_array_init(struct json_array *array, struct json_records *records);
/* Goes on inside the array: the next byte is the one at the place. */
void json_array_resume(struct json_array *array, const struct feed_place *place);
/* Blanks, a [ and what follows. 0, or -1 with unreadable_feed. */
int json_array_write(struct json_array *array, const char *bytes, size_t len,
                     struct failure *failure);
int json_array_finish(struct json_array *array, struct failure *failure);
void json_array_release(struct json_array *array);

#endif
