#include "pipeline/kafka_reading.h"

#include <string.h>

#include "service/clock.h"
#include "service/log.h"

#define AIM_MS      2000
#define SAY_SLOW_MS 5000

static int take_record(void *arg, const char *key, size_t key_len, const char *value,
                       size_t value_len)
{
    struct kafka_reading *reading = arg;
    return feed_runs_add(&reading->runs, key, key_len, value, value_len) == 0 &&
                   feed_alike_add(&reading->alike, key, key_len, value, value_len) == 0
               ? 0
               : -1;
}

/* An empty topic is answered at once; librdkafka would wait half a second for more. */
static int open_ledger(struct kafka_reading *reading, struct reason *reason)
{
    const struct kafka_options *given = &reading->kafka->link.program->kafka;
    const struct ledger_events events = {.record = take_record, .arg = reading};
    reading->options = *given;
    memcpy(reading->properties, given->properties,
           given->property_count * sizeof reading->properties[0]);
    reading->properties[reading->options.property_count++] = "fetch.wait.max.ms=10";
    reading->options.properties = reading->properties;
    reading->ledger = feed_ledger_new(&reading->options, reading->kafka->settings.progress_topic,
                                      &events, reason);
    return reading->ledger == NULL ? -1 : 0;
}

enum exit_code kafka_reading_open(struct kafka_reading *reading, struct kafka_outlet *kafka,
                                  const struct feed_sample *sample)
{
    const char *name = kafka->settings.by_name ? kafka->feed.name : NULL;
    struct reason reason = REASON_INIT;
    *reading = (struct kafka_reading){
        .kafka = kafka,
        .runs = {.content = kafka->content, .name = name, .topic = kafka->link.topic},
        .alike = {.feed = sample,
                  .content = kafka->content,
                  .name = name,
                  .topic = kafka->link.topic},
    };
    if (open_ledger(reading, &reason) == 0)
        return EXIT_ALL_ACCOUNTED;
    kafka_outlet_misconfigured(kafka, &reason);
    return EXIT_CONFIGURATION;
}

static void refuse(const struct kafka_reading *reading, const struct reason *reason)
{
    log_say(LOG_ERROR_LEVEL, "kafka-refused", "Kafka at %s refuses: %s",
            reading->kafka->link.program->brokers, reason->text);
    kafka_outlet_end(reading->kafka, EXIT_CONFIGURATION);
}

/* Whoever began at start_ms has not got what it wants. */
static void lose_patience(const struct kafka_reading *reading, int64_t start_ms,
                          const struct reason *reason)
{
    int64_t patience = reading->kafka->link.program->settings->give_up_after_ms;
    if (patience < 0 || clock_now() - start_ms < patience)
        return;
    log_say(LOG_ERROR_LEVEL, "gave-up",
            "topic %s could not be read to its end within GIVE_UP_AFTER (%s)",
            reading->kafka->settings.progress_topic,
            reason->text[0] == '\0' ? "no answer" : reason->text);
    kafka_outlet_end(reading->kafka, EXIT_UNAVAILABLE);
}

/* What an answer of the ledger's means for the outlet. */
static void heed(struct kafka_reading *reading, enum ledger_reading answer,
                 const struct reason *reason)
{
    kafka_outlet_wait_turn(reading->kafka, 0);
    if (answer == LEDGER_REFUSED)
        refuse(reading, reason);
    if (answer == LEDGER_NO_MEMORY)
        kafka_outlet_out_of_memory(reading->kafka);
}

bool kafka_reading_look(struct kafka_reading *reading)
{
    struct reason reason = REASON_INIT;
    heed(reading, feed_ledger_read(reading->ledger, OUTLET_WAIT_MS, &reason), &reason);
    return kafka_outlet_goes_on(reading->kafka);
}

/* A transaction that somebody has left open hides what stands behind it, for half a minute. */
static void say_slow(const struct kafka_reading *reading, const struct reason *reason)
{
    log_event(LOG_WARN_LEVEL, "waiting", "topic", reading->kafka->settings.progress_topic, "why",
              reason->text[0] == '\0'
                  ? "another program's transaction in it is open; Kafka ends it if need be"
                  : reason->text,
              NULL);
}

/* Reads on until the answer comes, or the end. */
static bool read_until(struct kafka_reading *reading, enum ledger_reading goal)
{
    const struct kafka_outlet *kafka = reading->kafka;
    int64_t start_ms = clock_now(), say_ms = start_ms + SAY_SLOW_MS;
    struct reason reason = REASON_INIT;
    enum ledger_reading answer = LEDGER_MORE;
    while (kafka_outlet_goes_on(kafka) && answer != goal && answer != LEDGER_AT_END) {
        answer = feed_ledger_read(reading->ledger, OUTLET_WAIT_MS, &reason);
        heed(reading, answer, &reason);
        if (answer != goal)
            lose_patience(reading, start_ms, &reason);
        if (clock_now() < say_ms)
            continue;
        say_slow(reading, &reason);
        say_ms = INT64_MAX;
    }
    return kafka_outlet_goes_on(kafka);
}

bool kafka_reading_to_edge(struct kafka_reading *reading)
{
    return read_until(reading, LEDGER_AT_EDGE);
}

/* Where the end is. */
static bool aim(struct kafka_reading *reading)
{
    const struct kafka_outlet *kafka = reading->kafka;
    int64_t start_ms = clock_now();
    struct reason reason = REASON_INIT;
    enum ledger_reading answer = LEDGER_FAILED;
    while (kafka_outlet_goes_on(kafka) && answer != LEDGER_MORE) {
        answer = feed_ledger_aim(reading->ledger, AIM_MS, &reason);
        heed(reading, answer, &reason);
        if (answer != LEDGER_MORE)
            lose_patience(reading, start_ms, &reason);
    }
    return kafka_outlet_goes_on(kafka);
}

bool kafka_reading_to_end(struct kafka_reading *reading)
{
    return aim(reading) && read_until(reading, LEDGER_AT_END);
}

void kafka_reading_close(struct kafka_reading *reading)
{
    feed_ledger_free(reading->ledger);
    feed_runs_release(&reading->runs);
    feed_alike_release(&reading->alike);
}
