#include "pipeline/consumer_sink.h"

#include <stdlib.h>
#include <string.h>

#include "service/clock.h"
#include "service/log.h"

/* A request in Strapi waits at most so long for a connection to its database, unless Strapi was
 * configured otherwise (acquireConnectionTimeout), and is soon done then. */
#define LINGER_MS 60000

enum sink_choice consumer_sink_choice(const struct consumer_settings *settings)
{
    if (strcmp(settings->sink, "rest") == 0)
        return SINK_REST;
    return strcmp(settings->sink, "ingest") == 0 ? SINK_INGEST : SINK_AUTO;
}

static enum on_existing on_existing(const char *word)
{
    if (strcmp(word, "skip") == 0)
        return ON_EXISTING_SKIP;
    return strcmp(word, "reject") == 0 ? ON_EXISTING_REJECT : ON_EXISTING_UPDATE;
}

static void warn(void *arg, const char *sentence)
{
    (void)arg;
    log_event(LOG_WARN_LEVEL, "strapi", "why", sentence, NULL);
}

static uint32_t jitter(void)
{
    return (uint32_t)rand() << 1;
}

static int make_rest(struct consumer_sink *sink, const struct consumer_settings *settings,
                     const struct target *target, const struct deliver *deliver,
                     struct reason *reason)
{
    const struct rest_options options = {
        .http = deliver->http,
        .target = target,
        .on_existing = on_existing(settings->on_existing),
        .update_create_only = settings->update_stock,
        .max_in_flight = (size_t)settings->max_in_flight,
        .request_timeout_ms = settings->request_timeout_ms,
        .linger_ms = LINGER_MS,
        .now_ms = clock_now,
        .warn = warn,
    };
    const struct sink_events events = {.settled = dispatch_settled,
                                       .arg = deliver->dispatch,
                                       .older_missing = dispatch_older_missing};

    sink->rest = rest_sink_new(&options, &events);
    if (!sink->rest) {
        reason_set(reason, "out of memory");
        return -1;
    }
    sink->port = rest_sink_port(sink->rest);
    return 0;
}

static int make_ingest(struct consumer_sink *sink, const struct consumer_settings *settings,
                       const struct target *target, struct deliver *deliver, struct reason *reason)
{
    const struct ingest_sink_options options = {
        .http = deliver->http,
        .target = target,
        .entity = deliver->options.entity,
        .cluster = deliver->cluster,
        .group = deliver->options.group,
        .topic = deliver->options.topic,
        .member = deliver->options.program->instance,
        .on_existing = on_existing(settings->on_existing),
        .update_create_only = settings->update_stock,
        .batch_items = (size_t)settings->batch_items,
        .max_in_flight = (size_t)settings->max_in_flight,
        .request_timeout_ms = settings->request_timeout_ms,
        .now_ms = clock_now,
        .random = jitter,
        .warn = warn,
    };
    const struct sink_events events = {.settled = dispatch_settled,
                                       .arg = deliver->dispatch,
                                       .away = dispatch_away,
                                       .answered = dispatch_answered};
    const struct sink_attachments attachments = deliver_attachments(deliver);

    sink->ingest = ingest_sink_new(&options, &events, &attachments, reason);
    if (!sink->ingest)
        return -1;
    sink->port = ingest_sink_port(sink->ingest);
    return 0;
}

int consumer_sink_make(struct consumer_sink *sink, const struct consumer_settings *settings,
                       const struct target *target, struct deliver *deliver, struct reason *reason)
{
    *sink = (struct consumer_sink){0};
    return target->ingests ? make_ingest(sink, settings, target, deliver, reason)
                           : make_rest(sink, settings, target, deliver, reason);
}

void consumer_sink_release(struct consumer_sink *sink)
{
    rest_sink_free(sink->rest);
    ingest_sink_free(sink->ingest);
    *sink = (struct consumer_sink){0};
}
