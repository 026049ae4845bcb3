/* Every message ends in one report, and a report means what it says. Against the broker inside
 * librdkafka. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mock_broker.h"

#include "kafka/error_topic.h"
#include "kafka/producer.h"

#define TOPIC       "rows"
#define API_PRODUCE 0
#define PATIENCE_MS 20000

static struct mock_broker mock;
static struct kafka_producer *producer;
static unsigned reports[3];
static unsigned reported[64]; /* per message */

static void on_delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    (void)arg;
    assert_non_null(why);
    reports[delivery]++;
    reported[(uintptr_t)opaque]++;
}

static int start(void **state)
{
    (void)state;
    struct producer_events events = {.delivered = on_delivered};
    memset(reports, 0, sizeof reports);
    memset(reported, 0, sizeof reported);
    mock_start(&mock);
    rd_kafka_mock_topic_create(mock.cluster, TOPIC, 1, 1);
    rd_kafka_mock_topic_create(mock.cluster, "error", 1, 1);
    producer = kafka_producer_new(&mock.options, -1, &events, NULL);
    assert_non_null(producer);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    kafka_producer_free(producer);
    mock_stop(&mock);
    return 0;
}

static enum send_result send_row(const char *topic, const char *value, size_t len, uintptr_t number,
                                 struct reason *reason)
{
    const struct kafka_header headers[] = {{"row", "7"}};
    const struct kafka_send row = {.topic = topic,
                                   .key = "k",
                                   .key_len = 1,
                                   .value = value,
                                   .value_len = len,
                                   .headers = headers,
                                   .header_count = 1,
                                   .opaque = (void *)number};
    return kafka_producer_send(producer, &row, reason);
}

static void send_rows(uintptr_t count)
{
    for (uintptr_t i = 0; i < count; i++)
        assert_int_equal(send_row(TOPIC, "value", 5, i, NULL), SEND_OK);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drain(uintptr_t count)
{
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (kafka_producer_pending(producer) > 0 && now_ms() < deadline)
        kafka_producer_poll(producer, 50);
    assert_int_equal(kafka_producer_pending(producer), 0);
    for (uintptr_t i = 0; i < count; i++)
        assert_int_equal(reported[i], 1);
}

static void each_message_is_reported_once(void **state)
{
    (void)state;
    assert_false(kafka_producer_connected(producer));
    send_rows(50);
    assert_int_equal(kafka_producer_pending(producer), 50);
    drain(50);
    assert_int_equal(reports[DELIVERED], 50);
    assert_true(kafka_producer_connected(producer));
}

/* The broker refuses a batch for its size: each message gets its own verdict. */
static void a_batch_too_large_harms_no_small_message(void **state)
{
    (void)state;
    rd_kafka_mock_push_request_errors(mock.cluster, API_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    send_rows(20);
    drain(20);
    assert_int_equal(reports[DELIVERED], 20);
}

static void a_message_too_large_is_told_alone(void **state)
{
    (void)state;
    rd_kafka_mock_push_request_errors(mock.cluster, API_PRODUCE, 2,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    send_rows(20);
    drain(20);
    assert_int_equal(reports[DELIVERY_TOO_LARGE], 1);
    assert_int_equal(reports[DELIVERED], 19);
}

static void a_refusal_is_a_failure(void **state)
{
    (void)state;
    rd_kafka_mock_push_request_errors(mock.cluster, API_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    send_rows(5);
    drain(5);
    assert_int_equal(reports[DELIVERY_FAILED], 5);
}

/* What passes is tried again by librdkafka, and delivered once. */
static void a_passing_error_is_not_seen(void **state)
{
    (void)state;
    rd_kafka_mock_push_request_errors(
        mock.cluster, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT);
    send_rows(5);
    drain(5);
    assert_int_equal(reports[DELIVERED], 5);
}

static void over_the_clients_limit_is_said_at_once(void **state)
{
    (void)state;
    static char large[1000001];
    struct reason reason = REASON_INIT;
    assert_int_equal(send_row(TOPIC, large, sizeof large, 0, &reason), SEND_TOO_LARGE);
    assert_non_null(strstr(reason.text, TOPIC));
    assert_int_equal(kafka_producer_pending(producer), 0);
}

static void a_queue_has_an_end(void **state)
{
    (void)state;
    struct producer_events events = {.delivered = on_delivered};
    static const char *const small[] = {"queue.buffering.max.messages=3"};
    struct kafka_options options = mock.options;
    options.brokers = "127.0.0.1:1"; /* nothing is taken from the queue */
    options.properties = small;
    options.property_count = 1;
    kafka_producer_free(producer);
    producer = kafka_producer_new(&options, -1, &events, NULL);
    assert_non_null(producer);
    send_rows(3);
    assert_int_equal(send_row(TOPIC, "value", 5, 3, NULL), SEND_FULL);
}

static void something_to_poll_wakes(void **state)
{
    (void)state;
    struct producer_events events = {.delivered = on_delivered};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    kafka_producer_free(producer);
    producer = kafka_producer_new(&mock.options, ends[1], &events, NULL);
    assert_non_null(producer);
    send_rows(1);
    struct pollfd poller = {.fd = ends[0], .events = POLLIN};
    char bytes[64];
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (reports[DELIVERED] == 0 && now_ms() < deadline) {
        assert_int_equal(poll(&poller, 1, PATIENCE_MS), 1);
        assert_true(read(ends[0], bytes, sizeof bytes) > 0);
        kafka_producer_poll(producer, 0);
    }
    assert_int_equal(reports[DELIVERED], 1);
    kafka_producer_free(producer);
    producer = NULL;
    close(ends[0]);
    close(ends[1]);
}

static void an_error_record_goes_out_within_its_limit(void **state)
{
    (void)state;
    static char message[300000];
    memset(message, 'x', sizeof message);
    struct error_record record = ERROR_RECORD_INIT;
    record.code = ERROR_INVALID_FIELD;
    record.stage = "validate";
    record.error = "it is wrong";
    record.feed_id = "f";
    record.row = 7;
    record.message = message;
    record.message_len = sizeof message;
    struct error_topic *errors = error_topic_new(producer, "error", 100000);
    assert_int_equal(error_topic_send(errors, &record, (void *)1, NULL), SEND_OK);
    struct reason reason = REASON_INIT;
    error_topic_limit(errors, 2000);
    assert_int_equal(error_topic_send(errors, &record, (void *)2, &reason), SEND_TOO_LARGE);
    assert_non_null(strstr(reason.text, "topic error"));
    drain(0);
    assert_int_equal(reports[DELIVERED], 1);
    assert_int_equal(reported[1], 1);
    error_topic_free(errors);
}

#define WITH_MOCK(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOCK(each_message_is_reported_once),
        WITH_MOCK(a_batch_too_large_harms_no_small_message),
        WITH_MOCK(a_message_too_large_is_told_alone),
        WITH_MOCK(a_refusal_is_a_failure),
        WITH_MOCK(a_passing_error_is_not_seen),
        WITH_MOCK(over_the_clients_limit_is_said_at_once),
        WITH_MOCK(a_queue_has_an_end),
        WITH_MOCK(something_to_poll_wakes),
        WITH_MOCK(an_error_record_goes_out_within_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
