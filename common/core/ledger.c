#include "core/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Kafka's limit of a topic's name is 249. */
#define NAME_SIZE 272

static const char offset_name[] = "offset";
static const char timestamp_name[] = "timestamp";

static void name_of(const struct ledger_place *place, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s/%" PRId32, place->topic, place->partition);
}

/* False when it is no entry of a ledger. */
static bool read_entry(const json_t *entry, struct ledger_place *place)
{
    const json_t *offset = json_object_get(entry, offset_name);
    const json_t *timestamp = json_object_get(entry, timestamp_name);
    if (!json_is_integer(offset) || !json_is_integer(timestamp))
        return false;
    place->offset = json_integer_value(offset);
    place->timestamp_ms = json_integer_value(timestamp);
    return true;
}

int ledger_read(struct ledger *ledger, const json_t *stored)
{
    const char *name;
    json_t *entry;
    void *next;
    struct ledger_place place;
    ledger->partitions = json_is_object(stored) ? json_deep_copy(stored) : json_object();
    if (ledger->partitions == NULL)
        return -1;
    json_object_foreach_safe(ledger->partitions, next, name, entry)
    {
        if (!read_entry(entry, &place))
            json_object_del(ledger->partitions, name);
    }
    return 0;
}

static bool find(const struct ledger *ledger, const char *name, struct ledger_place *last)
{
    return read_entry(json_object_get(ledger->partitions, name), last);
}

bool ledger_has(const struct ledger *ledger, const struct ledger_place *place)
{
    char name[NAME_SIZE];
    struct ledger_place last;
    name_of(place, name);
    return find(ledger, name, &last) && place->offset <= last.offset &&
           place->timestamp_ms <= last.timestamp_ms;
}

static void forget_oldest(struct ledger *ledger, const char *but)
{
    const char *name, *oldest = NULL;
    int64_t oldest_ms = INT64_MAX;
    json_t *entry;
    struct ledger_place place;
    json_object_foreach(ledger->partitions, name, entry)
    {
        if (strcmp(name, but) != 0 && read_entry(entry, &place) &&
            place.timestamp_ms <= oldest_ms) {
            oldest = name;
            oldest_ms = place.timestamp_ms;
        }
    }
    if (oldest != NULL)
        json_object_del(ledger->partitions, oldest);
}

int ledger_note(struct ledger *ledger, const struct ledger_place *place)
{
    char name[NAME_SIZE];
    struct ledger_place last;
    json_int_t newest_ms =
        place->newest_ms > place->timestamp_ms ? place->newest_ms : place->timestamp_ms;
    name_of(place, name);
    if (find(ledger, name, &last) && last.timestamp_ms > newest_ms)
        newest_ms = last.timestamp_ms;
    json_t *entry =
        json_pack("{s:I,s:I}", offset_name, (json_int_t)place->offset, timestamp_name, newest_ms);
    if (entry == NULL || json_object_set_new(ledger->partitions, name, entry) != 0)
        return -1;
    while (json_object_size(ledger->partitions) > LEDGER_PARTITIONS_MAX)
        forget_oldest(ledger, name);
    return 0;
}

void ledger_release(struct ledger *ledger)
{
    json_decref(ledger->partitions);
    ledger->partitions = NULL;
}
