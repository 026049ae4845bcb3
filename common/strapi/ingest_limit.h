/* How many items the next batch of a partition may have: what a target does not survive, or does not
 * take, is tried in smaller company, down to the one that is to blame; then it grows again. Pure.
 *
 * - A failed batch is sent once more as it was, then halved. What failed is worked off in pieces of that
 *   size before they grow, so that the search for a bad one does not begin anew behind each good piece.
 * - Too much for a proxy, or too slow: that has nothing to do with one item, and will be the same with the
 *   next ones. The ceiling comes down as well, and rises only after many batches that passed. */
#ifndef FEEDS_STRAPI_INGEST_LIMIT_H
#define FEEDS_STRAPI_INGEST_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct ingest_limit {
    size_t items;         /* of the next batch, 1..ceiling */
    size_t ceiling, most; /* ceiling: 1..most */
    unsigned passed;      /* full batches since the ceiling came down */
    int64_t failed_at;    /* where a batch begins that was sent and failed once; -1: none */
    int64_t trouble_end;  /* no growth before the position is there */
};

void ingest_limit_init(struct ingest_limit *limit, size_t most);
/* A batch of so many items passed; the position is `next` now. */
void ingest_limit_passed(struct ingest_limit *limit, size_t count, int64_t next);
/* A batch of offsets `first` to below `next` failed as a whole, and one item may be the reason. */
void ingest_limit_failed(struct ingest_limit *limit, size_t count, int64_t first, int64_t next);
/* The target died of it. */
void ingest_limit_died(struct ingest_limit *limit, size_t count, int64_t next);
/* It was too large, or took too long. */
void ingest_limit_too_much(struct ingest_limit *limit, size_t count, int64_t next);

#endif
