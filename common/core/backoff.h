/* Delays that double up to a ceiling, with full jitter. Randomness is a parameter. */
#ifndef FEEDS_CORE_BACKOFF_H
#define FEEDS_CORE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms, ceiling_ms;
    unsigned step;
};

#define BACKOFF_INIT(first, ceiling)                                                               \
    {                                                                                              \
        .first_ms = (first), .ceiling_ms = (ceiling)                                               \
    }

/* The next delay: between half of min(first * 2^step, ceiling) and all of it, chosen by random (0
 * to UINT32_MAX). */
int64_t backoff_next(struct backoff *backoff, uint32_t random);
void backoff_reset(struct backoff *backoff);

#endif
