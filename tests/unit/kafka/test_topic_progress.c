/* What is seen of a topic and of the group that works it off. Against the broker inside librdkafka;
 * open transactions, which it has not, are in tests/integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mock_broker.h"

#include "kafka/producer.h"
#include "kafka/topic_progress.h"

#define TOPIC            "rows"
#define PARTITIONS       3
#define GROUP            "workers"
#define PATIENCE_MS      30000
#define API_LIST_OFFSETS 2

static struct mock_broker mock;
static int wake[2];

static struct topic_progress *watch(const char *topic, const char *group)
{
    struct reason reason = REASON_INIT;
    struct topic_progress *progress =
        topic_progress_new(&mock.options, topic, group, wake[1], &reason);

    assert_non_null(progress);
    return progress;
}

/* Asks, and waits for the byte that says that the answer is there. */
static enum progress_answer look(struct topic_progress *progress, struct upstream_sight *sight,
                                 struct reason *reason)
{
    struct pollfd woken = {.fd = wake[0], .events = POLLIN};
    char byte;

    assert_int_equal(topic_progress_take(progress, sight, reason), PROGRESS_NONE);
    topic_progress_ask(progress);
    assert_int_equal(poll(&woken, 1, PATIENCE_MS), 1);
    assert_int_equal(read(wake[0], &byte, 1), 1);
    return topic_progress_take(progress, sight, reason);
}

static void see(struct topic_progress *progress, struct upstream_sight *sight)
{
    struct reason reason = REASON_INIT;
    enum progress_answer answer = look(progress, sight, &reason);

    if (answer != PROGRESS_SEEN)
        fail_msg("%d %s", answer, reason.text);
    assert_int_equal(topic_progress_take(progress, sight, &reason), PROGRESS_NONE);
}

/* 10 messages in the first partition, 20 in the second, none in the third. */
static void fill_topic(void)
{
    unsigned delivered = 0;
    const struct producer_events events = {mock_delivered, &delivered};
    struct reason reason = REASON_INIT;
    struct kafka_producer *producer = kafka_producer_new(&mock.options, -1, &events, &reason);
    rd_kafka_topic_t *topic;
    char value[] = "x";

    assert_non_null(producer);
    topic = rd_kafka_topic_new(kafka_producer_handle(producer), TOPIC, NULL);
    for (int i = 0; i < 30; i++)
        assert_int_equal(
            rd_kafka_produce(topic, i < 10 ? 0 : 1, RD_KAFKA_MSG_F_COPY, value, 1, NULL, 0, NULL),
            0);
    while (delivered < 30)
        kafka_producer_poll(producer, 100);
    rd_kafka_topic_destroy(topic);
    kafka_producer_free(producer);
}

static void commit(int32_t partition, int64_t offset)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_t *client;

    rd_kafka_conf_set(conf, "bootstrap.servers", mock.options.brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", GROUP, NULL, 0);
    client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    assert_non_null(client);
    rd_kafka_topic_partition_list_add(list, TOPIC, partition)->offset = offset;
    assert_int_equal(rd_kafka_commit(client, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}

static void check(const struct upstream_sight *sight, int32_t partition, int64_t end,
                  int64_t committed)
{
    assert_int_equal(sight->partitions[partition].low, 0);
    assert_int_equal(sight->partitions[partition].end, end);
    assert_int_equal(sight->partitions[partition].committed, committed);
}

static void ends_and_offsets_are_seen(void **state)
{
    struct topic_progress *progress = watch(TOPIC, GROUP);
    struct upstream_sight sight = {.feed_moving = true};

    (void)state;
    see(progress, &sight);
    assert_int_equal(sight.count, PARTITIONS);
    check(&sight, 0, 10, -1);
    check(&sight, 1, 20, -1);
    check(&sight, 2, 0, -1);
    assert_true(sight.feed_moving); /* not its own */
    commit(1, 15);
    see(progress, &sight);
    check(&sight, 0, 10, -1);
    check(&sight, 1, 20, 15);
    topic_progress_free(progress);
}

static void a_topic_that_is_not_there_has_no_partitions(void **state)
{
    struct topic_progress *progress = watch("nowhere", GROUP);
    struct upstream_sight sight = {.count = 7};

    (void)state;
    rd_kafka_mock_topic_set_error(mock.cluster, "nowhere", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    see(progress, &sight);
    assert_int_equal(sight.count, 0);
    topic_progress_free(progress);
}

/* No sight is none that shows an empty topic. Many times: rd_kafka_query_watermark_offsets(), which was
 * used at first, loses the failure when the answer to its other request comes together with it. */
static void what_fails_is_asked_again(void **state)
{
    struct topic_progress *progress = watch(TOPIC, GROUP);
    struct upstream_sight sight = {.count = 7};
    struct reason reason = REASON_INIT;

    (void)state;
    for (int i = 0; i < 100; i++) {
        rd_kafka_mock_push_request_errors(mock.cluster, API_LIST_OFFSETS, 1,
                                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
        assert_int_equal(look(progress, &sight, &reason), PROGRESS_FAILED);
        assert_non_null(strstr(reason.text, TOPIC));
        assert_int_equal(sight.count, 7);
        rd_kafka_mock_clear_request_errors(mock.cluster, API_LIST_OFFSETS);
    }
    see(progress, &sight);
    assert_int_equal(sight.count, PARTITIONS);
    topic_progress_free(progress);
}

/* A broker that accepts connections and never says a word. Its port is in `address`. */
static int mute_broker(char *address, size_t size)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    snprintf(address, size, "127.0.0.1:%d", ntohs(name.sin_port));
    return fd;
}

/* The question would take ten seconds more. The thread goes with the process. */
static void leaving_does_not_wait_for_brokers(void **state)
{
    struct kafka_options mute = mock.options;
    struct reason reason = REASON_INIT;
    struct topic_progress *progress;
    char address[32];
    struct pollfd asked = {.fd = mute_broker(address, sizeof address), .events = POLLIN};
    struct timespec before, after;

    (void)state;
    mute.brokers = address;
    progress = topic_progress_new(&mute, TOPIC, GROUP, wake[1], &reason);
    assert_non_null(progress);
    topic_progress_ask(progress);
    assert_int_equal(poll(&asked, 1, PATIENCE_MS), 1);
    clock_gettime(CLOCK_MONOTONIC, &before);
    topic_progress_free(progress);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 8);
    close(asked.fd);
    topic_progress_free(NULL);
}

static int start(void **state)
{
    (void)state;
    mock_start(&mock);
    rd_kafka_mock_topic_create(mock.cluster, TOPIC, PARTITIONS, 1);
    assert_int_equal(pipe(wake), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_and_offsets_are_seen),
        cmocka_unit_test(a_topic_that_is_not_there_has_no_partitions),
        cmocka_unit_test(what_fails_is_asked_again),
        cmocka_unit_test(leaving_does_not_wait_for_brokers),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
