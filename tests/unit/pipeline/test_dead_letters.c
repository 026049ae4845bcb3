/* A refused message's record on its way to the error topic: nothing is let go before the topic has
 * it, whatever the topic does. */
#include "member.h"

#include <stdlib.h>
#include <string.h>

#include "service/clock.h"

enum { FIRST_DELAY = 500 };

/* The records that wait are sent, and their reports come. Returns how long until the next try. */
static int64_t try_once(struct member *member)
{
    int64_t due = member_turn(member);

    fake_clock_pass(due == INT64_MAX ? 0 : due - clock_now());
    member_turn(member);
    due = member_turn(member);
    return due == INT64_MAX ? 0 : due - clock_now();
}

static void poison_of(struct member *member, int64_t offset, size_t bytes)
{
    char *value = malloc(bytes + 1);

    assert_non_null(value);
    memset(value, 'x', bytes);
    value[bytes] = '\0';
    fake_consumer_offer(&member->consumer, 0, offset, value, "products.csv", "7");
    free(value);
}

static void the_offset_waits_for_the_acknowledgement(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.silent = true;
    member_poison(member, 0, 5);
    member_offer(member, 0, 6);
    member_turn(member);
    assert_int_equal(member->producer.sends, 1);
    member_answer(member, 0, 6, VERDICT_DONE);
    member_poison(member, 0, 7);
    for (int i = 0; i < 60; i++)
        member_later(member, 1000);
    assert_int_equal(member->producer.sends, 2); /* what is on its way is not sent again */
    assert_int_equal(member_position(member, 0), 5);
    assert_int_equal(member->consumer.committed[0], 5);
    member->producer.silent = false;
    member_later(member, 1000);
    assert_int_equal(member_position(member, 0), 8);
    assert_int_equal(member->consumer.committed[0], 8);
    assert_int_equal(member->consumer.held, 0);
}

static void a_refused_record_is_sent_again_with_backoff(void **state)
{
    struct member *member = *state;
    int64_t delay = 0;
    char key[sizeof member->producer.key];

    member_assigned(member, 1);
    member->producer.refuses = true;
    member_poison(member, 0, 5);
    for (int64_t ceiling = FIRST_DELAY; ceiling <= 8000; ceiling *= 2) {
        int sends = member->producer.sends;

        delay = try_once(member);
        assert_int_equal(member->producer.sends, sends + 1);
        assert_in_range(delay, ceiling / 2, ceiling);
        memcpy(key, member->producer.key, sizeof key);
        member_later(member, delay - 1); /* not a moment earlier */
        assert_int_equal(member->producer.sends, sends + 1);
        assert_int_equal(member_position(member, 0), 5);
        fake_clock_pass(1);
    }
    member->producer.refuses = false;
    try_once(member);
    assert_int_equal(member_position(member, 0), 6);
    assert_string_equal(member->producer.key, key); /* to its readers it is one record */
    assert_int_equal(member_turn(member), INT64_MAX);
}

static void trouble_is_said_once_and_counted_once_a_batch(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.refuses = true;
    for (int64_t offset = 5; offset < 8; offset++)
        member_poison(member, 0, offset);
    assert_in_range(try_once(member), FIRST_DELAY / 2, FIRST_DELAY);
    for (int i = 0; i < 10; i++)
        try_once(member);
    assert_int_equal(fake_log_count("error-topic-refuses"), 1);
    assert_int_equal(fake_log_count("error-topic-accepts-again"), 0);
    member->producer.refuses = false;
    try_once(member);
    assert_int_equal(member_position(member, 0), 8);
    assert_int_equal(fake_log_count("error-topic-accepts-again"), 1);
    member->producer.refuses = true; /* another time: said again, and patience begins anew */
    member_poison(member, 0, 8);
    assert_in_range(try_once(member), FIRST_DELAY / 2, FIRST_DELAY);
    assert_int_equal(fake_log_count("error-topic-refuses"), 2);
}

static void a_topic_that_is_gone_is_made_anew(void **state)
{
    struct member *member = *state;
    struct kafka_producer *producer = &member->producer;

    member_assigned(member, 1);
    producer->has_topic = producer->makes_topic = false;
    member_poison(member, 0, 5);
    for (int i = 0; i < 5; i++)
        try_once(member);
    assert_true(producer->ensured > 1);
    assert_int_equal(producer->sends, 0);
    assert_int_equal(member_position(member, 0), 5);
    producer->makes_topic = true;
    try_once(member);
    assert_int_equal(member_position(member, 0), 6);
    assert_string_equal(producer->ensured_topic.name, "error");
    assert_int_equal(producer->ensured_topic.partitions, 3);
    assert_int_equal(producer->ensured_topic.retention_ms, -1);
    producer->ensured = 0; /* who is not in trouble does not ask */
    member_poison(member, 0, 6);
    try_once(member);
    assert_int_equal(member_position(member, 0), 7);
    assert_int_equal(producer->ensured, 0);
}

/* The topic was there when the record was sent, and not any more when it should have been stored. */
static void a_topic_that_goes_under_a_record_is_made_anew(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.silent = true;
    member_poison(member, 0, 5);
    member_turn(member);
    member->producer.has_topic = member->producer.silent = false;
    member_turn(member);
    assert_int_equal(member_position(member, 0), 5);
    try_once(member);
    assert_int_equal(member_position(member, 0), 6);
    assert_int_equal(member->producer.sends, 2);
}

static void a_smaller_limit_shortens_the_record(void **state)
{
    struct member *member = *state;
    struct kafka_producer *producer = &member->producer;

    member_assigned(member, 1);
    producer->limit = 100000;
    producer->told = 100000;
    poison_of(member, 5, 200000);
    member_turn(member);
    assert_true(producer->value_len > 200000);
    assert_int_equal(producer->limit_questions, 0);
    try_once(member);
    assert_int_equal(producer->limit_questions, 1);
    assert_int_equal(producer->sends, 2);
    assert_in_range(producer->value_len, 90000, 100000);
    assert_non_null(strstr(producer->value, "\"message_truncated\":true"));
    assert_int_equal(member_position(member, 0), 6);
    poison_of(member, 6, 200000); /* the limit is known from now on */
    try_once(member);
    assert_int_equal(producer->sends, 3);
    assert_int_equal(member_position(member, 0), 7);
}

/* Who may not describe the topic finds its limit by trying: 960000, 480000, ..., 60000. */
static void a_limit_that_is_not_told_is_found_by_halving(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.limit = 100000;
    poison_of(member, 5, 950000);
    for (int i = 0; i < 20 && member_position(member, 0) != 6; i++)
        try_once(member);
    assert_int_equal(member_position(member, 0), 6);
    assert_int_equal(member->producer.sends, 5);
    assert_in_range(member->producer.value_len, 50000, 60000);
}

/* Every limit in which the smallest record fits is found. */
static void the_smallest_possible_limit_is_found(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.limit = ERROR_TOPIC_BYTES_MIN;
    poison_of(member, 5, 950000);
    for (int i = 0; i < 20; i++)
        try_once(member);
    assert_int_equal(member_position(member, 0), 6);
}

static void an_impossible_limit_loses_nothing(void **state)
{
    struct member *member = *state;
    struct kafka_producer *producer = &member->producer;

    member_assigned(member, 1);
    producer->limit = producer->told = 100;
    poison_of(member, 5, 100);
    for (int i = 0; i < 20; i++)
        try_once(member);
    assert_int_equal(producer->sends, 1); /* below it no record fits: none is tried */
    assert_int_equal(member_position(member, 0), 5);
    assert_int_equal(fake_log_count("error-topic-refuses"), 1);
    producer->limit = producer->told = 1000000; /* a person mends it */
    try_once(member);
    assert_int_equal(member_position(member, 0), 6);
}

static void a_full_queue_is_no_trouble(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.take = SEND_FULL;
    member_poison(member, 0, 5);
    assert_int_equal(member_turn(member) - clock_now(), 100);
    assert_int_equal(fake_log_count("error-topic-refuses"), 0);
    assert_int_equal(member->producer.ensured, 0);
    member->producer.take = SEND_OK;
    member_later(member, 100);
    member_turn(member);
    assert_int_equal(member_position(member, 0), 6);
}

static void a_broken_handle_is_told_and_loses_nothing(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member_poison(member, 0, 5);
    member->producer.take = SEND_FULL;
    member_turn(member);
    assert_false(dead_letters_broken(member->deliver.letters));
    member->producer.take = SEND_FAILED;
    member_later(member, 100);
    assert_true(dead_letters_broken(member->deliver.letters));
    assert_int_equal(member_position(member, 0), 5);
}

/* The partition went to somebody else meanwhile: the record may arrive, the offset is not ours. */
static void a_record_may_outlive_its_partition(void **state)
{
    struct member *member = *state;
    int commits;

    member_assigned(member, 1);
    member->producer.refuses = true;
    member_poison(member, 0, 5);
    try_once(member);
    member_revoked(member, 0, 1, true);
    try_once(member);
    assert_int_equal(member->consumer.held, 1);
    commits = member->consumer.commits;
    member->producer.refuses = false;
    try_once(member);
    assert_int_equal(member->consumer.held, 0);
    member_later(member, 1000);
    assert_int_equal(member->consumer.commits, commits);
}

static void a_record_says_where_and_why(void **state)
{
    struct member *member = *state;
    struct outcome outcome = {.verdict = VERDICT_REJECT, .route = ROUTE_CREATE};
    const char *value;

    member_assigned(member, 1);
    poison_of(member, 5, 10);
    try_once(member);
    value = member->producer.value;
    assert_non_null(strstr(value, "\"stage\":\"decode\""));
    assert_non_null(strstr(value, "\"error\":\"products.csv, row 7: "));
    assert_null(strstr(value, "\"http\""));
    member_offer(member, 0, 6);
    member_turn(member);
    outcome.failure.code = ERROR_REFUSED;
    reason_set(&outcome.failure.reason, "too dear");
    outcome.http_method = "POST";
    outcome.http_status = 400;
    null_sink_settle(&member->sink, 0, outcome);
    try_once(member);
    value = member->producer.value;
    assert_non_null(strstr(value, "\"stage\":\"strapi\""));
    assert_non_null(strstr(value, "\"error\":\"product, partition 0, offset 6: too dear\""));
    assert_non_null(strstr(value, "\"method\":\"POST\""));
    assert_non_null(strstr(value, "\"status\":400"));
    assert_non_null(strstr(value, "\"service\":\"tester\""));
    assert_string_equal(member->producer.key, "product/0/6/1/tester-group");
    assert_int_equal(member_position(member, 0), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(the_offset_waits_for_the_acknowledgement),
        WITH_MEMBER(a_refused_record_is_sent_again_with_backoff),
        WITH_MEMBER(trouble_is_said_once_and_counted_once_a_batch),
        WITH_MEMBER(a_topic_that_is_gone_is_made_anew),
        WITH_MEMBER(a_topic_that_goes_under_a_record_is_made_anew),
        WITH_MEMBER(a_smaller_limit_shortens_the_record),
        WITH_MEMBER(a_limit_that_is_not_told_is_found_by_halving),
        WITH_MEMBER(the_smallest_possible_limit_is_found),
        WITH_MEMBER(an_impossible_limit_loses_nothing),
        WITH_MEMBER(a_full_queue_is_no_trouble),
        WITH_MEMBER(a_broken_handle_is_told_and_loses_nothing),
        WITH_MEMBER(a_record_may_outlive_its_partition),
        WITH_MEMBER(a_record_says_where_and_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
