#include "pipeline/parent_settings.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

#include "core/feed_progress.h"

#define AT(member) .offset = offsetof(struct consumer_settings, member)

#define NAME_MAX_LEN 80
#define HELP_MAX_LEN 256

enum { TOPIC, GROUP, GRACE, WAIT, COUNT, FEEDS = COUNT, ALL };

static struct option options[ALL] = {
    [TOPIC] = {.type = OPTION_TEXT, AT(parent_topic)},
    [GROUP] = {.type = OPTION_TEXT, AT(parent_group)},
    [GRACE] = {.type = OPTION_DURATION,
               .fallback = "30s",
               .minimum = 0,
               .maximum = 86400000,
               AT(parent_grace_ms)},
    [WAIT] = {.type = OPTION_DURATION,
              .fallback = "10m",
              .minimum = 0,
              .maximum = INT64_C(30) * 86400000,
              AT(parent_wait_ms)},
    [FEEDS] = {.name = "feed-progress-topic",
               .env = "FEED_PROGRESS_TOPIC",
               .type = OPTION_TEXT,
               .fallback = FEED_PROGRESS_TOPIC,
               AT(progress_topic),
               .help = "Topic in which producers record which feeds are being sent."},
};

/* What stands in front of the entity's name (of WAIT: the collection's), and behind it. */
static const char *const flags[COUNT][2] = {
    {"", "-topic"}, {"", "-group"}, {"", "-grace"}, {"wait-for-", ""}};
/* The same of the collection's. */
static const char *const helps[COUNT][2] = {
    {"Topic that brings the ", "."},
    {"Consumer group that writes the ", "."},
    {"While it is younger than this, and so long after the start, no message is refused because "
     "there are no such ",
     "."},
    {"How long that group may stand still, with ",
     " left to write, before what is missing is no longer waited for."},
};

static struct {
    char title[NAME_MAX_LEN];
    char names[COUNT][NAME_MAX_LEN], variables[COUNT][NAME_MAX_LEN], helps[COUNT][HELP_MAX_LEN];
} words;

/* "wait-for-products": WAIT_FOR_PRODUCTS */
static void name_variable(char *variable, const char *name)
{
    do
        *variable++ = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    while (*name++);
}

static void name_option(int i, const struct entity *target)
{
    snprintf(words.names[i], NAME_MAX_LEN, "%s%s%s", flags[i][0],
             i == WAIT ? target->collection : target->name, flags[i][1]);
    name_variable(words.variables[i], words.names[i]);
    snprintf(words.helps[i], HELP_MAX_LEN, "%s%s%s", helps[i][0], target->collection, helps[i][1]);
    options[i].name = words.names[i];
    options[i].env = words.variables[i];
    options[i].help = words.helps[i];
}

struct option_group parent_options(const struct entity *target, struct consumer_settings *settings)
{
    for (int i = 0; i < COUNT; i++)
        name_option(i, target);
    snprintf(words.title, sizeof words.title, "Missing %s", target->collection);
    settings->parent_topic = target->topic;
    settings->parent_group = target->group;
    return (struct option_group){words.title, options, ALL};
}

int parent_options_check(const struct consumer_settings *settings, const struct program *program,
                         struct reason *reason)
{
    if (settings->entity->effect != EFFECT_ADJUST)
        return 0;
    if (program_check_other_topic(program, settings->topic, options[TOPIC].env,
                                  settings->parent_topic, reason) != 0)
        return -1;
    return program_check_other_topic(program, settings->topic, options[FEEDS].env,
                                     settings->progress_topic, reason);
}

struct parent_options parent_options_of(const struct consumer_settings *settings,
                                        const struct kafka_options *kafka)
{
    const struct entity *entity = settings->entity;

    if (entity->effect != EFFECT_ADJUST)
        return (struct parent_options){.topic = NULL};
    return (struct parent_options){
        .kafka = *kafka,
        .name = entity->adjustment->target->collection,
        .topic = settings->parent_topic,
        .group = settings->parent_group,
        .progress_topic = settings->progress_topic,
        .grace_ms = settings->parent_grace_ms,
        .wait_ms = settings->parent_wait_ms,
    };
}
