/* The consumer before its loop: Kafka's side is opened, and the group joined. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/commit_note.h"
#include "kafka/topic_settings.h"
#include "kafka/topics.h"
#include "pipeline/deliver.h"
#include "pipeline/deliver_ports.h"
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/log.h"
#include "service/signals.h"

#define TOPIC_WAIT_MS 5000
/* One question to Kafka. Short, because a signal has to wait for it. */
#define QUESTION_MS  5000
#define PAUSE_MS     500
#define SAY_EVERY_MS 60000

static int open_error_topic(struct deliver *deliver)
{
    const struct program *program = deliver->options.program;
    const char *topic = program->settings->error_topic;
    rd_kafka_t *handle = kafka_producer_handle(deliver->producer);
    int code = program_topics(program, handle, deliver->options.topic);

    if (code != 0)
        return code;
    deliver->cluster = kafka_cluster_id(handle, TOPIC_WAIT_MS);
    deliver->error_topic = error_topic_new(deliver->producer, topic,
                                           topic_message_bytes(handle, topic, TOPIC_WAIT_MS));
    if (!deliver->error_topic)
        return EXIT_BUG;
    dead_letters_use(deliver->letters, deliver->producer, deliver->error_topic);
    return 0;
}

/* -1 with a reason. */
static int open_parents(struct deliver *deliver, struct reason *reason)
{
    struct parent_options options = deliver->options.parents;

    if (!options.topic)
        return 0;
    options.wake_fd = deliver->wake.write_fd;
    deliver->parents = parent_wait_new(&options, reason);
    return deliver->parents ? 0 : -1;
}

int deliver_open(struct deliver *deliver, const struct deliver_options *options,
                 struct http_client *http, struct secret *token)
{
    const struct producer_events events = deliver_producer_events(deliver);
    struct partitions_options partitions_options;
    struct reason reason = REASON_INIT;

    *deliver =
        (struct deliver){.options = *options, .wake = WAKE_INIT, .http = http, .token = token};
    srand((unsigned)clock_wall());
    deliver->dispatch = deliver_dispatch(deliver);
    deliver->letters = deliver_letters(deliver);
    if (!deliver->dispatch || !deliver->letters || wake_open(&deliver->wake) != 0)
        return EXIT_BUG;
    partitions_options = deliver_partitions_options(deliver);
    partitions_init(&deliver->partitions, deliver->dispatch, &partitions_options);
    headway_init(&deliver->headway, options->topic, options->group, options->entity, clock_now());
    patience_init(&deliver->kafka, options->program->settings->give_up_after_ms);
    patience_renew(&deliver->kafka, clock_now());
    deliver->producer =
        kafka_producer_new(&options->program->kafka, deliver->wake.write_fd, &events, &reason);
    if (!deliver->producer || open_parents(deliver, &reason) != 0) {
        log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
        return EXIT_CONFIGURATION;
    }
    return open_error_topic(deliver);
}

void deliver_use(struct deliver *deliver, struct sink sink)
{
    dispatch_use(deliver->dispatch, sink);
}

/* Between two questions to brokers that do not answer. */
static void pause_or_signal(void)
{
    struct pollfd signal = {.fd = signals_fd(), .events = POLLIN};
    poll(&signal, 1, PAUSE_MS);
}

/* Asks Kafka until it answers. 0, or the exit code. */
static int ask(struct deliver *deliver, int (*question)(struct deliver *, struct reason *))
{
    int64_t began = clock_now(), say_ms = began;
    int64_t patience = deliver->options.program->settings->give_up_after_ms;
    struct reason reason = REASON_INIT;

    while (question(deliver, &reason) != 0) {
        int64_t now = clock_now();

        health_keep(deliver->options.program->health, HEALTH_WAITING, now);
        if (now >= say_ms) {
            log_event(LOG_WARN_LEVEL, "kafka-away", "why", reason.text, NULL);
            say_ms = now + SAY_EVERY_MS;
        }
        if (signals_stopping())
            return EXIT_INTERRUPTED;
        if (patience >= 0 && now - began >= patience)
            return EXIT_UNAVAILABLE;
        pause_or_signal();
    }
    return EXIT_ALL_ACCOUNTED;
}

static struct consumer_options consumer_options_of(const struct deliver *deliver)
{
    return (struct consumer_options){
        .kafka = deliver->options.program->kafka,
        .topic = deliver->options.topic,
        .group = deliver->options.group,
        .wake_fd = deliver->wake.write_fd,
    };
}

/* BEGINNING=false. */
static int start_at_end(struct deliver *deliver, struct reason *reason)
{
    const struct consumer_options options = consumer_options_of(deliver);
    struct commit_note note = {.since = -1};
    char text[COMMIT_NOTE_SIZE];

    snprintf(note.sink, sizeof note.sink, "%s", dispatch_sink(deliver->dispatch)->ops->name);
    commit_note_write(&note, text);
    return kafka_group_start_at_end(&options, text, QUESTION_MS, reason);
}

/* --until-end. */
static int mark_ends(struct deliver *deliver, struct reason *reason)
{
    return headway_mark_ends(&deliver->headway, reason);
}

static int make_consumer(struct deliver *deliver)
{
    const struct consumer_options options = consumer_options_of(deliver);
    const struct consumer_events events = deliver_consumer_events(deliver);
    struct reason reason = REASON_INIT;

    deliver->survey =
        log_survey_new(&options.kafka, options.topic, options.group, options.wake_fd, &reason);
    deliver->partitions.survey = deliver->survey;
    if (deliver->survey)
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
        .parents = deliver->parents,
        .topic = deliver->options.topic,
        .messages_max = deliver->options.window_messages,
        .bytes_max = deliver->options.window_bytes,
    };
    return EXIT_ALL_ACCOUNTED;
}

int deliver_join(struct deliver *deliver)
{
    int code = EXIT_ALL_ACCOUNTED;

    if (!deliver->options.beginning)
        code = ask(deliver, start_at_end);
    if (code == EXIT_ALL_ACCOUNTED)
        code = make_consumer(deliver);
    if (code == EXIT_ALL_ACCOUNTED && deliver->options.until_end)
        code = ask(deliver, mark_ends);
    return code;
}
