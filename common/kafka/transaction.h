/* librdkafka's transactions: what its answers ask for next. Rows that a transactional producer sends
 * (client.h: the property transactional.id) are seen by read_committed consumers when the transaction
 * is committed, all of them or none.
 *
 *     txn_init()        once a handle, before anything else: ends what another handle with
 *                               the same transactional.id has open, and fences it
 *     txn_begin()       kafka_producer_send() as often as wanted
 *     txn_commit(), or txn_abort()
 *
 * init, commit and abort wait up to timeout_ms and then return TXN_AGAIN: called again they
 * go on with what is under way (librdkafka 2.0 and later). Delivery reports and log lines come from
 * within all of them. */
#ifndef FEEDS_KAFKA_TRANSACTION_H
#define FEEDS_KAFKA_TRANSACTION_H

#include <librdkafka/rdkafka.h>

#include "kafka/client.h"

enum txn_answer {
    TXN_DONE,
    TXN_AGAIN, /* retriable, or not at its end yet: the same call once more */
    /* Abortable. Of a commit it does not say that nothing was committed, unless a message was
     * reported as not delivered: then the commit was not asked for. */
    TXN_ABORT,
    /* Fatal: the handle is of no use any more. Another one has the transactional.id, or the transaction was
     * open for longer than transaction.timeout.ms: both are _FENCED. Whether what was open is
     * committed is not known before a new handle's txn_init() has returned. */
    TXN_LOST,
    TXN_REFUSED, /* not authorized, no transactions at all: a person must act */
};

/* A reason unless DONE. */
enum txn_answer txn_init(rd_kafka_t *client, int timeout_ms, struct reason *reason);
enum txn_answer txn_begin(rd_kafka_t *client, struct reason *reason);
/* Sends what is queued, waits for its reports, commits. */
enum txn_answer txn_commit(rd_kafka_t *client, int timeout_ms, struct reason *reason);
/* What is on the way is dropped, and reported as not delivered. */
enum txn_answer txn_abort(rd_kafka_t *client, int timeout_ms, struct reason *reason);
/* Why kafka_producer_send() takes nothing: LOST, REFUSED, or ABORT. */
enum txn_answer txn_broken(rd_kafka_t *client, struct reason *reason);

/* How long a transaction may be open before the brokers end it, as the properties say (our default is
 * TRANSACTION_TIMEOUT_MS): milliseconds, or -1 with a reason when librdkafka does not take them. */
int64_t transaction_timeout_ms(const struct kafka_options *options, struct reason *reason);

/* librdkafka's default is a minute, for which a producer that was killed in the middle would hold up who
 * reads its topics. */
#define TRANSACTION_TIMEOUT_MS 30000

#endif
