/* The line at a feed's end that a person can check, and the same for machines. Pure. */
#ifndef FEEDS_PIPELINE_INGEST_SUMMARY_H
#define FEEDS_PIPELINE_INGEST_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error_code.h"
#include "core/feed_runs.h"
#include "core/reason.h"

#define SUMMARY_BYTES_MAX 8192

struct ingest_summary {
    char feed[256];
    char feed_id[FEED_RUN_SIZE];
    const char *topic;
    bool dry_run;
    bool sent_before;      /* by an earlier run: nothing was sent */
    bool duplicate;        /* and that was another file with the same content */
    bool alike;            /* and these were most of its rows, as another feed's */
    bool busy;             /* and it is not through: another program is sending it right now */
    struct feed_run about; /* sent_before: that run; its id is "" when it is not known */
    bool changed;          /* the file, while it was read */
    bool read_otherwise;   /* by an earlier run, which cannot be gone on with */
    bool json;             /* what the feed is; else CSV */
    uint64_t rows_before;  /* of rows, those that an earlier run had sent or refused */
    uint64_t rows;         /* read so far: sent + rejected + those of which nobody knows */
    uint64_t sent;         /* acknowledged by the topic */
    uint64_t rejected;     /* their error records acknowledged by the error topic */
    uint64_t
        left_out; /* of those, not in the file of refused rows: too long, or refused by Kafka in
                              an earlier run */
    uint64_t codes[ERROR_CODE_COUNT];
    struct reason examples[ERROR_CODE_COUNT]; /* the first of each code, "" where there is none */
    uint64_t unconfirmed_first, unconfirmed_last; /* row numbers; 0 when all are accounted for */
    int64_t took_ms;
    struct reason ended; /* why it ended before its end; "" when it did not */
};

/* Rows that were read and are neither sent nor rejected. */
uint64_t summary_unconfirmed(const struct ingest_summary *summary);

/* `a.csv: 200 rows read = 195 sent + 5 rejected (3 invalid_field, 2 column_count) in 1.2s`. Both 0,
 * or -1 when out of memory. */
int summary_text(const struct ingest_summary *summary, struct buffer *out);
/* One JSON object on one line. */
int summary_json(const struct ingest_summary *summary, struct buffer *out);

#endif
