#include <stdint.h>

#include "entities/entities.h"

static const char *const types[] = {"IN", "OUT", NULL};

static const char *const also_barcode[] = {"ean", "ean 13", "gtin", "upc", "Strichcode", NULL};
static const char *const also_amount[] = {"quantity", "qty", "Menge", "Anzahl", NULL};
static const char *const also_type[] = {"direction",    "movement",    "Richtung", "Bewegung",
                                        "Bewegungsart", "Buchungsart", NULL};

static const struct field fields[] = {
    {.name = "id",
     .type = FIELD_INTEGER,
     .flags = FIELD_LENIENT,
     .minimum = 1,
     .maximum = INT32_MAX,
     .address = ADDRESS_NUMBER},
    {.name = "documentId",
     .type = FIELD_TEXT,
     .flags = FIELD_TOKEN,
     .max_units = SHORT_TEXT_UNITS,
     .address = ADDRESS_DOCUMENT},
    {.name = "barcode",
     .type = FIELD_TEXT,
     .max_units = SHORT_TEXT_UNITS,
     .also = also_barcode,
     .address = ADDRESS_KEY},
    /* 0 is a movement that moves nothing. */
    {.name = "amount",
     .type = FIELD_INTEGER,
     .flags = FIELD_REQUIRED | FIELD_LENIENT,
     .minimum = 0,
     .maximum = INT32_MAX,
     .also = also_amount},
    {.name = "type",
     .type = FIELD_CHOICE,
     .flags = FIELD_REQUIRED,
     .choices = types,
     .also = also_type},
};

static const struct adjustment adjustment = {
    .target = &entity_product,
    .level = "stock_available",
    .ledger = "stock_ledger",
    .quantity = "amount",
    .way = "type",
    .directions = {{.word = "IN", .sign = 1}, {.word = "OUT", .sign = -1}},
};

const struct entity entity_stock = {
    .name = "stock",
    .collection = "products",
    .topic = "stock",
    .group = "stock-creator",
    .feed = "stock.csv",
    .effect = EFFECT_ADJUST,
    .adjustment = &adjustment,
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
};
