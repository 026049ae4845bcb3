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

#include <stddef.h>
#include <stdint.h>

#include "core/error_code.h"
#include "core/feed_runs.h"
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
    /* How far is it? Fills in rows, sent, rejected and offset. */
    void (*count)(void *arg, struct feed_progress *progress);
    void *arg;
};

/* The answer to claim(). */
struct outlet_claim {
    bool granted;
    char feed_id
        [FEED_RUN_SIZE];   /* granted: what the run is called; as given, or a name of its own */
    struct reason why_not; /* else: what to tell who wanted to send it. It was sent before */
    bool duplicate;        /* and what was sent is another file: this one may be a delivery */
    bool busy; /* and is being sent right now: whether all of it will be, nobody knows */
    struct feed_run about; /* not granted: the run that is in the way */
};

/* claim(), row() and reject() return EXIT_ALL_ACCOUNTED, or the code with which the program has to
 * end: the row was then not taken, and nothing more will be. */
struct outlet_ops {
    /* file: what tells the feed's file from others; NULL for a stream. */
    void (*begin)(void *self, const struct feed_name *feed, const struct feed_file *file,
                  const struct outlet_events *events);
    /* Before the first row: is it ours to send? If not, no row is to be handed over. layout: how its
     * rows are written (feed/row_layout.h), NULL when that cannot be said; copied. */
    enum exit_code (*claim)(void *self, const char *layout, struct outlet_claim *claim);
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
