/* How far a feed is, for who watches: a line that overwrites itself on a terminal, else a log line
 * every few seconds. */
#ifndef FEEDS_PIPELINE_PROGRESS_H
#define FEEDS_PIPELINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/ingest_summary.h"

struct progress {
    bool terminal;
    bool shown; /* a line stands on the terminal */
    int64_t started_ms, due_ms;
    int64_t feed_bytes; /* -1: not known */
};

void progress_start(struct progress *progress, int64_t feed_bytes, int64_t now_ms);
/* Says something when it is time to. done_bytes: of the feed, read so far. */
void progress_tick(struct progress *progress, const struct ingest_summary *summary,
                   int64_t done_bytes, int64_t now_ms);
/* Takes the line off the terminal: in front of other output, and at the end. */
void progress_clear(struct progress *progress);

#endif
