#include "entities/entities.h"

static const struct field fields[] = {
    {.name = "value", .type = FIELD_TEXT, .flags = FIELD_REQUIRED},
    {.name = "metadata", .type = FIELD_JSON, .flags = FIELD_LENIENT},
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
