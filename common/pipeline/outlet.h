/* The port between the producer's loop (ingest.h) and whatever takes the rows. Adapters: Kafka
 * (kafka_outlet.h), the dry run (dry_outlet.h), and the unit tests' own.
 *
 * Every row that ingest hands over, by row() or reject(), ends in exactly one event, sent() or
 * rejected(), when the other side has confirmed it; or in none, and then finish() does not return
 * EXIT_ALL_ACCOUNTED. Events come from within the operations. */
#ifndef FEEDS_PIPELINE_OUTLET_H
#define FEEDS_PIPELINE_OUTLET_H

#include <stddef.h>
#include <stdint.h>

#include "core/error_code.h"
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
    void *arg;
};

/* row() and reject() return EXIT_ALL_ACCOUNTED, or the code with which the program has to end: the
 * row was then not taken, and nothing more will be. */
struct outlet_ops {
    void (*begin)(void *self, const struct feed_name *feed, const struct outlet_events *events);
    enum exit_code (*row)(void *self, const struct outlet_row *row);
    enum exit_code (*reject)(void *self, const struct reject *reject);
    /* The feed as a whole is unusable. Tries for a bounded time only. */
    void (*feed_failed)(void *self, const struct reject *reject);
    /* Without waiting: sees to what came back. */
    enum exit_code (*turn)(void *self);
    /* Waits until every row handed over since begin() is settled, or will not be. */
    enum exit_code (*finish)(void *self);
};

struct outlet {
    const struct outlet_ops *ops;
    void *self;
};

#endif
