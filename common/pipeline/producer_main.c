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
#include "pipeline/producer_settings.h"
#include "service/log.h"

#define NAME_SIZE 64

struct feeds {
    const char *const *paths;
    size_t count;
    struct feed_options options;
};

/* A summary that nobody can read is as bad as none: a full disk behind stdout is an I/O error. */
static enum exit_code print_summary(const struct ingest_summary *summary, bool json)
{
    struct buffer line = BUFFER_INIT(SUMMARY_BYTES_MAX);
    int failed = json ? summary_json(summary, &line) : summary_text(summary, &line);
    if (failed == 0)
        failed = printf("%s\n", line.data) < 0 || fflush(stdout) != 0;
    buffer_release(&line);
    if (failed == 0)
        return EXIT_ALL_ACCOUNTED;
    log_event(LOG_ERROR_LEVEL, "summary", "why", "stdout cannot be written", NULL);
    return EXIT_IO;
}

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

static enum exit_code ingest_all(const struct producer_settings *settings, struct feeds feeds,
                                 struct outlet outlet)
{
    const struct ingest_options options = {
        .feed = feeds.options,
        .topic = settings->topic,
        .rejected_path = settings->rejected[0] == '\0' ? NULL : settings->rejected,
        .strict = settings->strict,
        .dry_run = settings->dry_run,
    };
    bool json = strcmp(settings->summary, "json") == 0;
    enum exit_code worst = EXIT_ALL_ACCOUNTED;
    for (size_t i = 0; i < feeds.count && !exit_ends_all(worst); i++)
        worst = exit_worse(worst, ingest_one(&options, outlet, feeds.paths[i], json));
    return worst;
}

static enum exit_code to_kafka(const struct producer_settings *settings,
                               const struct program *program, struct feeds feeds)
{
    const struct kafka_outlet_settings outlet = {
        .topic = settings->topic,
        .progress_topic = settings->progress_topic,
        .by_name = strcmp(settings->identity, "name") == 0,
        .force = settings->force,
        .repeatable = feeds.options.entity->effect == EFFECT_UPSERT,
        .transactions = settings->transactions,
        .transaction_rows = (size_t)settings->transaction_rows,
        .transaction_ms = settings->transaction_ms,
        .takeover_ms = settings->takeover_ms,
    };
    if (!settings->transactions)
        log_event(LOG_WARN_LEVEL, "no-transactions", "note",
                  "rows, error records and progress are not committed together: after a crash the "
                  "last of them may come twice",
                  NULL);
    struct kafka_outlet *kafka = kafka_outlet_new(program, &outlet);
    if (kafka == NULL)
        return EXIT_BUG;
    enum exit_code code = ingest_all(settings, feeds, kafka_outlet(kafka));
    kafka_outlet_free(kafka);
    return code;
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
    struct dry_outlet dry;
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
    if (settings->dry_run)
        return ingest_all(settings, feeds, dry_outlet(&dry));
    return to_kafka(settings, &program, feeds);
}

int producer_main(int argc, char **argv, const struct entity *entity)
{
    char name[NAME_SIZE];
    struct producer_settings settings = {.topic = NULL};
    struct operands operands;
    enum exit_code code;
    snprintf(name, sizeof name, "%s-producer", entity->name);
    struct options_spec spec = producer_options(name, entity, &settings);
    if (!command_line(&spec, &settings, argc, argv, INT_MAX, &operands, &code))
        return code;
    struct feeds feeds = {.paths = &settings.file_name, .count = 1};
    if (operands.count > 0) {
        feeds.paths = (const char *const *)operands.items;
        feeds.count = (size_t)operands.count;
    }
    if (feeds.count > 1 && settings.rejected[0] != '\0')
        return command_refuse(&spec, EXIT_BAD_USAGE, "--rejected takes one feed at a time");
    struct mapping mapping = MAPPING_INIT(entity);
    struct reason reason = REASON_INIT;
    code = feed_settings_read(&settings, &mapping, &feeds.options, &reason) == 0
               ? run(&settings, &spec, feeds)
               : command_refuse(&spec, EXIT_CONFIGURATION, reason.text);
    mapping_release(&mapping);
    return code;
}
