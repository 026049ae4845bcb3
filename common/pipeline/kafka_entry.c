/* The feed's record in the progress topic: written before the first row, anew every few seconds, and at
 * the end. */
#include <stdio.h>
#include <string.h>

#include "kafka/feed_ledger.h"
#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"
#include "service/signals.h"

#define WAIT_MS        100
#define CHECK_MS       3000
#define RETRY_PAUSE_MS 1000
/* For the last word of a feed that ends early; docker waits 10 s before it kills. */
#define STOPPED_MS 2000

static const char *topic_of(const struct kafka_outlet *kafka)
{
    return kafka->settings.progress_topic;
}

/* Waits a little, with an eye on signals. */
static void pause_for(struct kafka_outlet *kafka, int64_t ms)
{
    int64_t until = clock_now() + ms;
    while (kafka->code == EXIT_ALL_ACCOUNTED && clock_now() < until)
        kafka_outlet_wait_turn(kafka, WAIT_MS);
}

static enum exit_code ensure(struct kafka_outlet *kafka)
{
    const struct topic_spec spec = feed_ledger_spec(topic_of(kafka));
    kafka_outlet_end(
        kafka, (enum exit_code)program_topics_ensure(
                   kafka->link.program, kafka_producer_handle(kafka->link.producer), &spec, 1));
    return kafka->code;
}

/* Whether to look again. */
static bool is_unchecked(struct kafka_outlet *kafka)
{
    struct reason reason = REASON_INIT;
    rd_kafka_t *handle = kafka_producer_handle(kafka->link.producer);
    switch (feed_ledger_check(handle, topic_of(kafka), CHECK_MS, &reason)) {
    case LEDGER_FIT:
        return false;
    case LEDGER_BLIND:
        log_say(
            LOG_WARN_LEVEL, "progress-unchecked",
            "whether topic %s remembers for ever (cleanup.policy=compact) cannot be checked: %s",
            topic_of(kafka), reason.text);
        return false;
    case LEDGER_UNFIT:
        log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
        kafka_outlet_end(kafka, EXIT_CONFIGURATION);
        return false;
    case LEDGER_AWAY:
        break;
    }
    return true;
}

enum exit_code kafka_entry_open(struct kafka_outlet *kafka)
{
    while (kafka->code == EXIT_ALL_ACCOUNTED && !kafka->ledger_ready) {
        if (ensure(kafka) != EXIT_ALL_ACCOUNTED)
            break;
        kafka->ledger_ready = !is_unchecked(kafka);
        if (!kafka->ledger_ready)
            pause_for(kafka, RETRY_PAUSE_MS);
    }
    return kafka->code;
}

static void describe(struct kafka_outlet *kafka, enum feed_state state)
{
    struct kafka_entry *entry = &kafka->entry;
    const struct outlet_events *events = &kafka->window.events;
    entry->progress.state = state;
    entry->progress.at_ms = clock_wall();
    events->count(events->arg, &entry->progress);
}

static enum send_result write_entry(struct kafka_outlet *kafka, bool forget)
{
    struct kafka_entry *entry = &kafka->entry;
    enum send_result result =
        feed_ledger_send(kafka->link.producer, topic_of(kafka), entry->id, kafka->link.topic,
                         forget ? NULL : &entry->progress, entry, &entry->why);
    entry->on_its_way += result == SEND_OK;
    entry->failed = result != SEND_OK;
    entry->written_ms = clock_now();
    return result;
}

static void wait_until_back(struct kafka_outlet *kafka)
{
    while (kafka->code == EXIT_ALL_ACCOUNTED && kafka->entry.on_its_way > 0)
        kafka_outlet_wait_turn(kafka, WAIT_MS);
}

/* The topic was deleted meanwhile, most likely. */
static void mend(struct kafka_outlet *kafka)
{
    log_event(LOG_WARN_LEVEL, "progress-not-recorded", "topic", topic_of(kafka), "why",
              kafka->entry.why.text, "next", "tried again", NULL);
    pause_for(kafka, RETRY_PAUSE_MS);
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        (void)ensure(kafka);
}

static void give_up(struct kafka_outlet *kafka, enum exit_code code)
{
    log_event(LOG_ERROR_LEVEL, "progress-not-recorded", "topic", topic_of(kafka), "why",
              kafka->entry.why.text, NULL);
    kafka_outlet_end(kafka, code);
}

static enum exit_code put(struct kafka_outlet *kafka, bool forget)
{
    struct kafka_entry *entry = &kafka->entry;
    wait_until_back(kafka);
    while (kafka->code == EXIT_ALL_ACCOUNTED) {
        enum send_result result = write_entry(kafka, forget);
        wait_until_back(kafka);
        if (result == SEND_OK && entry->on_its_way == 0 && !entry->failed)
            return EXIT_ALL_ACCOUNTED;
        bool too_large = result == SEND_TOO_LARGE || (result == SEND_OK && entry->too_large);
        if (result == SEND_FULL)
            kafka_outlet_wait_turn(kafka, WAIT_MS);
        else if (result == SEND_FAILED || too_large)
            give_up(kafka, too_large ? EXIT_CONFIGURATION : EXIT_UNAVAILABLE);
        else if (kafka->code == EXIT_ALL_ACCOUNTED)
            mend(kafka);
    }
    return kafka->code;
}

enum exit_code kafka_entry_put(struct kafka_outlet *kafka, enum feed_state state)
{
    describe(kafka, state);
    return put(kafka, false);
}

void kafka_entry_put_back(struct kafka_outlet *kafka, const struct feed_progress *record)
{
    kafka->entry.progress = *record;
    (void)put(kafka, false);
}

/* A stream may be silent for as long as it likes, and moves nothing then. A file that nobody reads on
 * has a Kafka that does not answer. */
static bool has_moved(const struct kafka_outlet *kafka)
{
    const struct feed_progress *before = &kafka->entry.progress;
    struct feed_progress now = *before;
    const struct outlet_events *events = &kafka->window.events;
    events->count(events->arg, &now);
    return before->is_file || now.rows != before->rows || now.sent != before->sent ||
           now.rejected != before->rejected;
}

void kafka_entry_refresh(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    if (!entry->claimed || entry->on_its_way > 0 ||
        clock_now() - entry->written_ms < FEED_REFRESH_MS)
        return;
    if (!has_moved(kafka)) {
        entry->written_ms = clock_now();
        return;
    }
    describe(kafka, FEED_STARTED);
    (void)write_entry(kafka, false);
}

void kafka_entry_report(struct kafka_outlet *kafka, enum delivery delivery, const char *why)
{
    kafka->entry.on_its_way--;
    kafka->entry.failed = delivery != DELIVERED;
    kafka->entry.too_large = delivery == DELIVERY_TOO_LARGE;
    kafka->window.alive |= delivery == DELIVERED;
    reason_set(&kafka->entry.why, "%s", why);
}

/* The program ends, perhaps because Kafka is away. */
static void poll_until(struct kafka_outlet *kafka, int64_t until)
{
    while (kafka->entry.on_its_way > 0 && clock_now() < until && signals_count() < 2)
        kafka_producer_poll(kafka->link.producer, WAIT_MS);
}

/* Nothing depends on this word, except how long the next run has to wonder. */
static void say_stopped(struct kafka_outlet *kafka)
{
    int64_t until = clock_now() + STOPPED_MS;
    poll_until(kafka, until);
    describe(kafka, FEED_STOPPED);
    if (kafka->entry.on_its_way == 0 && write_entry(kafka, false) == SEND_OK)
        poll_until(kafka, until);
}

/* A stream's name will never come again: of one that is through nothing need be remembered. */
static void say_complete(struct kafka_outlet *kafka)
{
    describe(kafka, FEED_COMPLETE);
    if (put(kafka, !kafka->entry.progress.is_file) == EXIT_ALL_ACCOUNTED)
        return;
    poll_until(kafka, clock_now() + STOPPED_MS);
    if (kafka->entry.on_its_way == 0 && !kafka->entry.failed)
        return;
    log_say(
        LOG_WARN_LEVEL, "progress-not-recorded",
        "every row of %s is accounted for, but topic %s was not told: sent again, it is sent twice",
        kafka->feed.name, topic_of(kafka));
}

void kafka_entry_close(struct kafka_outlet *kafka, bool complete)
{
    if (!kafka->entry.claimed)
        return;
    kafka->entry.claimed = false;
    if (complete && kafka->code == EXIT_ALL_ACCOUNTED)
        say_complete(kafka);
    else
        say_stopped(kafka);
}
