/* Where a group stands, and whether a log is the one that was read. Against the broker inside librdkafka;
 * what retention, transactions and topics made anew do is in tests/integration/test_positions.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock_broker.h"

#include "kafka/log_survey.h"
#include "kafka/producer.h"

#define TOPIC       "rows"
#define GROUP       "readers"
#define PARTITIONS  2
#define MESSAGES    40
#define FIRST_MS    1795245540000
#define PATIENCE_MS 30000

static struct mock_broker mock;
static int wake[2];
static struct log_survey *survey;

static void value_of(int64_t offset, char value[32])
{
    snprintf(value, 32, "message %d", (int)offset);
}

static struct fingerprint mark_of(int64_t offset)
{
    char value[32];
    struct message message = {
        .offset = offset, .timestamp_ms = FIRST_MS + offset, .key = "key", .key_len = 3};

    value_of(offset, value);
    message.value = value;
    message.value_len = strlen(value);
    return fingerprint_of(&message);
}

static struct fingerprint other(int64_t offset)
{
    struct fingerprint mark = mark_of(offset);

    mark.hash ^= 1;
    return mark;
}

/* The second partition stays empty. */
static void fill_topic(void)
{
    unsigned delivered = 0;
    const struct producer_events events = {mock_delivered, &delivered};
    struct reason reason = REASON_INIT;
    struct kafka_producer *producer = kafka_producer_new(&mock.options, -1, &events, &reason);

    assert_non_null(producer);
    for (int64_t i = 0; i < MESSAGES; i++) {
        char value[32];

        value_of(i, value);
        assert_int_equal(rd_kafka_producev(kafka_producer_handle(producer), RD_KAFKA_V_TOPIC(TOPIC),
                                           RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY("key", 3),
                                           RD_KAFKA_V_VALUE(value, strlen(value)),
                                           RD_KAFKA_V_TIMESTAMP(FIRST_MS + i),
                                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                           RD_KAFKA_V_END),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    while (delivered < MESSAGES)
        kafka_producer_poll(producer, 100);
    kafka_producer_free(producer);
}

static int start(void **state)
{
    struct reason reason = REASON_INIT;

    (void)state;
    assert_int_equal(pipe(wake), 0);
    fcntl(wake[1], F_SETFL, O_NONBLOCK);
    mock_start(&mock);
    rd_kafka_mock_topic_create(mock.cluster, TOPIC, PARTITIONS, 1);
    fill_topic();
    survey = log_survey_new(&mock.options, TOPIC, GROUP, wake[1], &reason);
    assert_non_null(survey);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    log_survey_free(survey);
    mock_stop(&mock);
    close(wake[0]);
    close(wake[1]);
    return 0;
}

static enum survey_answer look(const struct log_question *question, struct log_sight *sight)
{
    struct pollfd woken = {.fd = wake[0], .events = POLLIN};
    struct reason reason = REASON_INIT;
    const struct log_sight *sights;
    enum survey_answer answer;
    size_t count;
    char byte;

    assert_true(log_survey_ask(survey, question, 1));
    assert_false(log_survey_ask(survey, question, 1)); /* one at a time */
    assert_int_equal(poll(&woken, 1, PATIENCE_MS), 1);
    assert_int_equal(read(wake[0], &byte, 1), 1);
    answer = log_survey_take(survey, &sights, &count, &reason);
    if (answer != SURVEY_SEEN)
        return answer;
    assert_int_equal(count, 1);
    *sight = sights[0];
    assert_int_equal(sight->partition, question->partition);
    assert_int_equal(sight->serial, question->serial);
    assert_int_equal(log_survey_take(survey, &sights, &count, &reason), SURVEY_NONE);
    return answer;
}

static void see(const struct log_question *question, struct log_sight *sight)
{
    assert_int_equal(look(question, sight), SURVEY_SEEN);
}

static enum log_match match_of(size_t count, struct fingerprint newest, struct fingerprint older)
{
    const struct log_question question = {.serial = 7,
                                          .history = {.count = count, .marks = {newest, older}}};
    struct log_sight sight;

    see(&question, &sight);
    assert_int_equal(sight.low, 0);
    assert_int_equal(sight.high, MESSAGES);
    return sight.likeness.match;
}

static void the_log_is_compared_with_what_was_read(void **state)
{
    const struct fingerprint none = {0};

    (void)state;
    assert_int_equal(match_of(0, none, none), LOG_UNKNOWN);
    assert_int_equal(match_of(1, mark_of(MESSAGES - 1), none), LOG_SAME);
    assert_int_equal(match_of(2, mark_of(20), mark_of(0)), LOG_SAME);
    assert_int_equal(match_of(1, other(20), none), LOG_ANEW);
    assert_int_equal(match_of(2, other(20), other(0)), LOG_ANEW);
    assert_int_equal(match_of(2, mark_of(20), other(0)), LOG_ANEW);
    assert_int_equal(match_of(2, other(20), mark_of(3)), LOG_DIVERGED);
    assert_int_equal(match_of(2, mark_of(MESSAGES), mark_of(3)), LOG_TRUNCATED);
    assert_int_equal(match_of(1, mark_of(MESSAGES), none), LOG_LOST);
}

static void commit(int64_t offset, const char *note)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_add(list, TOPIC, 0);
    rd_kafka_t *client;

    rd_kafka_conf_set(conf, "bootstrap.servers", mock.options.brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", GROUP, NULL, 0);
    client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    assert_non_null(client);
    place->offset = offset;
    place->metadata = strdup(note);
    place->metadata_size = strlen(note);
    assert_int_equal(rd_kafka_commit(client, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}

static void the_group_stands_where_its_note_says(void **state)
{
    const struct log_question question = {
        .of_group = true, .of_target = true, .target = other(5), .serial = 9};
    struct commit_note note = {.sink = "rest", .history = {.count = 1, .marks = {mark_of(19)}}};
    struct log_sight sight;
    char text[COMMIT_NOTE_SIZE];

    (void)state;
    see(&question, &sight);
    assert_int_equal(sight.committed, -1);
    assert_int_equal(sight.target.match, LOG_ANEW);
    commit_note_write(&note, text);
    commit(20, text);
    see(&question, &sight);
    assert_int_equal(sight.committed, 20);
    assert_string_equal(sight.note.sink, "rest");
    assert_int_equal(sight.likeness.match, LOG_SAME);
    commit(15, text); /* a note that was not made for this offset */
    see(&question, &sight);
    assert_int_equal(sight.committed, 15);
    assert_string_equal(sight.note.sink, "");
    assert_int_equal(sight.likeness.match, LOG_UNKNOWN);
    commit(20, "another program's");
    see(&question, &sight);
    assert_string_equal(sight.note.sink, "");
}

static void an_empty_partition_has_ends(void **state)
{
    const struct log_question question = {.partition = 1, .of_group = true};
    struct log_sight sight;

    (void)state;
    see(&question, &sight);
    assert_int_equal(sight.low, 0);
    assert_int_equal(sight.high, 0);
}

static void what_fails_can_be_asked_again(void **state)
{
    const struct log_question unknown = {.partition = PARTITIONS}, known = {.partition = 0};
    struct log_sight sight;

    (void)state;
    assert_int_equal(look(&unknown, &sight), SURVEY_FAILED);
    assert_int_equal(look(&known, &sight), SURVEY_SEEN);
}

#define WITH_MOCK(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOCK(the_log_is_compared_with_what_was_read),
        WITH_MOCK(the_group_stands_where_its_note_says),
        WITH_MOCK(an_empty_partition_has_ends),
        WITH_MOCK(what_fails_can_be_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
