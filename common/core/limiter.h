/* Adaptive concurrency: additive increase, multiplicative decrease. Time is a parameter. */
#ifndef FEEDS_CORE_LIMITER_H
#define FEEDS_CORE_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limiter {
    double limit; /* requests in flight, 1..maximum */
    size_t maximum;
    double base_ms;       /* smoothed latency of the target when it is not crowded */
    double smooth_ms;     /* smoothed latency now */
    int64_t shrunk_ms;    /* when it shrank last */
    int64_t closed_until; /* the target asked for silence (Retry-After) */
};

enum limiter_signal {
    LIMITER_OK,
    LIMITER_OVERLOAD, /* 429, 503, a time-out: shrink */
    LIMITER_FAILED,   /* says nothing about load (400, 404): neither grows nor shrinks */
};

void limiter_init(struct limiter *limiter, size_t maximum);
/* How many more requests may start, with in_flight on the way. */
size_t limiter_room(const struct limiter *limiter, size_t in_flight, int64_t now_ms);
/* One request ended after took_ms; in_flight others were on the way when it started. */
void limiter_note(struct limiter *limiter, enum limiter_signal signal, double took_ms,
                  size_t in_flight, int64_t now_ms);
/* Nothing starts before then. */
void limiter_close(struct limiter *limiter, int64_t until_ms);

#endif
