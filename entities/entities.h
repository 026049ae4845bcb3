/* The content types of the suite, one table a file. */
#ifndef FEEDS_ENTITIES_H
#define FEEDS_ENTITIES_H

#include "core/entity.h"

extern const struct entity entity_product;
extern const struct entity entity_event;
extern const struct entity entity_stock;

/* All of them, for whoever meets records of any (the monitor, the tests); ends with NULL. */
extern const struct entity *const entities[];

#endif
