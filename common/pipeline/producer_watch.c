#include "pipeline/producer_watch.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/watch.h"
#include "pipeline/watched_feed.h"
#include "service/clock.h"

static bool given(const char *text)
{
    return text[0] != '\0';
}

int producer_watch_check(const struct producer_settings *settings, int feeds, struct reason *reason)
{
    if (!given(settings->watch_dir)) {
        if (settings->until_idle)
            reason_set(reason, "--until-idle goes with --watch DIR");
        return reason->text[0] == '\0' ? 0 : -1;
    }
    if (feeds > 0)
        reason_set(reason, "--watch DIR takes what is dropped into DIR, and no other feed");
    else if (given(settings->rejected))
        reason_set(reason, "--rejected is for one feed; with --watch each has its own such file");
    else if (settings->dry_run)
        reason_set(reason, "--dry-run is for feeds that are named, not for --watch");
    else if (settings->force)
        reason_set(reason,
                   "--force is for feeds that are named: with --watch, a crash at the wrong "
                   "moment would send a file twice");
    return reason->text[0] == '\0' ? 0 : -1;
}

int producer_healthcheck(const struct producer_settings *settings)
{
    struct reason reason = REASON_INIT;
    if (!given(settings->health_file))
        reason_set(&reason, "HEALTH_FILE is not set: there is nothing to ask");
    else if (health_read(settings->health_file, clock_wall(), &reason) == 0)
        return EXIT_ALL_ACCOUNTED;
    fprintf(stderr, "%s\n", reason.text);
    return 1;
}

struct watching {
    const struct program *program;
    const struct kafka_outlet_settings *outlet;
    struct watched_feed watched;
};

/* In a process of its own: here Kafka begins. */
static enum exit_code see_to_file(void *arg, const char *name, enum watch_end *end)
{
    const struct watching *watching = arg;
    *end = WATCH_END_STAYS;
    struct kafka_outlet *kafka = kafka_outlet_new(watching->program, watching->outlet);
    if (kafka == NULL)
        return EXIT_BUG;
    enum exit_code code = watched_feed(&watching->watched, kafka_outlet(kafka), name, end);
    kafka_outlet_free(kafka);
    return code;
}

enum exit_code producer_watch(const struct producer_settings *settings,
                              const struct program *program, const struct ingest_options *ingest,
                              const struct kafka_outlet_settings *outlet, struct reason *reason)
{
    const struct filing filing = {
        .folder = settings->watch_dir,
        .report_dir = settings->report_dir,
        .service = program->name,
        .ops = &file_ops_system,
    };
    struct watching watching = {
        .program = program,
        .outlet = outlet,
        .watched = {.options = ingest,
                    .filing = &filing,
                    .instance = program->instance,
                    .json = strcmp(settings->summary, "json") == 0},
    };
    struct health health = {.path = settings->health_file};
    const struct watch_options options = {
        .filing = &filing,
        .topic = settings->topic,
        .parallel = (unsigned)settings->watch_parallel,
        .still_ms = settings->watch_still_ms,
        .list_every_ms = settings->watch_every_ms,
        .until_idle = settings->until_idle,
        .health = &health,
        .work = see_to_file,
        .arg = &watching,
    };
    enum exit_code code = filing_check(&filing, reason);
    if (code == EXIT_ALL_ACCOUNTED && health_check(settings->health_file, reason) != 0)
        code = EXIT_CONFIGURATION;
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    code = watch_run(&options);
    health_end(&health);
    return code;
}
