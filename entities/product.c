#include <stdint.h>

#include "entities/entities.h"

static const char *const statuses[] = {"safe", "danger", "empty", NULL};

static const char *const also_name[] = {"title",       "label",       "item",
                                        "item name",   "product",     "article",
                                        "Artikel",     "Artikelname", "Artikelbezeichnung",
                                        "Bezeichnung", "Produkt",     "Produktname",
                                        "nom",         "nombre",      NULL};
static const char *const also_description[] = {
    "text", "details", "Beschreibung", "Artikelbeschreibung", "Langtext", "descripcion", NULL};
static const char *const also_stock[] = {"stock",     "qty",     "quantity", "amount",
                                         "available", "on hand", "Bestand",  "Lagerbestand",
                                         "Menge",     NULL};
static const char *const also_barcode[] = {"ean", "ean 13",   "ean code",   "gtin", "gtin 13",
                                           "upc", "bar code", "Strichcode", NULL};
static const char *const also_status[] = {"state", "Zustand", NULL};

static const struct field fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED,
     .max_units = SHORT_TEXT_UNITS,
     .also = also_name},
    {.name = "description", .type = FIELD_TEXT, .also = also_description},
    /* Belongs to the stock movements once the product exists. */
    {.name = "stock_available",
     .type = FIELD_INTEGER,
     .flags = FIELD_CREATE_ONLY | FIELD_LENIENT,
     .minimum = 0,
     .maximum = INT32_MAX,
     .also = also_stock},
    /* Text, although it looks like a number: the zeros in front count. */
    {.name = "barcode",
     .type = FIELD_TEXT,
     .flags = FIELD_REQUIRED | FIELD_KEY,
     .max_units = SHORT_TEXT_UNITS,
     .also = also_barcode},
    {.name = "status", .type = FIELD_CHOICE, .choices = statuses, .also = also_status},
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
