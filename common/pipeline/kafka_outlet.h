/* Rows and error records on their way to Kafka: nothing is forgotten before it is committed.
 *
 * Rows, the error records of refused ones and the feed's progress are committed together, in a Kafka
 * transaction: after a crash at any moment the rows that are there are those that the progress tells of, and the
 * next run goes on behind them. core/transaction_state.h has the transaction's life. What was handed over and is
 * not committed is kept (outlet_window.h), and goes out again when its transaction failed:
 *
 *     report                    then
 *     delivered                 sent() or rejected(), with the commit
 *     too large, a row          refused(), and its error record takes its place
 *     too large, a record       written anew for a smaller limit
 *     failed                    all again, after a pause, the topics made sure of anew, until nothing
 *                               was acknowledged for GIVE_UP_AFTER
 *
 * Without transactions (TRANSACTIONS=false) only what failed goes out again, the progress follows the rows it
 * tells of, and rows that were sent behind it come twice after a crash.
 *
 * The feed is claimed before its first row (docs/messages.md): so the same feed is not sent twice by
 * accident, nor by two at the same time.
 *
 * Files: kafka_outlet.c the port; kafka_transaction.c open, commit, abort; kafka_handle.c a handle in a run's
 * name; kafka_recovery.c one that is lost; kafka_setback.c what keeps rows from being committed;
 * kafka_resend.c what came back; kafka_entry.c the record of the feed's progress; kafka_claim.c whose the
 * feed is; kafka_reading.c what the progress topic says.
 */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_H

#include "pipeline/outlet.h"
#include "pipeline/program.h"

struct kafka_outlet;

/* Texts are borrowed. */
struct kafka_outlet_settings {
    const char *topic;
    const char *progress_topic; /* where it is recorded which feeds were sent */
    bool by_name;               /* a feed is its content and its file's name */
    bool force;                 /* send what was sent before, as a run of its own */
    bool repeatable;            /* a row that comes twice does no harm */
    bool transactions;          /* else at least once */
    size_t transaction_rows;    /* one closes after so many rows, */
    int64_t transaction_ms;     /* or when it has been open for so long */
    int64_t takeover_ms;        /* a run that did not end is watched for so long */
};

/* Connects when the first row is there. NULL when out of memory. The settings are copied. */
struct kafka_outlet *kafka_outlet_new(const struct program *program,
                                      const struct kafka_outlet_settings *settings);
struct outlet kafka_outlet(struct kafka_outlet *kafka);
void kafka_outlet_free(struct kafka_outlet *kafka);

#endif
