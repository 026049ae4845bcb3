/* The port between the producer's loop (ingest.h) and whatever takes the rows. Adapters: Kafka
 * (kafka_outlet.h), the dry run (dry_outlet.h), and the unit tests' own.
 *
 *     begin(), claim(), row() or reject() as often as there are rows, finish()
 *
 * Every row that ingest hands over, by row() or reject(), ends in exactly one event, sent() or
 * rejected(), when the other side has confirmed it; or in none, and then finish() does not return
 * EXIT_ALL_ACCOUNTED. Events come from within the operations. */
#ifndef FEEDS_PIPELINE_OUTLET_H
#define FEEDS_PIPELINE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error_code.h"
#include "core/feed_progress.h"
#include "core/feed_runs.h"
#include "core/feed_sample.h"
#include "core/row.h"
#include "pipeline/reject.h"
#include "service/exit_code.h"

/* A row that has passed every check. Borrowed until row() returns. */
struct outlet_row {
    const struct row *row;
    const char *key; /* the natural key, or NULL */
    size_t key_len;
    const char *value; /* the encoded record */
    size_t value_len;
};

struct outlet_events {
    void (*sent)(void *arg);
    void (*rejected)(void *arg, enum error_code code);
    /* The other side cannot take a row that was handed over as good; the outlet reports it itself,
     * and rejected() follows. */
    void (*refused)(void *arg, const struct reject *reject);
    /* finish() gives up on rows, the first and last of which have these numbers. */
    void (*unconfirmed)(void *arg, uint64_t first, uint64_t last);
    /* Something is being waited for: a chance to show progress. */
    void (*waiting)(void *arg);
    /* How far is it? Fills in rows, sent, rejected, codes, place and reading: of every row that was
     * handed over before the one whose row() or reject() asks, confirmed or not; a row that was
     * refused() counts as rejected. From there the feed can be gone on with. */
    void (*count)(void *arg, struct feed_progress *progress);
    /* Asked before anything is committed: is the feed's file another one by now, or was it changed? It
     * is said already. What is not committed is to be dropped, and the operation returns
     * EXIT_BAD_FEED. */
    bool (*changed)(void *arg);
    /* Another process has taken the feed, and goes on with it from what was confirmed; why says which.
     * What was not confirmed is its business now, and what is handed over from here on is dropped. */
    void (*taken)(void *arg, const struct reason *why);
    void *arg;
};

/* What claim() is told of the feed; borrowed until it returns. */
struct outlet_wish {
    /* How its rows are written (feed/row_layout.h); NULL when that cannot be said. */
    const char *layout;
    /* Of its first rows; NULL for a stream, for a file of refused rows, and where a row may come twice
     * (core/feed_sample.h). */
    const struct feed_sample *sample;
};

/* The answer to claim(). */
struct outlet_claim {
    bool granted;
    char feed_id
        [FEED_RUN_SIZE]; /* granted: what the run is called; as given, or a name of its own */
    /* granted: how far an earlier run of a file came. Rows behind that are handed over, and counted as if
     * this run had sent those as well. rows 0: there is none, or it is not gone on with. */
    struct feed_progress from;
    size_t value_bytes_max; /* granted: larger messages the topic does not take; 0: not known */
    struct reason why_not;  /* else: what to tell who wanted to send it. It was sent before */
    bool duplicate;         /* and what was sent is another file: this one may be a delivery */
    bool alike;             /* most of it was sent, as rows of another feed: exit code 65 */
    bool busy; /* and is being sent right now: whether all of it will be, nobody knows */
    struct feed_run about; /* not granted: the run that is in the way */
};

/* claim(), row() and reject() return EXIT_ALL_ACCOUNTED, or the code with which the program has to
 * end: the row was then not taken, and nothing more will be. */
struct outlet_ops {
    /* file: what tells the feed's file from others; NULL for a stream. */
    void (*begin)(void *self, const struct feed_name *feed, const struct feed_file *file,
                  const struct outlet_events *events);
    /* Before the first row: is it ours to send, and from where on? If not, no row is to be handed
     * over. */
    enum exit_code (*claim)(void *self, const struct outlet_wish *wish, struct outlet_claim *claim);
    enum exit_code (*row)(void *self, const struct outlet_row *row);
    enum exit_code (*reject)(void *self, const struct reject *reject);
    /* The feed as a whole is unusable. Tries for a bounded time only. */
    void (*feed_failed)(void *self, const struct reject *reject);
    /* Without waiting: sees to what came back. */
    enum exit_code (*turn)(void *self);
    /* Waits until every row handed over since begin() is settled, or will not be. complete: they
     * were all rows of the feed; when they are settled it counts as sent. */
    enum exit_code (*finish)(void *self, bool complete);
};

struct outlet {
    const struct outlet_ops *ops;
    void *self;
};

#endif
