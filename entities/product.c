#include <stdint.h>

#include "entities/entities.h"

static const char *const statuses[] = {"safe", "danger", "empty", NULL};

static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max_units = SHORT_TEXT_UNITS},
    {.name = "description", .type = FIELD_TEXT},
    /* Belongs to the stock movements once the product exists. */
    {.name = "stock_available",
     .type = FIELD_INTEGER,
     .flags = FIELD_CREATE_ONLY | FIELD_LENIENT,
     .minimum = 0,
     .maximum = INT32_MAX},
    /* Text, although it looks like a number: the zeros in front count. */
    {.name = "barcode",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED | FIELD_KEY,
     .max_units = SHORT_TEXT_UNITS},
    {.name = "status", .type = FIELD_CHOICE, .choices = statuses},
};

const struct entity entity_product = {
    .name = "product",
    .collection = "products",
    .topic = "product",
    .group = "product-creator",
    .feed = "products.csv",
    .effect = EFFECT_UPSERT,
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
};
