#include "core/limiter.h"

/* Where to begin: low enough for a small target, high enough to learn quickly. */
#define FIRST_LIMIT 2.0
/* Weight of one measurement in the smoothed latency. */
#define SMOOTHING 0.1
/* Beyond this multiple of the uncrowded latency more requests only wait: Strapi is one Node core,
 * its throughput is flat from about 4 connections and latency grows in proportion. */
#define CROWDED 5.0
#define SHRINK  0.5
#define EASE    0.9
/* Answers to requests sent before the last shrink say nothing about the new limit. */
#define SHRINK_PAUSE_MS 1000

void limiter_init(struct limiter *limiter, size_t maximum)
{
    *limiter = (struct limiter){.maximum = maximum ? maximum : 1};
    limiter->limit =
        FIRST_LIMIT < (double)limiter->maximum ? FIRST_LIMIT : (double)limiter->maximum;
}

size_t limiter_room(const struct limiter *limiter, size_t in_flight, int64_t now_ms)
{
    size_t limit = (size_t)limiter->limit;

    if (now_ms < limiter->closed_until || in_flight >= limit)
        return 0;
    return limit - in_flight;
}

static void learn(struct limiter *limiter, double took_ms)
{
    if (limiter->smooth_ms <= 0) {
        limiter->base_ms = limiter->smooth_ms = took_ms;
        return;
    }
    limiter->smooth_ms += SMOOTHING * (took_ms - limiter->smooth_ms);
    /* With no more than FIRST_LIMIT requests allowed, what is measured is by definition not
     * crowded: a target whose work grew slower (a larger table) is not taken for a crowded one for
     * ever. */
    if (limiter->smooth_ms < limiter->base_ms || limiter->limit <= FIRST_LIMIT)
        limiter->base_ms = limiter->smooth_ms;
}

static void shrink(struct limiter *limiter, double factor, int64_t now_ms)
{
    if (limiter->shrunk_ms && now_ms - limiter->shrunk_ms < SHRINK_PAUSE_MS)
        return;
    limiter->shrunk_ms = now_ms;
    limiter->limit *= factor;
    if (limiter->limit < 1)
        limiter->limit = 1;
}

void limiter_note(struct limiter *limiter, enum limiter_signal signal, double took_ms,
                  size_t in_flight, int64_t now_ms)
{
    if (signal == LIMITER_OVERLOAD) {
        shrink(limiter, SHRINK, now_ms);
        return;
    }
    if (signal != LIMITER_OK)
        return;
    learn(limiter, took_ms);
    if (limiter->smooth_ms > CROWDED * limiter->base_ms) {
        shrink(limiter, EASE, now_ms);
        return;
    }
    /* Only a limit that is used can be known to be too small. */
    if (in_flight + 1 >= (size_t)limiter->limit)
        limiter->limit += 1 / limiter->limit;
    if (limiter->limit > (double)limiter->maximum)
        limiter->limit = (double)limiter->maximum;
}

void limiter_close(struct limiter *limiter, int64_t until_ms)
{
    if (until_ms > limiter->closed_until)
        limiter->closed_until = until_ms;
}
