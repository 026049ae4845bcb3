/* The sink port by the ingest plugin in Strapi (docs/ingest-api.md): batches of one partition, in the order
 * of their offsets, each of them one database transaction that also stores where the partition stands.
 *
 * A lane is a partition, and a run becomes one batch; what does not fit comes back NOT_REACHED. One request
 * of a partition is on the way at a time, and several partitions side by side.
 *
 * Nothing can be applied twice, and nothing passed over, however often a request is sent:
 *   - what is below the partition's position is skipped by the target, and the position moves in the
 *     transaction that applies. So a batch whose answer was lost, or cannot be read, is sent again;
 *   - a batch says where it begins. If the target stands lower than that (a restored database, an answer
 *     that was not kept), it is refused as a gap: FENCED;
 *   - a batch carries the epoch of our session. Somebody else's session makes it stale: FENCED;
 *   - a movement whose entry is missing stops its batch; the position stays in front of it.
 *
 * What jobs are told when a batch fails as a whole (ingest_limit.h: in how small pieces it is tried then):
 *   - 500, 400: nothing, NOT_REACHED; once more, then in halves. One that fails alone: UNKNOWN (of a 500
 *     nobody knows whether the database has committed), or RETRY.
 *   - 413: the same; one that is too large alone: REJECT.
 *   - no answer, 502, 504: of many, an OUTAGE for the first; the next batch is half as large. Of few:
 *     UNKNOWN for each, target_died, so that the loop tries them alone. Before anything else of the
 *     partition an empty batch is sent then (a knock): it writes the position and nothing else. If that
 *     fails, too, it is an OUTAGE, and no record's fault; if it passes, was_well.
 *   - 429, 503 with Retry-After: LATER. Anything else: OUTAGE.
 * DONE says ROUTE_UPDATE of an ADJUST, and ROUTE_CREATE of everything else, whatever was written: the
 * plugin has one route. */
#ifndef FEEDS_STRAPI_INGEST_SINK_H
#define FEEDS_STRAPI_INGEST_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sink.h"
#include "http/http_client.h"
#include "strapi/rest_upsert.h"
#include "strapi/target.h"

struct ingest_sink_options {
    struct http_client *http;    /* borrowed */
    const struct target *target; /* borrowed; target_check() has found the plugin */
    const struct entity *entity; /* of the messages */
    /* Whose positions they are, and who asks; used by ingest_sink_new() only. */
    const char *cluster, *group, *topic, *member;
    enum on_existing on_existing;
    bool update_create_only; /* write create-only fields of existing entries too */
    size_t batch_items;      /* in a batch at most; fewer if the plugin says so */
    size_t max_in_flight;    /* batches on the way at a time */
    int64_t request_timeout_ms;
    int64_t (*now_ms)(void); /* monotonic */
    uint32_t (*random)(void);
    void (*warn)(void *arg, const char *sentence); /* one sentence for the operator; may be NULL */
    void *warn_arg;
};

struct ingest_sink;

/* NULL with a reason. */
struct ingest_sink *ingest_sink_new(const struct ingest_sink_options *options,
                                    const struct sink_events *events,
                                    const struct sink_attachments *attachments,
                                    struct reason *reason);
struct sink ingest_sink_port(struct ingest_sink *sink);
/* Drops its requests; jobs it still has are not settled. Before http_client_free(). */
void ingest_sink_free(struct ingest_sink *sink);

#endif
