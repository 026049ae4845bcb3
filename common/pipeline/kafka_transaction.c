/* The transaction's life, as core/transaction_state.h has it: what is done in each state. */
#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

/* An answer that comes at once, "not yet", is not asked for again at once. */
#define AGAIN_MS 20

static rd_kafka_t *handle_of(struct kafka_outlet *kafka)
{
    return kafka_producer_handle(kafka->link.producer);
}

void kafka_transaction_event(struct kafka_outlet *kafka, enum transaction_event event)
{
    enum transaction_state next = transaction_next(kafka->state, event);
    if (next != TRANSACTION_STATE_COUNT) {
        kafka->state = next;
        return;
    }
    log_say(LOG_ERROR_LEVEL, "bug", "a transaction in state %d has no event %d: please report this",
            (int)kafka->state, (int)event);
    kafka_outlet_end(kafka, EXIT_BUG);
}

void kafka_transaction_refused(struct kafka_outlet *kafka, const struct reason *reason)
{
    log_say(LOG_ERROR_LEVEL, "kafka-refused",
            "Kafka at %s refuses transactions (%s); give this client the right to them, or send "
            "without (--no-transactions): then rows may come twice after a crash",
            kafka->link.program->brokers, reason->text);
    kafka_outlet_end(kafka, EXIT_CONFIGURATION);
}

void kafka_transaction_answer(struct kafka_outlet *kafka, enum txn_answer answer,
                              const struct reason *reason)
{
    if (answer == TXN_DONE || answer == TXN_AGAIN)
        return;
    /* Why it is aborted says more than why that fails, too. */
    if (kafka->state != TRANSACTION_ABORTING)
        kafka->why = *reason;
    if (answer == TXN_REFUSED)
        kafka_transaction_refused(kafka, reason);
    if (answer != TXN_ABORT)
        kafka_transaction_event(kafka, TRANSACTION_WAS_LOST);
    else if (kafka->state == TRANSACTION_COMMITTING && !kafka->broken)
        kafka_transaction_event(kafka, TRANSACTION_IS_DOUBTFUL);
    else
        kafka_transaction_event(kafka, TRANSACTION_HAS_FAILED);
}

void kafka_transaction_broken(struct kafka_outlet *kafka)
{
    struct reason reason = REASON_INIT;
    kafka_transaction_answer(kafka, txn_broken(handle_of(kafka), &reason), &reason);
}

/* A batch was too large. Perhaps the topic's limit was lowered: then its size tells what is. If not, or if it
 * cannot be asked for, each message goes alone, and the brokers tell. False: no going on. */
static bool follow_suspicion(struct kafka_outlet *kafka)
{
    bool each_alone = kafka->suspect && kafka->suspicions > 0;
    if (!kafka->suspect && !kafka->link.each_alone)
        return true;
    if (kafka->suspect && kafka->suspicions++ == 0)
        kafka_outlet_size_up(kafka);
    kafka->suspect = false;
    return kafka_handle_open(kafka, kafka->entry.id, each_alone);
}

static void begin(struct kafka_outlet *kafka)
{
    struct reason reason = REASON_INIT;
    if (kafka->link.transactional) {
        if (!follow_suspicion(kafka))
            return;
        enum txn_answer answer = txn_begin(handle_of(kafka), &reason);
        if (answer != TXN_DONE) {
            /* None is open, so nothing can be doubtful. */
            kafka_transaction_answer(kafka, answer == TXN_REFUSED ? answer : TXN_LOST, &reason);
            return;
        }
    }
    kafka->broken = kafka->entry.is_sent = false;
    kafka->opened_ms = clock_now();
    kafka_transaction_event(kafka, TRANSACTION_WAS_OPENED);
}

/* What has to be done before the aborted rows go out again. Too large a batch is no setback: see
 * follow_suspicion(). */
static void mend(struct kafka_outlet *kafka)
{
    if (kafka->window.failed)
        kafka_outlet_mend(kafka);
    else if (kafka->entry.failed)
        kafka_entry_mend(kafka);
    else if (!kafka->suspect && !kafka->dropped) {
        kafka_setback(kafka, "transaction-failed", kafka->why.text, "sent again");
        kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    }
}

static void abort_some(struct kafka_outlet *kafka)
{
    struct reason reason = REASON_INIT;
    enum txn_answer answer = txn_abort(handle_of(kafka), OUTLET_WAIT_MS, &reason);
    if (answer == TXN_AGAIN)
        kafka_outlet_wait_turn(kafka, AGAIN_MS);
    kafka_transaction_answer(kafka, answer == TXN_ABORT ? TXN_LOST : answer, &reason);
    if (answer != TXN_DONE)
        return;
    window_rewind(&kafka->window);
    if (kafka->dropped)
        window_release(&kafka->window);
    kafka_transaction_event(kafka, TRANSACTION_WAS_ABORTED);
    mend(kafka);
}

void kafka_transaction_done(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    entry->committed = entry->progress;
    entry->sample = NULL;
    kafka->committed = kafka->window.alive = true;
    kafka->suspicions = 0;
    kafka_setback_over(kafka);
    window_commit(&kafka->window);
}

static void commit_some(struct kafka_outlet *kafka)
{
    struct reason reason = REASON_INIT;
    enum txn_answer answer = txn_commit(handle_of(kafka), OUTLET_WAIT_MS, &reason);
    if (answer == TXN_AGAIN)
        kafka_outlet_wait_turn(kafka, AGAIN_MS);
    kafka_transaction_answer(kafka, answer, &reason);
    if (answer != TXN_DONE)
        return;
    kafka_transaction_event(kafka, TRANSACTION_WAS_COMMITTED);
    kafka_transaction_done(kafka);
}

/* Without transactions: the rows, and when they are there, the record that tells of them. */
static void settle_some(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    if (kafka->window.out > 0 || entry->on_its_way > 0) {
        kafka_producer_flush(kafka->link.producer, OUTLET_WAIT_MS);
        kafka_outlet_wait_turn(kafka, 0);
    } else if (kafka->window.waiting > 0) {
        kafka_outlet_send_waiting(kafka);
    } else if (!entry->is_sent) {
        /* Rows may have been refused meanwhile. */
        kafka_entry_describe(kafka, entry->progress.state);
        entry->is_sent = kafka_entry_send(kafka);
    } else if (entry->failed) {
        kafka_entry_mend(kafka);
        entry->is_sent = false;
    } else {
        kafka_transaction_event(kafka, TRANSACTION_WAS_COMMITTED);
        kafka_transaction_done(kafka);
    }
}

/* One that can take rows has what waits sent first; one that is broken is aborted. */
static void repair(struct kafka_outlet *kafka)
{
    if (kafka_transaction_is_broken(kafka))
        kafka_transaction_broken(kafka);
    else
        kafka_outlet_send_waiting(kafka);
}

/* While one is brought to its end, rows for the next one are read: a quarter of a transaction at most. */
static bool has_spare_room(const struct kafka_outlet *kafka)
{
    const struct outlet_window *window = &kafka->window;
    return window->count - window->closed <= kafka->settings.transaction_rows / 4 &&
           window->bytes < WINDOW_BYTES_MAX + WINDOW_BYTES_MAX / 4;
}

static bool takes_rows(const struct kafka_outlet *kafka)
{
    if (kafka_transaction_is_broken(kafka))
        return false;
    if (kafka->state == TRANSACTION_CLOSING)
        return kafka->link.transactional && has_spare_room(kafka);
    return kafka->state == TRANSACTION_OPEN && kafka->window.waiting == 0;
}

/* Whether there is a next step: a lost handle of a feed that is not ours yet is not replaced, because another
 * process may have the feed by now. */
static bool can_step(const struct kafka_outlet *kafka)
{
    return kafka_outlet_goes_on(kafka) &&
           (kafka->state != TRANSACTION_LOST || kafka->entry.claimed);
}

/* With transactions the progress goes with the rows; else it follows them. */
static void write_progress(struct kafka_outlet *kafka)
{
    struct kafka_entry *entry = &kafka->entry;
    if (kafka_transaction_is_broken(kafka)) {
        repair(kafka);
        return;
    }
    if (kafka->link.transactional)
        entry->is_sent = kafka_entry_send(kafka);
    if (entry->is_sent || !kafka->link.transactional)
        kafka_transaction_event(kafka, TRANSACTION_WAS_WRITTEN);
}

/* Towards one that is open. */
static void step(struct kafka_outlet *kafka)
{
    switch (kafka->state) {
    case TRANSACTION_IDLE:
        begin(kafka);
        break;
    case TRANSACTION_OPEN:
        repair(kafka);
        break;
    case TRANSACTION_CLOSING:
        write_progress(kafka);
        break;
    case TRANSACTION_COMMITTING:
        if (kafka->link.transactional)
            commit_some(kafka);
        else
            settle_some(kafka);
        break;
    case TRANSACTION_ABORTING:
        abort_some(kafka);
        break;
    case TRANSACTION_LOST:
        kafka_recover(kafka);
        break;
    case TRANSACTION_STATE_COUNT:
        break;
    }
}

void kafka_transaction_open(struct kafka_outlet *kafka)
{
    while (can_step(kafka) && !takes_rows(kafka))
        step(kafka);
}

/* What was read may be of a file that is another one by now: without a person's word neither what is not
 * committed nor what follows is sent. (Without transactions it is sent already.) */
static void drop_changed(struct kafka_outlet *kafka)
{
    struct outlet_window *window = &kafka->window;
    uint64_t first, last;
    kafka_outlet_end(kafka, EXIT_BAD_FEED);
    if (!kafka->link.transactional)
        return;
    kafka->dropped = true;
    if (window_unconfirmed(window, &first, &last) > 0)
        window->events.unconfirmed(window->events.arg, first, last);
    kafka_transaction_event(kafka, TRANSACTION_HAS_FAILED);
    /* Reports of these may still come: the tickets stay until the transaction is aborted. */
}

static void close_transaction(struct kafka_outlet *kafka, enum feed_state state)
{
    const struct outlet_events *events = &kafka->window.events;
    if (kafka->code == EXIT_ALL_ACCOUNTED && events->changed(events->arg)) {
        drop_changed(kafka);
        return;
    }
    kafka_entry_describe(kafka, state);
    window_close(&kafka->window);
    kafka_transaction_event(kafka, TRANSACTION_WAS_CLOSED);
}

static bool is_due(const struct kafka_outlet *kafka)
{
    const struct kafka_outlet_settings *settings = &kafka->settings;
    return kafka->state == TRANSACTION_OPEN && kafka->window.count > 0 &&
           (window_full(&kafka->window, settings->transaction_rows) ||
            kafka->now_ms - kafka->opened_ms >= settings->transaction_ms);
}

void kafka_transaction_turn(struct kafka_outlet *kafka)
{
    if (is_due(kafka) && takes_rows(kafka))
        close_transaction(kafka, FEED_STARTED);
    if (kafka->state == TRANSACTION_CLOSING &&
        (kafka->window.out == 0 || !kafka->link.transactional))
        (void)kafka_transaction_commit(kafka, FEED_STARTED);
}

bool kafka_transaction_commit(struct kafka_outlet *kafka, enum feed_state state)
{
    kafka->committed = false;
    while (can_step(kafka) && !kafka->committed) {
        if (kafka->state == TRANSACTION_OPEN && takes_rows(kafka))
            close_transaction(kafka, state);
        else
            step(kafka);
    }
    return kafka->committed;
}
