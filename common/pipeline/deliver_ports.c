#include "pipeline/deliver_ports.h"

#include <stdio.h>
#include <stdlib.h>

#include "service/clock.h"
#include "service/log.h"

/* Ports of the dispatch. */

static void report(void *arg, struct message *message, const char *stage,
                   const struct outcome *outcome)
{
    struct deliver *deliver = arg;

    headway_rejected(&deliver->headway, message, outcome);
    dead_letters_send(deliver->letters, message, stage, outcome);
}

static void finished(void *arg, struct message *message)
{
    struct deliver *deliver = arg;

    partitions_done(message->home, message->offset);
    intake_free(&deliver->intake, message);
}

static void dropped(void *arg, struct message *message)
{
    struct deliver *deliver = arg;

    intake_free(&deliver->intake, message);
}

static void effected(void *arg, const struct message *message, const struct outcome *outcome)
{
    struct deliver *deliver = arg;

    headway_effected(&deliver->headway, message, outcome);
}

static bool will_not_come(void *arg, const struct message *message)
{
    struct deliver *deliver = arg;

    return parent_wait_is_over(deliver->parents, message, clock_now(), clock_wall());
}

static int64_t now(void *arg)
{
    (void)arg;
    return clock_now();
}

static int64_t wall(void *arg)
{
    (void)arg;
    return clock_wall();
}

static uint32_t jitter(void *arg)
{
    (void)arg;
    return (uint32_t)rand() << 1;
}

static void outage_began(void *arg, int place, const char *why)
{
    struct deliver *deliver = arg;

    if (deliver->outage_since_ms == 0)
        deliver->outage_since_ms = clock_now();
    log_event(LOG_WARN_LEVEL, "outage", "of", outage_place_name(place), "why", why, "then",
              "messages wait, partitions stay; asking again until it answers", NULL);
}

static void outage_ended(void *arg, int place, int64_t lasted_ms)
{
    struct deliver *deliver = arg;
    char lasted[32];

    snprintf(lasted, sizeof lasted, "%.1fs", (double)lasted_ms / 1000);
    log_event(LOG_INFO_LEVEL, "outage-over", "of", outage_place_name(place), "lasted", lasted,
              NULL);
    if (!outage_announced(dispatch_outage(deliver->dispatch)))
        deliver->outage_since_ms = 0;
}

/* Answers to Kafka. */

static void acknowledged(void *arg, struct message *message)
{
    struct deliver *deliver = arg;

    dispatch_reported(deliver->dispatch, message);
}

static void delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct deliver *deliver = arg;

    dead_letters_delivered(deliver->letters, opaque, delivery, why);
}

static void assigned(void *arg, const int32_t *numbers, size_t count)
{
    struct deliver *deliver = arg;

    log_say(LOG_INFO_LEVEL, "assigned", "%zu partitions of %s", count, deliver->options.topic);
    if (partitions_assigned(&deliver->partitions, numbers, count) != 0)
        abort();
}

static void revoked(void *arg, const int32_t *numbers, size_t count, bool lost)
{
    struct deliver *deliver = arg;

    log_say(lost ? LOG_WARN_LEVEL : LOG_INFO_LEVEL, lost ? "lost" : "revoked",
            "%zu partitions of %s", count, deliver->options.topic);
    partitions_revoked(&deliver->partitions, numbers, count, lost, clock_now());
}

static void kafka_failed(void *arg, const char *why)
{
    struct deliver *deliver = arg;

    log_event(LOG_ERROR_LEVEL, "kafka-failed", "why", why, NULL);
    deliver->failed = true;
}

static void doubted(void *arg)
{
    struct deliver *deliver = arg;

    partitions_doubt(&deliver->partitions);
}

static void expired(void *arg, struct partition *home, int64_t first, int64_t next)
{
    struct deliver *deliver = arg;

    intake_expired(&deliver->intake, home, first, next);
}

static void refused(void *arg, const char *why)
{
    struct deliver *deliver = arg;

    if (!deliver->refused)
        log_event(LOG_ERROR_LEVEL, "configuration", "why", why, NULL);
    deliver->refused = true;
}

/* Answers of a target that keeps positions. */

static void attached(void *arg, int32_t number, const struct sink_position *position)
{
    struct deliver *deliver = arg;

    partitions_attached(&deliver->partitions, number, position);
}

static void fenced(void *arg, int32_t number, const char *why)
{
    struct deliver *deliver = arg;

    partitions_fenced(&deliver->partitions, number, why);
}

struct sink_attachments deliver_attachments(struct deliver *deliver)
{
    return (struct sink_attachments){attached, fenced, deliver};
}

struct partitions_options deliver_partitions_options(struct deliver *deliver)
{
    return (struct partitions_options){
        .drain_ms = deliver->options.drain_ms,
        .skip_lost = deliver->options.skip_lost,
        .reset = deliver->options.reset_position,
        .fallback = deliver->options.fallback,
        .expired = expired,
        .refused = refused,
        .arg = deliver,
    };
}

struct dispatch *deliver_dispatch(struct deliver *deliver)
{
    const struct dispatch_options options = {
        .entity = deliver->options.entity,
        .max_attempts = deliver->options.max_attempts,
        .lone_retry_ms = deliver->options.lone_retry_ms,
        .outage = {outage_began, outage_ended, deliver},
    };
    const struct dispatch_ports ports = {
        .report = report,
        .finished = finished,
        .dropped = dropped,
        .effected = effected,
        .will_not_come = will_not_come,
        .now_ms = now,
        .wall_ms = wall,
        .random = jitter,
        .arg = deliver,
    };

    return dispatch_new(&options, &ports);
}

struct consumer_events deliver_consumer_events(struct deliver *deliver)
{
    return (struct consumer_events){assigned, revoked, kafka_failed, doubted, deliver};
}

struct producer_events deliver_producer_events(struct deliver *deliver)
{
    return (struct producer_events){delivered, deliver};
}

struct dead_letters *deliver_letters(struct deliver *deliver)
{
    const struct dead_letters_options options = {
        .program = deliver->options.program,
        .group = deliver->options.group,
        .acknowledged = acknowledged,
        .arg = deliver,
    };

    return dead_letters_new(&options);
}
