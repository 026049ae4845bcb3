/* The original that an error record carries: a feed's row, or a message. */
#ifndef FEEDS_MONITORS_REFUSED_ORIGINAL_H
#define FEEDS_MONITORS_REFUSED_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "monitors/failure_record.h"

struct refused_original {
    const struct entity *entity; /* NULL: not known */
    bool is_row;                 /* a producer's: as it stands in the feed; else a message */
    bool whole;                  /* not cut */
    uint64_t row;                /* 0: none, it is about a feed as a whole, or about no feed */
    char *bytes;                 /* owned; NULL: none */
    size_t len;
};

/* 0, or -1 when out of memory. Released either way by refused_original_release(). */
int refused_original_read(struct refused_original *original, const struct failure_record *record);
void refused_original_release(struct refused_original *original);

#endif
