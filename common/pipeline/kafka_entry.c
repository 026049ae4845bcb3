/* The feed's record in the progress topic: part of each of its transactions, and without transactions
 * written behind the rows that it tells of. */
#include <stdio.h>
#include <string.h>

#include "core/feed_alike.h"
#include "kafka/feed_ledger.h"
#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

#define CHECK_MS 3000

static const char *topic_of(const struct kafka_outlet *kafka)
{
    return kafka->settings.progress_topic;
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
        kafka_outlet_misconfigured(kafka, &reason);
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
            kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    }
    return kafka->code;
}

/* Of a feed that is not claimed yet, and of one whose rows were dropped, counts what is committed. */
void kafka_entry_describe(struct kafka_outlet *kafka, enum feed_state state)
{
    struct kafka_entry *entry = &kafka->entry;
    const struct outlet_events *events = &kafka->window.events;
    if (entry->claimed && !kafka->dropped)
        events->count(events->arg, &entry->progress);
    else
        feed_progress_go_on(&entry->progress, &entry->committed);
    entry->progress.state = state;
    entry->progress.at_ms = clock_wall();
    /* A stream's name will never come again: of one that is through nothing need be remembered. */
    entry->forget = state == FEED_COMPLETE && !entry->progress.is_file;
}

static void give_up(struct kafka_outlet *kafka, enum exit_code code)
{
    log_event(LOG_ERROR_LEVEL, "progress-not-recorded", "topic", topic_of(kafka), "why",
              kafka->entry.why.text, NULL);
    kafka_outlet_end(kafka, code);
}

/* What librdkafka has not taken. */
static void not_taken(struct kafka_outlet *kafka, enum send_result result)
{
    if (result == SEND_FULL)
        kafka_outlet_wait_turn(kafka, OUTLET_WAIT_MS);
    else if (result == SEND_TOO_LARGE)
        give_up(kafka, EXIT_CONFIGURATION);
    else if (result == SEND_NO_TOPIC)
        kafka_entry_mend(kafka);
    else if (kafka->link.transactional)
        kafka_transaction_broken(kafka);
    else
        give_up(kafka, EXIT_UNAVAILABLE);
}

static bool send_sample(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    enum send_result result =
        feed_ledger_send_sample(kafka->link.producer, topic_of(kafka), entry->id, kafka->link.topic,
                                entry->sample, entry, &entry->why);
    entry->on_its_way += result == SEND_OK;
    if (result != SEND_OK)
        not_taken(kafka, result);
    return result == SEND_OK;
}

static bool write_record(struct kafka_outlet *kafka, const struct feed_progress *record)
{
    struct kafka_entry *entry = &kafka->entry;
    enum send_result result = feed_ledger_send(kafka->link.producer, topic_of(kafka), entry->id,
                                               kafka->link.topic, record, entry, &entry->why);
    entry->on_its_way += result == SEND_OK;
    entry->failed = entry->too_large = false;
    entry->written_ms = clock_now();
    if (result != SEND_OK)
        not_taken(kafka, result);
    return result == SEND_OK;
}

bool kafka_entry_send(struct kafka_outlet *kafka)
{
    if (kafka->entry.sample != NULL && !send_sample(kafka))
        return false;
    return write_record(kafka, kafka->entry.forget ? NULL : &kafka->entry.progress);
}

/* The topic was deleted meanwhile, most likely; or it takes no record of that size. */
void kafka_entry_mend(struct kafka_outlet *kafka)
{
    if (kafka->entry.too_large) {
        give_up(kafka, EXIT_CONFIGURATION);
        return;
    }
    kafka_setback(kafka, "progress-not-recorded", kafka->entry.why.text, "tried again");
    kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    kafka->entry.failed = false;
    kafka->ledger_ready = false;
    (void)kafka_entry_open(kafka);
}

/* Only without transactions: nothing else is on its way. */
void kafka_entry_put_back(struct kafka_outlet *kafka, const struct feed_progress *record)
{
    bool done = false;
    while (!done && kafka_outlet_goes_on(kafka)) {
        done = write_record(kafka, record);
        while (kafka->entry.on_its_way > 0 && kafka_outlet_goes_on(kafka))
            kafka_outlet_wait_turn(kafka, OUTLET_WAIT_MS);
        if (kafka->entry.failed)
            kafka_entry_mend(kafka);
        done = done && !kafka->entry.failed;
    }
}

/* A stream may be silent for as long as it likes, and moves nothing then. A file that nobody reads on
 * has a Kafka that does not answer. */
static bool has_moved(const struct kafka_outlet *kafka)
{
    const struct feed_progress *before = &kafka->entry.committed;
    struct feed_progress now = *before;
    const struct outlet_events *events = &kafka->window.events;
    events->count(events->arg, &now);
    return kafka->entry.progress.is_file || now.rows != before->rows;
}

bool kafka_entry_is_due(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    if (clock_now() - entry->written_ms < FEED_REFRESH_MS)
        return false;
    entry->written_ms = clock_now();
    return has_moved(kafka);
}

void kafka_entry_report(struct kafka_outlet *kafka, enum delivery delivery, bool dropped,
                        const char *why)
{
    struct kafka_entry *entry = &kafka->entry;
    entry->on_its_way--;
    kafka->window.alive |= delivery == DELIVERED;
    if (delivery == DELIVERED || dropped)
        return;
    entry->failed = true;
    entry->too_large = delivery == DELIVERY_TOO_LARGE;
    reason_set(&entry->why, "%s", why);
}
