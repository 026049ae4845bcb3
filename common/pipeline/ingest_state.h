/* What the files ingest*.c share: the state of one feed's run. For these files only. */
#ifndef FEEDS_PIPELINE_INGEST_STATE_H
#define FEEDS_PIPELINE_INGEST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/record.h"
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
    bool resumed;                /* the first rows were sent by an earlier run */
    size_t value_bytes_max;      /* of a message, as the topic takes it */
    struct rejected_file *later; /* resumed: for all refused rows, which are found at the end */
    enum exit_code code;         /* the outlet's; once set, rows are no longer taken */
};

/* What the feed's reader tells, and what the outlet does. */
struct feed_events ingest_feed_events(struct ingest *ingest);
struct outlet_events ingest_outlet_events(struct ingest *ingest);
/* Whether the feed's file is not what it was; said once. */
bool ingest_changed(struct ingest *ingest);
/* Gives the reader the feed's next bytes. 1: there is more; 0: that was the end, or the outlet takes no
 * more; -1: `failure` says why the feed is unusable. */
int ingest_read(struct ingest *ingest, struct failure *failure);
/* The row as a message, in ingest->encoded. 0, and the record is to be released; or -1 with why it is
 * refused. */
int ingest_encode(struct ingest *ingest, const struct row *row, struct record *record,
                  struct failure *failure);

/* ingest_claim.c. */

/* Before a file is read: asks the outlet for it, and makes ready to go on where an earlier run ended. A
 * file without rows is not asked for. */
void ingest_claim_file(struct ingest *ingest);
/* At a stream's first row. */
void ingest_claim_stream(struct ingest *ingest);

/* ingest_again.c: reads a resumed feed that was sent to its end once more, and sends nothing: all refused
 * rows of it go to the file of refused rows, also those that an earlier run has found. */
enum exit_code ingest_again(struct ingest *ingest);

#endif
