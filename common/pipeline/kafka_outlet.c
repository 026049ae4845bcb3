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
/* How long what is not committed may take after a signal; docker waits 10 s before it kills. */
#define DRAIN_MS       5000
#define FEED_FAILED_MS 10000

void kafka_outlet_end(struct kafka_outlet *kafka, enum exit_code code)
{
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka->code = code;
}

void kafka_outlet_out_of_memory(struct kafka_outlet *kafka)
{
    log_event(LOG_ERROR_LEVEL, "out-of-memory", NULL);
    kafka_outlet_end(kafka, EXIT_BUG);
}

void kafka_outlet_misconfigured(struct kafka_outlet *kafka, const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "configuration", "why", reason->text, NULL);
    kafka_outlet_end(kafka, EXIT_CONFIGURATION);
}

bool kafka_outlet_goes_on(const struct kafka_outlet *kafka)
{
    if (kafka->taken)
        return false;
    return kafka->code == EXIT_ALL_ACCOUNTED ||
           (clock_now() < kafka->drain_until && signals_count() < 2);
}

/* A batch is refused as a whole, for one of its messages: which one it was is not known yet. */
static bool is_unclear(const struct kafka_outlet *kafka, enum delivery delivery)
{
    return delivery == DELIVERY_TOO_LARGE && kafka->link.transactional && !kafka->link.each_alone;
}

static void delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct kafka_outlet *kafka = arg;
    bool dropped = delivery == DELIVERY_FAILED &&
                   (kafka->state == TRANSACTION_ABORTING || kafka->state == TRANSACTION_LOST);
    bool unclear = is_unclear(kafka, delivery);
    kafka->broken |= delivery != DELIVERED;
    kafka->suspect |= unclear;
    if (opaque == &kafka->entry)
        kafka_entry_report(kafka, delivery, dropped, why);
    else if (dropped || unclear)
        window_return(&kafka->window, opaque);
    else
        window_report(&kafka->window, opaque, delivery, why);
}

/* What Kafka owes us an answer for. */
static size_t unanswered(const struct kafka_outlet *kafka)
{
    bool asking = kafka->asking || kafka->state == TRANSACTION_COMMITTING ||
                  kafka->state == TRANSACTION_ABORTING || kafka->state == TRANSACTION_LOST ||
                  kafka->setback.times > 0;
    size_t again = kafka->setback.times > 0 ? kafka->window.waiting : 0;
    return again + kafka->window.out + kafka->entry.on_its_way + asking;
}

void kafka_outlet_wait_turn(struct kafka_outlet *kafka, int wait_ms)
{
    struct outlet_window *window = &kafka->window;
    kafka->rows = 0;
    if (kafka->link.producer != NULL)
        kafka_producer_poll(kafka->link.producer, wait_ms);
    window->events.waiting(window->events.arg);
    size_t waiting = unanswered(kafka);
    kafka->now_ms = clock_now();
    if ((window->alive && kafka->setback.times == 0) || waiting == 0)
        patience_renew(&kafka->patience, kafka->now_ms);
    window->alive = false;
    if (signals_stopping())
        kafka_outlet_end(kafka, EXIT_INTERRUPTED);
    else if (!patience_left(&kafka->patience, waiting, kafka->now_ms))
        kafka_outlet_end(kafka, EXIT_UNAVAILABLE);
}

void kafka_outlet_pause(struct kafka_outlet *kafka, int64_t ms)
{
    int64_t until = clock_now() + ms;
    while (kafka_outlet_goes_on(kafka) && clock_now() < until)
        kafka_outlet_wait_turn(kafka, OUTLET_WAIT_MS);
}

/* The handle takes no message any more. */
static void refused(struct kafka_outlet *kafka, const struct reason *reason)
{
    if (kafka->link.transactional) {
        kafka_transaction_broken(kafka);
        return;
    }
    log_event(LOG_ERROR_LEVEL, "kafka-failed", "why", reason->text, NULL);
    kafka_outlet_end(kafka, EXIT_UNAVAILABLE);
}

void kafka_outlet_transmit(struct kafka_outlet *kafka, struct ticket *ticket)
{
    struct reason reason = REASON_INIT;
    enum send_result result;
    while ((result = ticket_send(&kafka->link, &kafka->feed, ticket, &reason)) == SEND_FULL) {
        kafka_outlet_wait_turn(kafka, OUTLET_WAIT_MS);
        if (!kafka_outlet_goes_on(kafka))
            return;
    }
    if (result == SEND_OK)
        window_on_its_way(&kafka->window, ticket);
    else if (result == SEND_TOO_LARGE)
        ticket->too_large = true;
    else if (result == SEND_NO_TOPIC)
        window_failed(&kafka->window, reason.text);
    else
        refused(kafka, &reason);
}

/* The feed's next row, or its error record. */
static enum exit_code take(struct kafka_outlet *kafka, struct ticket *ticket)
{
    if (ticket == NULL) {
        kafka_outlet_out_of_memory(kafka);
        return kafka->code;
    }
    window_add(&kafka->window, ticket);
    if (kafka->state != TRANSACTION_CLOSING)
        kafka_outlet_transmit(kafka, ticket);
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code make_room(struct kafka_outlet *kafka)
{
    if (kafka->code == EXIT_ALL_ACCOUNTED && ++kafka->rows >= ROWS_PER_POLL)
        kafka_outlet_wait_turn(kafka, 0);
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka_transaction_turn(kafka);
    if (kafka->code == EXIT_ALL_ACCOUNTED)
        kafka_transaction_open(kafka);
    return kafka->code;
}

static enum exit_code row(void *self, const struct outlet_row *good)
{
    enum exit_code code = make_room(self);
    struct kafka_outlet *kafka = self;
    if (code != EXIT_ALL_ACCOUNTED || kafka->taken)
        return code;
    return take(self, ticket_for_row(good));
}

static enum exit_code reject(void *self, const struct reject *bad)
{
    enum exit_code code = make_room(self);
    struct kafka_outlet *kafka = self;
    if (code != EXIT_ALL_ACCOUNTED || kafka->taken)
        return code;
    return take(self, ticket_for_reject(bad));
}

static enum exit_code turn(void *self)
{
    struct kafka_outlet *kafka = self;
    if (signals_stopping())
        kafka_outlet_end(kafka, EXIT_INTERRUPTED);
    if (kafka->code != EXIT_ALL_ACCOUNTED || !kafka->link.ready)
        return kafka->code;
    kafka_outlet_wait_turn(kafka, 0);
    if (kafka->code != EXIT_ALL_ACCOUNTED || !kafka->entry.claimed || kafka->taken)
        return kafka->code;
    kafka_transaction_turn(kafka);
    if (kafka->code == EXIT_ALL_ACCOUNTED && kafka->window.waiting > 0)
        kafka_transaction_open(kafka);
    else if (kafka->code == EXIT_ALL_ACCOUNTED && kafka_entry_is_due(kafka))
        (void)kafka_transaction_commit(kafka, FEED_STARTED);
    return kafka->code;
}

static void keep_layout(struct kafka_outlet *kafka, const char *layout)
{
    buffer_clear(&kafka->layout);
    /* One that is too long to be said is not. */
    kafka->feed.layout = NULL;
    if (layout != NULL && buffer_add_text(&kafka->layout, layout) == 0)
        kafka->feed.layout = kafka->layout.data;
}

static enum exit_code claim(void *self, const struct outlet_wish *wish, struct outlet_claim *answer)
{
    struct kafka_outlet *kafka = self;
    keep_layout(kafka, wish->layout);
    if (kafka->code == EXIT_ALL_ACCOUNTED && !kafka->link.ready) {
        kafka_outlet_end(kafka, kafka_link_open(&kafka->link));
        patience_renew(&kafka->patience, clock_now());
    }
    return kafka->code == EXIT_ALL_ACCOUNTED ? kafka_claim(kafka, wish, answer) : kafka->code;
}

static void begin(void *self, const struct feed_name *feed, const struct feed_file *file,
                  const struct outlet_events *events)
{
    struct kafka_outlet *kafka = self;
    struct reason reason = REASON_INIT;
    kafka->feed = *feed;
    kafka->content = feed->id;
    kafka->entry = (struct kafka_entry){.progress = {.is_file = file != NULL}};
    if (file != NULL)
        kafka->entry.progress.which = *file;
    /* Of an earlier feed nothing more can be done. */
    window_release(&kafka->window);
    kafka->window.events = *events;
    kafka->taken = kafka->dropped = false;
    kafka->setback = (struct kafka_setback){0};
    kafka_transaction_event(kafka, TRANSACTION_WAS_LEFT);
    if (kafka->code == EXIT_BAD_FEED)
        kafka->code = EXIT_ALL_ACCOUNTED;
    if (kafka_link_plain(&kafka->link, &reason) != 0)
        kafka_outlet_misconfigured(kafka, &reason);
}

static void poll_until_back(struct kafka_outlet *kafka, int64_t deadline)
{
    while (kafka->window.out > 0 && clock_now() < deadline && signals_count() < 2)
        kafka_producer_poll(kafka->link.producer, OUTLET_WAIT_MS);
}

/* Nothing of the feed was sent: its record belongs to no transaction. */
static void send_feed_failed(struct kafka_outlet *kafka, const struct reject *bad)
{
    struct reason reason = REASON_INIT;
    int64_t deadline = clock_now() + FEED_FAILED_MS;
    if (kafka_link_open_errors(&kafka->link, FEED_FAILED_MS, &reason) == 0) {
        (void)take(kafka, ticket_for_reject(bad));
        poll_until_back(kafka, deadline);
        bool written = kafka->window.out == 0 && kafka->window.waiting == 0;
        window_release(&kafka->window);
        if (written)
            return;
        reason_set(&reason, "not acknowledged in time");
    }
    log_event(LOG_WARN_LEVEL, "error-record-missing", "topic",
              kafka->link.program->settings->error_topic, "why", reason.text, NULL);
}

/* The operator has been told already; whether the error topic is told must not hold up the end. */
static void feed_failed(void *self, const struct reject *bad)
{
    struct kafka_outlet *kafka = self;
    if (kafka->code != EXIT_ALL_ACCOUNTED || kafka->taken)
        return;
    if (!kafka->entry.claimed)
        send_feed_failed(kafka, bad);
    else if (make_room(kafka) == EXIT_ALL_ACCOUNTED && !kafka->taken)
        (void)take(kafka, ticket_for_reject(bad));
}

/* What became of the feed, in its last transaction. */
static void close_feed(struct kafka_outlet *kafka, bool complete)
{
    bool whole = complete && kafka->code == EXIT_ALL_ACCOUNTED;
    if (kafka->code == EXIT_INTERRUPTED || kafka->code == EXIT_BAD_FEED)
        kafka->drain_until = clock_now() + DRAIN_MS;
    /* What is under way says that the feed goes on. */
    while (kafka_outlet_goes_on(kafka) &&
           (kafka->state == TRANSACTION_CLOSING || kafka->state == TRANSACTION_COMMITTING))
        (void)kafka_transaction_commit(kafka, FEED_STARTED);
    (void)kafka_transaction_commit(kafka, whole ? FEED_COMPLETE : FEED_STOPPED);
    kafka->drain_until = 0;
}

static enum exit_code finish(void *self, bool complete)
{
    struct kafka_outlet *kafka = self;
    struct outlet_window *window = &kafka->window;
    uint64_t first, last;
    if (kafka->entry.claimed && !kafka->taken)
        close_feed(kafka, complete);
    kafka->entry.claimed = false;
    if (!kafka->taken && window_unconfirmed(window, &first, &last) > 0)
        window->events.unconfirmed(window->events.arg, first, last);
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
