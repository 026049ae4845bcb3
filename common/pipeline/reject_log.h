/* What an operator sees of refused rows: the first few as log lines (a million bad rows must not be
 * a million lines; the error topic has them all), and every one of them in the --rejected file,
 * except those of which only the beginning was read (row_too_long). */
#ifndef FEEDS_PIPELINE_REJECT_LOG_H
#define FEEDS_PIPELINE_REJECT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/rejected_file.h"
#include "pipeline/reject.h"

#define REJECTS_LOGGED 10

struct reject_log {
    const struct feed_name *feed;
    struct rejected_file *file; /* NULL: none wanted */
    struct reason failed;       /* why the file is not complete; "" while it is */
    uint64_t count;
    uint64_t left_out; /* rows that are too long to be in the file */
    bool silent;       /* somebody else says them */
};

/* path may be NULL. 0, or -1 with a reason: the file cannot be made. */
int reject_log_open(struct reject_log *log, const struct feed_name *feed, const char *path,
                    bool silent, struct reason *reason);
void reject_log_add(struct reject_log *log, const struct rejected_layout *layout,
                    const struct reject *reject);
/* Only a complete run, with every row read and settled, puts the file in place. 0, or -1 with a
 * reason: the file is not what it should be. */
int reject_log_close(struct reject_log *log, bool complete, struct reason *reason);

#endif
