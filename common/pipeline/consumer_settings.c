#include "pipeline/consumer_settings.h"

#include <stddef.h>
#include <string.h>

#include "pipeline/parent_settings.h"

#define AT(member) .offset = offsetof(struct consumer_settings, member)

static const char *const on_existing[] = {"update", "skip", "reject", NULL};
static const char *const sinks[] = {"auto", "rest", "ingest", NULL};
static const char *const on_lost_offsets[] = {"again", "skip", NULL};
static const char *const summary[] = {"none", "json", NULL};

static const struct option kafka_options[] = {
    {.name = "topic", .env = "TOPIC", .type = OPTION_TEXT, AT(topic), .help = "Topic to read."},
    {.name = "group-id",
     .env = "GROUP_ID",
     .type = OPTION_TEXT,
     AT(group),
     .help = "Consumer group; all instances of one service share it."},
    {.name = "beginning",
     .env = "BEGINNING",
     .type = OPTION_FLAG,
     .fallback = "true",
     AT(beginning),
     .help = "Where a new group starts: at the first message, or (false) at the end."},
    {.name = "on-lost-offsets",
     .env = "ON_LOST_OFFSETS",
     .type = OPTION_CHOICE,
     .fallback = "again",
     .choices = on_lost_offsets,
     AT(on_lost_offsets),
     .help = "Where to go on when the group's offset is not in the topic and nothing tells why: "
             "read what there is again, or skip it."},
    {.name = "reset-position",
     .type = OPTION_FLAG,
     .fallback = "false",
     AT(reset_position),
     .help =
         "Once, at the start: where the ingest plugin thinks that the group stands is replaced by "
         "the group's own offset."},
    {.name = "window-messages",
     .env = "WINDOW_MESSAGES",
     .type = OPTION_INTEGER,
     .fallback = "4000",
     .minimum = 1,
     .maximum = 1000000,
     AT(window_messages),
     .help = "Messages in hand at most; a full window stops reading."},
    {.name = "window-bytes",
     .env = "WINDOW_BYTES",
     .type = OPTION_BYTES,
     .fallback = "64m",
     .minimum = 65536,
     .maximum = INT64_C(1) << 40,
     AT(window_bytes),
     .help = "Bytes of messages in hand at most."},
};

static const struct option address_options[] = {
    {.name = "strapi-url",
     .env = "STRAPI_URL",
     .type = OPTION_TEXT,
     .fallback = "http://localhost:1337",
     AT(strapi_url),
     .help = "Where Strapi answers, without /api."},
    {.env = "STRAPI_TOKEN",
     .type = OPTION_SECRET,
     .fallback = "",
     AT(strapi_token),
     .help = "API token, with the rights that the README names for this program."},
    {.name = "strapi-token-file",
     .env = "STRAPI_TOKEN_FILE",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(strapi_token_file),
     .help = "File that holds the token instead; read again when Strapi refuses it."},
};

static const struct option sink_options[] = {
    {.name = "sink",
     .env = "SINK",
     .type = OPTION_CHOICE,
     .fallback = "auto",
     .choices = sinks,
     AT(sink),
     .help = "How Strapi is written to: by the ingest plugin, by its plain REST API, or (auto) by "
             "the plugin if Strapi has it."},
    {.name = "batch-items",
     .env = "BATCH_ITEMS",
     .type = OPTION_INTEGER,
     .fallback = "500",
     .minimum = 1,
     .maximum = 100000,
     AT(batch_items),
     .help = "Messages in one batch for the ingest plugin at most; fewer if the plugin says so."},
};

/* UPSERT. */
static const struct option existing_options[] = {
    {.name = "on-existing",
     .env = "ON_EXISTING",
     .type = OPTION_CHOICE,
     .fallback = "update",
     .choices = on_existing,
     AT(on_existing),
     .help = "What to do with an entry that exists: write the changed fields, leave it, or refuse "
             "the message."},
};

/* UPSERT, with a field that is only written when an entry is created. */
static const struct option create_only_options[] = {
    {.name = "update-stock",
     .env = "UPDATE_STOCK",
     .type = OPTION_FLAG,
     .fallback = "false",
     AT(update_stock),
     .help = "Also write, to an entry that exists, fields that are otherwise only written at its "
             "creation."},
};

/* What writes the fields of its messages: UPSERT, APPEND. */
static const struct option field_options[] = {
    {.name = "ignore-fields",
     .env = "IGNORE_FIELDS",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(ignore_fields),
     .help = "Fields that Strapi does not have, separated by commas."},
};

static const struct option request_options[] = {
    {.name = "max-in-flight",
     .env = "MAX_IN_FLIGHT",
     .type = OPTION_INTEGER,
     .fallback = "16",
     .minimum = 1,
     .maximum = 256,
     AT(max_in_flight),
     .help = "Requests at once at most; the right number below it is found by itself."},
    {.name = "request-timeout",
     .env = "REQUEST_TIMEOUT",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .minimum = 100,
     .maximum = 3600000,
     AT(request_timeout_ms),
     .help = "An answer that takes longer is an unknown outcome, and is looked up."},
    {.name = "max-attempts",
     .env = "MAX_ATTEMPTS",
     .type = OPTION_INTEGER,
     .fallback = "5",
     .minimum = 2,
     .maximum = 1000,
     AT(max_attempts),
     .help = "Failures of one record, while others pass, after which it is an error record."},
    {.name = "lone-retry",
     .env = "LONE_RETRY",
     .type = OPTION_DURATION,
     .fallback = "10m",
     .minimum = 0,
     .maximum = INT64_C(30) * 86400000,
     AT(lone_retry_ms),
     .help = "How long a failing record is tried when there is no other to compare it with."},
};

static const struct option run_options[] = {
    {.name = "until-end",
     .type = OPTION_FLAG,
     .fallback = "false",
     AT(until_end),
     .help = "Exit when what was in the topic at the start is worked off."},
    {.name = "summary",
     .env = "SUMMARY",
     .type = OPTION_CHOICE,
     .fallback = "none",
     .choices = summary,
     AT(summary),
     .help = "Print the counts on standard output at the end."},
    {.name = "health-file",
     .env = "HEALTH_FILE",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(health_file),
     .help = "File in which the program keeps its state for --healthcheck; a folder when it ends "
             "in /, for a file with the program's name."},
    {.name = "healthcheck",
     .type = OPTION_FLAG,
     .fallback = "false",
     AT(healthcheck),
     .help = "Ask the running program's HEALTH_FILE; exit 0 if it is well."},
    {.name = "check-target",
     .type = OPTION_FLAG,
     .fallback = "false",
     AT(check_target),
     .help = "Ask Strapi once whether it has all that is written, and exit."},
};

/* Strapi's options, which depend on the effect, and on the fields. */
static struct option strapi_options[sizeof address_options / sizeof address_options[0] +
                                    sizeof sink_options / sizeof sink_options[0] +
                                    sizeof existing_options / sizeof existing_options[0] +
                                    sizeof create_only_options / sizeof create_only_options[0] +
                                    sizeof field_options / sizeof field_options[0] +
                                    sizeof request_options / sizeof request_options[0]];

static void add(struct option_group *group, const struct option *options, size_t size)
{
    memcpy(strapi_options + group->count, options, size);
    group->count += size / sizeof *options;
}

static struct option_group strapi_group(const struct entity *entity)
{
    struct option_group group = {"Strapi", strapi_options, 0};

    add(&group, address_options, sizeof address_options);
    add(&group, sink_options, sizeof sink_options);
    if (entity->effect == EFFECT_UPSERT)
        add(&group, existing_options, sizeof existing_options);
    if (entity->effect == EFFECT_UPSERT && entity_has_create_only(entity))
        add(&group, create_only_options, sizeof create_only_options);
    if (entity->effect != EFFECT_ADJUST)
        add(&group, field_options, sizeof field_options);
    add(&group, request_options, sizeof request_options);
    return group;
}

struct options_spec consumer_options(const char *program, const struct entity *entity,
                                     struct consumer_settings *settings)
{
    static struct option_group groups[5];
    size_t count = 0;

    settings->entity = entity;
    settings->topic = entity->topic;
    settings->group = entity->group;
    settings->on_existing = on_existing[0];
    settings->sink = sinks[0];
    settings->ignore_fields = "";
    groups[count++] = (struct option_group){"Kafka", kafka_options,
                                            sizeof kafka_options / sizeof kafka_options[0]};
    groups[count++] = strapi_group(entity);
    if (entity->effect == EFFECT_ADJUST)
        groups[count++] = parent_options(entity->adjustment->target, settings);
    groups[count++] =
        (struct option_group){"This run", run_options, sizeof run_options / sizeof run_options[0]};
    groups[count++] = (struct option_group){"All programs", program_options, program_option_count};
    return (struct options_spec){
        .program = program,
        .synopsis = "",
        .purpose = "Writes the messages of a topic to Strapi.",
        .groups = groups,
        .group_count = count,
    };
}
