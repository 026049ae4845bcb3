/* A member of a group reads, commits and leaves. Against the broker inside librdkafka, whose groups
 * do not survive that a member leaves: rebalances are in tests/integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mock_broker.h"

#include "kafka/consumer.h"
#include "kafka/producer.h"

#define TOPIC             "rows"
#define PARTITIONS        3
#define EACH              200
#define PATIENCE_MS       30000
#define API_OFFSET_COMMIT 8

static struct mock_broker mock;
static int wake[2];

/* One member and what it was told. */
struct member {
    struct kafka_consumer *consumer;
    bool mine[PARTITIONS];
    bool ended[PARTITIONS];
    int64_t next[PARTITIONS];
    unsigned logged; /* failed commits */
};

static void on_assigned(void *arg, const int32_t *partitions, size_t count)
{
    struct member *member = arg;
    for (size_t i = 0; i < count; i++) {
        assert_true(kafka_consumer_start(member->consumer, partitions[i], 0));
        member->mine[partitions[i]] = true;
    }
}

static void on_revoked(void *arg, const int32_t *partitions, size_t count, bool lost)
{
    (void)arg, (void)partitions, (void)count, (void)lost;
}

static void on_doubted(void *arg)
{
    (void)arg;
}

static void on_failed(void *arg, const char *why)
{
    (void)arg;
    fail_msg("%s", why);
}

static void on_log(void *arg, int level, const char *text)
{
    (void)level;
    if (strstr(text, "commit to topic") != NULL)
        ((struct member *)arg)->logged++;
    if (strstr(text, "main queue") != NULL)
        fail_msg("%s", text);
}

static void join(struct member *member, const char *group)
{
    *member = (struct member){0};
    struct consumer_options options = {
        .kafka = mock.options, .topic = TOPIC, .group = group, .wake_fd = wake[1]};
    const struct consumer_events events = {on_assigned, on_revoked, on_failed, on_doubted, member};
    struct reason reason = REASON_INIT;
    options.kafka.log = on_log;
    options.kafka.log_arg = member;
    member->consumer = kafka_consumer_new(&options, &events, &reason);
    assert_non_null(member->consumer);
}

/* EACH messages in each partition, with their number as value. */
static void fill_topic(void)
{
    unsigned delivered = 0;
    const struct producer_events events = {mock_delivered, &delivered};
    struct kafka_producer *producer = kafka_producer_new(&mock.options, -1, &events, NULL);
    rd_kafka_t *handle = kafka_producer_handle(producer);
    for (int64_t i = 0; i < PARTITIONS * EACH; i++) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
            handle, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_PARTITION((int32_t)(i % PARTITIONS)),
            RD_KAFKA_V_VALUE(&i, sizeof i), RD_KAFKA_V_HEADER("row", "12", -1),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        assert_int_equal(error, RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    while (kafka_producer_pending(producer) > 0)
        kafka_producer_poll(producer, 100);
    kafka_producer_free(producer);
    assert_int_equal(delivered, PARTITIONS * EACH);
}

static int start(void **state)
{
    (void)state;
    assert_int_equal(pipe(wake), 0);
    mock_start(&mock);
    rd_kafka_mock_topic_create(mock.cluster, TOPIC, PARTITIONS, 1);
    fill_topic();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    mock_stop(&mock);
    close(wake[0]);
    close(wake[1]);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One turn: waits for librdkafka's byte, serves what came, reads what there is. */
static void turn(struct member *member)
{
    struct pollfd poller = {.fd = wake[0], .events = POLLIN};
    char bytes[64];
    if (poll(&poller, 1, 100) == 1)
        assert_true(read(wake[0], bytes, sizeof bytes) > 0);
    kafka_consumer_poll(member->consumer);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        struct kafka_message message;
        int64_t end;
        enum take_result result;
        while (member->mine[p] && (result = kafka_consumer_take(member->consumer, p, &message,
                                                                &end)) != TAKE_NOTHING) {
            if (result == TAKE_END) {
                assert_int_equal(end, EACH);
                member->ended[p] = true;
                continue;
            }
            assert_int_equal(message.raw->offset, member->next[p]++);
            assert_string_equal(kafka_message_header(&message, "row"), "12");
            assert_null(kafka_message_header(&message, "feed"));
            kafka_message_free(&message);
        }
    }
}

static bool all_ended(const struct member *member)
{
    return member->ended[0] && member->ended[1] && member->ended[2];
}

static void read_all(struct member *member)
{
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (!all_ended(member) && now_ms() < deadline)
        turn(member);
    assert_true(all_ended(member));
}

static int commit(struct member *member, bool synchronous, bool *fenced, struct reason *reason)
{
    struct kafka_position positions[PARTITIONS];
    for (int32_t p = 0; p < PARTITIONS; p++)
        positions[p] = (struct kafka_position){p, member->next[p], NULL};
    return kafka_consumer_commit(member->consumer, positions, PARTITIONS, synchronous, fenced,
                                 reason);
}

static void expect_committed(struct member *member, int64_t offset)
{
    struct kafka_position positions[PARTITIONS];
    for (int32_t p = 0; p < PARTITIONS; p++)
        positions[p].partition = p;
    assert_int_equal(
        kafka_consumer_committed(member->consumer, positions, PARTITIONS, PATIENCE_MS, NULL), 0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        assert_int_equal(positions[p].offset, offset);
}

static void every_message_comes_once_and_in_order(void **state)
{
    (void)state;
    struct member member;
    join(&member, "g");
    expect_committed(&member, -1);
    read_all(&member);
    for (int32_t p = 0; p < PARTITIONS; p++)
        assert_int_equal(kafka_consumer_high(member.consumer, p), EACH);
    kafka_consumer_free(member.consumer);
}

static void a_commit_is_remembered(void **state)
{
    (void)state;
    struct member member;
    bool fenced;
    join(&member, "g");
    read_all(&member);
    assert_int_equal(commit(&member, true, &fenced, NULL), 0);
    expect_committed(&member, EACH);
    kafka_consumer_free(member.consumer);
}

/* A commit that fails without being waited for is sent again by itself. */
static void an_asynchronous_commit_is_repeated(void **state)
{
    (void)state;
    struct member member;
    bool fenced;
    join(&member, "g");
    read_all(&member);
    rd_kafka_mock_push_request_errors(mock.cluster, API_OFFSET_COMMIT, 1,
                                      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(commit(&member, false, &fenced, NULL), 0);
    int64_t deadline = now_ms() + PATIENCE_MS;
    while (member.logged == 0 && now_ms() < deadline)
        turn(&member);
    assert_int_equal(member.logged, 1);
    for (int64_t end = now_ms() + 2500; now_ms() < end;)
        turn(&member);
    expect_committed(&member, EACH);
    kafka_consumer_free(member.consumer);
}

static void rest(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Tries until a commit meets the answer to a heartbeat, and has to wait. Returns its offset. */
static int64_t commit_that_waits(struct member *member)
{
    int64_t deadline = now_ms() + PATIENCE_MS, offset = 0;
    bool fenced;
    while (kafka_consumer_poll_in(member->consumer) == INT64_MAX && now_ms() < deadline) {
        rest(5);
        kafka_consumer_poll(member->consumer);
        const struct kafka_position position = {0, ++offset, NULL};
        assert_int_equal(
            kafka_consumer_commit(member->consumer, &position, 1, false, &fenced, NULL), 0);
    }
    assert_true(kafka_consumer_poll_in(member->consumer) != INT64_MAX);
    return offset;
}

static int64_t committed(struct member *member)
{
    struct kafka_position position = {.offset = -1};
    assert_int_equal(kafka_consumer_committed(member->consumer, &position, 1, PATIENCE_MS, NULL),
                     0);
    return position.offset;
}

/* Who polls when it is told to does not have to wait for luck: a loop of one turn a second and
 * heartbeats of one a second could meet each time. */
static void a_commit_that_waits_says_for_how_long(void **state)
{
    (void)state;
    struct member member;
    join(&member, "g");
    read_all(&member);
    int64_t offset = commit_that_waits(&member), left;
    int64_t deadline = now_ms() + PATIENCE_MS;
    assert_true(committed(&member) < offset);
    while ((left = kafka_consumer_poll_in(member.consumer)) != INT64_MAX && now_ms() < deadline) {
        assert_in_range(left, 0, 1000);
        rest(left);
        kafka_consumer_poll(member.consumer);
    }
    assert_int_equal(committed(&member), offset);
    kafka_consumer_free(member.consumer);
}

static void a_member_counted_out_is_fenced(void **state)
{
    (void)state;
    static const struct {
        rd_kafka_resp_err_t error;
        bool fenced;
    } cases[] = {{RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, false},
                 {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct member member;
        struct reason reason = REASON_INIT;
        bool fenced;
        join(&member, i == 0 ? "g0" : "g1");
        read_all(&member);
        rd_kafka_mock_push_request_errors(mock.cluster, API_OFFSET_COMMIT, 1, cases[i].error);
        assert_int_equal(commit(&member, true, &fenced, &reason), -1);
        assert_int_equal(fenced, cases[i].fenced);
        assert_non_null(strstr(reason.text, TOPIC));
        kafka_consumer_free(member.consumer);
    }
}

static void the_ends_need_no_assignment(void **state)
{
    (void)state;
    struct member member;
    struct kafka_end *ends = NULL;
    size_t count = 0;
    join(&member, "g");
    assert_int_equal(kafka_consumer_ends(member.consumer, &ends, &count, PATIENCE_MS, NULL), 0);
    assert_int_equal(count, PARTITIONS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ends[i].partition, i);
        assert_int_equal(ends[i].low, 0);
        assert_int_equal(ends[i].high, EACH);
    }
    free(ends);
    read_all(&member);
    kafka_consumer_free(member.consumer);
}

static void leaving_takes_no_broker(void **state)
{
    (void)state;
    struct member member;
    join(&member, "g");
    read_all(&member);
    rd_kafka_mock_broker_set_down(mock.cluster, 1);
    int64_t before = now_ms();
    kafka_consumer_free(member.consumer);
    assert_true(now_ms() - before < KAFKA_JOIN_MS + KAFKA_LEAVE_MS + 500);
    rd_kafka_mock_broker_set_up(mock.cluster, 1);
}

static void promises_cannot_be_configured_away(void **state)
{
    (void)state;
    static const char *const broken[] = {"enable.auto.commit=true"};
    struct consumer_options options = {
        .kafka = mock.options, .topic = TOPIC, .group = "g", .wake_fd = wake[1]};
    const struct consumer_events events = {on_assigned, on_revoked, on_failed, on_doubted, NULL};
    struct reason reason = REASON_INIT;
    options.kafka.properties = broken;
    options.kafka.property_count = 1;
    assert_null(kafka_consumer_new(&options, &events, &reason));
    assert_non_null(strstr(reason.text, "enable.auto.commit"));
}

#define WITH_MOCK(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOCK(every_message_comes_once_and_in_order),
        WITH_MOCK(a_commit_is_remembered),
        WITH_MOCK(an_asynchronous_commit_is_repeated),
        WITH_MOCK(a_commit_that_waits_says_for_how_long),
        WITH_MOCK(a_member_counted_out_is_fenced),
        WITH_MOCK(the_ends_need_no_assignment),
        WITH_MOCK(leaving_takes_no_broker),
        WITH_MOCK(promises_cannot_be_configured_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
