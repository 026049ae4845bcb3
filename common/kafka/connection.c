#include "kafka/connection.h"

#include <jansson.h>
#include <string.h>

bool connection_is_up(const char *json, size_t len)
{
    json_t *statistics = json_loadb(json, len, 0, NULL);
    bool up = false;
    const char *name;
    json_t *broker;
    json_object_foreach(json_object_get(statistics, "brokers"), name, broker)
    {
        const char *state = json_string_value(json_object_get(broker, "state"));
        if (state != NULL && (strcmp(state, "UP") == 0 || strcmp(state, "UPDATE") == 0))
            up = true;
    }
    json_decref(statistics);
    return up;
}
