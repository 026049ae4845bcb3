#include "pipeline/watched_feed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "pipeline/dry_outlet.h"
#include "pipeline/print_summary.h"
#include "service/clock.h"
#include "service/log.h"

struct life {
    const struct watched_feed *watched;
    const char *name;
    char path[FILING_PATH_SIZE], scratch[FILING_PATH_SIZE];
    struct feed_file which; /* the file as it was before a byte of it was read */
    struct ingest_summary summary;
    enum feed_outcome outcome;
    int64_t started_ms;
};

static void say(enum log_level level, const struct life *life, const char *why)
{
    char shown[4 * WATCH_NAME_SIZE];
    text_show(life->name, strlen(life->name), shown, sizeof shown);
    log_event(level, "watch", "file", shown, "why", why, NULL);
}

static enum exit_code io_error(const struct life *life, const struct reason *reason)
{
    say(LOG_ERROR_LEVEL, life, reason->text);
    return EXIT_IO;
}

static enum exit_code begin(struct life *life)
{
    struct reason reason = REASON_INIT;
    const struct watched_feed *watched = life->watched;
    life->started_ms = clock_wall();
    if (filing_path(life->path, watched->filing->folder, life->name) != 0 ||
        file_identify(life->path, &life->which) != 0) {
        filing_fail(life->path, "cannot be looked at", &reason);
        say(LOG_WARN_LEVEL, life, reason.text);
        return EXIT_NO_FEED;
    }
    if (filing_scratch(watched->filing, OUTCOME_DONE, life->scratch, &reason) != 0)
        return io_error(life, &reason);
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code ingest(const struct life *life, struct outlet outlet, bool again,
                             struct ingest_summary *summary)
{
    struct ingest_options options = *life->watched->options;
    options.rejected_path = life->scratch;
    options.rejected_passed_on = true;
    options.strict = false;
    options.dry_run = again;
    options.silent = again;
    return ingest_feed(&options, outlet, life->path, summary);
}

/* A failure now is no word about its rows, which were all sent: of the file, which was changed since. */
static void changed_since(struct life *life)
{
    life->outcome = OUTCOME_FAILED;
    life->summary.changed = true;
    reason_set(&life->summary.ended,
               "changed after all of its rows were sent (feed-id %.12s): what is "
               "new in it was not sent",
               life->summary.feed_id);
    say(LOG_ERROR_LEVEL, life, life->summary.ended.text);
}

/* What the run that has sent them counted holds: rows that Kafka refused for their size look good to us,
 * and are in the error topic only. */
static void count_as_recorded(struct ingest_summary *summary, const struct feed_progress *recorded)
{
    if (recorded->rows != summary->rows || recorded->rejected <= summary->rejected)
        return;
    uint64_t more = recorded->rejected - summary->rejected;
    summary->rejected += more;
    summary->sent -= more;
    memcpy(summary->codes, recorded->codes, sizeof summary->codes);
    summary->left_out += more;
}

/* All was sent, but not by this run: what is to be told of its rows is found once more. */
static enum exit_code look_again(struct life *life)
{
    struct dry_outlet dry = {.silent = true};
    struct ingest_summary again = {.topic = NULL};
    enum exit_code code = ingest(life, dry_outlet(&dry), true, &again);
    if (code != EXIT_ALL_ACCOUNTED && code != EXIT_BAD_FEED)
        return code;
    if (code != EXIT_ALL_ACCOUNTED || strncmp(again.feed_id, life->summary.feed_id, 64) != 0) {
        changed_since(life);
        return EXIT_ALL_ACCOUNTED;
    }
    count_as_recorded(&again, &life->summary.about.progress);
    again.sent_before = true;
    again.about = life->summary.about;
    life->summary = again;
    return EXIT_ALL_ACCOUNTED;
}

static int report(const struct life *life, const struct filed *filed, const char *rejected,
                  struct reason *reason)
{
    const struct watched_feed *watched = life->watched;
    struct feed_file now;
    const struct feed_report about = {
        .outcome = life->outcome,
        .summary = &life->summary,
        /* Of a file that was changed the content that waits for a person's word. */
        .which =
            life->summary.changed && file_identify(life->path, &now) == 0 ? &now : &life->which,
        .rejected = rejected,
        .started_ms = life->started_ms,
        .ended_ms = clock_wall(),
        .service = watched->filing->service,
        .instance = watched->instance,
    };
    struct buffer text = BUFFER_INIT(REPORT_BYTES_MAX);
    int failed = feed_report_write(&about, &text);
    if (failed != 0)
        reason_set(reason, "out of memory for a report");
    else
        failed = filing_put_report(watched->filing, filed, &text, reason);
    buffer_release(&text);
    return failed;
}

static int put_outputs(const struct life *life, const struct filed *filed, struct reason *reason)
{
    char rejected[WATCH_NAME_SIZE] = "";
    if (life->outcome == OUTCOME_DONE &&
        filing_put_rejected(life->watched->filing, filed, life->summary.json, life->scratch,
                            rejected, reason) != 0)
        return -1;
    return report(life, filed, rejected, reason);
}

/* Whether the name stands for the file that was read, changed or not. */
static bool is_same_file(const struct life *life)
{
    struct feed_file now;
    return file_identify(life->path, &now) == 0 && now.device == life->which.device &&
           now.inode == life->which.inode;
}

/* Moves whatever is there now. */
static enum placed put_away(struct life *life, const struct filed *filed, struct reason *reason)
{
    struct feed_file now = life->which;
    if (life->summary.changed && file_identify(life->path, &now) != 0)
        return PLACED; /* somebody has taken it away */
    return filing_put_feed(life->watched->filing, filed, &now, reason);
}

static enum exit_code file_it(struct life *life)
{
    struct reason reason = REASON_INIT;
    const struct filed filed = {life->outcome, life->name, life->summary.feed_id};
    if (!filing_has_report(life->watched->filing, &filed, &life->which) &&
        put_outputs(life, &filed, &reason) != 0)
        return io_error(life, &reason);
    switch (put_away(life, &filed, &reason)) {
    case PLACED:
    case PLACE_TAKEN:
        return EXIT_ALL_ACCOUNTED;
    case PLACE_FAILED:
        return io_error(life, &reason);
    case PLACE_CHANGED:
        break;
    }
    /* Another file, which came under this name: nothing of it was read. */
    if (!is_same_file(life) || life->summary.changed)
        return EXIT_ALL_ACCOUNTED;
    changed_since(life);
    return file_it(life);
}

static enum exit_code verdict(const struct life *life)
{
    const struct ingest_summary *summary = &life->summary;
    if (life->outcome == OUTCOME_FAILED)
        return EXIT_BAD_FEED;
    return life->watched->options->strict && (summary->rejected > 0 || summary->duplicate)
               ? EXIT_BAD_FEED
               : EXIT_ALL_ACCOUNTED;
}

static enum exit_code see_to(struct life *life, struct outlet outlet)
{
    enum exit_code code = ingest(life, outlet, false, &life->summary);
    if (life->summary.topic != NULL)
        (void)print_summary(&life->summary, life->watched->json);
    life->outcome = feed_outcome(code, &life->summary);
    if (life->outcome == OUTCOME_STAYS)
        return code == EXIT_ALL_ACCOUNTED ? EXIT_INTERRUPTED : code;
    const struct filed done = {OUTCOME_DONE, life->name, life->summary.feed_id};
    if (life->outcome == OUTCOME_DONE && life->summary.sent_before &&
        !filing_has_report(life->watched->filing, &done, &life->which)) {
        code = look_again(life);
        if (code != EXIT_ALL_ACCOUNTED)
            return code;
    }
    return file_it(life);
}

enum exit_code watched_feed(const struct watched_feed *watched, struct outlet outlet,
                            const char *name, enum watch_end *end)
{
    struct life life = {.watched = watched, .name = name};
    *end = WATCH_END_STAYS;
    enum exit_code code = begin(&life);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    code = see_to(&life, outlet);
    (void)unlink(life.scratch);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    *end = life.summary.changed ? WATCH_END_CHANGED : WATCH_END_HANDLED;
    return verdict(&life);
}
