#include "pipeline/ingest.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/encode.h"
#include "core/text.h"
#include "pipeline/exit_rank.h"
#include "pipeline/ingest_state.h"
#include "service/clock.h"
#include "service/log.h"
#include "service/signals.h"

#define CHUNK_BYTES (64 * 1024)
/* A stream may be silent for long; signals and Kafka's reports must not wait for it. */
#define INPUT_WAIT_MS 200

static enum exit_code unusable(struct ingest *ingest, const struct failure *failure)
{
    static const struct row whole = {.row = 0, .raw = "", .raw_len = 0};
    const struct reject reject = {&whole, failure, STAGE_READ};
    struct reason sentence;
    reject_sentence(&reject, &ingest->feed, &sentence);
    progress_clear(&ingest->progress);
    log_event(LOG_ERROR_LEVEL, "feed-unusable", "code", error_code_name(failure->code), "why",
              sentence.text, NULL);
    reason_set(&ingest->summary->ended, "the feed is unusable: %s", failure->reason.text);
    ingest->outlet.ops->feed_failed(ingest->outlet.self, &reject);
    return EXIT_BAD_FEED;
}

/* Until the stream has something to read. */
static void await_input(struct ingest *ingest)
{
    struct pollfd fds[] = {{.fd = source_fd(ingest->source), .events = POLLIN},
                           {.fd = signals_fd(), .events = POLLIN}};
    while (ingest->code == EXIT_ALL_ACCOUNTED && poll(fds, 2, INPUT_WAIT_MS) <= 0)
        ingest->code = ingest->outlet.ops->turn(ingest->outlet.self);
}

bool ingest_changed(struct ingest *ingest)
{
    struct reason reason = REASON_INIT;
    if (ingest->changed)
        return true;
    if (!source_changed(ingest->source, &reason))
        return false;
    ingest->changed = true;
    ingest->summary->changed = true;
    progress_clear(&ingest->progress);
    log_event(
        LOG_ERROR_LEVEL, "feed-changed", "feed", ingest->feed.name, "why", reason.text, "next",
        "what it holds now is another feed, of which nothing is sent: check it, and run it again "
        "if all of it is to be sent",
        NULL);
    reason_set(&ingest->summary->ended, "the feed changed while it was read: %s", reason.text);
    return true;
}

/* The last row needs no line end; but where a changed feed ends may be in the middle of a row. */
static int read_end(struct ingest *ingest, struct failure *failure)
{
    return ingest_changed(ingest) ? 0 : feed_reader_finish(ingest->reader, failure);
}

/* To where the earlier run ended, once the reader has seen what the feed is. */
static int go_on(struct ingest *ingest, struct failure *failure)
{
    struct reason reason = REASON_INIT;
    uint64_t offset;
    if (!ingest->resumed || !feed_reader_jump(ingest->reader, &offset) ||
        source_seek(ingest->source, offset, &reason) == 0)
        return 1;
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "%s", reason.text);
    return -1;
}

int ingest_read(struct ingest *ingest, struct failure *failure)
{
    static char chunk[CHUNK_BYTES];
    struct reason reason = REASON_INIT;
    if (source_is_stream(ingest->source) && !source_holds(ingest->source))
        await_input(ingest);
    ingest->code = ingest->code != EXIT_ALL_ACCOUNTED
                       ? ingest->code
                       : ingest->outlet.ops->turn(ingest->outlet.self);
    if (ingest->code != EXIT_ALL_ACCOUNTED || ingest->sent_before)
        return 0;
    ssize_t len = source_read(ingest->source, chunk, sizeof chunk, &reason);
    ingest->done_bytes = source_done(ingest->source);
    if (len == SOURCE_NOTHING_YET)
        return 1;
    if (len < 0) {
        failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "%s", reason.text);
        return -1;
    }
    if (len == 0)
        return read_end(ingest, failure);
    progress_tick(&ingest->progress, ingest->summary, ingest->done_bytes, clock_now());
    if (feed_reader_write(ingest->reader, chunk, (size_t)len, failure) != 0)
        return -1;
    return go_on(ingest, failure);
}

static const char *why_ended(enum exit_code code)
{
    switch (code) {
    case EXIT_INTERRUPTED:
        return "stopped by a signal before the end";
    case EXIT_UNAVAILABLE:
        return "Kafka is out of reach";
    case EXIT_CONFIGURATION:
        return "Kafka does not take it as it is configured";
    default:
        return "ended by an internal error";
    }
}

/* Of a feed that is another one by now nobody can look it up. */
static void say_how_far(struct ingest_summary *summary)
{
    uint64_t done = summary->sent + summary->rejected;
    if (done == 0)
        reason_set(&summary->ended, "%s; nothing of what it was is sent", summary->ended.text);
    else if (summary_unconfirmed(summary) == 0 || summary->unconfirmed_first > done)
        reason_set(&summary->ended,
                   "%s; of what it was, rows 1 to %" PRIu64 " are sent or refused, and no others",
                   summary->ended.text, done);
}

/* Everything that was handed over is settled, or will not be. */
static enum exit_code finish(struct ingest *ingest, bool complete)
{
    struct ingest_summary *summary = ingest->summary;
    enum exit_code code = ingest->outlet.ops->finish(ingest->outlet.self, complete);
    if (ingest->code != EXIT_ALL_ACCOUNTED)
        code = ingest->code;
    if (ingest->changed)
        say_how_far(summary);
    if (code != EXIT_ALL_ACCOUNTED && summary->ended.text[0] == '\0')
        reason_set(&summary->ended, "%s", why_ended(code));
    if (code != EXIT_ALL_ACCOUNTED || summary_unconfirmed(summary) == 0)
        return code;
    log_say(LOG_ERROR_LEVEL, "bug", "rows are unaccounted for: please report this");
    return EXIT_BUG;
}

static void say_left_out(const struct ingest *ingest)
{
    char count[24];
    snprintf(count, sizeof count, "%" PRIu64, ingest->rejects.left_out);
    log_event(LOG_WARN_LEVEL, "rejected-file", "path", ingest->options->rejected_path, "left_out",
              count, "note",
              "rows that are too long (row_too_long) are not in this file, because only their "
              "beginning was read: take them from the feed itself",
              NULL);
}

/* The file may be there: of another feed, or of this one, half corrected. */
static void say_not_written(const struct ingest *ingest, bool was_sent)
{
    struct reason note = REASON_INIT;
    char name[200];
    text_show(ingest->feed.name, strlen(ingest->feed.name), name, sizeof name);
    if (ingest->sent_before)
        reason_set(&note,
                   "not written, because nothing was sent; --dry-run --rejected FILE writes what "
                   "the producer refuses, error-monitor --rejected-csv --feed %s all that was "
                   "refused",
                   ingest->summary->duplicate || ingest->summary->alike ? "NAME" : name);
    else if (was_sent)
        reason_set(&note, "not written: the feed is sent, but could not be read once more for its "
                          "refused rows; --dry-run --rejected FILE writes it");
    else
        reason_set(&note, "not written, because the feed was not worked off to its end; an older "
                          "file stays as it was");
    log_event(LOG_WARN_LEVEL, "rejected-file", "path", ingest->options->rejected_path, "note",
              note.text, NULL);
}

/* Of a resumed run nothing is in the file yet. */
static enum exit_code fill_later(struct ingest *ingest, bool complete)
{
    if (ingest->later == NULL)
        return EXIT_ALL_ACCOUNTED;
    if (complete)
        return ingest_again(ingest);
    ingest->rejects.file = ingest->later;
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code close_rejects(struct ingest *ingest, bool was_sent)
{
    struct reason reason = REASON_INIT;
    enum exit_code code = fill_later(ingest, was_sent);
    bool complete = was_sent && code == EXIT_ALL_ACCOUNTED;
    bool told = ingest->rejects.file == NULL || ingest->options->rejected_passed_on;
    if (!told && !complete)
        say_not_written(ingest, was_sent);
    else if (!told && ingest->rejects.left_out > 0)
        say_left_out(ingest);
    ingest->summary->left_out += ingest->rejects.left_out;
    if (reject_log_close(&ingest->rejects, complete, &reason) == 0)
        return code;
    log_event(LOG_ERROR_LEVEL, "rejected-file", "why", reason.text, "note",
              "the refused rows are all in the error topic", NULL);
    return exit_worse(code, EXIT_IO);
}

static enum exit_code read_feed(struct ingest *ingest)
{
    struct failure failure;
    int more;
    while ((more = ingest_read(ingest, &failure)) > 0)
        ;
    enum exit_code code = ingest->changed ? EXIT_BAD_FEED : EXIT_ALL_ACCOUNTED;
    if (more < 0 && !ingest->sent_before)
        code = unusable(ingest, &failure);
    bool whole = code == EXIT_ALL_ACCOUNTED && !ingest->sent_before;
    code = exit_worse(code, finish(ingest, whole && ingest->code == EXIT_ALL_ACCOUNTED));
    progress_clear(&ingest->progress);
    code = exit_worse(code, close_rejects(ingest, whole && code == EXIT_ALL_ACCOUNTED));
    if (ingest->options->strict && (ingest->summary->rejected > 0 || ingest->summary->duplicate))
        code = exit_worse(code, EXIT_BAD_FEED);
    if (ingest->summary->alike)
        code = exit_worse(code, EXIT_BAD_FEED);
    return code;
}

/* Whether the --rejected file is one that something else is read from or written to. */
static bool is_taken(const struct ingest *ingest, struct reason *reason)
{
    const char *path = ingest->options->rejected_path;
    const char *what = NULL;
    if (path == NULL)
        return false;
    if (strcmp(path, "-") == 0 || rejected_file_is(path, STDOUT_FILENO))
        what = "standard output, where the summary goes";
    else if (rejected_file_is(path, STDERR_FILENO))
        what = "standard error, where the log goes";
    else if (rejected_file_is(path, source_fd(ingest->source)))
        what = "the feed itself";
    if (what != NULL)
        reason_set(reason, "--rejected %s is %s: name another file", path, what);
    return what != NULL;
}

static enum exit_code open_rejects(struct ingest *ingest)
{
    const struct ingest_options *options = ingest->options;
    struct reason reason = REASON_INIT;
    enum exit_code code = EXIT_ALL_ACCOUNTED;
    if (is_taken(ingest, &reason))
        code = EXIT_BAD_USAGE;
    else if (reject_log_open(&ingest->rejects, &ingest->feed, options->rejected_path,
                             options->dry_run, &reason) != 0)
        code = EXIT_IO;
    if (code != EXIT_ALL_ACCOUNTED) {
        log_event(LOG_ERROR_LEVEL, "rejected-file", "why", reason.text, NULL);
        reason_set(&ingest->summary->ended, "not begun: %s", reason.text);
    }
    return code;
}

static enum exit_code start(struct ingest *ingest)
{
    const struct ingest_options *options = ingest->options;
    const struct feed_events events = ingest_feed_events(ingest);
    enum exit_code code = open_rejects(ingest);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    ingest->reader = feed_reader_new(&options->feed, &events);
    if (ingest->reader != NULL)
        return EXIT_ALL_ACCOUNTED;
    log_event(LOG_ERROR_LEVEL, "out-of-memory", NULL);
    (void)close_rejects(ingest, false);
    return EXIT_BUG;
}

static enum exit_code ingest_source(struct ingest *ingest)
{
    const struct outlet_events events = ingest_outlet_events(ingest);
    int64_t began_ms = clock_now();
    enum exit_code code = start(ingest);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    struct feed_file file;
    bool is_file = source_file(ingest->source, &file);
    ingest->outlet.ops->begin(ingest->outlet.self, &ingest->feed, is_file ? &file : NULL, &events);
    progress_start(&ingest->progress, source_size(ingest->source), began_ms);
    if (is_file)
        ingest_claim_file(ingest);
    code = read_feed(ingest);
    ingest->summary->took_ms = clock_now() - began_ms;
    ingest->summary->json = feed_reader_layout(ingest->reader).json;
    feed_reader_free(ingest->reader);
    buffer_release(&ingest->encoded);
    return code;
}

static enum exit_code no_source(const char *path, enum source_result result,
                                const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "no-feed", "path", path, "why", reason->text, NULL);
    return result == SOURCE_MISSING ? EXIT_NO_FEED : EXIT_BAD_FEED;
}

enum exit_code ingest_feed(const struct ingest_options *options, struct outlet outlet,
                           const char *path, struct ingest_summary *summary)
{
    struct reason reason = REASON_INIT;
    struct ingest ingest = {
        .options = options,
        .outlet = outlet,
        .summary = summary,
        .encoded = BUFFER_INIT(ENCODED_BYTES_MAX),
    };
    enum source_result opened = source_open(path, &ingest.source, &reason);
    if (opened != SOURCE_OK)
        return no_source(path, opened, &reason);
    ingest.feed =
        (struct feed_name){.name = source_name(ingest.source), .id = source_id(ingest.source)};
    *summary = (struct ingest_summary){.topic = options->topic, .dry_run = options->dry_run};
    snprintf(summary->feed, sizeof summary->feed, "%s", ingest.feed.name);
    snprintf(summary->feed_id, sizeof summary->feed_id, "%s", ingest.feed.id);
    enum exit_code code = ingest_source(&ingest);
    source_close(ingest.source);
    return code;
}
