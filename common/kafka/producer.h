/* An idempotent producer (acks=all) that tells the outcome of every single message. */
#ifndef FEEDS_KAFKA_PRODUCER_H
#define FEEDS_KAFKA_PRODUCER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

#include "kafka/client.h"

struct kafka_producer;

struct kafka_header {
    const char *name;
    const char *value; /* ends with NUL */
};

struct kafka_send {
    const char *topic;
    const char *key; /* NULL: none */
    size_t key_len;
    const char *value; /* copied */
    size_t value_len;
    const struct kafka_header *headers;
    size_t header_count;
    void *opaque; /* comes back in delivered() */
};

enum send_result {
    SEND_OK,
    SEND_FULL,      /* the local queue is full: poll, then send again */
    SEND_TOO_LARGE, /* over the client's limit (message.max.bytes): never deliverable */
    SEND_NO_TOPIC,  /* the brokers say that it is not there, or no more, or not for us:
                       topics_ensure(), then again */
    SEND_FAILED,    /* a fatal error of the handle: it will take no message any more */
    SEND_ABORTED,   /* its transaction has failed: txn_broken() tells what to do */
};

/* Why a message was not delivered. */
enum delivery {
    DELIVERED,
    /* The topic's limit: this message can never go. Brokers refuse a whole batch for its size; the
     * producer has then sent each of its messages alone, so that only this one is meant. Messages
     * of such a batch may be stored behind later ones of their key. A transactional producer cannot
     * do that: its transaction has failed, and any message of the batch may be meant, unless each
     * was sent alone. */
    DELIVERY_TOO_LARGE,
    DELIVERY_FAILED, /* anything else; nothing was stored, or nobody knows */
};

struct producer_events {
    /* Called from kafka_producer_poll() for each message that kafka_producer_send() took, once. Not
     * called any more by kafka_producer_free(). A message for a topic that does not exist fails
     * after topic.metadata.propagation.max.ms (30 s; at once when the topic was known and has been
     * deleted). As long as the brokers are out of reach nothing is reported at all. */
    void (*delivered)(void *arg, void *opaque, enum delivery delivery, const char *why);
    void *arg;
};

/* Whether librdkafka takes the options for a producer that keeps its promises: 0, or -1 with a
 * reason. Connects to nothing. */
int kafka_producer_check(const struct kafka_options *options, struct reason *reason);
int kafka_producer_check_transactional(const struct kafka_options *options, struct reason *reason);
/* wake_fd: a descriptor into which librdkafka writes one byte when there is something to poll, or
 * -1. NULL with a reason. partitioner=murmur2_random, so that kafkajs and Java agree with us. */
struct kafka_producer *kafka_producer_new(const struct kafka_options *options, int wake_fd,
                                          const struct producer_events *events,
                                          struct reason *reason);
/* One whose messages belong to transactions (kafka/transaction.h): txn_init() comes first.
 * each_alone: every message in a request of its own, to learn which one is too large. */
struct kafka_producer *kafka_producer_new_transactional(const struct kafka_options *options,
                                                        const char *id, bool each_alone,
                                                        const struct producer_events *events,
                                                        struct reason *reason);
enum send_result kafka_producer_send(struct kafka_producer *producer, const struct kafka_send *send,
                                     struct reason *reason);
/* Serves delivery reports for up to timeout_ms. */
void kafka_producer_poll(struct kafka_producer *producer, int timeout_ms);
/* The same, and what waits for company (linger.ms) goes out at once; returns when all is reported. */
void kafka_producer_flush(struct kafka_producer *producer, int timeout_ms);
/* Messages (and requests) not yet reported. */
size_t kafka_producer_pending(const struct kafka_producer *producer);
/* Whether at least one broker is connected: told by librdkafka's statistics, once a second, and at
 * once by a delivery (yes) and its error callback (ALL_BROKERS_DOWN: no), all from
 * kafka_producer_poll(). False until the first connection. A broker that hangs without closing its
 * connections counts as connected until its requests time out (60 s). */
bool kafka_producer_connected(const struct kafka_producer *producer);
/* For topics_ensure(). */
rd_kafka_t *kafka_producer_handle(struct kafka_producer *producer);
/* What is pending is dropped. Waits for nothing, unless the handle has had a fatal error: then 2 s at most, for
 * the brokers' answers. */
void kafka_producer_free(struct kafka_producer *producer);

#endif
