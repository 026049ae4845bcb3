#include "pipeline/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "service/log.h"

#define TERMINAL_EVERY_MS 200
#define LOG_EVERY_MS      5000
#define LINE_SIZE         160

void progress_start(struct progress *progress, int64_t feed_bytes, int64_t now_ms)
{
    *progress = (struct progress){
        .terminal = isatty(STDERR_FILENO) == 1,
        .started_ms = now_ms,
        .feed_bytes = feed_bytes,
    };
    progress->due_ms = now_ms + (progress->terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
}

/* Bytes are read in large pieces: in front of the first row they say nothing. */
static int percent(const struct progress *progress, const struct ingest_summary *summary,
                   int64_t done_bytes)
{
    if (progress->feed_bytes <= 0)
        return -1;
    if (summary->rows == 0)
        return 0;
    return (int)(100.0 * (double)done_bytes / (double)progress->feed_bytes);
}

/* The cursor goes back to the line's start, so that a log line of anybody's writes over it. */
static void show(struct progress *progress, const struct ingest_summary *summary, int done,
                 uint64_t rate)
{
    char line[LINE_SIZE], name[40], part[16] = "";
    text_show(summary->feed, strlen(summary->feed), name, sizeof name);
    if (done >= 0)
        snprintf(part, sizeof part, "%d%% ", done);
    int len = snprintf(line, sizeof line,
                       "%s: %s%" PRIu64 " rows, %" PRIu64 " confirmed, %" PRIu64
                       " rejected, %" PRIu64 " rows/s\033[K\r",
                       name, part, summary->rows, summary->sent, summary->rejected, rate);
    if (len > 0 && len < LINE_SIZE)
        progress->shown = write(STDERR_FILENO, line, (size_t)len) == len;
}

static void say(const struct ingest_summary *summary, int done, uint64_t rate)
{
    char name[80], rows[24], sent[24], rejected[24], per_second[24], part[16] = "?";
    text_show(summary->feed, strlen(summary->feed), name, sizeof name);
    snprintf(rows, sizeof rows, "%" PRIu64, summary->rows);
    snprintf(sent, sizeof sent, "%" PRIu64, summary->sent);
    snprintf(rejected, sizeof rejected, "%" PRIu64, summary->rejected);
    snprintf(per_second, sizeof per_second, "%" PRIu64, rate);
    if (done >= 0)
        snprintf(part, sizeof part, "%d%%", done);
    log_event(LOG_INFO_LEVEL, "progress", "feed", name, "done", part, "rows", rows, "sent", sent,
              "rejected", rejected, "rows_per_second", per_second, NULL);
}

void progress_tick(struct progress *progress, const struct ingest_summary *summary,
                   int64_t done_bytes, int64_t now_ms)
{
    if (now_ms < progress->due_ms)
        return;
    int64_t took_ms = now_ms - progress->started_ms;
    uint64_t rate = took_ms <= 0 ? 0 : summary->rows * 1000 / (uint64_t)took_ms;
    if (progress->terminal)
        show(progress, summary, percent(progress, summary, done_bytes), rate);
    else
        say(summary, percent(progress, summary, done_bytes), rate);
    progress->due_ms = now_ms + (progress->terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
}

void progress_clear(struct progress *progress)
{
    static const char clear[] = "\r\033[K";
    if (!progress->shown)
        return;
    progress->shown = write(STDERR_FILENO, clear, sizeof clear - 1) < 0;
}
