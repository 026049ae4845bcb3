/* The tickets of what Kafka has been given and has not acknowledged: those on the way, and those
 * that came back and have to be sent again. Pure. */
#ifndef FEEDS_PIPELINE_OUTLET_WINDOW_H
#define FEEDS_PIPELINE_OUTLET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"
#include "kafka/producer.h"
#include "pipeline/outlet.h"
#include "pipeline/ticket.h"

/* More than this is not on the way at once. librdkafka has its own copy of as many bytes. */
#define WINDOW_ROWS_MAX  50000
#define WINDOW_BYTES_MAX (32 * 1024 * 1024)

struct outlet_window {
    struct ticket_list out;   /* on the way */
    struct ticket_list again; /* came back, in the order of their rows */
    size_t count, bytes;      /* of both */
    bool alive;               /* something was acknowledged since the caller cleared this */
    bool failed;              /* something came back other than for its size; likewise */
    struct reason why;        /* it did */
    struct outlet_events events;
};

void window_init(struct outlet_window *window);
/* Whether no ticket of that size should be added. One is always let in. */
bool window_full(const struct outlet_window *window);
/* The window owns the ticket from here on; it is in neither list yet. */
void window_add(struct outlet_window *window, struct ticket *ticket);
void window_on_its_way(struct outlet_window *window, struct ticket *ticket);
void window_back(struct outlet_window *window, struct ticket *ticket);
/* Done with: it is in neither list. Frees it. */
void window_forget(struct outlet_window *window, struct ticket *ticket);
/* Kafka's report of a ticket that is on its way. Raises sent() or rejected(). */
void window_report(struct outlet_window *window, struct ticket *ticket, enum delivery delivery,
                   const char *why);
/* Something came back, or could not be handed over, other than for its size. */
void window_failed(struct outlet_window *window, const char *why);
/* How many rows wait for their acknowledgement, and the numbers of the first and last. */
size_t window_unconfirmed(const struct outlet_window *window, uint64_t *first, uint64_t *last);
void window_release(struct outlet_window *window);

#endif
