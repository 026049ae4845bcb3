/* What ingest.c and ingest_rows.c share: the state of one feed's run. For these two files only. */
#ifndef FEEDS_PIPELINE_INGEST_STATE_H
#define FEEDS_PIPELINE_INGEST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "feed/feed_reader.h"
#include "feed/source.h"
#include "pipeline/ingest.h"
#include "pipeline/progress.h"
#include "pipeline/reject_log.h"

struct ingest {
    const struct ingest_options *options;
    struct outlet outlet;
    struct ingest_summary *summary;
    struct source *source;
    struct feed_reader *reader;
    struct feed_name feed;
    struct reject_log rejects;
    struct progress progress;
    struct buffer encoded;
    int64_t done_bytes;
    struct feed_progress handed; /* what the outlet has: counts, and the place behind it */
    bool claimed;                /* the outlet was asked whether the feed is ours to send */
    bool sent_before;            /* and it is not */
    bool changed;                /* the feed, while it was read */
    enum exit_code code;         /* the outlet's; once set, rows are no longer taken */
};

/* What the feed's reader tells, and what the outlet does. */
struct feed_events ingest_feed_events(struct ingest *ingest);
struct outlet_events ingest_outlet_events(struct ingest *ingest);
/* Whether the feed's file is not what it was; said once. */
bool ingest_changed(struct ingest *ingest);

#endif
