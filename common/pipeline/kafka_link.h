/* The producer's connection: made when the first row needs it, with the topics in place and their
 * size limits known. At first it is one without transactions: topics are asked about by it, and the
 * record of a feed that is no feed goes out by it. A feed whose rows are sent has one of its own, with a
 * transactional.id. */
#ifndef FEEDS_PIPELINE_KAFKA_LINK_H
#define FEEDS_PIPELINE_KAFKA_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "kafka/error_topic.h"
#include "kafka/producer.h"
#include "pipeline/program.h"
#include "service/exit_code.h"

struct kafka_link {
    const struct program *program;
    const char *topic;
    struct producer_events events;
    /* NULL until connected. */
    struct kafka_producer *producer;
    struct error_topic *errors;
    int64_t topic_bytes, error_bytes; /* max.message.bytes; -1: not known */
    /* The program's properties and perhaps two more: a handle borrows them while it lives. */
    const char *properties[2 * OPTION_LIST_MAX + 2];
    char batch[48];
    bool ready;         /* both topics are there, and their limits known */
    bool transactional; /* the producer is one whose messages belong to transactions */
    bool each_alone;    /* likewise, and it sends each of them by itself */
};

/* Waits for brokers up to GIVE_UP_AFTER; nothing to do when connected. The reason is said (logged).
 */
enum exit_code kafka_link_open(struct kafka_link *link);
/* The same for the error topic alone, and waits no longer than that. 0, or -1 with a reason. */
int kafka_link_open_errors(struct kafka_link *link, int timeout_ms, struct reason *reason);
/* In place of the producer that there is: another, in the name of a feed's run. What is on its way is
 * dropped, without a report; what was open ends with kafka/transaction.h's txn_init(). -1 with a reason:
 * librdkafka does not take the configuration; there is no producer then. */
int kafka_link_transact(struct kafka_link *link, const char *transactional_id, bool each_alone,
                        struct reason *reason);
/* In place of one with transactions: one without. Likewise. */
int kafka_link_plain(struct kafka_link *link, struct reason *reason);
/* The largest value of a row's message that the topic takes, bytes; 0: not known. (One that comes near
 * may still be too large, with its key.) */
size_t kafka_link_value_max(const struct kafka_link *link);
/* Asks for both topics' limits again, and fits the next handle to them. */
void kafka_link_learn(struct kafka_link *link);
/* Asks for the error topic's limit again; returns it, -1 when it cannot be told. */
int64_t kafka_link_learn_errors(struct kafka_link *link);
/* What is pending is dropped, without a report. */
void kafka_link_close(struct kafka_link *link);

#endif
