/* A handle was lost: fenced by another one of the same feed, or because its transaction was open for too long (a
 * program that was stopped, a machine that slept, a broker that was away); librdkafka says _FENCED of all of
 * these. Which it was, and whether what was open is committed, is in the progress topic. */
#include <string.h>

#include "pipeline/claim_words.h"
#include "pipeline/kafka_outlet_state.h"
#include "pipeline/kafka_reading.h"

/* Another process has the feed. Nothing of ours can be committed any more. */
static void let_go(struct kafka_outlet *kafka, const struct feed_progress *rival)
{
    const struct claim_words words = {kafka->feed.name, kafka->link.topic, kafka->settings.by_name,
                                      kafka->settings.repeatable};
    struct reason sentence;
    claim_say_rival(&words, rival, &sentence);
    window_release(&kafka->window);
    kafka->taken = true;
    kafka->window.events.taken(kafka->window.events.arg, &sentence);
}

static bool is_last_sent(const struct kafka_entry *entry, const struct feed_progress *record)
{
    return entry->is_sent && record->rows == entry->progress.rows &&
           record->state == entry->progress.state && record->at_ms == entry->progress.at_ms;
}

/* What the topic says of our run, behind which nothing of ours can come any more. */
static void conclude(struct kafka_outlet *kafka, const struct feed_run *run)
{
    const struct kafka_entry *entry = &kafka->entry;
    if (run != NULL && strcmp(run->progress.claim, entry->progress.claim) != 0)
        let_go(kafka, &run->progress);
    else if (run != NULL ? is_last_sent(entry, &run->progress) : entry->is_sent && entry->forget)
        kafka_transaction_done(kafka);
    else if (kafka->dropped)
        window_release(&kafka->window);
}

void kafka_recover(struct kafka_outlet *kafka)
{
    struct kafka_reading reading;
    kafka_setback(kafka, "transaction-lost", kafka->why.text,
                  "looking at what is committed, then going on from there");
    if (kafka->setback.times > 1)
        kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    if (!kafka_handle_open(kafka, kafka->entry.id, false))
        return;
    if (kafka_reading_open(&reading, kafka, NULL) == EXIT_ALL_ACCOUNTED &&
        kafka_reading_to_end(&reading)) {
        kafka_transaction_event(kafka, TRANSACTION_WAS_RECOVERED);
        conclude(kafka, feed_runs_find(&reading.runs, kafka->entry.id));
        kafka->entry.is_sent = kafka->entry.failed = kafka->window.failed = false;
    }
    kafka_reading_close(&reading);
}
