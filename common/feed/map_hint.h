/* `--map id=EAN,text=Titel`, put together for the operator of a feed that names its columns
 * or members in another way: ready to be copied into a shell.
 *
 *     struct map_hint hint = MAP_HINT_INIT;
 *     map_hint_take(&hint, field, name, len);
 *     map_hint_want(&hint, field);
 *     sentence = ... map_hint_text(&hint) ... */
#ifndef FEEDS_FEED_MAP_HINT_H
#define FEEDS_FEED_MAP_HINT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/entity.h"

#define MAP_HINT_MAX 200

struct map_hint {
    char items[MAP_HINT_MAX]; /* field=name,field=name */
    char text[MAP_HINT_MAX + sizeof "--map ''"];
    bool found; /* a name of the feed's is among them */
};

#define MAP_HINT_INIT                                                                              \
    {                                                                                              \
        .found = false                                                                             \
    }

/* Whether a name of the feed's may be this field: the field's own name or one of field->also, their
 * case, blanks and punctuation left aside. */
bool map_hint_fits(const struct field *field, const char *name, size_t len);
/* The field may be what the feed calls `name`. */
void map_hint_take(struct map_hint *hint, const struct field *field, const char *name, size_t len);
/* The field is wanted, and nothing looks like it: the operator has to find its name. */
void map_hint_want(struct map_hint *hint, const struct field *field);
/* The flag and its value, quoted if the shell would want it; "" when there is none. */
const char *map_hint_text(struct map_hint *hint);

#endif
