/* Whether the target, and each of its routes, lets records through; when to ask again.
 *
 * A failed record and a failed target look the same from one answer (a 500). The difference is what
 * becomes of others: a route on which nothing succeeds any more is blocked, its records wait, and
 * now and then one of them is let through as a probe; the first success unblocks it. A route that
 * passes others while one record fails again and again has no outage: that record is bad.
 *
 * Pure: time and randomness are parameters. The rules: docs/architecture.md, "One bad record, or an
 * outage?". */
#ifndef FEEDS_PIPELINE_OUTAGE_H
#define FEEDS_PIPELINE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/backoff.h"
#include "core/sink.h"

/* Where an outage can be: one of the routes, or the whole target (no connection, 401). */
#define PLACE_TARGET ROUTE_COUNT
#define PLACE_COUNT  (ROUTE_COUNT + 1)

struct outage_place {
    bool blocked;
    bool announced;              /* the operator was told */
    bool concerns_all;           /* more than one record failed since it was blocked */
    const struct message *probe; /* on the way; only compared, never followed */
    int64_t since_ms, healed_ms; /* the last time it was blocked, and ceased to be; 0: never */
    int64_t probe_at_ms;         /* no probe before then */
    unsigned failures;           /* in a row */
    uint64_t successes;          /* ever */
    struct backoff backoff;
    const struct message *last_failed; /* likewise */
};

struct outage_events {
    void (*began)(void *arg, int place, const char *why);
    void (*ended)(void *arg, int place, int64_t lasted_ms);
    void *arg;
};

struct outage {
    struct outage_place places[PLACE_COUNT];
    struct outage_events events;
};

void outage_init(struct outage *outage, const struct outage_events *events);

/* A record was written by the route (or, by ROUTE_LOOKUP, found to need no writing). */
void outage_passed(struct outage *outage, enum route route, int64_t now_ms);
/* The target answered, whatever it said of the record. */
void outage_answered(struct outage *outage, int64_t now_ms);
/* A record failed at the place. */
void outage_failed(struct outage *outage, int place, const struct message *message, const char *why,
                   int64_t now_ms, uint32_t random);

/* What failed at the place was to blame itself: the place is open. */
void outage_lift(struct outage *outage, int place, int64_t now_ms);

/* The message goes through the blocked place as its probe; it came back (after passed or failed).
 */
void outage_probe_began(struct outage *outage, int place, const struct message *message);
void outage_probe_ended(struct outage *outage, const struct message *message);

/* When the place may be probed next: INT64_MAX while it is not blocked or a probe is on the way,
 * and for routes while the whole target is away (nothing could be learnt of them). */
int64_t outage_probe_at(const struct outage *outage, int place);
bool outage_blocked(const struct outage *outage, int place);
/* Whether any place has an outage the operator was told of. */
bool outage_announced(const struct outage *outage);
/* When the target was last found to be back, or to be read again, after it was not; 0: never. */
int64_t outage_healed_ms(const struct outage *outage);
/* "create", "target" */
const char *outage_place_name(int place);

#endif
