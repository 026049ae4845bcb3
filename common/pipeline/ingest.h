/* One feed: bytes → rows → checked → encoded → the outlet; what is refused on the way goes there
 * as well, with its reason. Memory does not depend on the feed's size. */
#ifndef FEEDS_PIPELINE_INGEST_H
#define FEEDS_PIPELINE_INGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "feed/feed_reader.h"
#include "pipeline/ingest_summary.h"
#include "pipeline/outlet.h"

struct ingest_options {
    struct feed_options feed; /* with the entity */
    const char *topic;
    const char *rejected_path; /* where the refused rows go as a file; NULL: nowhere */
    bool
        rejected_passed_on; /* the caller puts that file elsewhere, and says what there is to say */
    bool strict;            /* refused rows are EXIT_BAD_FEED; so is a copy that is not sent */
    bool dry_run;
    bool silent; /* a second look at a feed of which everything was said at the first */
};

/* path: a file, or "-" for standard input. Says on stderr what went wrong. The summary is filled
 * unless the result is EXIT_NO_FEED. */
enum exit_code ingest_feed(const struct ingest_options *options, struct outlet outlet,
                           const char *path, struct ingest_summary *summary);

#endif
