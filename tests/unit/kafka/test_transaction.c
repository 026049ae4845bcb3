/* What librdkafka's answers ask for, against the broker inside it: it knows transactions, and answers as it is
 * told. What a consumer sees of them is tested with the real Kafka (tests/integration/test_transactions.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kafka/producer.h"
#include "kafka/transaction.h"
#include "mock_broker.h"

#define TOPIC                "rows"
#define API_PRODUCE          0
#define API_INIT_PRODUCER_ID 22
#define API_ADD_PARTITIONS   24
#define API_END_TXN          26
#define TURN_MS              100
#define PATIENCE             200 /* turns */

struct world {
    struct mock_broker mock;
    struct kafka_producer *producer;
    rd_kafka_t *client;
    unsigned delivered, too_large, failed;
};

static void on_delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct world *world = arg;
    (void)opaque;
    (void)why;
    world->delivered += delivery == DELIVERED;
    world->too_large += delivery == DELIVERY_TOO_LARGE;
    world->failed += delivery == DELIVERY_FAILED;
}

static void start(struct world *world)
{
    const struct producer_events events = {.delivered = on_delivered, .arg = world};
    struct reason reason = REASON_INIT;
    *world = (struct world){.producer = NULL};
    mock_start(&world->mock);
    rd_kafka_mock_topic_create(world->mock.cluster, TOPIC, 1, 1);
    world->producer = kafka_producer_new_transactional(&world->mock.options, "p/rows/c0ffee", false,
                                                       &events, &reason);
    assert_non_null(world->producer);
    world->client = kafka_producer_handle(world->producer);
}

static void stop(struct world *world)
{
    kafka_producer_free(world->producer);
    mock_stop(&world->mock);
}

typedef enum txn_answer call(rd_kafka_t *, int, struct reason *);

/* The first answer that is not "again". */
static enum txn_answer persist(struct world *world, call *ask, struct reason *reason)
{
    enum txn_answer answer = TXN_AGAIN;
    for (int i = 0; answer == TXN_AGAIN; i++) {
        assert_true(i < PATIENCE);
        answer = ask(world->client, TURN_MS, reason);
    }
    return answer;
}

static void send_one(struct world *world)
{
    const struct kafka_send row = {.topic = TOPIC, .value = "v", .value_len = 1};
    assert_int_equal(kafka_producer_send(world->producer, &row, NULL), SEND_OK);
}

static void open_one(struct world *world)
{
    struct reason reason = REASON_INIT;
    assert_int_equal(persist(world, txn_init, &reason), TXN_DONE);
    assert_int_equal(txn_begin(world->client, &reason), TXN_DONE);
    send_one(world);
}

static void push(struct world *world, int16_t api, rd_kafka_resp_err_t error)
{
    rd_kafka_mock_push_request_errors(world->mock.cluster, api, 1, error);
}

static void one_after_another(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    start(&world);
    open_one(&world);
    assert_int_equal(persist(&world, txn_commit, &reason), TXN_DONE);
    assert_int_equal(world.delivered, 1);
    assert_int_equal(txn_begin(world.client, &reason), TXN_DONE);
    send_one(&world);
    assert_int_equal(persist(&world, txn_abort, &reason), TXN_DONE);
    assert_int_equal(txn_begin(world.client, &reason), TXN_DONE);
    assert_int_equal(persist(&world, txn_commit, &reason), TXN_DONE);
    stop(&world);
}

/* "Not yet", and the call goes on where it was. */
static void a_broker_that_is_not_ready(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    start(&world);
    rd_kafka_mock_broker_set_down(world.mock.cluster, 1);
    assert_int_equal(txn_init(world.client, TURN_MS, &reason), TXN_AGAIN);
    assert_string_not_equal(reason.text, "");
    rd_kafka_mock_broker_set_up(world.mock.cluster, 1);
    open_one(&world);
    push(&world, API_END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(persist(&world, txn_commit, &reason), TXN_DONE);
    stop(&world);
}

static enum txn_answer try_one(struct world *world, struct reason *reason)
{
    assert_int_equal(txn_begin(world->client, reason), TXN_DONE);
    send_one(world);
    return persist(world, txn_commit, reason);
}

/* One is refused for its size: the transaction is to be aborted, and then there is a next one. librdkafka
 * misses the number of what was refused, and wants that one aborted as well. */
static void a_message_too_large(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    start(&world);
    push(&world, API_PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    open_one(&world);
    assert_int_equal(persist(&world, txn_commit, &reason), TXN_ABORT);
    assert_int_equal(world.too_large, 1);
    assert_int_equal(txn_broken(world.client, &reason), TXN_ABORT);
    const struct kafka_send row = {.topic = TOPIC, .value = "v", .value_len = 1};
    assert_int_equal(kafka_producer_send(world.producer, &row, &reason), SEND_ABORTED);
    enum txn_answer answer = TXN_ABORT;
    for (int tries = 0; answer == TXN_ABORT; tries++) {
        assert_true(tries < 3);
        assert_int_equal(persist(&world, txn_abort, &reason), TXN_DONE);
        answer = try_one(&world, &reason);
    }
    assert_int_equal(answer, TXN_DONE);
    stop(&world);
}

/* What is on the way when it is aborted is reported, so that nothing is forgotten. */
static void an_abort_gives_back_what_is_on_the_way(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    start(&world);
    open_one(&world);
    assert_int_equal(persist(&world, txn_abort, &reason), TXN_DONE);
    assert_int_equal(world.delivered + world.failed, 1);
    stop(&world);
}

static void a_handle_that_is_lost(void **state)
{
    static const struct {
        int16_t api;
        rd_kafka_resp_err_t error;
    } cases[] = {
        {API_END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED},
        {API_END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH},
        {API_END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE},
        {API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_PRODUCER_FENCED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        struct reason reason = REASON_INIT;
        start(&world);
        push(&world, cases[i].api, cases[i].error);
        open_one(&world);
        assert_int_equal(persist(&world, txn_commit, &reason), TXN_LOST);
        assert_int_equal(txn_broken(world.client, &reason), TXN_LOST);
        assert_int_equal(txn_begin(world.client, &reason), TXN_LOST);
        stop(&world);
    }
}

/* No new handle mends these. */
static void transactions_that_are_refused(void **state)
{
    static const rd_kafka_resp_err_t errors[] = {
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
    };
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct world world;
        struct reason reason = REASON_INIT;
        start(&world);
        push(&world, API_INIT_PRODUCER_ID, errors[i]);
        assert_int_equal(persist(&world, txn_init, &reason), TXN_REFUSED);
        assert_non_null(strstr(reason.text, rd_kafka_err2name(errors[i])));
        stop(&world);
    }
}

static void the_timeout_in_force(void **state)
{
    (void)state;
    static const char *const given[] = {"transaction.timeout.ms=12345"};
    static const char *const wrong[] = {"transaction.timeout.ms=soon"};
    struct reason reason = REASON_INIT;
    struct kafka_options options = {.brokers = "127.0.0.1:1", .client_id = "tester"};
    assert_int_equal(transaction_timeout_ms(&options, &reason), TRANSACTION_TIMEOUT_MS);
    options.properties = given;
    options.property_count = 1;
    assert_int_equal(transaction_timeout_ms(&options, &reason), 12345);
    assert_int_equal(kafka_producer_check_transactional(&options, &reason), 0);
    options.properties = wrong;
    assert_int_equal(transaction_timeout_ms(&options, &reason), -1);
    assert_int_equal(kafka_producer_check_transactional(&options, &reason), -1);
}

static void the_id_is_ours(void **state)
{
    (void)state;
    static const char *const given[] = {"transactional.id=mine"};
    struct reason reason = REASON_INIT;
    const struct kafka_options options = {
        .brokers = "127.0.0.1:1", .client_id = "tester", .properties = given, .property_count = 1};
    assert_int_equal(kafka_producer_check(&options, &reason), -1);
    assert_non_null(strstr(reason.text, "transactional.id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_another),
        cmocka_unit_test(a_broker_that_is_not_ready),
        cmocka_unit_test(a_message_too_large),
        cmocka_unit_test(an_abort_gives_back_what_is_on_the_way),
        cmocka_unit_test(a_handle_that_is_lost),
        cmocka_unit_test(transactions_that_are_refused),
        cmocka_unit_test(the_timeout_in_force),
        cmocka_unit_test(the_id_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
