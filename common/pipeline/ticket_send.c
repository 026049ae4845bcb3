#include "pipeline/ticket_send.h"

#include <inttypes.h>
#include <stdio.h>

#include "service/clock.h"

static enum send_result send_row(const struct kafka_link *link, const struct feed_name *feed,
                                 struct ticket *ticket, struct reason *reason)
{
    char number[24];
    const struct kafka_header headers[] = {
        {"feed", feed->name},
        {"feed-id", feed->id},
        {"row", number},
        {"content-type", "application/json"},
    };
    const struct kafka_send send = {
        .topic = link->topic,
        .key = ticket->key,
        .key_len = ticket->key_len,
        .value = ticket->value,
        .value_len = ticket->value_len,
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .opaque = ticket,
    };
    snprintf(number, sizeof number, "%" PRIu64, ticket->row);
    return kafka_producer_send(link->producer, &send, reason);
}

static enum send_result send_reject(const struct kafka_link *link, const struct feed_name *feed,
                                    struct ticket *ticket, struct reason *reason)
{
    struct row row;
    struct reason sentence;
    struct error_record record;
    ticket_row(ticket, &row);
    const struct reject reject = {&row, ticket->failure, ticket->stage};
    reject_sentence(&reject, feed, &sentence);
    reject_record(&reject, feed, &sentence, &record);
    program_sign(link->program, &record);
    record.topic = link->topic;
    record.failed_ms = record.first_failed_ms = clock_wall();
    return error_topic_send(link->errors, &record, ticket, reason);
}

enum send_result ticket_send(const struct kafka_link *link, const struct feed_name *feed,
                             struct ticket *ticket, struct reason *reason)
{
    if (ticket->failure != NULL)
        return send_reject(link, feed, ticket, reason);
    return send_row(link, feed, ticket, reason);
}

size_t ticket_message_bytes(const struct ticket *ticket)
{
    return ticket->failure != NULL ? 0 : ticket->key_len + ticket->value_len;
}
