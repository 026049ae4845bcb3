/* Before the first row: was this feed sent before, or is somebody at it? What the answer is, is
 * core/feed_runs.h's; here it is asked and waited for. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/text.h"
#include "kafka/feed_ledger.h"
#include "pipeline/claim_words.h"
#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

#define READ_MS 100
/* Records older than this are of a run that is dead, however wrong the clocks are. */
#define DEAD_MS (10 * 60 * 1000)

struct claiming {
    struct kafka_outlet *kafka;
    struct feed_ledger *ledger;
    struct feed_runs runs;
    struct claim_words words;
    const char *properties[2 * OPTION_LIST_MAX + 1];
    struct kafka_options options;
};

static enum exit_code refuse(struct claiming *claiming, const struct reason *reason)
{
    log_say(LOG_ERROR_LEVEL, "kafka-refused", "Kafka at %s refuses: %s",
            claiming->kafka->link.program->brokers, reason->text);
    kafka_outlet_end(claiming->kafka, EXIT_CONFIGURATION);
    return EXIT_CONFIGURATION;
}

static enum exit_code give_up(struct claiming *claiming, const struct reason *reason)
{
    log_say(LOG_ERROR_LEVEL, "gave-up",
            "topic %s could not be read to its end within GIVE_UP_AFTER (%s)",
            claiming->kafka->settings.progress_topic,
            reason->text[0] == '\0' ? "no answer" : reason->text);
    kafka_outlet_end(claiming->kafka, EXIT_UNAVAILABLE);
    return EXIT_UNAVAILABLE;
}

/* One look. *at_end is set, never cleared. */
static enum exit_code look(struct claiming *claiming, struct reason *reason, bool *at_end)
{
    kafka_outlet_wait_turn(claiming->kafka, 0);
    switch (feed_ledger_read(claiming->ledger, &claiming->runs, READ_MS, reason)) {
    case LEDGER_AT_END:
        *at_end = true;
        break;
    case LEDGER_MORE:
    case LEDGER_FAILED:
        break;
    case LEDGER_REFUSED:
        return refuse(claiming, reason);
    case LEDGER_NO_MEMORY:
        log_event(LOG_ERROR_LEVEL, "out-of-memory", NULL);
        kafka_outlet_end(claiming->kafka, EXIT_BUG);
        break;
    }
    return claiming->kafka->code;
}

/* What is read for: the end, or our own record, behind all that came before it. */
enum goal { TO_END, TO_OWN };

static enum exit_code read_until(struct claiming *claiming, enum goal goal)
{
    int64_t patience = claiming->kafka->link.program->settings->give_up_after_ms;
    int64_t start_ms = clock_now();
    struct reason reason = REASON_INIT;
    bool at_end = false, said = false;
    while (goal == TO_END ? !at_end : !claiming->runs.bid.seen) {
        if (patience >= 0 && clock_now() - start_ms >= patience)
            return give_up(claiming, &reason);
        if (look(claiming, &reason, &at_end) != EXIT_ALL_ACCOUNTED)
            break;
        if (reason.text[0] != '\0' && !said)
            log_event(LOG_WARN_LEVEL, "kafka", "why", reason.text, "next", "tried again", NULL);
        said |= reason.text[0] != '\0';
    }
    return claiming->kafka->code;
}

/* Runs that were begun by somebody who may still be at it. */
static bool may_be_alive(const struct feed_progress *progress)
{
    return progress->state == FEED_STARTED && clock_wall() - progress->at_ms < DEAD_MS;
}

/* Watches a run that was begun. The run when it still goes on; NULL when it does not, or has ended, or
 * we are to end: the caller chooses anew. */
static const struct feed_run *watch(struct claiming *claiming, const struct feed_run *run)
{
    const struct feed_run before = *run;
    struct reason reason = REASON_INIT;
    bool at_end = true;
    int64_t until = clock_now() + FEED_MOVING_MS;
    log_say(
        LOG_INFO_LEVEL, "run-unfinished",
        "an earlier run of this feed (%s) did not finish; waiting up to %d s, in case it goes on",
        before.progress.instance, FEED_MOVING_MS / 1000);
    while (clock_now() < until && look(claiming, &reason, &at_end) == EXIT_ALL_ACCOUNTED) {
        run = feed_runs_find(&claiming->runs, before.id);
        if (run == NULL || run->changes != before.changes)
            return run != NULL && run->progress.state == FEED_STARTED ? run : NULL;
    }
    return NULL;
}

static void start_again(const struct claiming *claiming, const struct feed_run *run)
{
    struct reason sentence;
    enum log_level level = claiming->words.repeatable ? LOG_INFO_LEVEL : LOG_WARN_LEVEL;
    if (run->progress.state == FEED_COMPLETE)
        return;
    claim_say_again(&claiming->words, &run->progress, &sentence);
    log_event(level, "sent-again", "msg", sentence.text, NULL);
}

static struct feed_choice choose(const struct claiming *claiming)
{
    const struct kafka_outlet *kafka = claiming->kafka;
    return feed_runs_choose(&claiming->runs, &kafka->entry.progress.which, kafka->settings.force);
}

/* Nothing is sent, because another process does. What it sends may be another file. */
static void deny(const struct claiming *claiming, const struct feed_progress *rival,
                 struct outlet_claim *claim)
{
    claim->granted = false;
    claim->busy = rival->state != FEED_COMPLETE;
    claim->about.progress = *rival;
    claim->duplicate =
        !rival->is_file || !feed_file_equal(&rival->which, &claiming->kafka->entry.progress.which);
    claim_say_rival(&claiming->words, rival, &claim->why_not);
}

static void grant(const struct claiming *claiming, const struct feed_choice *choice,
                  struct outlet_claim *claim)
{
    const struct feed_name *feed = &claiming->kafka->feed;
    claim->granted = true;
    if (choice->decision == FEED_SEND) {
        feed_run_name(feed->id, claiming->words.by_name ? feed->name : NULL, choice->run,
                      claim->feed_id);
        return;
    }
    snprintf(claim->feed_id, sizeof claim->feed_id, "%s", choice->about->id);
    start_again(claiming, choice->about);
}

static void tell_sent(const struct claiming *claiming, const struct feed_choice *choice,
                      struct outlet_claim *claim)
{
    claim->duplicate = choice->decision == FEED_DUPLICATE;
    claim->about = *choice->about;
    claim_say_sent(&claiming->words, choice, &claim->why_not);
}

/* Fills in what the run is called, or why there is none. */
static enum exit_code decide(struct claiming *claiming, struct outlet_claim *claim)
{
    struct feed_choice choice = choose(claiming);
    if (choice.decision == FEED_SEND_AGAIN && may_be_alive(&choice.about->progress)) {
        const struct feed_run *alive = watch(claiming, choice.about);
        if (alive != NULL)
            deny(claiming, &alive->progress, claim);
        if (alive != NULL || claiming->kafka->code != EXIT_ALL_ACCOUNTED)
            return claiming->kafka->code;
        choice = choose(claiming);
    }
    if (choice.decision == FEED_SAME || choice.decision == FEED_DUPLICATE)
        tell_sent(claiming, &choice, claim);
    else
        grant(claiming, &choice, claim);
    return claiming->kafka->code;
}

static int make_random(char text[FEED_CLAIM_SIZE])
{
    unsigned char random[(FEED_CLAIM_SIZE - 1) / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return -1;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    return 0;
}

static enum exit_code describe_run(struct kafka_outlet *kafka)
{
    const struct program *program = kafka->link.program;
    struct feed_progress *progress = &kafka->entry.progress;
    text_clean(kafka->feed.name, strlen(kafka->feed.name), progress->file, sizeof progress->file);
    snprintf(progress->service, sizeof progress->service, "%s", program->name);
    snprintf(progress->instance, sizeof progress->instance, "%s", program->instance);
    progress->started_ms = clock_wall();
    if (make_random(progress->claim) == 0)
        return EXIT_ALL_ACCOUNTED;
    log_say(LOG_ERROR_LEVEL, "no-random", "there is no random number for the run's claim");
    kafka_outlet_end(kafka, EXIT_BUG);
    return EXIT_BUG;
}

/* Says that it begins, and sees whether somebody has said so just before. */
static enum exit_code bid(struct claiming *claiming, struct outlet_claim *claim)
{
    struct kafka_outlet *kafka = claiming->kafka;
    const struct feed_bid *bid = &claiming->runs.bid;
    feed_runs_bid(&claiming->runs, claim->feed_id, kafka->entry.progress.claim);
    if (kafka_entry_put(kafka, FEED_STARTED) != EXIT_ALL_ACCOUNTED ||
        read_until(claiming, TO_OWN) != EXIT_ALL_ACCOUNTED || !bid->lost)
        return kafka->code;
    deny(claiming, &bid->rival, claim);
    /* It has said its last word, and ours stands behind it. */
    if (bid->rival.state == FEED_COMPLETE)
        kafka_entry_put_back(kafka, &bid->rival);
    return kafka->code;
}

static enum exit_code claim_file(struct claiming *claiming, struct outlet_claim *claim)
{
    struct kafka_outlet *kafka = claiming->kafka;
    if (read_until(claiming, TO_END) != EXIT_ALL_ACCOUNTED ||
        decide(claiming, claim) != EXIT_ALL_ACCOUNTED || !claim->granted)
        return kafka->code;
    snprintf(kafka->entry.id, sizeof kafka->entry.id, "%s", claim->feed_id);
    return bid(claiming, claim);
}

/* An empty topic is answered at once; librdkafka would wait half a second for more. */
static int open_ledger(struct claiming *claiming, struct reason *reason)
{
    const struct kafka_options *given = &claiming->kafka->link.program->kafka;
    claiming->options = *given;
    memcpy(claiming->properties, given->properties,
           given->property_count * sizeof claiming->properties[0]);
    claiming->properties[claiming->options.property_count++] = "fetch.wait.max.ms=10";
    claiming->options.properties = claiming->properties;
    claiming->ledger =
        feed_ledger_new(&claiming->options, claiming->kafka->settings.progress_topic, reason);
    return claiming->ledger == NULL ? -1 : 0;
}

static enum exit_code claim_recorded(struct kafka_outlet *kafka, struct outlet_claim *claim)
{
    const struct kafka_outlet_settings *settings = &kafka->settings;
    struct reason reason = REASON_INIT;
    struct claiming claiming = {
        .kafka = kafka,
        .runs = {.content = kafka->feed.id,
                 .name = settings->by_name ? kafka->feed.name : NULL,
                 .topic = kafka->link.topic},
        .words = {kafka->feed.name, kafka->link.topic, settings->by_name, settings->repeatable},
    };
    if (open_ledger(&claiming, &reason) == 0) {
        (void)claim_file(&claiming, claim);
    } else {
        log_event(LOG_ERROR_LEVEL, "configuration", "why", reason.text, NULL);
        kafka_outlet_end(kafka, EXIT_CONFIGURATION);
    }
    feed_ledger_free(claiming.ledger);
    feed_runs_release(&claiming.runs);
    return kafka->code;
}

/* A stream's identity is random: nobody has sent it, and nobody else will. It is recorded while it is
 * sent, for those that wait for what it brings. */
static enum exit_code claim_stream(struct kafka_outlet *kafka, struct outlet_claim *claim)
{
    claim->granted = true;
    snprintf(claim->feed_id, sizeof claim->feed_id, "%s", kafka->feed.id);
    snprintf(kafka->entry.id, sizeof kafka->entry.id, "%s", kafka->feed.id);
    return kafka_entry_put(kafka, FEED_STARTED);
}

enum exit_code kafka_claim(struct kafka_outlet *kafka, struct outlet_claim *claim)
{
    *claim = (struct outlet_claim){.granted = false};
    if (kafka_entry_open(kafka) != EXIT_ALL_ACCOUNTED || describe_run(kafka) != EXIT_ALL_ACCOUNTED)
        return kafka->code;
    enum exit_code code =
        kafka->entry.progress.is_file ? claim_recorded(kafka, claim) : claim_stream(kafka, claim);
    if (code != EXIT_ALL_ACCOUNTED || !claim->granted)
        return code;
    kafka->entry.claimed = true;
    kafka->feed.id = kafka->entry.id;
    return EXIT_ALL_ACCOUNTED;
}
