#include "pipeline/deliver.h"

#include <stdlib.h>

#include "kafka/topics.h"
#include "pipeline/deliver_ports.h"
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/health.h"
#include "service/log.h"
#include "service/signals.h"

/* The group is polled at least this often, whatever else there is to wait for. */
#define TURN_MAX_MS 1000
/* A loop that stood still for longer than this (a frozen process, a suspended machine) may have
 * lost its partitions without knowing: less than the shortest session.timeout.ms that brokers allow
 * (group.min.session.timeout.ms, 6 s). */
#define FROZEN_MS     5000
#define TOPIC_WAIT_MS 5000

static int open_error_topic(struct deliver *deliver)
{
    const struct program *program = deliver->options.program;
    const char *topic = program->settings->error_topic;
    rd_kafka_t *handle = kafka_producer_handle(deliver->producer);
    int code = program_topics(program, handle, deliver->options.topic);

    if (code != 0)
        return code;
    deliver->error_topic = error_topic_new(deliver->producer, topic,
                                           topics_message_bytes(handle, topic, TOPIC_WAIT_MS));
    if (!deliver->error_topic)
        return EXIT_BUG;
    dead_letters_use(deliver->letters, deliver->producer, deliver->error_topic);
    return 0;
}

int deliver_open(struct deliver *deliver, const struct deliver_options *options,
                 struct http_client *http, struct secret *token)
{
    const struct producer_events events = deliver_producer_events(deliver);
    struct reason reason = REASON_INIT;

    *deliver =
        (struct deliver){.options = *options, .wake = WAKE_INIT, .http = http, .token = token};
    srand((unsigned)clock_wall());
    deliver->dispatch = deliver_dispatch(deliver);
    deliver->letters = deliver_letters(deliver);
    if (!deliver->dispatch || !deliver->letters || wake_open(&deliver->wake) != 0)
        return EXIT_BUG;
    partitions_init(&deliver->partitions, deliver->dispatch, options->drain_ms);
    headway_init(&deliver->headway, options->topic, clock_now());
    patience_init(&deliver->kafka, options->program->settings->give_up_after_ms);
    patience_renew(&deliver->kafka, clock_now());
    deliver->producer =
        kafka_producer_new(&options->program->kafka, deliver->wake.write_fd, &events, &reason);
    if (!deliver->producer) {
        log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
        return EXIT_CONFIGURATION;
    }
    return open_error_topic(deliver);
}

void deliver_use(struct deliver *deliver, struct sink sink)
{
    dispatch_use(deliver->dispatch, sink);
}

/* --until-end: where the end is, from brokers that may be away for a moment. 0, or the exit code. */
static int mark_ends(struct deliver *deliver)
{
    int64_t began = clock_now(), patience = deliver->options.program->settings->give_up_after_ms;
    struct reason reason = REASON_INIT;

    while (headway_mark_ends(&deliver->headway, &reason) != 0) {
        log_event(LOG_WARN_LEVEL, "kafka-away", "why", reason.text, NULL);
        health_keep(deliver->options.program->health, HEALTH_WAITING, clock_now());
        if (signals_stopping())
            return EXIT_INTERRUPTED;
        if (patience >= 0 && clock_now() - began >= patience)
            return EXIT_UNAVAILABLE;
    }
    return 0;
}

static int join(struct deliver *deliver)
{
    const struct consumer_options options = {
        .kafka = deliver->options.program->kafka,
        .topic = deliver->options.topic,
        .group = deliver->options.group,
        .beginning = deliver->options.beginning,
        .wake_fd = deliver->wake.write_fd,
    };
    const struct consumer_events events = deliver_consumer_events(deliver);
    struct reason reason = REASON_INIT;

    deliver->consumer = kafka_consumer_new(&options, &events, &reason);
    if (!deliver->consumer) {
        log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
        return EXIT_CONFIGURATION;
    }
    deliver->partitions.consumer = deliver->headway.consumer = deliver->consumer;
    deliver->headway.partitions = &deliver->partitions;
    deliver->intake = (struct intake){
        .consumer = deliver->consumer,
        .dispatch = deliver->dispatch,
        .partitions = &deliver->partitions,
        .topic = deliver->options.topic,
        .messages_max = deliver->options.window_messages,
        .bytes_max = deliver->options.window_bytes,
    };
    return deliver->options.until_end ? mark_ends(deliver) : 0;
}

/* After a standstill the group is asked before anything else is written: who is no longer a member
 * lets go of everything. */
static void check_membership(struct deliver *deliver, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced = false;

    if (deliver->last_turn_ms && now_ms - deliver->last_turn_ms > FROZEN_MS &&
        partitions_commit(&deliver->partitions, &fenced, &reason) != 0)
        log_event(LOG_WARN_LEVEL, "stood-still", "why", reason.text, "fenced",
                  fenced ? "yes" : "no", NULL);
    deliver->last_turn_ms = now_ms;
}

/* A token that was replaced is taken up without a restart. */
static void refresh_token(struct deliver *deliver)
{
    if (deliver->outage_since_ms && secret_refresh(deliver->token)) {
        http_client_token(deliver->http, secret_text(deliver->token));
        log_say(LOG_INFO_LEVEL, "token", "read again: it has changed");
    }
}

/* The error producer's connection stands for both handles: they have the same brokers. Says so in
 * the log; false when GIVE_UP_AFTER has run out. */
static bool kafka_is_patient(struct deliver *deliver, int64_t now_ms)
{
    if (kafka_producer_connected(deliver->producer))
        patience_renew(&deliver->kafka, now_ms);
    return patience_left(&deliver->kafka, dispatch_count(deliver->dispatch), now_ms);
}

static bool waited_too_long(const struct deliver *deliver, int64_t now_ms)
{
    int64_t patience = deliver->options.program->settings->give_up_after_ms;

    return patience >= 0 && deliver->outage_since_ms &&
           now_ms - deliver->outage_since_ms >= patience;
}

static void stop(struct deliver *deliver, int exit_code, int64_t now_ms)
{
    deliver->exit_code = exit_code;
    deliver->drain_until_ms = now_ms + deliver->options.drain_ms;
    dispatch_hold(deliver->dispatch, true);
}

/* Reasons to stop, the first that applies. */
static void look_for_the_end(struct deliver *deliver, int64_t now_ms)
{
    if (deliver->drain_until_ms)
        return;
    if (signals_stopping()) {
        log_say(LOG_INFO_LEVEL, "stopping", "a signal came: finishing what is in flight");
        stop(deliver, EXIT_INTERRUPTED, now_ms);
    } else if (deliver->failed || dead_letters_broken(deliver->letters) ||
               !kafka_is_patient(deliver, now_ms)) {
        stop(deliver, EXIT_UNAVAILABLE, now_ms);
    } else if (waited_too_long(deliver, now_ms)) {
        log_say(LOG_ERROR_LEVEL, "gave-up",
                "Strapi was away for longer than GIVE_UP_AFTER; nothing is lost, what was not "
                "written is read again at the next start");
        stop(deliver, EXIT_UNAVAILABLE, now_ms);
    } else if (deliver->options.until_end && headway_finished(&deliver->headway, now_ms)) {
        stop(deliver, EXIT_ALL_ACCOUNTED, now_ms);
    }
}

static bool is_over(const struct deliver *deliver, int64_t now_ms)
{
    if (!deliver->drain_until_ms)
        return false;
    return dispatch_out(deliver->dispatch, NULL) == 0 || now_ms >= deliver->drain_until_ms ||
           signals_count() > 1;
}

/* The one blocking call. Once a signal has come its descriptor stays readable: nobody asks it then.
 */
static void wait_for_work(struct deliver *deliver, int64_t until_ms)
{
    const int fds[] = {deliver->wake.read_fd, signals_fd()};
    int64_t timeout = until_ms - clock_now();

    if (timeout < 0)
        timeout = 0;
    if (timeout > TURN_MAX_MS)
        timeout = TURN_MAX_MS;
    http_client_wait(deliver->http, fds, deliver->drain_until_ms ? 1 : 2, timeout);
    wake_clear(&deliver->wake);
}

/* Everything that does not wait. Returns when the next turn is wanted. */
static int64_t turn(struct deliver *deliver, int64_t now_ms)
{
    int64_t next, letters;
    int more = 0;

    check_membership(deliver, now_ms);
    kafka_consumer_poll(deliver->consumer);
    kafka_producer_poll(deliver->producer, 0);
    partitions_turn(&deliver->partitions, now_ms);
    refresh_token(deliver);
    if (!deliver->drain_until_ms && (more = intake_turn(&deliver->intake)) < 0)
        abort();
    next = dispatch_turn(deliver->dispatch);
    letters = dead_letters_turn(deliver->letters, now_ms);
    headway_turn(&deliver->headway, now_ms);
    health_keep(deliver->options.program->health,
                deliver->outage_since_ms ? HEALTH_OUTAGE : HEALTH_RUNNING, now_ms);
    look_for_the_end(deliver, now_ms);
    if (more)
        return now_ms;
    return letters < next ? letters : next;
}

static void leave(struct deliver *deliver)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (partitions_commit(&deliver->partitions, &fenced, &reason) != 0) {
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, "then",
                  "messages since the last commit are read again at the next start", NULL);
        if (deliver->exit_code == EXIT_ALL_ACCOUNTED)
            deliver->exit_code = EXIT_UNAVAILABLE;
    }
    partitions_release(&deliver->partitions);
}

int deliver_run(struct deliver *deliver)
{
    int code = join(deliver);

    if (code != 0)
        return code;
    for (;;) {
        int64_t now_ms = clock_now(), next = turn(deliver, now_ms);

        if (is_over(deliver, now_ms))
            break;
        wait_for_work(deliver, next);
    }
    leave(deliver);
    return deliver->exit_code;
}

void deliver_close(struct deliver *deliver)
{
    /* librdkafka's destroy waits for ever for a message that somebody still holds. */
    if (deliver->dispatch)
        dispatch_abandon(deliver->dispatch);
    kafka_consumer_free(deliver->consumer);
    error_topic_free(deliver->error_topic);
    kafka_producer_free(deliver->producer);
    dead_letters_free(deliver->letters);
    dispatch_free(deliver->dispatch);
    headway_release(&deliver->headway);
    wake_close(&deliver->wake);
}
