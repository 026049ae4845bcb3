/* The refused rows of a feed that was sent by more than one run: no run has seen all of them, so the
 * feed is read once more. It needs no state that would have to survive a crash. */
#include "pipeline/ingest_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/encode.h"
#include "pipeline/dry_outlet.h"
#include "service/log.h"

static void ignore_notice(void *arg, const char *sentence)
{
    (void)arg;
    (void)sentence;
}

static enum exit_code read_all(struct ingest *again)
{
    struct feed_events events = ingest_feed_events(again);
    struct reason reason = REASON_INIT;
    struct failure failure;
    int more = -1;
    events.notice = ignore_notice;
    again->reader = feed_reader_new(&again->options->feed, &events);
    if (again->reader != NULL && source_seek(again->source, 0, &reason) == 0)
        while ((more = ingest_read(again, &failure)) > 0)
            ;
    feed_reader_free(again->reader);
    buffer_release(&again->encoded);
    if (again->code != EXIT_ALL_ACCOUNTED)
        return again->code;
    return more < 0 || again->changed ? EXIT_IO : EXIT_ALL_ACCOUNTED;
}

/* Those that were good rows to us, and too large for the topic. */
static void note_missing(struct ingest *ingest, const struct ingest_summary *found)
{
    char count[24];
    if (found->rejected >= ingest->summary->rejected)
        return;
    ingest->summary->left_out = ingest->summary->rejected - found->rejected;
    if (ingest->options->rejected_passed_on)
        return;
    snprintf(count, sizeof count, "%" PRIu64, ingest->summary->left_out);
    log_event(LOG_WARN_LEVEL, "rejected-file", "path", ingest->options->rejected_path, "left_out",
              count, "note",
              "rows that Kafka refused are not in this file: error-monitor --rejected-csv has them",
              NULL);
}

enum exit_code ingest_again(struct ingest *ingest)
{
    struct dry_outlet dry = {.silent = true};
    struct ingest_summary found = {.dry_run = true};
    struct ingest again = {
        .options = ingest->options,
        .outlet = dry_outlet(&dry),
        .summary = &found,
        .source = ingest->source,
        .feed = ingest->feed,
        .rejects = {.feed = &ingest->feed, .file = ingest->later, .silent = true},
        .progress = {.due_ms = INT64_MAX},
        .encoded = BUFFER_INIT(ENCODED_BYTES_MAX),
        .claimed = true,
        .value_bytes_max = ingest->value_bytes_max,
    };
    const struct outlet_events events = ingest_outlet_events(&again);
    again.outlet.ops->begin(again.outlet.self, &again.feed, NULL, &events);
    enum exit_code code = read_all(&again);
    ingest->later = NULL;
    ingest->rejects.file = again.rejects.file;
    ingest->rejects.failed = again.rejects.failed;
    ingest->rejects.left_out = again.rejects.left_out;
    if (code == EXIT_ALL_ACCOUNTED)
        note_missing(ingest, &found);
    memcpy(ingest->summary->examples, found.examples, sizeof found.examples);
    if (found.changed) {
        ingest->summary->changed = true;
        reason_set(&ingest->summary->ended, "the feed changed after all of its rows were sent");
    }
    return code;
}
