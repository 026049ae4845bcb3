#include "pipeline/outage.h"

#include <stddef.h>

/* One failure proves nothing, a second in a row with no success between is worth a probe. */
#define BLOCK_AFTER 2
/* Worth telling: it concerns all, and is not over at once; or it lasts. */
#define ANNOUNCE_ALL_MS  500
#define ANNOUNCE_LONE_MS 10000
#define PROBE_FIRST_MS   250
#define PROBE_CEILING_MS 15000

void outage_init(struct outage *outage, const struct outage_events *events)
{
    *outage = (struct outage){.events = *events};
    for (int place = 0; place < PLACE_COUNT; place++)
        outage->places[place].backoff =
            (struct backoff)BACKOFF_INIT(PROBE_FIRST_MS, PROBE_CEILING_MS);
}

static void heal(struct outage *outage, int place, int64_t now_ms)
{
    struct outage_place *at = &outage->places[place];
    bool announced = at->announced;

    at->failures = 0;
    at->last_failed = NULL;
    backoff_reset(&at->backoff);
    if (!at->blocked)
        return;
    at->healed_ms = now_ms;
    at->blocked = at->announced = at->concerns_all = false;
    if (outage->events.ended)
        outage->events.ended(outage->events.arg, place, announced ? now_ms - at->since_ms : -1);
}

void outage_lift(struct outage *outage, int place, int64_t now_ms)
{
    heal(outage, place, now_ms);
}

void outage_answered(struct outage *outage, int64_t now_ms)
{
    heal(outage, PLACE_TARGET, now_ms);
}

void outage_passed(struct outage *outage, enum route route, int64_t now_ms)
{
    outage->places[route].successes++;
    heal(outage, PLACE_TARGET, now_ms);
    heal(outage, route, now_ms);
}

static void announce(struct outage *outage, int place, const char *why)
{
    outage->places[place].announced = true;
    if (outage->events.began)
        outage->events.began(outage->events.arg, place, why);
}

static bool is_worth_telling(const struct outage_place *at, bool plain, int64_t now_ms)
{
    int64_t lasts = now_ms - at->since_ms;

    return lasts >= (plain || at->concerns_all ? ANNOUNCE_ALL_MS : ANNOUNCE_LONE_MS);
}

void outage_failed(struct outage *outage, int place, const struct message *message, const char *why,
                   int64_t now_ms, uint32_t random)
{
    struct outage_place *at = &outage->places[place];
    /* A connection that is refused, or a token, concerns all records alike: no second opinion. */
    bool plain = place == PLACE_TARGET;

    if (at->blocked && at->last_failed != message)
        at->concerns_all = true;
    at->failures++;
    at->last_failed = message;
    if (!at->blocked && (plain || at->failures >= BLOCK_AFTER)) {
        at->blocked = true;
        at->since_ms = now_ms;
        at->probe_at_ms = now_ms + (plain ? backoff_next(&at->backoff, random) : 0);
    } else if (at->blocked && at->probe == message) {
        at->probe_at_ms = now_ms + backoff_next(&at->backoff, random);
    }
    if (at->blocked && !at->announced && is_worth_telling(at, plain, now_ms))
        announce(outage, place, why);
}

void outage_probe_began(struct outage *outage, int place, const struct message *message)
{
    outage->places[place].probe = message;
}

void outage_probe_ended(struct outage *outage, const struct message *message)
{
    for (int place = 0; place < PLACE_COUNT; place++)
        if (outage->places[place].probe == message)
            outage->places[place].probe = NULL;
}

int64_t outage_probe_at(const struct outage *outage, int place)
{
    const struct outage_place *at = &outage->places[place];

    if (!at->blocked || at->probe)
        return INT64_MAX;
    if (place != PLACE_TARGET && outage->places[PLACE_TARGET].blocked)
        return INT64_MAX;
    return at->probe_at_ms;
}

bool outage_blocked(const struct outage *outage, int place)
{
    return outage->places[place].blocked;
}

int64_t outage_healed_ms(const struct outage *outage)
{
    int64_t target = outage->places[PLACE_TARGET].healed_ms;
    int64_t lookup = outage->places[ROUTE_LOOKUP].healed_ms;

    return target > lookup ? target : lookup;
}

bool outage_announced(const struct outage *outage)
{
    for (int place = 0; place < PLACE_COUNT; place++)
        if (outage->places[place].announced)
            return true;
    return false;
}

const char *outage_place_name(int place)
{
    static const char *const names[PLACE_COUNT] = {"lookup", "create", "update", "target"};

    return names[place];
}
