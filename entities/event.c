#include <stddef.h>

#include "entities/entities.h"

static const char *const also_value[] = {"text",     "message",   "event", "Meldung",
                                         "Ereignis", "Nachricht", NULL};
static const char *const also_metadata[] = {"meta", "data", "details", "Daten", "Metadaten", NULL};

static const struct field fields[] = {
    {.name = "value", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .also = also_value},
    {.name = "metadata", .type = FIELD_JSON, .flags = FIELD_LENIENT, .also = also_metadata},
};

const struct entity entity_event = {
    .name = "event",
    .collection = "events",
    .topic = "event",
    .group = "event-creator",
    .feed = "events.csv",
    .effect = EFFECT_APPEND,
    .identity = "ingest_id",
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
};
