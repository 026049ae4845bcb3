/* What came back from Kafka goes out again, in another form where it has to. */
#include <inttypes.h>

#include "pipeline/kafka_outlet_state.h"
#include "pipeline/ticket_send.h"
#include "service/clock.h"
#include "service/log.h"

/* The limit may have been lowered since it was asked for, or not be known at all. */
static void say_too_large(const struct kafka_link *link, size_t bytes, struct failure *failure)
{
    if (link->topic_bytes > 0 && bytes > (size_t)link->topic_bytes)
        failure_set(failure, ERROR_TOO_LARGE, NULL, NULL, 0,
                    "the message has %zu bytes; topic %s takes %" PRId64 " (max.message.bytes)",
                    bytes, link->topic, link->topic_bytes);
    else
        failure_set(failure, ERROR_TOO_LARGE, NULL, NULL, 0,
                    "the message has %zu bytes, more than topic %s takes", bytes, link->topic);
}

/* A good row that the topic cannot hold: its error record takes its place. NULL when out of memory. */
static struct ticket *refuse(struct kafka_outlet *kafka, struct ticket *ticket)
{
    struct row row;
    struct failure failure;
    ticket_row(ticket, &row);
    say_too_large(&kafka->link, ticket_message_bytes(ticket), &failure);
    const struct reject reject = {&row, &failure, STAGE_VALIDATE};
    struct ticket *record = ticket_for_reject(&reject);
    if (record == NULL) {
        kafka_outlet_out_of_memory(kafka);
        return NULL;
    }
    kafka->window.events.refused(kafka->window.events.arg, &reject);
    window_replace(&kafka->window, ticket, record);
    return record;
}

/* The error topic has refused a record: its limit was lowered, or is not what its configuration
 * says. Records get smaller until they fit. */
static void shrink_errors(struct kafka_outlet *kafka)
{
    struct kafka_link *link = &kafka->link;
    int64_t before = link->error_bytes > 0 ? link->error_bytes : ERROR_RECORD_BYTES_MAX;
    int64_t learned = kafka_link_learn_errors(link);
    if (learned > 0 && learned < before)
        return;
    if (before / 2 < ERROR_RECORD_BYTES_MIN) {
        log_say(LOG_ERROR_LEVEL, "error-topic-too-small",
                "topic %s takes no record of %d bytes: raise its max.message.bytes",
                link->program->settings->error_topic, ERROR_RECORD_BYTES_MIN);
        kafka_outlet_end(kafka, EXIT_CONFIGURATION);
        return;
    }
    link->error_bytes = before / 2;
    error_topic_limit(link->errors, link->error_bytes);
}

/* NULL: there is no going on. */
static struct ticket *make_smaller(struct kafka_outlet *kafka, struct ticket *ticket)
{
    if (ticket->failure == NULL)
        return refuse(kafka, ticket);
    shrink_errors(kafka);
    ticket->too_large = false;
    return ticket;
}

void kafka_outlet_size_up(struct kafka_outlet *kafka)
{
    struct ticket *ticket;
    kafka_link_learn(&kafka->link);
    size_t most = kafka_link_value_max(&kafka->link);
    TAILQ_FOREACH (ticket, &kafka->window.tickets, link)
        if (most > 0 && ticket_message_bytes(ticket) > most)
            ticket->too_large = true;
}

void kafka_outlet_mend(struct kafka_outlet *kafka)
{
    const struct kafka_link *link = &kafka->link;
    kafka_setback(kafka, "delivery-failed", kafka->window.why.text,
                  "sent again; if a topic was deleted, what it held is gone: run the feed again "
                  "with --force");
    kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    kafka->window.failed = false;
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka_outlet_end(kafka,
                         (enum exit_code)program_topics(
                             link->program, kafka_producer_handle(link->producer), link->topic));
}

/* More may come back meanwhile: that is the next round's. A transaction that fails takes no more. */
static void send_round(struct kafka_outlet *kafka)
{
    enum transaction_state state = kafka->state;
    struct ticket *ticket, *next;
    for (ticket = TAILQ_FIRST(&kafka->window.tickets); ticket != NULL; ticket = next) {
        if (kafka->state != state || kafka->window.failed || !kafka_outlet_goes_on(kafka))
            return;
        if (ticket->state == TICKET_WAITING && ticket->too_large)
            ticket = make_smaller(kafka, ticket);
        if (ticket == NULL)
            return;
        next = TAILQ_NEXT(ticket, link);
        if (ticket->state == TICKET_WAITING)
            kafka_outlet_transmit(kafka, ticket);
    }
}

void kafka_outlet_send_waiting(struct kafka_outlet *kafka)
{
    /* One key's rows stay in order. */
    while (kafka_outlet_goes_on(kafka) && kafka->window.out > 0 &&
           !kafka_transaction_is_broken(kafka))
        kafka_outlet_wait_turn(kafka, OUTLET_WAIT_MS);
    if (kafka->window.failed)
        kafka_outlet_mend(kafka);
    send_round(kafka);
}
