/* The header record → which column is which field of the entity.
 *
 * Names are compared byte for byte, without the blanks around them. */
#ifndef FEEDS_FEED_HEADER_H
#define FEEDS_FEED_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/failure.h"
#include "core/reason.h"
#include "feed/csv_record.h"
#include "feed/mapping.h"

/* Ceiling for the columns of a feed, ours and others. */
#define HEADER_COLUMNS_MAX 1024

struct header_name {
    size_t at, len; /* in names */
};

struct header {
    const struct entity *entity;
    const struct mapping *mapping; /* NULL: none */
    const char *encoding;          /* what the text was converted from; NULL: it is as it came */
    char delimiter;
    size_t columns;                 /* nameless ones at the end do not count */
    int fields[HEADER_COLUMNS_MAX]; /* for each column the index of its field, -1: none */
    struct header_name named[HEADER_COLUMNS_MAX];
    struct buffer names;
    bool broken;   /* a quote stands where none may */
    bool too_many; /* columns: the rest is not known */
};

/* mapping and encoding may be set afterwards. */
void header_init(struct header *header, const struct entity *entity);
/* Reads the header record, with or without its line end. delimiter 0: the one with which the record
 * yields the most known names. 0, or -1 with bad_header. */
int header_read(struct header *header, const char *bytes, size_t len, char delimiter,
                struct failure *failure);
/* How the rows below the header are written: its last column takes the rest of the line when it is
 * a FIELD_JSON. */
struct csv_form header_form(const struct header *header);
/* One sentence about the columns that are no fields of the entity; false when there are none. Our
 * own two (rejected_file.h) are not mentioned. */
bool header_unknown(const struct header *header, struct reason *sentence);
/* Whether it is that of a file of refused rows: it has our own two columns. */
bool header_is_rejected(const struct header *header);
/* The name of a column, counted from 1, as it can be shown; "" when it has none. */
void header_name(const struct header *header, size_t column, char name[FAILURE_FIELD_MAX]);
void header_release(struct header *header);

#endif
