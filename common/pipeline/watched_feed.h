/* The whole life of one file of a watched folder, in the process that was made for it:
 *
 *     ingest      into the outlet; when the rows are settled the outlet records that the feed is
 *                 complete. From here on another try finds it sent before, and goes on below
 *     look again  only when this run has not sent all of it: what is refused is found anew, by reading
 *                 the feed once more without sending it
 *     file        the refused rows, then the report, then the feed itself
 *
 * The process may die anywhere: the file is where it was, and whoever tries again comes to the same end
 * without sending a row twice. */
#ifndef FEEDS_PIPELINE_WATCHED_FEED_H
#define FEEDS_PIPELINE_WATCHED_FEED_H

#include "pipeline/filing.h"
#include "pipeline/ingest.h"
#include "pipeline/outlet.h"
#include "pipeline/watch_table.h"

struct watched_feed {
    const struct ingest_options *options; /* strict counts for the exit code only */
    const struct filing *filing;
    const char *instance;
    bool json; /* the summary on standard output */
};

/* Returns EXIT_ALL_ACCOUNTED, EXIT_BAD_FEED (failed; or strict, and rows were refused or it is a
 * duplicate), or, with WATCH_END_STAYS, why it is to be tried again. Says on stderr what went wrong. */
enum exit_code watched_feed(const struct watched_feed *watched, struct outlet outlet,
                            const char *name, enum watch_end *end);

#endif
