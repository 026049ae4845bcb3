/* The names of a watched folder: which files are left alone, and what is put beside those that are
 * through. Pure.
 *
 *     stock.csv                              its own name, if that is free in done/
 *     stock.0123456789ab.csv                 else, with the first 12 digits of its feed-id
 *     stock.csv.0123456789ab.report.json
 *     stock.csv.0123456789ab.rejected.csv    (.ndjson)
 *     stock.csv.0123456789ab.2.report.json   when there is one already, and it says something else */
#ifndef FEEDS_PIPELINE_WATCH_NAMES_H
#define FEEDS_PIPELINE_WATCH_NAMES_H

#include <stdbool.h>

/* Of a file's name in every file system that matters, with its NUL. */
#define WATCH_NAME_SIZE   256
#define WATCH_FEED_DIGITS 12

/* Somebody is still at it: hidden, or it ends in .part, .tmp, .filepart or ~, in capitals too. */
bool watch_leaves_alone(const char *name);

enum watch_output { OUTPUT_FEED, OUTPUT_REPORT, OUTPUT_REJECTED_CSV, OUTPUT_REJECTED_JSON };

/* The n-th name to try, from 1, for an output of the feed. A name that would be too long is that of a
 * shorter feed's. */
void watch_output_name(enum watch_output output, const char *name, const char *feed_id, unsigned n,
                       char out[WATCH_NAME_SIZE]);

#endif
