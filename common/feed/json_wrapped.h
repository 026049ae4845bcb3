/* A feed that is no list of records, but one object with the list inside it: `{"products":[{…}]}`, as
 * many interfaces answer. Known by its first line alone, before a row of it is sent; of its lines some
 * would be records by chance. */
#ifndef FEEDS_FEED_JSON_WRAPPED_H
#define FEEDS_FEED_JSON_WRAPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/entity.h"
#include "core/failure.h"
#include "feed/mapping.h"

/* text: the feed's first line that is not blank, or the beginning of a long one. With a failure when it
 * is such an object, or the first line of one that is written over several: nothing but a bracket. An
 * object that has a field of ours is a record. */
bool json_wrapped(const struct entity *entity, const struct mapping *mapping, const char *text,
                  size_t len, struct failure *failure);

#endif
