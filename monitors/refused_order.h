/* The lines of a file of refused rows, in the order of their feed. They are found in that of the error
 * topic, where partitions mix them; but movements of one product that go back in want their order.
 * Feeds of one name stand one behind the other, the one first whose first row was refused first.
 *
 * The lines wait in a temporary file without a name; in memory are 40 bytes for each. */
#ifndef FEEDS_MONITORS_REFUSED_ORDER_H
#define FEEDS_MONITORS_REFUSED_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"

struct refused_order;

/* Where a line belongs. */
struct refused_place {
    const char *feed_id; /* not NUL-terminated; NULL: not known */
    size_t feed_id_len;
    uint64_t row;
    int64_t time_ms; /* when it was refused */
};

/* Takes the next line; -1: no more are wanted. */
typedef int refused_line_fn(void *arg, const char *line, size_t len);

/* NULL with a reason. Freed by refused_order_free(), which takes NULL. */
struct refused_order *refused_order_new(struct reason *reason);
/* 0, or -1 with a reason (a full disk, no memory). */
int refused_order_add(struct refused_order *order, const struct refused_place *place,
                      const char *line, size_t len, struct reason *reason);
/* Hands out every line, once all have been added. Lines of one row stand as they were added. 0, or -1
 * with a reason. */
int refused_order_each(struct refused_order *order, refused_line_fn *take, void *arg,
                       struct reason *reason);
void refused_order_free(struct refused_order *order);

#endif
