#include "pipeline/kafka_outlet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/kafka_outlet_state.h"
#include "pipeline/ticket_send.h"
#include "service/clock.h"
#include "service/log.h"
#include "service/signals.h"

/* Delivery reports are served once in so many rows, and whenever there is waiting. */
#define ROWS_PER_POLL 256
#define WAIT_MS       100
/* How long what is on the way may take after a signal; docker waits 10 s before it kills. */
#define DRAIN_MS       5000
#define FEED_FAILED_MS 10000

void kafka_outlet_end(struct kafka_outlet *kafka, enum exit_code code)
{
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka->code = code;
}

static void delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct kafka_outlet *kafka = arg;
    if (opaque == &kafka->entry)
        kafka_entry_report(kafka, delivery, why);
    else
        window_report(&kafka->window, opaque, delivery, why);
}

void kafka_outlet_wait_turn(struct kafka_outlet *kafka, int wait_ms)
{
    struct outlet_window *window = &kafka->window;
    kafka->rows = 0;
    kafka_producer_poll(kafka->link.producer, wait_ms);
    window->events.waiting(window->events.arg);
    size_t waiting = window->count + kafka->entry.on_its_way;
    if (window->alive || waiting == 0)
        patience_renew(&kafka->patience, clock_now());
    window->alive = false;
    if (signals_stopping())
        kafka_outlet_end(kafka, EXIT_INTERRUPTED);
    else if (!patience_left(&kafka->patience, waiting, clock_now()))
        kafka_outlet_end(kafka, EXIT_UNAVAILABLE);
    else
        kafka_entry_refresh(kafka);
}

void kafka_outlet_wait_until_all_back(struct kafka_outlet *kafka)
{
    while (kafka->code == EXIT_ALL_ACCOUNTED && !TAILQ_EMPTY(&kafka->window.out))
        kafka_outlet_wait_turn(kafka, WAIT_MS);
}

void kafka_outlet_transmit(struct kafka_outlet *kafka, struct ticket *ticket)
{
    struct reason reason = REASON_INIT;
    enum send_result result;
    while ((result = ticket_send(&kafka->link, &kafka->feed, ticket, &reason)) == SEND_FULL) {
        kafka_outlet_wait_turn(kafka, WAIT_MS);
        if (kafka->code != EXIT_ALL_ACCOUNTED)
            break;
    }
    if (result == SEND_OK) {
        window_on_its_way(&kafka->window, ticket);
        return;
    }
    if (result == SEND_TOO_LARGE)
        ticket->too_large = true;
    if (result == SEND_NO_TOPIC)
        window_failed(&kafka->window, reason.text);
    if (result == SEND_FAILED) {
        log_event(LOG_ERROR_LEVEL, "kafka-failed", "why", reason.text, NULL);
        kafka_outlet_end(kafka, EXIT_UNAVAILABLE);
    }
    window_back(&kafka->window, ticket);
}

enum exit_code kafka_outlet_take(struct kafka_outlet *kafka, struct ticket *ticket)
{
    if (ticket == NULL) {
        log_event(LOG_ERROR_LEVEL, "out-of-memory", NULL);
        kafka_outlet_end(kafka, EXIT_BUG);
        return kafka->code;
    }
    window_add(&kafka->window, ticket);
    kafka_outlet_transmit(kafka, ticket);
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code claim(void *self, const struct outlet_wish *wish, struct outlet_claim *answer)
{
    struct kafka_outlet *kafka = self;
    buffer_clear(&kafka->layout);
    /* A layout that is too long to be said is not. */
    kafka->feed.layout = NULL;
    if (wish->layout != NULL && buffer_add_text(&kafka->layout, wish->layout) == 0)
        kafka->feed.layout = kafka->layout.data;
    if (kafka->code == EXIT_ALL_ACCOUNTED && !kafka->link.ready) {
        kafka_outlet_end(kafka, kafka_link_open(&kafka->link));
        patience_renew(&kafka->patience, clock_now());
    }
    return kafka->code == EXIT_ALL_ACCOUNTED ? kafka_claim(kafka, answer) : kafka->code;
}

static enum exit_code make_room(struct kafka_outlet *kafka)
{
    struct outlet_window *window = &kafka->window;
    if (kafka->code == EXIT_ALL_ACCOUNTED && ++kafka->rows >= ROWS_PER_POLL)
        kafka_outlet_wait_turn(kafka, 0);
    while (kafka->code == EXIT_ALL_ACCOUNTED) {
        if (!TAILQ_EMPTY(&window->again))
            kafka_outlet_send_again(kafka);
        else if (window_full(window))
            kafka_outlet_wait_turn(kafka, WAIT_MS);
        else
            break;
    }
    return kafka->code;
}

static void begin(void *self, const struct feed_name *feed, const struct feed_file *file,
                  const struct outlet_events *events)
{
    struct kafka_outlet *kafka = self;
    kafka->feed = *feed;
    kafka->entry.claimed = false;
    kafka->entry.progress = (struct feed_progress){.is_file = file != NULL};
    if (file != NULL)
        kafka->entry.progress.which = *file;
    kafka->window.events = *events;
}

static enum exit_code row(void *self, const struct outlet_row *good)
{
    enum exit_code code = make_room(self);
    return code != EXIT_ALL_ACCOUNTED ? code : kafka_outlet_take(self, ticket_for_row(good));
}

static enum exit_code reject(void *self, const struct reject *bad)
{
    enum exit_code code = make_room(self);
    return code != EXIT_ALL_ACCOUNTED ? code : kafka_outlet_take(self, ticket_for_reject(bad));
}

static enum exit_code turn(void *self)
{
    struct kafka_outlet *kafka = self;
    if (signals_stopping())
        kafka_outlet_end(kafka, EXIT_INTERRUPTED);
    if (kafka->code != EXIT_ALL_ACCOUNTED || !kafka->link.ready)
        return kafka->code;
    kafka_outlet_wait_turn(kafka, 0);
    if (kafka->code == EXIT_ALL_ACCOUNTED && !TAILQ_EMPTY(&kafka->window.again))
        kafka_outlet_send_again(kafka);
    return kafka->code;
}

static void poll_until_back(struct kafka_outlet *kafka, int64_t deadline)
{
    while (!TAILQ_EMPTY(&kafka->window.out) && clock_now() < deadline && signals_count() < 2)
        kafka_producer_poll(kafka->link.producer, WAIT_MS);
}

/* The operator has been told already; whether the error topic is told must not hold up the end. */
static void feed_failed(void *self, const struct reject *bad)
{
    struct kafka_outlet *kafka = self;
    struct reason reason = REASON_INIT;
    int64_t deadline = clock_now() + FEED_FAILED_MS;
    if (kafka->code != EXIT_ALL_ACCOUNTED)
        return;
    kafka->feed_failed = true;
    if (kafka_link_open_errors(&kafka->link, FEED_FAILED_MS, &reason) == 0) {
        (void)kafka_outlet_take(kafka, ticket_for_reject(bad));
        poll_until_back(kafka, deadline);
        if (kafka->window.count == 0)
            return;
        reason_set(&reason, "not acknowledged in time");
    }
    log_event(LOG_WARN_LEVEL, "error-record-missing", "topic",
              kafka->link.program->settings->error_topic, "why", reason.text, NULL);
}

static enum exit_code finish(void *self, bool complete)
{
    struct kafka_outlet *kafka = self;
    struct outlet_window *window = &kafka->window;
    uint64_t first, last;
    /* The record about the feed itself, which belongs to no row, is not waited for a second time. */
    while (kafka->code == EXIT_ALL_ACCOUNTED && window->count > 0 &&
           (!kafka->feed_failed || window_unconfirmed(window, &first, &last) > 0)) {
        if (!TAILQ_EMPTY(&window->again))
            kafka_outlet_send_again(kafka);
        else
            kafka_outlet_wait_turn(kafka, WAIT_MS);
    }
    if (kafka->code == EXIT_INTERRUPTED)
        poll_until_back(kafka, clock_now() + DRAIN_MS);
    if (window_unconfirmed(window, &first, &last) > 0)
        window->events.unconfirmed(window->events.arg, first, last);
    kafka_entry_close(kafka, complete);
    return kafka->code;
}

static const struct outlet_ops ops = {
    .begin = begin,
    .claim = claim,
    .row = row,
    .reject = reject,
    .feed_failed = feed_failed,
    .turn = turn,
    .finish = finish,
};

struct kafka_outlet *kafka_outlet_new(const struct program *program,
                                      const struct kafka_outlet_settings *settings)
{
    struct kafka_outlet *kafka = calloc(1, sizeof *kafka);
    if (kafka == NULL)
        return NULL;
    kafka->link = (struct kafka_link){
        .program = program,
        .topic = settings->topic,
        .events = {.delivered = delivered, .arg = kafka},
    };
    kafka->settings = *settings;
    kafka->layout.max = ERROR_LAYOUT_MAX;
    window_init(&kafka->window);
    patience_init(&kafka->patience, program->settings->give_up_after_ms);
    return kafka;
}

struct outlet kafka_outlet(struct kafka_outlet *kafka)
{
    return (struct outlet){.ops = &ops, .self = kafka};
}

void kafka_outlet_free(struct kafka_outlet *kafka)
{
    if (kafka == NULL)
        return;
    kafka_link_close(&kafka->link);
    window_release(&kafka->window);
    buffer_release(&kafka->layout);
    free(kafka);
}
