/* What the first rows of a feed were, in short: by it a feed is recognized of which most was sent
 * before, as a part of another file. A corrected file of movements that is sent as a whole would apply
 * thousands of them a second time.
 *
 *     struct feed_sample sample = FEED_SAMPLE_INIT;
 *     feed_sample_add(&sample, value, len);            each row's message, until it is full
 *     overlap = feed_sample_compare(&sample, &earlier, rows_sent);
 *     if (feed_overlap_is_resend(&overlap)) ...
 *
 * Pure. Of feeds whose rows may come twice without harm (UPSERT) none is made, and none of a file of
 * refused rows: it is there to be sent behind the feed that they stood in, corrected or not. */
#ifndef FEEDS_CORE_FEED_SAMPLE_H
#define FEEDS_CORE_FEED_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Rows of a feed that are looked at. */
#define FEED_SAMPLE_MAX 1000
/* Ceiling of a sample as text: base64 of eight bytes a row. */
#define FEED_SAMPLE_TEXT_MAX ((FEED_SAMPLE_MAX * 8 + 2) / 3 * 4)

struct feed_sample {
    size_t count;                     /* rows, in their order */
    uint64_t hashes[FEED_SAMPLE_MAX]; /* of a row's message; 0: it was refused */
};

#define FEED_SAMPLE_INIT                                                                           \
    {                                                                                              \
        .count = 0                                                                                 \
    }

bool feed_sample_full(const struct feed_sample *sample);
/* The next row, as it is sent; value NULL: it is refused. */
void feed_sample_add(struct feed_sample *sample, const char *value, size_t len);

/* Appends it as base64, at most FEED_SAMPLE_TEXT_MAX bytes. 0, or -1 over the ceiling of `out` or out
 * of memory. */
int feed_sample_write(const struct feed_sample *sample, struct buffer *out);
/* 0, or -1 when the text is no sample. */
int feed_sample_read(const char *text, size_t len, struct feed_sample *sample);

struct feed_overlap {
    size_t rows; /* good rows of the new feed's sample */
    size_t
        common;   /* of these, rows that the earlier run has sent; equal rows count as often as both
                      have them */
    size_t kinds; /* of these, how many differ from each other */
};

/* rows_sent: how far the earlier run came, in rows of its feed: those behind were not sent. */
struct feed_overlap feed_sample_compare(const struct feed_sample *feed,
                                        const struct feed_sample *earlier, uint64_t rows_sent);
/* Whether the new feed is the earlier one, changed: more than half of its rows were sent. Never of a
 * feed of fewer than four good rows, or when fewer than three different rows are common: so few are
 * alike by chance ("one of article X went out"). */
bool feed_overlap_is_resend(const struct feed_overlap *overlap);

#endif
