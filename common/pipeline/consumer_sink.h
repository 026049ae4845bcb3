/* The one place where a consumer's sink is made: plain REST, or the ingest plugin, as target_check() has
 * found. */
#ifndef FEEDS_PIPELINE_CONSUMER_SINK_H
#define FEEDS_PIPELINE_CONSUMER_SINK_H

#include "core/reason.h"
#include "pipeline/consumer_settings.h"
#include "pipeline/deliver.h"
#include "strapi/ingest_sink.h"
#include "strapi/rest_sink.h"

struct consumer_sink {
    struct rest_sink *rest; /* one of the two */
    struct ingest_sink *ingest;
    struct sink port;
};

/* SINK, as it was set. */
enum sink_choice consumer_sink_choice(const struct consumer_settings *settings);
/* For the open `deliver`, which answers it. 0, or -1 with a reason. */
int consumer_sink_make(struct consumer_sink *sink, const struct consumer_settings *settings,
                       const struct target *target, struct deliver *deliver, struct reason *reason);
/* Before deliver_close(). */
void consumer_sink_release(struct consumer_sink *sink);

#endif
