/* What came back from Kafka goes out again, in another form where it has to. */
#include <inttypes.h>

#include "pipeline/kafka_outlet_state.h"
#include "pipeline/ticket_send.h"
#include "service/clock.h"
#include "service/log.h"

#define WAIT_MS        100
#define RETRY_PAUSE_MS 1000

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

/* A good row that the topic cannot hold: its error record takes its place. */
static void refuse(struct kafka_outlet *kafka, struct ticket *ticket)
{
    struct row row;
    struct failure failure;
    ticket_row(ticket, &row);
    say_too_large(&kafka->link, ticket_message_bytes(ticket), &failure);
    const struct reject reject = {&row, &failure, STAGE_VALIDATE};
    struct ticket *record = ticket_for_reject(&reject);
    if (record == NULL) {
        window_back(&kafka->window, ticket);
        (void)kafka_outlet_take(kafka, NULL);
        return;
    }
    kafka->window.events.refused(kafka->window.events.arg, &reject);
    window_forget(&kafka->window, ticket);
    (void)kafka_outlet_take(kafka, record);
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

static void send_too_large(struct kafka_outlet *kafka, struct ticket *ticket)
{
    if (ticket->failure == NULL) {
        refuse(kafka, ticket);
        return;
    }
    shrink_errors(kafka);
    ticket->too_large = false;
    kafka_outlet_transmit(kafka, ticket);
}

/* Most likely a topic was deleted: whatever it was, it may be mended now. */
static void mend(struct kafka_outlet *kafka)
{
    const struct kafka_link *link = &kafka->link;
    int64_t until = clock_now() + RETRY_PAUSE_MS;
    log_event(
        LOG_WARN_LEVEL, "delivery-failed", "why", kafka->window.why.text, "next",
        "sent again; if a topic was deleted, what it held is gone: run the feed again with --force",
        NULL);
    while (kafka->code == EXIT_ALL_ACCOUNTED && clock_now() < until)
        kafka_outlet_wait_turn(kafka, WAIT_MS);
    kafka->window.failed = false;
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka_outlet_end(kafka, program_topics(link->program, kafka_producer_handle(link->producer),
                                               link->topic));
}

void kafka_outlet_send_again(struct kafka_outlet *kafka)
{
    struct ticket_list list = TAILQ_HEAD_INITIALIZER(list);
    struct ticket *ticket;
    kafka_outlet_wait_until_all_back(kafka);
    if (kafka->window.failed)
        mend(kafka);
    TAILQ_CONCAT(&list, &kafka->window.again, link);
    while ((ticket = TAILQ_FIRST(&list)) != NULL) {
        TAILQ_REMOVE(&list, ticket, link);
        if (kafka->code != EXIT_ALL_ACCOUNTED)
            window_back(&kafka->window, ticket);
        else if (ticket->too_large)
            send_too_large(kafka, ticket);
        else
            kafka_outlet_transmit(kafka, ticket);
    }
}
