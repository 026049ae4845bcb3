#include "pipeline/producer_main.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kafka/producer.h"
#include "kafka/transaction.h"
#include "pipeline/command_line.h"
#include "pipeline/dry_outlet.h"
#include "pipeline/exit_rank.h"
#include "pipeline/feed_settings.h"
#include "pipeline/ingest.h"
#include "pipeline/kafka_outlet.h"
#include "pipeline/print_summary.h"
#include "pipeline/producer_settings.h"
#include "pipeline/producer_watch.h"
#include "service/log.h"

#define NAME_SIZE 64

struct feeds {
    const char *const *paths;
    size_t count;
    struct feed_options options;
};

static enum exit_code ingest_one(const struct ingest_options *options, struct outlet outlet,
                                 const char *path, bool json)
{
    struct ingest_summary summary = {.topic = NULL};
    enum exit_code code = ingest_feed(options, outlet, path, &summary);
    /* Without a source there is nothing to sum up. */
    if (summary.topic == NULL)
        return code;
    return exit_worse(code, print_summary(&summary, json));
}

static struct ingest_options ingest_options(const struct producer_settings *settings,
                                            const struct feeds *feeds)
{
    return (struct ingest_options){
        .feed = feeds->options,
        .topic = settings->topic,
        .rejected_path = settings->rejected[0] == '\0' ? NULL : settings->rejected,
        .strict = settings->strict,
        .dry_run = settings->dry_run,
    };
}

static struct kafka_outlet_settings outlet_settings(const struct producer_settings *settings,
                                                    const struct feeds *feeds)
{
    return (struct kafka_outlet_settings){
        .topic = settings->topic,
        .progress_topic = settings->progress_topic,
        .by_name = strcmp(settings->identity, "name") == 0,
        .force = settings->force,
        .repeatable = feeds->options.entity->effect == EFFECT_UPSERT,
        .transactions = settings->transactions,
        .transaction_rows = (size_t)settings->transaction_rows,
        .transaction_ms = settings->transaction_ms,
        .takeover_ms = settings->takeover_ms,
    };
}

static enum exit_code ingest_all(const struct producer_settings *settings, struct feeds feeds,
                                 struct outlet outlet)
{
    const struct ingest_options options = ingest_options(settings, &feeds);
    bool json = strcmp(settings->summary, "json") == 0;
    enum exit_code worst = EXIT_ALL_ACCOUNTED;
    for (size_t i = 0; i < feeds.count && !exit_ends_all(worst); i++)
        worst = exit_worse(worst, ingest_one(&options, outlet, feeds.paths[i], json));
    return worst;
}

static void warn_of_no_transactions(const struct producer_settings *settings)
{
    if (!settings->transactions)
        log_event(LOG_WARN_LEVEL, "no-transactions", "note",
                  "rows, error records and progress are not committed together: after a crash the "
                  "last of them may come twice",
                  NULL);
}

static enum exit_code to_kafka(const struct producer_settings *settings,
                               const struct program *program, struct feeds feeds)
{
    const struct kafka_outlet_settings outlet = outlet_settings(settings, &feeds);
    warn_of_no_transactions(settings);
    struct kafka_outlet *kafka = kafka_outlet_new(program, &outlet);
    if (kafka == NULL)
        return EXIT_BUG;
    enum exit_code code = ingest_all(settings, feeds, kafka_outlet(kafka));
    kafka_outlet_free(kafka);
    return code;
}

static enum exit_code watch(const struct producer_settings *settings,
                            const struct options_spec *spec, const struct program *program,
                            struct feeds feeds)
{
    const struct ingest_options ingest = ingest_options(settings, &feeds);
    const struct kafka_outlet_settings outlet = outlet_settings(settings, &feeds);
    struct reason reason = REASON_INIT;
    warn_of_no_transactions(settings);
    enum exit_code code = producer_watch(settings, program, &ingest, &outlet, &reason);
    return reason.text[0] == '\0' ? code : command_refuse(spec, code, reason.text);
}

/* librdkafka takes the options for transactions, and one is closed well before the brokers end it. */
static int check_transactions(const struct producer_settings *settings,
                              const struct program *program, struct reason *reason)
{
    if (!settings->transactions)
        return 0;
    int64_t timeout_ms = transaction_timeout_ms(&program->kafka, reason);
    if (timeout_ms < 0 || kafka_producer_check_transactional(&program->kafka, reason) != 0)
        return -1;
    if (3 * settings->transaction_ms <= timeout_ms)
        return 0;
    reason_set(reason,
               "TRANSACTION_TIME (%lld ms) is more than a third of transaction.timeout.ms (%lld): "
               "the brokers might end transactions that are still filled",
               (long long)settings->transaction_ms, (long long)timeout_ms);
    return -1;
}

static enum exit_code run(const struct producer_settings *settings, const struct options_spec *spec,
                          struct feeds feeds)
{
    struct program program;
    struct dry_outlet dry = {.silent = false};
    struct reason reason = REASON_INIT;
    if (program_start(&program, spec->program, &settings->program, &reason) != 0 ||
        program_check_topic(&program, settings->topic, &reason) != 0 ||
        program_check_other_topic(&program, settings->topic, "FEED_PROGRESS_TOPIC",
                                  settings->progress_topic, &reason) != 0 ||
        check_transactions(settings, &program, &reason) != 0)
        return command_refuse(spec, EXIT_CONFIGURATION, reason.text);
    if (settings->program.check_config) {
        program_print(&program, spec);
        return command_printed(spec);
    }
    if (settings->watch_dir[0] != '\0')
        return watch(settings, spec, &program, feeds);
    if (settings->dry_run)
        return ingest_all(settings, feeds, dry_outlet(&dry));
    return to_kafka(settings, &program, feeds);
}

int producer_main(int argc, char **argv, const struct entity *entity)
{
    char name[NAME_SIZE], health_file[HEALTH_PATH_MAX];
    struct producer_settings settings = {.topic = NULL};
    struct operands operands;
    enum exit_code code;
    snprintf(name, sizeof name, "%s-producer", entity->name);
    struct options_spec spec = producer_options(name, entity, &settings);
    if (!command_line(&spec, &settings, argc, argv, INT_MAX, &operands, &code))
        return code;
    settings.health_file = health_place(settings.health_file, name, health_file);
    if (settings.healthcheck)
        return producer_healthcheck(&settings);
    struct feeds feeds = {.paths = &settings.file_name, .count = 1};
    if (operands.count > 0) {
        feeds.paths = (const char *const *)operands.items;
        feeds.count = (size_t)operands.count;
    }
    if (feeds.count > 1 && settings.rejected[0] != '\0')
        return command_refuse(&spec, EXIT_BAD_USAGE, "--rejected takes one feed at a time");
    struct reason reason = REASON_INIT;
    if (producer_watch_check(&settings, operands.count, &reason) != 0)
        return command_refuse(&spec, EXIT_BAD_USAGE, reason.text);
    struct mapping mapping = MAPPING_INIT(entity);
    code = feed_settings_read(&settings, &mapping, &feeds.options, &reason) == 0
               ? run(&settings, &spec, feeds)
               : command_refuse(&spec, EXIT_CONFIGURATION, reason.text);
    mapping_release(&mapping);
    return code;
}
