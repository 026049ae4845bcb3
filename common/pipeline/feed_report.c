#include "pipeline/feed_report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/text.h"

/* The member that differs whenever the report is made again. */
#define RUN "run"

static const char *const words[] = {
    [OUTCOME_DONE] = "done",
    [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_STAYS] = "stays",
};

enum feed_outcome feed_outcome(enum exit_code code, const struct ingest_summary *summary)
{
    /* Without a source nobody knows what it is: an I/O error, perhaps, which passes. */
    if (summary->topic == NULL || summary->busy)
        return OUTCOME_STAYS;
    /* A changed one waits for a person, whatever else went wrong; and settings that are wrong for one
     * that was begun with others are wrong for this feed only. */
    if (code == EXIT_BAD_FEED || summary->changed || summary->read_otherwise)
        return OUTCOME_FAILED;
    if (code != EXIT_ALL_ACCOUNTED)
        return OUTCOME_STAYS;
    return summary->duplicate ? OUTCOME_DUPLICATE : OUTCOME_DONE;
}

static json_t *text_json(const char *text)
{
    char clean[3 * REASON_SIZE];
    size_t len = text_clean(text, strlen(text), clean, sizeof clean);
    return json_stringn(clean, len);
}

static json_t *time_json(int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_text(time_ms, text);
    return json_string(text);
}

static json_t *count_json(uint64_t count)
{
    return json_integer((json_int_t)count);
}

static void add_counts(json_t *root, uint64_t rows, uint64_t sent, uint64_t rejected)
{
    json_object_set_new(root, "rows", count_json(rows));
    json_object_set_new(root, "sent", count_json(sent));
    json_object_set_new(root, "rejected", count_json(rejected));
}

static void add_codes(json_t *root, const struct ingest_summary *summary)
{
    json_t *codes = json_object(), *examples = json_object();
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++) {
        const char *name = error_code_name((enum error_code)i);
        if (summary->codes[i] > 0)
            json_object_set_new(codes, name, count_json(summary->codes[i]));
        if (summary->codes[i] > 0 && summary->examples[i].text[0] != '\0')
            json_object_set_new(examples, name, text_json(summary->examples[i].text));
    }
    json_object_set_new(root, "codes", codes);
    json_object_set_new(root, "examples", examples);
}

/* The refused rows as a file, and how many of them are not in it. */
static void add_rejected(json_t *root, const struct feed_report *report)
{
    if (report->rejected[0] != '\0')
        json_object_set_new(root, "rejected_file", text_json(report->rejected));
    if (report->summary->left_out > 0)
        json_object_set_new(root, "left_out", count_json(report->summary->left_out));
}

static void add_rows(json_t *root, const struct feed_report *report)
{
    const struct ingest_summary *summary = report->summary;
    add_counts(root, summary->rows, summary->sent, summary->rejected);
    if (summary_unconfirmed(summary) > 0)
        json_object_set_new(root, "unconfirmed", count_json(summary_unconfirmed(summary)));
    add_codes(root, summary);
    add_rejected(root, report);
}

static json_t *first_json(const struct feed_run *run)
{
    const struct feed_progress *progress = &run->progress;
    json_t *first = json_object();
    json_object_set_new(first, "file", text_json(progress->file));
    json_object_set_new(first, "feed_id", text_json(run->id));
    add_counts(first, progress->rows, progress->sent, progress->rejected);
    json_object_set_new(first, "started_at", time_json(progress->started_ms));
    json_object_set_new(first, "ended_at", time_json(progress->at_ms));
    json_object_set_new(first, "instance", text_json(progress->instance));
    return first;
}

static json_t *run_json(const struct feed_report *report)
{
    json_t *run = json_object();
    json_object_set_new(run, "started_at", time_json(report->started_ms));
    json_object_set_new(run, "ended_at", time_json(report->ended_ms));
    json_object_set_new(run, "seconds", json_real((double)report->summary->took_ms / 1000.0));
    /* This run found nothing left to send. */
    json_object_set_new(run, "sent_before", json_boolean(report->summary->sent_before));
    json_object_set_new(run, "service", text_json(report->service));
    json_object_set_new(run, "instance", text_json(report->instance));
    json_object_set_new(run, "version", json_string(FEEDS_VERSION));
    return run;
}

static void add_all(json_t *root, const struct feed_report *report)
{
    const struct ingest_summary *summary = report->summary;
    json_object_set_new(root, "outcome", json_string(words[report->outcome]));
    json_object_set_new(root, "file", text_json(summary->feed));
    json_object_set_new(root, "feed_id", text_json(summary->feed_id));
    json_object_set_new(root, "topic", text_json(summary->topic));
    if (report->outcome != OUTCOME_DONE)
        json_object_set_new(root, "why", text_json(summary->ended.text));
    if (summary->changed)
        json_object_set_new(root, "changed", json_true());
    if (report->outcome == OUTCOME_DUPLICATE)
        json_object_set_new(root, "first", first_json(&summary->about));
    else
        add_rows(root, report);
    feed_file_add(root, report->which);
    json_object_set_new(root, RUN, run_json(report));
}

int feed_report_write(const struct feed_report *report, struct buffer *out)
{
    json_auto_t *root = json_object();
    add_all(root, report);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    int failed = text == NULL || buffer_add_text(out, text) != 0 || buffer_add_byte(out, '\n') != 0;
    free(text);
    return failed ? -1 : 0;
}

static json_t *load_without_run(const char *bytes, size_t len)
{
    json_t *root = json_loadb(bytes, len, 0, NULL);
    json_object_del(root, RUN);
    return root;
}

bool feed_report_same(const char *one, size_t one_len, const char *other, size_t other_len)
{
    json_auto_t *first = load_without_run(one, one_len);
    json_auto_t *second = load_without_run(other, other_len);
    return first != NULL && second != NULL && json_equal(first, second);
}

static int read_outcome(const json_t *root, enum feed_outcome *outcome)
{
    const char *word = json_string_value(json_object_get(root, "outcome"));
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            *outcome = (enum feed_outcome)i;
            return 0;
        }
    return -1;
}

int feed_report_read(const char *bytes, size_t len, struct feed_report_head *head)
{
    json_auto_t *root = json_loadb(bytes, len, 0, NULL);
    const char *file = json_string_value(json_object_get(root, "file"));
    const char *topic = json_string_value(json_object_get(root, "topic"));
    if (file == NULL || topic == NULL || read_outcome(root, &head->outcome) != 0 ||
        !feed_file_read(root, &head->which))
        return -1;
    snprintf(head->file, sizeof head->file, "%s", file);
    snprintf(head->topic, sizeof head->topic, "%s", topic);
    head->changed = json_is_true(json_object_get(root, "changed"));
    return 0;
}
