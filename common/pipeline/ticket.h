/* What is kept of a row from handing it to Kafka until it is committed: enough to send it again, and
 * enough to make an error record of it when the topic refuses it. */
#ifndef FEEDS_PIPELINE_TICKET_H
#define FEEDS_PIPELINE_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/failure.h"
#include "pipeline/outlet.h"

enum ticket_state {
    TICKET_WAITING, /* to be handed to Kafka, perhaps not for the first time */
    TICKET_OUT,     /* on its way: its report will come */
    TICKET_WRITTEN, /* Kafka has it; whether it counts is the commit's */
};

struct ticket {
    TAILQ_ENTRY(ticket) link;
    enum ticket_state state;
    uint64_t row, line, offset;
    const char *raw;
    size_t raw_len;
    const char *key; /* NULL: none */
    size_t key_len;
    const char *value; /* NULL: an error record */
    size_t value_len;
    struct failure *failure; /* an error record's; NULL for a good row */
    const char *stage;       /* likewise */
    size_t bytes;            /* memory it takes */
    bool too_large;          /* the topic has refused it for its size */
};

TAILQ_HEAD(ticket_list, ticket);

/* Both copy everything but the stage. NULL when out of memory. */
struct ticket *ticket_for_row(const struct outlet_row *row);
struct ticket *ticket_for_reject(const struct reject *reject);
void ticket_free(struct ticket *ticket);

/* The row as it was handed over, without its cells; borrows the ticket's bytes. */
void ticket_row(const struct ticket *ticket, struct row *row);

void ticket_list_release(struct ticket_list *list);

#endif
