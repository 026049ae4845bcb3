/* How a feed's rows are written, as it stands in the error records of its refused rows (member
 * `layout`): what is needed to make a file of the feed's shape of them.
 *
 *     {"format":"csv","delimiter":";","header":"Artikel;Zustand;Farbe","fields":["name","status",null]}
 *     {"format":"json"}
 *
 * `converted` is true when the feed was in another encoding than UTF-8. */
#ifndef FEEDS_FEED_ROW_LAYOUT_H
#define FEEDS_FEED_ROW_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "feed/header.h"
#include "feed/rejected_file.h"

/* Appends it as JSON. 0; -1, and out is as it was, when it passes the buffer's ceiling, or the header
 * is no text. */
int row_layout_write(const struct rejected_layout *layout, const struct entity *entity,
                     struct buffer *out);

/* The same, read; without the two columns in front of a file of refused rows. */
struct row_layout {
    bool json, converted;
    bool fronted; /* the feed was such a file: its rows have the two cells in front */
    char delimiter;
    struct buffer header;
    size_t columns;
    int fields[HEADER_COLUMNS_MAX]; /* for each column the index of its field, -1: none */
};

/* 0, or -1 when it is no such layout, or has no column of the entity. Released either way by
 * row_layout_release(). */
int row_layout_read(struct row_layout *layout, const struct entity *entity, const json_t *json);
/* That of a feed of which nothing is known: the entity's own columns. */
int row_layout_default(struct row_layout *layout, const struct entity *entity);
/* Whether rows of the one can stand in a file of the other. */
bool row_layout_equal(const struct row_layout *one, const struct row_layout *other);
/* As the reader takes the rows. */
struct csv_form row_layout_form(const struct row_layout *layout, const struct entity *entity);
void row_layout_release(struct row_layout *layout);

#endif
