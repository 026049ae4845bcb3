#include "entities/entities.h"

#include <stddef.h>

const struct entity *const entities[] = {
    &entity_product,
    &entity_event,
    &entity_stock,
    NULL,
};
