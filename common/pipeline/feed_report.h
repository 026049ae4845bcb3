/* The report on a file of a watched folder: what became of it and of its rows, as one JSON object.
 * docs/feeds.md lists the members. Pure. */
#ifndef FEEDS_PIPELINE_FEED_REPORT_H
#define FEEDS_PIPELINE_FEED_REPORT_H

#include "core/buffer.h"
#include "pipeline/ingest_summary.h"
#include "service/exit_code.h"

#define REPORT_BYTES_MAX (256 * 1024)

enum feed_outcome {
    OUTCOME_DONE, /* every row was sent, or is an error record; by this run or by an earlier one */
    OUTCOME_DUPLICATE, /* nothing was sent: another file with this content was */
    OUTCOME_FAILED,    /* it cannot be read, or not to its end; or was changed meanwhile */
    OUTCOME_STAYS,     /* it is not through: to be tried again */
};

/* What the end of an ingest_feed() without `strict` means for its file. */
enum feed_outcome feed_outcome(enum exit_code code, const struct ingest_summary *summary);

/* All is borrowed. */
struct feed_report {
    enum feed_outcome outcome;
    const struct ingest_summary *summary;
    const struct feed_file *which; /* the file that the report is about, as it is now */
    const char *rejected;          /* name of the file of refused rows, "": there is none */
    int64_t started_ms, ended_ms;  /* since 1970 */
    const char *service, *instance;
};

/* Indented, with a line end. 0, or -1 when out of memory. */
int feed_report_write(const struct feed_report *report, struct buffer *out);
/* Whether both say the same of the same file, but for the run that has made them. */
bool feed_report_same(const char *one, size_t one_len, const char *other, size_t other_len);

/* What a watcher wants to know of the reports of its predecessors. */
struct feed_report_head {
    char file[3 * FEED_FILE_SIZE]; /* valid UTF-8 */
    char topic[256];
    enum feed_outcome outcome;
    struct feed_file which;
    bool changed;
};

/* 0, or -1 when the bytes are no report. */
int feed_report_read(const char *bytes, size_t len, struct feed_report_head *head);

#endif
