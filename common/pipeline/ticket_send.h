/* A ticket becomes a Kafka message: the row with its headers, or the error record. */
#ifndef FEEDS_PIPELINE_TICKET_SEND_H
#define FEEDS_PIPELINE_TICKET_SEND_H

#include "pipeline/kafka_link.h"
#include "pipeline/ticket.h"

/* The link must be open. The ticket comes back as the report's opaque. */
enum send_result ticket_send(const struct kafka_link *link, const struct feed_name *feed,
                             struct ticket *ticket, struct reason *reason);
/* Bytes of the message, at least; 0 for an error record, whose size is made to fit. */
size_t ticket_message_bytes(const struct ticket *ticket);

#endif
