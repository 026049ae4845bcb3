#include "pipeline/consumer_main.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/command_line.h"
#include "pipeline/consumer_settings.h"
#include "pipeline/consumer_sink.h"
#include "pipeline/deliver.h"
#include "pipeline/parent_settings.h"
#include "pipeline/target_wait.h"
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/health.h"
#include "service/log.h"
#include "strapi/target_report.h"

/* On the way out, and when partitions are taken away, what is in flight gets its time-out and a
 * little more; the service's stop_grace_period has to be longer. */
#define DRAIN_EXTRA_MS 2000
static int complain(enum exit_code code, const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "configuration", "why", reason->text, NULL);
    return code;
}

static int healthcheck(const struct consumer_settings *settings)
{
    struct reason reason = REASON_INIT;

    if (!settings->health_file[0])
        reason_set(&reason, "HEALTH_FILE is not set: there is nothing to ask");
    else if (health_read(settings->health_file, clock_wall(), &reason) == 0)
        return EXIT_ALL_ACCOUNTED;
    fprintf(stderr, "%s\n", reason.text);
    return 1; /* what Docker takes for unhealthy */
}

/* The bits of the fields named in IGNORE_FIELDS. */
static int ignored_fields(const struct entity *entity, const char *names, uint32_t *ignored,
                          struct reason *reason)
{
    *ignored = 0;
    while (*names) {
        size_t len = strcspn(names, ", ");
        const struct field *field = entity_field(entity, names, len);

        if (len && !field) {
            reason_set(reason, "IGNORE_FIELDS: %s has no field \"%.*s\"", entity->name, (int)len,
                       names);
            return -1;
        }
        if (field && (field->flags & (FIELD_KEY | FIELD_REQUIRED))) {
            reason_set(reason, "IGNORE_FIELDS: %s of %s cannot be left out", field->name,
                       entity->name);
            return -1;
        }
        if (field)
            *ignored |= UINT32_C(1) << entity_index(entity, field);
        names += len + (names[len] != 0);
    }
    return 0;
}

static int sum_up(const struct deliver *deliver, int code)
{
    if (headway_print_json(&deliver->headway, clock_now(), stdout) == 0)
        return code;
    log_event(LOG_ERROR_LEVEL, "summary", "why", "stdout cannot be written", NULL);
    return code == EXIT_ALL_ACCOUNTED ? EXIT_IO : code;
}

static int deliver_to(const struct consumer_settings *settings, const struct target *target,
                      struct deliver *deliver)
{
    struct consumer_sink sink;
    struct reason reason = REASON_INIT;
    int code;

    if (consumer_sink_make(&sink, settings, target, deliver, &reason) != 0)
        return complain(EXIT_CONFIGURATION, &reason);
    deliver_use(deliver, sink.port);
    code = deliver_run(deliver);
    if (strcmp(settings->summary, "json") == 0)
        code = sum_up(deliver, code);
    consumer_sink_release(&sink);
    return code;
}

static int deliver_all(const struct consumer_settings *settings, const struct program *program,
                       const struct entity *entity, const struct target *target,
                       struct http_client *http, struct secret *token)
{
    const struct deliver_options options = {
        .program = program,
        .entity = entity,
        .topic = settings->topic,
        .group = settings->group,
        .beginning = settings->beginning,
        .until_end = settings->until_end,
        .skip_lost = strcmp(settings->on_lost_offsets, "skip") == 0,
        .reset_position = settings->reset_position,
        .fallback = target->choice == SINK_AUTO && !target->ingests,
        .max_attempts = (unsigned)settings->max_attempts,
        .lone_retry_ms = settings->lone_retry_ms,
        .drain_ms = settings->request_timeout_ms + DRAIN_EXTRA_MS,
        .window_messages = (size_t)settings->window_messages,
        .window_bytes = (size_t)settings->window_bytes,
        .parents = parent_options_of(settings, &program->kafka),
    };
    struct deliver deliver;
    int code = deliver_open(&deliver, &options, http, token);

    if (code == EXIT_ALL_ACCOUNTED)
        code = deliver_to(settings, target, &deliver);
    deliver_close(&deliver);
    return code;
}

/* What target_check() has found. */
static void tell_target(const struct target *target, const struct entity *entity)
{
    struct reason warnings[TARGET_WARNINGS_MAX];
    size_t count = target_warnings(target, entity, warnings);

    if (target->ingests)
        log_event(LOG_INFO_LEVEL, "target", "url", target->ingest_url, "sink", "ingest", "strapi",
                  target->version >= 5 ? "5" : "4", "plugin", target->ingest.version, "promise",
                  target_promise(target), NULL);
    else
        log_event(LOG_INFO_LEVEL, "target", "url", target->collection_url, "sink", "rest", "strapi",
                  target->version >= 5 ? "5" : "4", "drafts", target_drafts_word(target), "promise",
                  target_promise(target), NULL);
    if (target->ingest_missing[0])
        log_event(LOG_INFO_LEVEL, "target", "note", target->ingest_missing, "then",
                  "plain REST (SINK=auto)", NULL);
    for (size_t i = 0; i < count; i++)
        log_event(LOG_WARN_LEVEL, "target", "why", warnings[i].text, NULL);
}

static int run(const struct consumer_settings *settings, const struct program *program,
               const struct entity *entity, struct target *target, struct http_client *http,
               struct secret *token)
{
    const struct target_patience patience = {
        .request_timeout_ms = settings->request_timeout_ms,
        .give_up_after_ms = settings->program.give_up_after_ms,
        .once = settings->check_target,
        .health = program->health,
    };
    int code;

    http_client_token(http, secret_text(token));
    code = target_wait(target, http, token, &patience);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    tell_target(target, entity);
    return settings->check_target ? code
                                  : deliver_all(settings, program, entity, target, http, token);
}

static int start(const struct consumer_settings *settings, const struct options_spec *spec,
                 const struct entity *entity)
{
    struct program program;
    struct target target;
    struct reason reason = REASON_INIT;
    struct secret *token = NULL;
    struct http_client *http = NULL;
    struct health health = {.path = settings->health_file};
    uint32_t ignored;
    int code = EXIT_CONFIGURATION;

    if (program_start(&program, spec->program, &settings->program, &reason) != 0 ||
        program_check_topic(&program, settings->topic, &reason) != 0 ||
        parent_options_check(settings, &program, &reason) != 0 ||
        kafka_consumer_check(&program.kafka, settings->group, &reason) != 0 ||
        health_check(settings->health_file, &reason) != 0 ||
        ignored_fields(entity, settings->ignore_fields, &ignored, &reason) != 0 ||
        target_init(&target, entity, settings->strapi_url, ignored, &reason) != 0)
        return complain(EXIT_CONFIGURATION, &reason);
    target.choice = consumer_sink_choice(settings);
    program.health = &health;
    token = secret_new(settings->strapi_token, settings->strapi_token_file, &reason);
    if (!token) {
        reason_prefix(&reason, "STRAPI_TOKEN or STRAPI_TOKEN_FILE");
        return complain(EXIT_CONFIGURATION, &reason);
    }
    if (settings->program.check_config) {
        program_print(&program, spec);
        code = command_printed(spec);
    } else if (!(http = http_client_new((size_t)settings->max_in_flight, &reason))) {
        code = complain(EXIT_BUG, &reason);
    } else {
        code = run(settings, &program, entity, &target, http, token);
    }
    health_end(&health);
    http_client_free(http);
    secret_free(token);
    return code;
}

int consumer_main(int argc, char **argv, const struct entity *entity)
{
    struct consumer_settings settings = {0};
    struct options_spec spec;
    struct operands none;
    enum exit_code code;
    char name[64], health_file[HEALTH_PATH_MAX];

    snprintf(name, sizeof name, "%s-consumer", entity->name);
    spec = consumer_options(name, entity, &settings);
    if (!command_line(&spec, &settings, argc, argv, 0, &none, &code))
        return code;
    settings.health_file = health_place(settings.health_file, name, health_file);
    if (settings.healthcheck)
        return healthcheck(&settings);
    return start(&settings, &spec, entity);
}
