#include "monitors/monitor.h"

#include <inttypes.h>
#include <stdio.h>

#include "kafka/topic_reader.h"
#include "monitors/failure_filter.h"
#include "monitors/failure_summary.h"
#include "monitors/failure_view.h"
#include "monitors/output.h"
#include "monitors/refused_file.h"
#include "monitors/seen_set.h"
#include "monitors/topic_wait.h"
#include "service/log.h"
#include "service/signals.h"

#define READ_MS 200

struct monitor {
    const struct monitor_settings *settings;
    const struct program *program;
    struct topic_reader *reader;
    struct failure_filter filter;
    struct seen_set *seen;
    struct failure_summary summary;
    struct refused_file rows; /* --rejected-csv */
    struct buffer line;
    struct output output;
    uint64_t shown;
    bool until_end;
};

static enum exit_code configuration(const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "configuration", "why", reason->text, NULL);
    return EXIT_CONFIGURATION;
}

static bool is_repeated(struct monitor *monitor, const struct failure_record *record)
{
    size_t len;
    const char *id = failure_record_text(record, "id", &len);
    return id != NULL && seen_set_add(monitor->seen, id, len);
}

static void show(struct monitor *monitor, const struct failure_record *record,
                 const struct topic_message *message)
{
    int failed;
    buffer_clear(&monitor->line);
    if (monitor->settings->json)
        failed = failure_view_json(record, message->value, message->value_len, &monitor->line);
    else
        failed = failure_view_line(record, &monitor->line);
    monitor->shown++;
    if (failed == 0)
        output_print(&monitor->output, &monitor->line);
    else
        log_say(LOG_ERROR_LEVEL, "not-shown", "%s/%" PRId32 "/%" PRId64 " is too large to be shown",
                record->place.topic, record->place.partition, record->place.offset);
}

static void take_record(struct monitor *monitor, const struct failure_record *record,
                        const struct topic_message *message)
{
    bool file = monitor->settings->rejected_csv;
    if (file && !refused_file_is_shaped(&monitor->rows))
        refused_file_take(&monitor->rows, record);
    else if (is_repeated(monitor, record))
        return;
    else if (monitor->settings->summary)
        failure_summary_add(&monitor->summary, record);
    else if (file)
        refused_file_take(&monitor->rows, record);
    else
        show(monitor, record, message);
}

static void take(struct monitor *monitor, const struct topic_message *message)
{
    struct failure_record record;
    const struct failure_place place = {
        .topic = monitor->settings->program.error_topic,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = message->timestamp_ms,
    };
    failure_record_read(&record, &place, message->value, message->value_len);
    if (failure_filter_match(&monitor->filter, &record))
        take_record(monitor, &record, message);
    failure_record_release(&record);
}

static enum exit_code print_summary(struct monitor *monitor)
{
    struct failure_summary *summary = &monitor->summary;
    buffer_clear(&monitor->line);
    if ((monitor->settings->json ? failure_summary_json(summary, &monitor->line)
                                 : failure_summary_text(summary, &monitor->line)) != 0)
        return EXIT_BUG;
    output_print(&monitor->output, &monitor->line);
    return EXIT_ALL_ACCOUNTED;
}

/* Following has no end of its own: a signal is how it ends. */
static enum exit_code stopped(const struct monitor *monitor)
{
    return monitor->until_end ? EXIT_INTERRUPTED : EXIT_ALL_ACCOUNTED;
}

static enum exit_code read_all(struct monitor *monitor)
{
    struct topic_message message;
    struct reason reason = REASON_INIT;
    while (!signals_stopping() && output_is_open(&monitor->output) && !monitor->rows.full) {
        switch (topic_reader_next(monitor->reader, READ_MS, &message, &reason)) {
        case READING_MESSAGE:
            take(monitor, &message);
            break;
        case READING_NOTHING:
            output_flush(&monitor->output);
            break;
        case READING_END:
            if (monitor->until_end)
                return EXIT_ALL_ACCOUNTED;
            break;
        case READING_FAILED:
            output_flush(&monitor->output);
            log_event(LOG_WARN_LEVEL, "kafka", "why", reason.text, NULL);
            break;
        case READING_REFUSED:
            output_flush(&monitor->output);
            return configuration(&reason);
        }
    }
    return signals_stopping() ? stopped(monitor) : EXIT_ALL_ACCOUNTED;
}

/* Nothing has failed yet, as far as anybody knows. */
static enum exit_code no_topic(struct monitor *monitor)
{
    log_say(LOG_INFO_LEVEL, "no-topic", "there is no topic %s yet, so nothing has failed so far",
            monitor->settings->program.error_topic);
    return EXIT_ALL_ACCOUNTED;
}

/* A person who sees nothing would wonder whether it works; a program wants no such line. */
static void say_none(struct monitor *monitor)
{
    const struct monitor_settings *settings = monitor->settings;
    if (settings->json || settings->summary || settings->rejected_csv || monitor->shown > 0)
        return;
    buffer_clear(&monitor->line);
    (void)failure_summary_text(&monitor->summary, &monitor->line);
    output_print(&monitor->output, &monitor->line);
}

/* The topic once, from its beginning. */
static enum exit_code read_once(struct monitor *monitor, bool *absent)
{
    struct reason reason = REASON_INIT;
    monitor->reader =
        topic_reader_new(&monitor->program->kafka, monitor->settings->program.error_topic, &reason);
    if (monitor->reader == NULL)
        return configuration(&reason);
    const struct topic_wait wait = {
        .topic = monitor->settings->program.error_topic,
        .brokers = monitor->program->kafka.brokers,
        .give_up_after_ms = monitor->settings->program.give_up_after_ms,
        .until_end = monitor->until_end,
    };
    enum exit_code code = EXIT_ALL_ACCOUNTED;
    switch (topic_wait(monitor->reader, &wait, &reason)) {
    case TOPIC_WAIT_OPEN:
        code = read_all(monitor);
        break;
    case TOPIC_WAIT_ABSENT:
        *absent = true;
        break;
    case TOPIC_WAIT_STOPPED:
        code = stopped(monitor);
        break;
    case TOPIC_WAIT_GAVE_UP:
        code = EXIT_UNAVAILABLE;
        break;
    case TOPIC_WAIT_REFUSED:
        code = configuration(&reason);
        break;
    }
    topic_reader_free(monitor->reader);
    monitor->reader = NULL;
    return code;
}

/* What shape the rows are to have is known at the topic's end only. */
static enum exit_code show_rows(struct monitor *monitor, bool *absent)
{
    enum exit_code code = read_once(monitor, absent);
    if (code == EXIT_ALL_ACCOUNTED && !*absent)
        code = refused_file_shape(&monitor->rows);
    if (code != EXIT_ALL_ACCOUNTED || *absent)
        return code;
    code = read_once(monitor, absent);
    return code == EXIT_ALL_ACCOUNTED ? refused_file_print(&monitor->rows, &monitor->output) : code;
}

static enum exit_code watch(struct monitor *monitor)
{
    bool absent = false;
    enum exit_code code =
        monitor->settings->rejected_csv ? show_rows(monitor, &absent) : read_once(monitor, &absent);
    if (code == EXIT_ALL_ACCOUNTED && absent)
        code = no_topic(monitor);
    if (code == EXIT_ALL_ACCOUNTED && monitor->settings->summary)
        code = print_summary(monitor);
    if (code == EXIT_ALL_ACCOUNTED && monitor->until_end)
        say_none(monitor);
    output_flush(&monitor->output);
    if (!monitor->output.failed)
        return code;
    log_event(LOG_ERROR_LEVEL, "output", "why", "stdout cannot be written", NULL);
    return EXIT_IO;
}

enum exit_code monitor_run(const struct monitor_settings *settings, const struct program *program)
{
    static struct monitor monitor;
    struct reason reason = REASON_INIT;
    monitor = (struct monitor){
        .settings = settings,
        .program = program,
        .line = BUFFER_INIT(VIEW_BYTES_MAX),
        .output = OUTPUT_INIT,
        .until_end = settings->until_end || settings->summary || settings->rejected_csv,
    };
    refused_file_init(&monitor.rows, settings->rejected_csv ? settings->feeds.items[0] : NULL);
    if (failure_filter_init(&monitor.filter, &settings->codes, settings->since, settings->until,
                            &reason) != 0)
        return configuration(&reason);
    monitor.filter.services = &settings->services;
    monitor.filter.topics = &settings->topics;
    monitor.filter.feeds = &settings->feeds;
    monitor.seen = seen_set_new(SEEN_MAX);
    enum exit_code code = monitor.seen == NULL ? EXIT_BUG : watch(&monitor);
    seen_set_free(monitor.seen);
    refused_file_release(&monitor.rows);
    buffer_release(&monitor.line);
    return code;
}
