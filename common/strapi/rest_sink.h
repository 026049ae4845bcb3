/* The sink port by Strapi's plain REST API: no change to Strapi is needed.
 *
 * UPSERT: a job waits for the turn's look-up (many keys, one request), then becomes a POST, a PUT
 * of the changed fields, or nothing. Every submit looks up afresh, so a job that comes back after
 * an unknown outcome is looked up before it is tried again. Whatever is DONE went through a look-up
 * as well, whichever route it names.
 *
 * APPEND (rest_append.c): the same by the message's identity, and only ever a POST. Where the content
 * type has no field for it: a POST, and a look-up of the entry that Strapi says it made. An event whose
 * POST nobody answered is sent again, and DONE then says possible_duplicate.
 *
 * ADJUST (rest_adjust.c, rest_address.c): a movement that has no message->entry, or is `missing`, is
 * looked up by the address it has, and comes back ADDRESSED, MISSING or REJECT: messages of a run in
 * their order, the first ones that fit into one look-up, the rest NOT_REACHED. A run of one entry
 * becomes one PUT of its level and ledger. If movements are refused, they are REJECT, the others
 * NOT_REACHED, and nothing is written: their error records have to be there first. After a PUT whose
 * outcome nobody knows the entry rests for request_timeout_ms and linger_ms (UNKNOWN, and LATER when
 * it is submitted sooner), and is looked up then. Without a ledger the level has to tell whether it was
 * written; if it cannot, it is written again and says possible_duplicate.
 *
 * A look-up that fails with many keys may fail because of one of them: fewer are asked for, down to
 * one, so that a hostile key harms no other. What the jobs are told:
 *   - 400, 413, 414, 431, 500: nothing, they are looked up again in smaller company. One that fails
 *     alone gets that verdict on ROUTE_LOOKUP. Too many failures with no success in between are the
 *     target's: OUTAGE.
 *   - the connection broke, or no answer in time: OUTAGE, and UNKNOWN when the jobs were few,
 *     each with target_died. The next look-ups are smaller, so that what kills the
 *     target ends up among few.
 *   - anything else: OUTAGE or LATER.
 * With an OUTAGE or LATER all jobs of which nothing was sent come back NOT_REACHED. */
#ifndef FEEDS_STRAPI_REST_SINK_H
#define FEEDS_STRAPI_REST_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sink.h"
#include "http/http_client.h"
#include "strapi/rest_upsert.h"
#include "strapi/target.h"

struct rest_options {
    struct http_client *http;    /* borrowed */
    const struct target *target; /* borrowed */
    enum on_existing on_existing;
    bool update_create_only; /* write create-only fields of existing entries too */
    size_t max_in_flight;    /* ceiling of the adaptive limit, writes and look-ups together */
    int64_t request_timeout_ms;
    int64_t linger_ms; /* how long Strapi may still be at work on a request after it was given up
                          here: an entry that is moved (ADJUST) rests for this and the time-out */
    int64_t (*now_ms)(void);                       /* monotonic */
    void (*warn)(void *arg, const char *sentence); /* one sentence for the operator */
    void *warn_arg;
};

struct rest_sink;

/* NULL when out of memory. */
struct rest_sink *rest_sink_new(const struct rest_options *options,
                                const struct sink_events *events);
struct sink rest_sink_port(struct rest_sink *sink);
/* Drops its requests; jobs it still has are not settled. Before http_client_free(). */
void rest_sink_free(struct rest_sink *sink);

#endif
