#include "pipeline/parent_wait.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kafka/feed_watch.h"
#include "kafka/topic_progress.h"
#include "service/log.h"

#define LOOK_EVERY_MS 1000
#define SAY_EVERY_MS  60000

struct parent_wait {
    struct parent_options options;
    struct upstream upstream;
    struct topic_progress *progress;
    struct feed_watch *feeds;
    bool asked;                          /* the answer is on its way */
    bool was_moving;                     /* a feed, when it was asked for */
    int64_t next_ask_ms;                 /* not before this */
    int64_t next_blind_ms, next_wait_ms; /* the next line in the log about it */
};

struct parent_wait *parent_wait_new(const struct parent_options *options, struct reason *reason)
{
    struct parent_wait *parents = calloc(1, sizeof *parents);

    if (!parents) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    parents->options = *options;
    upstream_init(&parents->upstream, options->grace_ms, options->wait_ms);
    parents->progress = topic_progress_new(&options->kafka, options->topic, options->group,
                                           options->wake_fd, reason);
    if (parents->progress)
        parents->feeds = feed_watch_new(&options->kafka, options->progress_topic, options->topic,
                                        options->wake_fd, reason);
    if (parents->feeds)
        return parents;
    parent_wait_free(parents);
    return NULL;
}

uint64_t parent_wait_mark(const struct parent_wait *parents)
{
    return upstream_mark(&parents->upstream);
}

/* Nobody may be refused while it cannot be seen, however long: a person has to hear of it. */
static void say_blind(struct parent_wait *parents, const struct reason *reason, int64_t now_ms)
{
    if (now_ms < parents->next_blind_ms)
        return;
    parents->next_blind_ms = now_ms + SAY_EVERY_MS;
    log_event(LOG_WARN_LEVEL, "upstream-unseen", "of", parents->options.name, "why", reason->text,
              "then", "messages about what is missing wait", NULL);
}

/* Rounded up: nobody is refused earlier. */
static void seconds_text(char text[24], int64_t ms)
{
    snprintf(text, 24, "%" PRId64 "s", (ms + 999) / 1000);
}

/* refused_after: where the group has worked off its topic; stuck_after: where it does not move. */
static void say_waiting(struct parent_wait *parents, size_t missing, int64_t now_ms)
{
    char count[24], grace[24], stuck[24];

    if (missing == 0 || now_ms < parents->next_wait_ms)
        return;
    parents->next_wait_ms = now_ms + SAY_EVERY_MS;
    snprintf(count, sizeof count, "%zu", missing);
    seconds_text(grace, parents->options.grace_ms);
    seconds_text(stuck, parents->options.wait_ms);
    log_event(LOG_INFO_LEVEL, "waiting", "for", parents->options.name, "messages", count, "topic",
              parents->options.topic, "group", parents->options.group, "refused_after", grace,
              "stuck_after", stuck, NULL);
}

static void see(struct parent_wait *parents, struct upstream_sight *sight, int64_t now_ms)
{
    /* One that has ended meanwhile was under way when the topic was looked at. */
    sight->feed_moving = parents->was_moving || feed_watch_moving(parents->feeds, now_ms);
    if (upstream_see(&parents->upstream, sight, now_ms) != 0)
        say_blind(parents, &(struct reason){.text = "out of memory"}, now_ms);
}

static void take(struct parent_wait *parents, int64_t now_ms)
{
    struct upstream_sight sight = {.count = 0};
    struct reason reason = REASON_INIT;

    switch (topic_progress_take(parents->progress, &sight, &reason)) {
    case PROGRESS_NONE:
        return;
    case PROGRESS_SEEN:
        see(parents, &sight, now_ms);
        break;
    case PROGRESS_FAILED:
        say_blind(parents, &reason, now_ms);
        break;
    }
    parents->asked = false;
}

void parent_wait_turn(struct parent_wait *parents, size_t missing, bool outage, int64_t now_ms,
                      int64_t wall_ms)
{
    feed_watch_turn(parents->feeds, now_ms);
    if (parents->asked)
        take(parents, now_ms);
    if (outage)
        return;
    say_waiting(parents, missing, now_ms);
    if (missing == 0 || parents->asked || now_ms < parents->next_ask_ms)
        return;
    upstream_ask(&parents->upstream, now_ms, wall_ms);
    parents->was_moving = feed_watch_moving(parents->feeds, now_ms);
    topic_progress_ask(parents->progress);
    parents->asked = true;
    parents->next_ask_ms = now_ms + LOOK_EVERY_MS;
}

/* A timestamp is what its producer says, and may lie in the future: microseconds, or a clock that is
 * wrong. No message is younger than it has been waiting here. */
static int64_t made_ms(const struct message *message, int64_t now_ms, int64_t wall_ms)
{
    int64_t waited = message->missing_since_ms == 0 ? 0 : now_ms - message->missing_since_ms;

    return message->timestamp_ms < wall_ms - waited ? message->timestamp_ms : wall_ms - waited;
}

bool parent_wait_is_over(const struct parent_wait *parents, const struct message *message,
                         int64_t now_ms, int64_t wall_ms)
{
    return upstream_may_refuse(&parents->upstream, message->mark, made_ms(message, now_ms, wall_ms),
                               wall_ms);
}

void parent_wait_free(struct parent_wait *parents)
{
    if (!parents)
        return;
    topic_progress_free(parents->progress);
    feed_watch_free(parents->feeds);
    upstream_release(&parents->upstream);
    free(parents);
}
