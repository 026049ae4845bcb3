#include "kafka/producer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/connection.h"
#include "kafka/producer_conf.h"

/* For answers to what was on its way when a handle became useless. */
#define ANSWERS_MS 2000

struct kafka_producer {
    struct kafka_options options; /* first: the handles' opaque (kafka/client.h) */
    struct producer_events events;
    int wake_fd;
    bool connected;
    bool transactional;
    bool leaving; /* nobody wants to hear of deliveries any more */
    rd_kafka_t *client;
    /* Sends each message in a request of its own; NULL until needed. Why: a broker refuses a whole
     * batch that is over the topic's max.message.bytes, and librdkafka (measured, 2.0.2) fails all
     * its messages with MSG_SIZE_TOO_LARGE, the small ones too. Which of them is too large is only
     * known when each has been tried alone. */
    rd_kafka_t *single;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);

static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    struct kafka_producer *producer = opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && client == producer->client)
        producer->connected = false;
    kafka_log(&producer->options, 4, "%s", text);
}

static int on_statistics(rd_kafka_t *client, char *json, size_t len, void *opaque)
{
    struct kafka_producer *producer = opaque;
    /* The other one is idle most of the time, and may have no connection. */
    if (client == producer->client)
        producer->connected = connection_is_up(json, len);
    return 0; /* librdkafka frees the text */
}

static rd_kafka_t *new_handle(struct kafka_producer *producer, const char *id, bool each_alone,
                              struct reason *reason)
{
    rd_kafka_conf_t *conf = producer_conf(&producer->options, id, each_alone, reason);
    if (conf == NULL)
        return NULL;
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    rd_kafka_t *client = kafka_handle(RD_KAFKA_PRODUCER, conf, reason);
    if (client == NULL || producer->wake_fd < 0)
        return client;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(client);
    rd_kafka_queue_io_event_enable(queue, producer->wake_fd, "k", 1);
    rd_kafka_queue_destroy(queue);
    return client;
}

static struct kafka_producer *make_producer(const struct kafka_options *options, const char *id,
                                            bool each_alone, int wake_fd,
                                            const struct producer_events *events,
                                            struct reason *reason)
{
    struct kafka_producer *producer = calloc(1, sizeof *producer);
    if (producer == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    *producer = (struct kafka_producer){
        .options = *options, .events = *events, .wake_fd = wake_fd, .transactional = id != NULL};
    producer->client = new_handle(producer, id, each_alone, reason);
    if (producer->client == NULL) {
        free(producer);
        return NULL;
    }
    return producer;
}

struct kafka_producer *kafka_producer_new(const struct kafka_options *options, int wake_fd,
                                          const struct producer_events *events,
                                          struct reason *reason)
{
    return make_producer(options, NULL, false, wake_fd, events, reason);
}

struct kafka_producer *kafka_producer_new_transactional(const struct kafka_options *options,
                                                        const char *id, bool each_alone,
                                                        const struct producer_events *events,
                                                        struct reason *reason)
{
    return make_producer(options, id, each_alone, -1, events, reason);
}

/* A topic's limit (max.message.bytes), or its segment's size. */
static bool is_too_large(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static void report(struct kafka_producer *producer, const rd_kafka_message_t *message,
                   rd_kafka_resp_err_t error)
{
    enum delivery delivery = error == RD_KAFKA_RESP_ERR_NO_ERROR ? DELIVERED
                             : is_too_large(error)               ? DELIVERY_TOO_LARGE
                                                                 : DELIVERY_FAILED;
    producer->events.delivered(producer->events.arg, message->_private, delivery,
                               delivery == DELIVERED ? "" : rd_kafka_err2str(error));
}

/* The message once more, in a request of its own. */
static rd_kafka_resp_err_t send_alone(struct kafka_producer *producer,
                                      const rd_kafka_message_t *message)
{
    if (producer->single == NULL)
        producer->single = new_handle(producer, NULL, true, NULL);
    if (producer->single == NULL)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    rd_kafka_headers_t *headers = NULL, *copy = NULL;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        copy = rd_kafka_headers_copy(headers);
    else
        copy = rd_kafka_headers_new(0);
    rd_kafka_resp_err_t error = rd_kafka_producev(
        producer->single, RD_KAFKA_V_TOPIC(rd_kafka_topic_name(message->rkt)),
        RD_KAFKA_V_PARTITION(message->partition), RD_KAFKA_V_KEY(message->key, message->key_len),
        RD_KAFKA_V_VALUE(message->payload, message->len), RD_KAFKA_V_HEADERS(copy),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(message->_private),
        RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(copy);
    return error;
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_producer *producer = opaque;
    rd_kafka_resp_err_t error = message->err;
    if (producer->leaving)
        return;
    /* A transaction is broken by it, and begun anew by who sends. */
    if (is_too_large(error) && client == producer->client && !producer->transactional) {
        error = send_alone(producer, message);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            return; /* its own report will come */
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        producer->connected = true;
    report(producer, message, error);
}

/* NULL when out of memory or over the ceiling. */
static rd_kafka_headers_t *make_headers(const struct kafka_send *send)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(send->header_count);
    for (size_t i = 0; headers != NULL && i < send->header_count; i++)
        if (rd_kafka_header_add(headers, send->headers[i].name, -1, send->headers[i].value, -1) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_destroy(headers);
            headers = NULL;
        }
    return headers;
}

static enum send_result refusal(struct kafka_producer *producer, const char *topic,
                                rd_kafka_resp_err_t error, struct reason *reason)
{
    char fatal[REASON_SIZE / 2];
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return SEND_OK;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return SEND_FULL;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        reason_set(reason, "topic %s: the message is larger than message.max.bytes", topic);
        return SEND_TOO_LARGE;
    case RD_KAFKA_RESP_ERR__FATAL:
        error = rd_kafka_fatal_error(producer->client, fatal, sizeof fatal);
        reason_set(reason, "the Kafka producer can send no more: %s (%s)", rd_kafka_err2str(error),
                   fatal);
        return SEND_FAILED;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        reason_set(reason, "topic %s: it does not exist", topic);
        return SEND_NO_TOPIC;
    case RD_KAFKA_RESP_ERR__STATE:
        reason_set(reason, "the transaction has failed");
        return producer->transactional ? SEND_ABORTED : SEND_FAILED;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        reason_set(reason, "topic %s: %s", topic, rd_kafka_err2str(error));
        return SEND_NO_TOPIC;
    default:
        reason_set(reason, "topic %s: %s", topic, rd_kafka_err2str(error));
        return SEND_FAILED;
    }
}

enum send_result kafka_producer_send(struct kafka_producer *producer, const struct kafka_send *send,
                                     struct reason *reason)
{
    rd_kafka_headers_t *headers = make_headers(send);
    if (headers == NULL)
        return refusal(producer, send->topic, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, reason);
    rd_kafka_resp_err_t error =
        rd_kafka_producev(producer->client, RD_KAFKA_V_TOPIC(send->topic),
                          RD_KAFKA_V_KEY((void *)(uintptr_t)send->key, send->key_len),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)send->value, send->value_len),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_OPAQUE(send->opaque), RD_KAFKA_V_END);
    /* On success librdkafka owns them. */
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers);
    return refusal(producer, send->topic, error, reason);
}

void kafka_producer_poll(struct kafka_producer *producer, int timeout_ms)
{
    if (producer->single != NULL)
        rd_kafka_poll(producer->single, 0);
    rd_kafka_poll(producer->client, timeout_ms);
    if (producer->single != NULL)
        rd_kafka_poll(producer->single, 0);
}

void kafka_producer_flush(struct kafka_producer *producer, int timeout_ms)
{
    rd_kafka_flush(producer->client, timeout_ms);
    if (producer->single != NULL)
        rd_kafka_flush(producer->single, timeout_ms);
}

static size_t pending_of(rd_kafka_t *client)
{
    return client == NULL ? 0 : (size_t)rd_kafka_outq_len(client);
}

size_t kafka_producer_pending(const struct kafka_producer *producer)
{
    return pending_of(producer->client) + pending_of(producer->single);
}

bool kafka_producer_connected(const struct kafka_producer *producer)
{
    return producer->connected;
}

rd_kafka_t *kafka_producer_handle(struct kafka_producer *producer)
{
    return producer->client;
}

/* librdkafka 2.0.2 frees the text of a transaction's error when its handle is destroyed, and once more
 * when the answer to a request, refused because we are fenced, comes before its threads have ended (seen:
 * the process is aborted for a double free). So the answers come first. */
static void await_answers(struct kafka_producer *producer)
{
    char text[1];
    if (!producer->transactional ||
        rd_kafka_fatal_error(producer->client, text, sizeof text) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_flush(producer->client, ANSWERS_MS);
}

static void drop(rd_kafka_t *client)
{
    if (client == NULL)
        return;
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                               RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(client);
}

void kafka_producer_free(struct kafka_producer *producer)
{
    if (producer == NULL)
        return;
    producer->leaving = true;
    await_answers(producer);
    drop(producer->single);
    drop(producer->client);
    free(producer);
}
