/* A broker inside librdkafka (rdkafka_mock.h): enough for the outcomes of produce and fetch, without
 * a process to start. It has no admin API and no retention, and of transactions only the requests, not what
 * they hide: topics, authorization, rebalances of several members and what is committed are tested against the
 * real Kafka, in tests/integration. */
#ifndef FEEDS_TESTS_MOCK_BROKER_H
#define FEEDS_TESTS_MOCK_BROKER_H

#include <librdkafka/rdkafka.h>
/* after rdkafka.h */
#include <librdkafka/rdkafka_mock.h>

#include "kafka/client.h"
#include "kafka/producer.h"

struct mock_broker {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_options options; /* for handles that connect to it */
    const char *properties[4];
};

static inline void mock_start(struct mock_broker *mock)
{
    char error[256];
    mock->owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
    assert_non_null(mock->owner);
    mock->cluster = rd_kafka_mock_cluster_new(mock->owner, 1);
    assert_non_null(mock->cluster);
    mock->options = (struct kafka_options){
        .brokers = rd_kafka_mock_cluster_bootstraps(mock->cluster), .client_id = "tester"};
}

static inline void mock_stop(struct mock_broker *mock)
{
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->owner);
}

/* struct producer_events, with an `unsigned` as its arg: counts what has arrived. */
static inline void mock_delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    (void)opaque, (void)why;
    assert_int_equal(delivery, DELIVERED);
    ++*(unsigned *)arg;
}

#endif
