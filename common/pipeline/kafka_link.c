#include "pipeline/kafka_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kafka/topic_settings.h"
#include "kafka/topics.h"
#include "service/log.h"

#define LIMIT_TIMEOUT_MS 3000
/* librdkafka's own default for a batch; a topic that takes this much needs no care. */
#define BATCH_BYTES_DEFAULT 1000000
#define BATCH_PROPERTY      "batch.size="
/* One request a message takes a while. The brokers' own limit is 15 minutes. */
#define ALONE_PROPERTY "transaction.timeout.ms=300000"
/* What Kafka adds to a row's value at least, bytes: the batch's header, the record's, ours. */
#define ENVELOPE_BYTES (61 + 12 + 160)

static void drop(struct kafka_link *link)
{
    error_topic_free(link->errors);
    link->errors = NULL;
    kafka_producer_free(link->producer);
    link->producer = NULL;
}

/* The program's properties, and ours in front of them, where they lose against what is given. */
static struct kafka_options with_properties(struct kafka_link *link)
{
    struct kafka_options options = link->program->kafka;
    size_t own = 0;
    if (link->batch[0] != '\0')
        link->properties[own++] = link->batch;
    if (link->each_alone)
        link->properties[own++] = ALONE_PROPERTY;
    memcpy(link->properties + own, options.properties,
           options.property_count * sizeof link->properties[0]);
    options.properties = link->properties;
    options.property_count += own;
    return options;
}

/* transactional_id: NULL without transactions. */
static int make(struct kafka_link *link, const char *transactional_id, struct reason *reason)
{
    const struct kafka_options options = with_properties(link);
    link->transactional = transactional_id != NULL;
    if (link->transactional)
        link->producer = kafka_producer_new_transactional(&options, transactional_id,
                                                          link->each_alone, &link->events, reason);
    else
        link->producer = kafka_producer_new(&options, -1, &link->events, reason);
    if (link->producer == NULL)
        return -1;
    link->errors = error_topic_new(link->producer, link->program->settings->error_topic,
                                   link->error_bytes > 0 ? link->error_bytes : 0);
    if (link->errors != NULL)
        return 0;
    reason_set(reason, "out of memory");
    drop(link);
    return -1;
}

static bool batch_is_given(const struct kafka_options *options)
{
    for (size_t i = 0; i < options->property_count; i++)
        if (strncmp(options->properties[i], BATCH_PROPERTY, strlen(BATCH_PROPERTY)) == 0)
            return true;
    return false;
}

static int64_t smaller(int64_t one, int64_t other)
{
    if (one < 0 || other < 0)
        return one < 0 ? other : one;
    return one < other ? one : other;
}

/* A topic's limit holds for a batch, not for a message, and a batch over it is refused as a whole:
 * small rows would fail because of their number. Whether there is a smaller batch for the next handle. */
static bool fit_batch(struct kafka_link *link)
{
    int64_t limit = smaller(link->topic_bytes, link->error_bytes);
    link->batch[0] = '\0';
    if (limit < 0 || limit >= BATCH_BYTES_DEFAULT || batch_is_given(&link->program->kafka))
        return false;
    snprintf(link->batch, sizeof link->batch, BATCH_PROPERTY "%" PRId64, limit);
    return true;
}

void kafka_link_learn(struct kafka_link *link)
{
    rd_kafka_t *handle = kafka_producer_handle(link->producer);
    link->topic_bytes = topic_message_bytes(handle, link->topic, LIMIT_TIMEOUT_MS);
    (void)kafka_link_learn_errors(link);
    (void)fit_batch(link);
}

/* As long as the handle has nothing on the way, it can still be exchanged for one with smaller batches.
 * (A record about an earlier feed may be: then librdkafka's fallback, each message alone, has to do.) */
static int fit_handle(struct kafka_link *link, struct reason *reason)
{
    if (!fit_batch(link) || kafka_producer_pending(link->producer) > 0)
        return 0;
    drop(link);
    return make(link, NULL, reason);
}

static int make_said(struct kafka_link *link, int (*made)(struct kafka_link *, struct reason *))
{
    struct reason reason = REASON_INIT;
    if (made(link, &reason) == 0)
        return 0;
    log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
    return -1;
}

static int make_plain(struct kafka_link *link, struct reason *reason)
{
    return link->producer != NULL ? 0 : make(link, NULL, reason);
}

enum exit_code kafka_link_open(struct kafka_link *link)
{
    if (link->ready)
        return EXIT_ALL_ACCOUNTED;
    link->error_bytes = -1;
    if (make_said(link, make_plain) != 0)
        return EXIT_CONFIGURATION;
    int code = program_topics(link->program, kafka_producer_handle(link->producer), link->topic);
    if (code != EXIT_ALL_ACCOUNTED)
        return (enum exit_code)code;
    kafka_link_learn(link);
    if (make_said(link, fit_handle) != 0)
        return EXIT_CONFIGURATION;
    link->ready = true;
    return EXIT_ALL_ACCOUNTED;
}

int kafka_link_open_errors(struct kafka_link *link, int timeout_ms, struct reason *reason)
{
    const struct topic_spec errors = {
        .name = link->program->settings->error_topic,
        .partitions = (int)link->program->settings->partitions,
        .retention_ms = -1,
    };
    if (link->ready)
        return 0;
    if (link->producer == NULL)
        link->error_bytes = -1;
    if (make_plain(link, reason) != 0)
        return -1;
    rd_kafka_t *handle = kafka_producer_handle(link->producer);
    if (topics_ensure(handle, &errors, 1, timeout_ms, reason) != TOPICS_OK)
        return -1;
    (void)kafka_link_learn_errors(link);
    return 0;
}

int64_t kafka_link_learn_errors(struct kafka_link *link)
{
    int64_t limit = topic_message_bytes(kafka_producer_handle(link->producer),
                                        link->program->settings->error_topic, LIMIT_TIMEOUT_MS);
    if (limit > 0) {
        link->error_bytes = limit;
        error_topic_limit(link->errors, limit);
    }
    return limit;
}

int kafka_link_transact(struct kafka_link *link, const char *transactional_id, bool each_alone,
                        struct reason *reason)
{
    drop(link);
    link->each_alone = each_alone;
    return make(link, transactional_id, reason);
}

int kafka_link_plain(struct kafka_link *link, struct reason *reason)
{
    if (link->producer != NULL && !link->transactional)
        return 0;
    return kafka_link_transact(link, NULL, false, reason);
}

size_t kafka_link_value_max(const struct kafka_link *link)
{
    return link->topic_bytes > ENVELOPE_BYTES ? (size_t)link->topic_bytes - ENVELOPE_BYTES : 0;
}

void kafka_link_close(struct kafka_link *link)
{
    drop(link);
    link->ready = false;
}
