#include "pipeline/headway.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "service/log.h"

#define LINE_EVERY_MS 10000
#define LOOK_EVERY_MS 1000
#define LOOK_WAIT_MS  2000
#define ENDS_WAIT_MS  5000
/* Refusals logged between two progress lines: the place to read them is the error topic. */
#define LOGGED_MAX 10

#define COUNTS_MAX 6

/* A count and what it is called. */
struct count {
    const char *name;
    size_t offset;
    bool create_only; /* of entities that have such a field */
};

#define COUNT(name, member)                                                                        \
    {                                                                                              \
        name, offsetof(struct headway, member), false                                              \
    }

static const struct count counts_of[][COUNTS_MAX + 1] = {
    [EFFECT_UPSERT] = {COUNT("done", done),
                       COUNT("created", created),
                       COUNT("updated", updated),
                       COUNT("unchanged", unchanged),
                       COUNT("rejected", rejected),
                       {"left_alone", offsetof(struct headway, left_alone), true}},
    [EFFECT_APPEND] = {COUNT("done", done), COUNT("created", created),
                       COUNT("unchanged", unchanged), COUNT("rejected", rejected),
                       COUNT("possible_duplicates", possible_duplicates)},
    [EFFECT_ADJUST] = {COUNT("done", done), COUNT("applied", updated),
                       COUNT("unchanged", unchanged), COUNT("rejected", rejected),
                       COUNT("possible_duplicates", possible_duplicates)},
};

/* The next count that the entity has, from this one on, or NULL. */
static const struct count *next_count(const struct headway *headway, const struct count *count)
{
    while (count->name && count->create_only && !entity_has_create_only(headway->entity))
        count++;
    return count->name ? count : NULL;
}

static const struct count *first_count(const struct headway *headway)
{
    return next_count(headway, counts_of[headway->entity->effect]);
}

static uint64_t value_of(const struct headway *headway, const struct count *count)
{
    return *(const uint64_t *)((const char *)headway + count->offset);
}

void headway_init(struct headway *headway, const char *topic, const char *group,
                  const struct entity *entity, int64_t now_ms)
{
    *headway = (struct headway){
        .topic = topic,
        .group = group,
        .entity = entity,
        .started_ms = now_ms,
        .then_ms = now_ms,
        .next_line_ms = now_ms + LINE_EVERY_MS,
    };
}

static void say_left_alone(struct headway *headway, const char *feed_id)
{
    char id[FEED_RUN_SIZE];

    snprintf(id, sizeof id, "%s", feed_id ? feed_id : "");
    if (headway->left_alone > 1 && strcmp(headway->left_alone_feed, id) == 0)
        return;
    memcpy(headway->left_alone_feed, id, sizeof id);
    log_say(LOG_INFO_LEVEL, "left-alone",
            "existing entries differ in fields that are only written at creation; "
            "UPDATE_STOCK=true writes them too (said once a feed)");
}

void headway_effected(struct headway *headway, const struct message *message,
                      const struct outcome *outcome)
{
    headway->done++;
    headway->created += outcome->how == DONE_CREATED;
    headway->updated += outcome->how == DONE_UPDATED;
    headway->unchanged += outcome->how == DONE_UNCHANGED;
    headway->possible_duplicates += outcome->possible_duplicate;
    if (outcome->left_alone) {
        headway->left_alone++;
        say_left_alone(headway, message->origin.feed_id);
    }
}

void headway_rejected(struct headway *headway, const struct message *message,
                      const struct outcome *outcome)
{
    char offset[32], row[32];

    headway->done++;
    headway->rejected++;
    if (headway->logged++ >= LOGGED_MAX) {
        if (headway->logged == LOGGED_MAX + 1)
            log_say(LOG_WARN_LEVEL, "rejected", "further refusals are in the error topic only");
        return;
    }
    snprintf(offset, sizeof offset, "%" PRId32 "/%" PRId64, message->partition, message->offset);
    snprintf(row, sizeof row, "%" PRIu64, message->origin.row);
    log_event(LOG_WARN_LEVEL, "rejected", "code", error_code_name(outcome->failure.code), "feed",
              message->origin.feed ? message->origin.feed : "", "row", row, "offset", offset, "why",
              outcome->failure.reason.text, NULL);
}

/* Messages of our partitions that are not done, as far as was fetched; -1: not known yet. */
static int64_t left(const struct headway *headway)
{
    const struct partition *partition;
    int64_t sum = 0;

    TAILQ_FOREACH (partition, &headway->partitions->list, link) {
        int64_t position = partition_position(partition);
        int64_t high = kafka_consumer_high(headway->consumer, partition->number);

        if (position < 0 || high < 0)
            return -1;
        if (high > position)
            sum += high - position - (int64_t)offset_window_ahead(&partition->window);
    }
    return sum;
}

static void count_text(char *text, size_t size, uint64_t count)
{
    snprintf(text, size, "%" PRIu64, count);
}

static void took_text(char *text, size_t size, int64_t ms)
{
    int64_t seconds = ms / 1000;

    if (seconds >= 60)
        snprintf(text, size, "%" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
    else
        snprintf(text, size, "%.1fs", (double)ms / 1000);
}

static void say_caught_up(struct headway *headway, int64_t now_ms)
{
    const char *pairs[2 * COUNTS_MAX + 2] = {NULL};
    char values[COUNTS_MAX][24], took[32];
    size_t n = 0;

    for (const struct count *count = first_count(headway); count;
         count = next_count(headway, count + 1)) {
        count_text(values[n / 2], sizeof values[0], value_of(headway, count));
        pairs[n] = count->name;
        pairs[n + 1] = values[n / 2];
        n += 2;
    }
    took_text(took, sizeof took, now_ms - headway->started_ms);
    pairs[n] = "took";
    pairs[n + 1] = took;
    /* The first key that is NULL ends the line. */
    log_event(LOG_INFO_LEVEL, "caught-up", "topic", headway->topic, "group", headway->group,
              pairs[0], pairs[1], pairs[2], pairs[3], pairs[4], pairs[5], pairs[6], pairs[7],
              pairs[8], pairs[9], pairs[10], pairs[11], pairs[12], pairs[13], NULL);
}

static void say_progress(struct headway *headway, int64_t left_now, int64_t now_ms)
{
    uint64_t all = headway->done;
    double seconds = (double)(now_ms - headway->then_ms) / 1000;
    double rate = seconds > 0 ? (double)(all - headway->done_then) / seconds : 0;
    char done[24], rejected[24], behind[24], eta[24], per_second[24];

    count_text(done, sizeof done, headway->done);
    count_text(rejected, sizeof rejected, headway->rejected);
    snprintf(behind, sizeof behind, "%" PRId64, left_now);
    snprintf(per_second, sizeof per_second, "%.0f/s", rate);
    if (rate > 0)
        snprintf(eta, sizeof eta, "%.0fs", (double)left_now / rate);
    else
        snprintf(eta, sizeof eta, "unknown");
    log_event(LOG_INFO_LEVEL, "progress", "topic", headway->topic, "done", done, "rejected",
              rejected, "left", behind, "rate", per_second, "eta", eta, NULL);
    headway->done_then = all;
    headway->then_ms = now_ms;
    headway->logged = 0;
}

void headway_turn(struct headway *headway, int64_t now_ms)
{
    int64_t left_now;

    if (partitions_count(headway->partitions) == 0 || (left_now = left(headway)) < 0)
        return;
    if (left_now == 0 && !headway->caught_up) {
        headway->caught_up = true;
        headway->logged = 0;
        headway->caught_up_owed = true;
    } else if (left_now > 0 && headway->caught_up) {
        headway->caught_up = false;
        headway->caught_up_owed = false;
        headway->started_ms = headway->then_ms = now_ms;
        headway->done_then = headway->done;
        headway->next_line_ms = now_ms + LINE_EVERY_MS;
    }
    if (headway->caught_up_owed && now_ms >= headway->next_caught_up_ms) {
        headway->caught_up_owed = false;
        headway->next_caught_up_ms = now_ms + LINE_EVERY_MS;
        say_caught_up(headway, now_ms);
    }
    if (left_now == 0 || now_ms < headway->next_line_ms)
        return;
    headway->next_line_ms = now_ms + LINE_EVERY_MS;
    say_progress(headway, left_now, now_ms);
}

void headway_end(struct headway *headway, int64_t now_ms)
{
    if (headway->caught_up && !headway->caught_up_owed)
        return;
    headway->caught_up = true;
    headway->caught_up_owed = false;
    say_caught_up(headway, now_ms);
}

int headway_mark_ends(struct headway *headway, struct reason *reason)
{
    return kafka_consumer_ends(headway->consumer, &headway->ends, &headway->end_count, ENDS_WAIT_MS,
                               reason);
}

/* Whether the partitions that are not ours are committed up to their ends, by whoever has them. */
static bool others_finished(struct headway *headway, struct kafka_position *positions, size_t count)
{
    struct reason reason = REASON_INIT;

    if (count == 0)
        return true;
    if (kafka_consumer_committed(headway->consumer, positions, count, LOOK_WAIT_MS, &reason) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t e = 0; e < headway->end_count; e++)
            if (headway->ends[e].partition == positions[i].partition &&
                positions[i].offset < headway->ends[e].high)
                return false;
    return true;
}

bool headway_finished(struct headway *headway, int64_t now_ms)
{
    struct kafka_position *others;
    size_t count = 0;
    bool finished = true;

    /* An offset may be committed that the log does not have; who has the partition sees to that. */
    if (!headway->partitions->joined)
        return false;
    if (now_ms < headway->next_look_ms && partitions_count(headway->partitions) == 0)
        return false;
    others = calloc(headway->end_count + 1, sizeof *others);
    if (!others)
        return false;
    for (size_t e = 0; e < headway->end_count && finished; e++) {
        const struct kafka_end *end = &headway->ends[e];
        const struct partition *ours = partitions_find(headway->partitions, end->partition);

        if (ours)
            finished = partition_position(ours) >= end->high;
        else if (end->high > end->low)
            others[count++] = (struct kafka_position){.partition = end->partition, .offset = -1};
    }
    if (finished && count) {
        finished = now_ms >= headway->next_look_ms && others_finished(headway, others, count);
        if (now_ms >= headway->next_look_ms)
            headway->next_look_ms = now_ms + LOOK_EVERY_MS;
    }
    free(others);
    return finished;
}

int headway_print_json(const struct headway *headway, int64_t now_ms, FILE *out)
{
    bool failed = fprintf(out, "{\"topic\":\"%s\"", headway->topic) < 0;

    for (const struct count *count = first_count(headway); count;
         count = next_count(headway, count + 1))
        failed |= fprintf(out, ",\"%s\":%" PRIu64, count->name, value_of(headway, count)) < 0;
    failed |=
        fprintf(out, ",\"seconds\":%.3f}\n", (double)(now_ms - headway->started_ms) / 1000) < 0;
    return failed || fflush(out) != 0 ? -1 : 0;
}

void headway_release(struct headway *headway)
{
    free(headway->ends);
    headway->ends = NULL;
}
