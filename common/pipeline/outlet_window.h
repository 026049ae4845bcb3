/* The tickets of what was handed over and is not committed, in the order of its rows. From here rows
 * go out again when their transaction has failed: a file could be read again instead, from where the
 * last commit was, but standard input could not, and the reader would have to be brought back to that
 * place in the middle of a row. So both are kept, bounded by the transaction's size. Pure. */
#ifndef FEEDS_PIPELINE_OUTLET_WINDOW_H
#define FEEDS_PIPELINE_OUTLET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"
#include "kafka/producer.h"
#include "pipeline/outlet.h"
#include "pipeline/ticket.h"

/* More than this is not kept at once. librdkafka has its own copy of what is on the way. */
#define WINDOW_BYTES_MAX (32 * 1024 * 1024)

struct outlet_window {
    struct ticket_list tickets; /* in the order of their rows */
    size_t count, bytes;
    size_t waiting, out; /* of `count`: in these states */
    size_t closed;       /* of `count`: the first ones, which the progress on its way tells of */
    bool alive;          /* something was written since the caller cleared this */
    bool failed;         /* something came back other than for its size; likewise */
    struct reason why;   /* it did */
    struct outlet_events events;
};

void window_init(struct outlet_window *window);
/* Whether no ticket should be added; rows_max of them at most. One is always let in. */
bool window_full(const struct outlet_window *window, size_t rows_max);
/* The window owns the ticket from here on. It is the last one, and waits. */
void window_add(struct outlet_window *window, struct ticket *ticket);
/* A waiting ticket becomes another, which waits; the first one is freed. */
void window_replace(struct outlet_window *window, struct ticket *ticket, struct ticket *by);
/* A waiting ticket was handed to Kafka. */
void window_on_its_way(struct outlet_window *window, struct ticket *ticket);
/* Kafka's report of a ticket that is on its way: it is written, or waits again. */
void window_report(struct outlet_window *window, struct ticket *ticket, enum delivery delivery,
                   const char *why);
/* A ticket that is on its way comes back, and nothing follows from that. */
void window_return(struct outlet_window *window, struct ticket *ticket);
/* Something came back, or could not be handed over, other than for its size. */
void window_failed(struct outlet_window *window, const char *why);
/* Everything waits again. No report may come any more of what was on its way. */
void window_rewind(struct outlet_window *window);
/* What comes from here on is not for the transaction that is to be committed. */
void window_close(struct outlet_window *window);
/* What is in front of that is committed: raises sent() or rejected() for each, in order, and forgets them. */
void window_commit(struct outlet_window *window);
/* How many rows are not committed, and the numbers of the first and last. */
size_t window_unconfirmed(const struct outlet_window *window, uint64_t *first, uint64_t *last);
/* Forgets all, without an event. */
void window_release(struct outlet_window *window);

#endif
