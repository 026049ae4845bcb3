/* The sink port by Strapi's plain REST API: no change to Strapi is needed.
 *
 * UPSERT: a job waits for the turn's look-up (many keys, one request), then becomes a POST, a PUT of
 * the changed fields, or nothing. Every submit looks up afresh, so a job that comes back after an
 * unknown outcome is looked up before it is tried again. */
#ifndef FEEDS_STRAPI_REST_SINK_H
#define FEEDS_STRAPI_REST_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sink.h"
#include "http/http_client.h"
#include "strapi/target.h"

enum on_existing { ON_EXISTING_UPDATE, ON_EXISTING_SKIP, ON_EXISTING_REJECT };

struct rest_options {
    struct http_client *http;    /* borrowed */
    const struct target *target; /* borrowed */
    enum on_existing on_existing;
    bool update_create_only;     /* write create-only fields of existing entries too */
    size_t max_in_flight;        /* ceiling of the adaptive limit, writes and look-ups together */
    int64_t request_timeout_ms;
    int64_t (*now_ms)(void);     /* monotonic */
    void (*warn)(void *arg, const char *sentence); /* one sentence for the operator */
    void *warn_arg;
};

struct rest_sink;

/* NULL when out of memory. */
struct rest_sink *rest_sink_new(const struct rest_options *options,
                                const struct sink_events *events);
struct sink rest_sink_port(struct rest_sink *sink);
/* The limiter's size now, requests. */
size_t rest_sink_limit(const struct rest_sink *sink);
void rest_sink_free(struct rest_sink *sink);

#endif
