#include "pipeline/ingest_summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

uint64_t summary_unconfirmed(const struct ingest_summary *summary)
{
    return summary->rows - summary->sent - summary->rejected;
}

/* The code with the most rows that has not been `said` yet, or ERROR_CODE_COUNT. */
static size_t next_code(const struct ingest_summary *summary, const bool *said)
{
    size_t best = ERROR_CODE_COUNT;
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++) {
        if (said[i] || summary->codes[i] == 0)
            continue;
        if (best == ERROR_CODE_COUNT || summary->codes[i] > summary->codes[best])
            best = i;
    }
    return best;
}

static int add_codes(const struct ingest_summary *summary, struct buffer *out)
{
    bool said[ERROR_CODE_COUNT] = {false};
    int failed = 0;
    const char *before = " (";
    for (size_t i; (i = next_code(summary, said)) < ERROR_CODE_COUNT; said[i] = true) {
        failed |= buffer_addf(out, "%s%" PRIu64 " %s", before, summary->codes[i],
                              error_code_name((enum error_code)i));
        before = ", ";
    }
    if (summary->rejected > 0)
        failed |= buffer_add_text(out, ")");
    return failed;
}

static int add_unconfirmed(const struct ingest_summary *summary, struct buffer *out)
{
    uint64_t count = summary_unconfirmed(summary);
    if (count == 0)
        return 0;
    return buffer_addf(out, " + %" PRIu64 " unconfirmed (rows %" PRIu64 " to %" PRIu64 ")", count,
                       summary->unconfirmed_first, summary->unconfirmed_last);
}

static int add_seconds(int64_t took_ms, struct buffer *out)
{
    int64_t seconds = took_ms / 1000;
    if (seconds < 60)
        return buffer_addf(out, " in %" PRId64 ".%" PRId64 "s", seconds, took_ms % 1000 / 100);
    return buffer_addf(out, " in %" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
}

int summary_text(const struct ingest_summary *summary, struct buffer *out)
{
    char name[200];
    text_show(summary->feed, strlen(summary->feed), name, sizeof name);
    int failed = buffer_addf(
        out, "%s: %" PRIu64 " rows read = %" PRIu64 " %s + %" PRIu64 " rejected", name,
        summary->rows, summary->sent, summary->dry_run ? "to send" : "sent", summary->rejected);
    failed |= add_codes(summary, out);
    failed |= add_unconfirmed(summary, out);
    if (summary->rows_before > 0)
        failed |= buffer_addf(out, "; the first %" PRIu64 " by an earlier run, the rest",
                              summary->rows_before);
    failed |= add_seconds(summary->took_ms, out);
    if (summary->dry_run)
        failed |= buffer_add_text(out, " (dry run)");
    /* The sentence about that is a log line. */
    if (summary->sent_before)
        failed |= buffer_add_text(out, "; nothing was sent");
    else if (summary->ended.text[0] != '\0')
        failed |= buffer_addf(out, "; %s", summary->ended.text);
    return failed == 0 ? 0 : -1;
}

static json_t *codes_json(const struct ingest_summary *summary)
{
    json_t *codes = json_object();
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++)
        if (summary->codes[i] > 0)
            json_object_set_new(codes, error_code_name((enum error_code)i),
                                json_integer((json_int_t)summary->codes[i]));
    return codes;
}

int summary_json(const struct ingest_summary *summary, struct buffer *out)
{
    /* A file name may be any bytes; JSON takes UTF-8 only. */
    char name[3 * sizeof summary->feed];
    text_clean(summary->feed, strlen(summary->feed), name, sizeof name);
    json_auto_t *root = json_pack(
        "{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:o, s:f}", "feed", name, "feed_id",
        summary->feed_id, "topic", summary->topic, "dry_run", summary->dry_run, "rows",
        (json_int_t)summary->rows, "sent", (json_int_t)summary->sent, "rejected",
        (json_int_t)summary->rejected, "unconfirmed", (json_int_t)summary_unconfirmed(summary),
        "codes", codes_json(summary), "seconds", (double)summary->took_ms / 1000.0);
    if (root == NULL)
        return -1;
    if (summary_unconfirmed(summary) > 0)
        json_object_set_new(root, "unconfirmed_rows",
                            json_pack("[I, I]", (json_int_t)summary->unconfirmed_first,
                                      (json_int_t)summary->unconfirmed_last));
    if (summary->sent_before)
        json_object_set_new(root, "sent_before", json_true());
    if (summary->alike)
        json_object_set_new(root, "alike", json_true());
    if (summary->rows_before > 0)
        json_object_set_new(root, "rows_before", json_integer((json_int_t)summary->rows_before));
    if (summary->duplicate)
        json_object_set_new(root, "duplicate", json_true());
    if (summary->ended.text[0] != '\0')
        json_object_set_new(root, "ended", json_string(summary->ended.text));
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    int failed = text == NULL ? -1 : buffer_add_text(out, text);
    free(text);
    return failed;
}
