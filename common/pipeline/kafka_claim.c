/* Before the first row: was this feed sent before, or is somebody at it? What the answer is, is
 * core/feed_runs.h's; here it is asked and waited for.
 *
 * With transactions a run belongs to who has its transactional.id: txn_init() takes it from whoever had
 * it, and behind that nothing of theirs can be committed. So it comes first, and the progress is read after it.
 * A run that may be going on is watched before, so that a living one is not disturbed. Two that begin at the same
 * moment take it from each other until one of them has committed its first record, which the other one sees.
 *
 * Without transactions both write that they begin, and read on up to their own record: who wrote first has the
 * feed (struct feed_bid). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/text.h"
#include "pipeline/claim_words.h"
#include "pipeline/kafka_outlet_state.h"
#include "pipeline/kafka_reading.h"
#include "service/clock.h"
#include "service/log.h"

/* Records older than this are of a run that is dead, however wrong the clocks are. */
#define DEAD_MS (10 * 60 * 1000)
/* Two that take a run from each other do not go on in step. */
#define JITTER_MS 500

struct claiming {
    struct kafka_outlet *kafka;
    struct kafka_reading reading;
    struct claim_words words;
    uint64_t watched; /* changes of the run that was watched, and is dead */
};

/* Runs that were begun by somebody who may still be at it. */
static bool may_be_alive(const struct claiming *claiming, const struct feed_run *run)
{
    const struct feed_progress *progress = &run->progress;
    return progress->state == FEED_STARTED && clock_wall() - progress->at_ms < DEAD_MS &&
           run->changes != claiming->watched &&
           strcmp(progress->claim, claiming->kafka->entry.progress.claim) != 0;
}

/* Watches a run that was begun. The run when it still goes on; NULL when it does not, or has ended, or
 * we are to end: the caller chooses anew. */
static const struct feed_run *watch(struct claiming *claiming, const struct feed_run *run)
{
    const struct feed_run before = *run;
    int64_t watch_ms = claiming->kafka->settings.takeover_ms;
    int64_t until = clock_now() + watch_ms;
    log_say(
        LOG_INFO_LEVEL, "run-unfinished",
        "an earlier run of this feed (%s) did not finish; waiting up to %lld s, in case it goes on",
        before.progress.instance, (long long)(watch_ms + 999) / 1000);
    claiming->watched = before.changes;
    while (clock_now() < until && kafka_reading_look(&claiming->reading)) {
        run = feed_runs_find(&claiming->reading.runs, before.id);
        if (run == NULL || run->changes != before.changes)
            return run != NULL && run->progress.state == FEED_STARTED ? run : NULL;
    }
    return NULL;
}

static struct feed_choice choose(const struct claiming *claiming)
{
    const struct kafka_outlet *kafka = claiming->kafka;
    return feed_runs_choose(&claiming->reading.runs, &kafka->entry.progress.which,
                            kafka->settings.force);
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

/* Nothing is sent, because most of it was, as another feed. Who says --force says that feeds may be alike;
 * who says IDENTITY=name, that those with another name may (core/feed_alike.h). */
static bool is_alike(struct claiming *claiming, struct outlet_claim *claim)
{
    const struct kafka_outlet_settings *settings = &claiming->kafka->settings;
    const struct alike_run *earlier = feed_alike_find(&claiming->reading.alike);
    if (earlier == NULL || settings->force)
        return false;
    claim->granted = false;
    claim->alike = true;
    claim_say_alike(&claiming->words, earlier, &claim->why_not);
    return true;
}

/* Behind what an earlier run has sent; one that refused every row is read again from the beginning. */
static void go_on(const struct claiming *claiming, const struct feed_run *run,
                  struct outlet_claim *claim)
{
    enum log_level level = claiming->words.repeatable ? LOG_INFO_LEVEL : LOG_WARN_LEVEL;
    struct reason sentence;
    if (run->progress.state == FEED_COMPLETE)
        return;
    claim->from = run->progress;
    if (claiming->kafka->settings.transactions)
        return;
    claim_say_again(&claiming->words, &run->progress, &sentence);
    log_event(level, "sent-again", "msg", sentence.text, NULL);
}

static void name_run(const struct claiming *claiming, const struct feed_choice *choice,
                     char id[FEED_RUN_SIZE])
{
    const struct kafka_outlet *kafka = claiming->kafka;
    if (choice->decision == FEED_SEND)
        feed_run_name(kafka->content, claiming->words.by_name ? kafka->feed.name : NULL,
                      choice->run, id);
    else
        snprintf(id, FEED_RUN_SIZE, "%s", choice->about->id);
}

static void grant(struct claiming *claiming, const struct feed_choice *choice,
                  struct outlet_claim *claim)
{
    claim->granted = true;
    name_run(claiming, choice, claim->feed_id);
    if (choice->decision == FEED_SEND)
        (void)is_alike(claiming, claim);
    else
        go_on(claiming, choice->about, claim);
}

static void tell_sent(const struct claiming *claiming, const struct feed_choice *choice,
                      struct outlet_claim *claim)
{
    claim->duplicate = choice->decision == FEED_DUPLICATE;
    claim->about = *choice->about;
    claim_say_sent(&claiming->words, choice, &claim->why_not);
}

/* Fills in what the run is called, or why there is none. False: there is no going on. */
static bool decide(struct claiming *claiming, struct outlet_claim *claim)
{
    struct feed_choice choice = choose(claiming);
    *claim = (struct outlet_claim){.granted = false};
    if (choice.decision == FEED_GO_ON && may_be_alive(claiming, choice.about)) {
        const struct feed_run *alive = watch(claiming, choice.about);
        if (alive != NULL)
            deny(claiming, &alive->progress, claim);
        if (alive != NULL || !kafka_outlet_goes_on(claiming->kafka))
            return kafka_outlet_goes_on(claiming->kafka);
        choice = choose(claiming);
    }
    if (choice.decision == FEED_SAME || choice.decision == FEED_DUPLICATE)
        tell_sent(claiming, &choice, claim);
    else
        grant(claiming, &choice, claim);
    return true;
}

static int random_bytes(void *bytes, size_t len)
{
    return getrandom(bytes, len, 0) == (ssize_t)len ? 0 : -1;
}

static int make_claim(char text[FEED_CLAIM_SIZE])
{
    unsigned char random[(FEED_CLAIM_SIZE - 1) / 2];
    if (random_bytes(random, sizeof random) != 0)
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
    if (make_claim(progress->claim) == 0)
        return EXIT_ALL_ACCOUNTED;
    log_say(LOG_ERROR_LEVEL, "no-random", "there is no random number for the run's claim");
    kafka_outlet_end(kafka, EXIT_BUG);
    return EXIT_BUG;
}

/* The run that was decided on is ours, as far as the outlet is concerned. */
static void take_run(struct kafka_outlet *kafka, const struct outlet_claim *claim,
                     const struct feed_sample *sample)
{
    struct kafka_entry *entry = &kafka->entry;
    snprintf(entry->id, sizeof entry->id, "%s", claim->feed_id);
    entry->committed = claim->from;
    entry->sample = claim->from.rows == 0 ? sample : NULL;
}

static uint64_t changes_of(const struct claiming *claiming, const char *id)
{
    const struct feed_run *run = feed_runs_find(&claiming->reading.runs, id);
    return run == NULL ? 0 : run->changes;
}

/* Whether what was decided would be decided again, now that everything is known. */
static bool stands(struct claiming *claiming, const struct outlet_claim *claim)
{
    struct feed_choice choice = choose(claiming);
    struct outlet_claim other;
    char id[FEED_RUN_SIZE];
    if (choice.decision != FEED_SEND && choice.decision != FEED_GO_ON)
        return false;
    name_run(claiming, &choice, id);
    return strcmp(id, claim->feed_id) == 0 &&
           (choice.decision != FEED_SEND || !is_alike(claiming, &other));
}

/* Its transactional.id is ours from here on, and nobody has written anything before that. False: somebody
 * has, or there is no going on. */
static bool fence(struct claiming *claiming, const struct outlet_claim *claim)
{
    struct kafka_outlet *kafka = claiming->kafka;
    uint64_t before = changes_of(claiming, claim->feed_id);
    if (!kafka_handle_open(kafka, claim->feed_id, false))
        return false;
    if (kafka->state == TRANSACTION_LOST)
        kafka_transaction_event(kafka, TRANSACTION_WAS_RECOVERED);
    return kafka_reading_to_end(&claiming->reading) &&
           changes_of(claiming, claim->feed_id) == before && stands(claiming, claim);
}

static void rest(struct kafka_outlet *kafka)
{
    uint16_t random = 0;
    if (random_bytes(&random, sizeof random) == 0)
        kafka_outlet_pause(kafka, random % JITTER_MS);
}

/* Says that it begins, in a transaction that only who has the run can commit. */
static void claim_by_fence(struct claiming *claiming, const struct feed_sample *sample,
                           struct outlet_claim *claim)
{
    struct kafka_outlet *kafka = claiming->kafka;
    while (kafka_reading_to_edge(&claiming->reading) && decide(claiming, claim) && claim->granted) {
        take_run(kafka, claim, sample);
        if (fence(claiming, claim) && kafka_transaction_commit(kafka, FEED_STARTED))
            return;
        rest(kafka);
    }
}

/* Says that it begins, and sees whether somebody has said so just before. */
static void claim_by_bid(struct claiming *claiming, const struct feed_sample *sample,
                         struct outlet_claim *claim)
{
    struct kafka_outlet *kafka = claiming->kafka;
    const struct feed_bid *bid = &claiming->reading.runs.bid;
    if (!kafka_reading_to_end(&claiming->reading) || !decide(claiming, claim) || !claim->granted)
        return;
    take_run(kafka, claim, sample);
    feed_runs_bid(&claiming->reading.runs, claim->feed_id, kafka->entry.progress.claim);
    if (!kafka_transaction_commit(kafka, FEED_STARTED) ||
        !kafka_reading_to_end(&claiming->reading) || !bid->lost)
        return;
    deny(claiming, &bid->rival, claim);
    /* It has said its last word, and ours stands behind it. */
    if (bid->rival.state == FEED_COMPLETE)
        kafka_entry_put_back(kafka, &bid->rival);
}

static void claim_file(struct kafka_outlet *kafka, const struct feed_sample *sample,
                       struct outlet_claim *claim)
{
    struct claiming *claiming = calloc(1, sizeof *claiming);
    if (claiming == NULL) {
        kafka_outlet_out_of_memory(kafka);
        return;
    }
    claiming->kafka = kafka;
    claiming->words = (struct claim_words){kafka->feed.name, kafka->link.topic,
                                           kafka->settings.by_name, kafka->settings.repeatable};
    if (kafka_reading_open(&claiming->reading, kafka, sample) != EXIT_ALL_ACCOUNTED)
        claim->granted = false;
    else if (kafka->settings.transactions)
        claim_by_fence(claiming, sample, claim);
    else
        claim_by_bid(claiming, sample, claim);
    kafka_reading_close(&claiming->reading);
    free(claiming);
}

/* A stream's identity is random: nobody has sent it, and nobody else will. It is recorded while it is
 * sent, for those that wait for what it brings. */
static void claim_stream(struct kafka_outlet *kafka, struct outlet_claim *claim)
{
    bool begun = false;
    claim->granted = true;
    snprintf(claim->feed_id, sizeof claim->feed_id, "%s", kafka->content);
    take_run(kafka, claim, NULL);
    while (!begun && kafka_outlet_goes_on(kafka)) {
        if (kafka->settings.transactions && !kafka_handle_open(kafka, claim->feed_id, false))
            return;
        if (kafka->state == TRANSACTION_LOST)
            kafka_transaction_event(kafka, TRANSACTION_WAS_RECOVERED);
        begun = kafka_transaction_commit(kafka, FEED_STARTED);
    }
}

enum exit_code kafka_claim(struct kafka_outlet *kafka, const struct outlet_wish *wish,
                           struct outlet_claim *claim)
{
    *claim = (struct outlet_claim){.granted = false};
    if (kafka_entry_open(kafka) != EXIT_ALL_ACCOUNTED || describe_run(kafka) != EXIT_ALL_ACCOUNTED)
        return kafka->code;
    if (kafka->entry.progress.is_file)
        claim_file(kafka, wish->sample, claim);
    else
        claim_stream(kafka, claim);
    if (kafka->code != EXIT_ALL_ACCOUNTED || !claim->granted)
        return kafka->code;
    claim->value_bytes_max = kafka_link_value_max(&kafka->link);
    kafka->entry.claimed = true;
    kafka->feed.id = kafka->entry.id;
    return EXIT_ALL_ACCOUNTED;
}
