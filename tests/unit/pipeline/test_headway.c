/* How far a consumer is, what it says of that, and when --until-end has its end. */
#include "member.h"

#include "entities/entities.h"

#include <stdlib.h>
#include <string.h>

#include "service/clock.h"

enum { LINE_EVERY = 10000, LOOK_EVERY = 1000 };

static void effect(struct member *member, int64_t offset, enum done_how how, bool left_alone)
{
    const struct outcome outcome = {.verdict = VERDICT_DONE, .how = how, .left_alone = left_alone};

    member_settle(member, 0, offset, &outcome);
}

static void offer_range(struct member *member, int64_t first, int64_t end)
{
    for (int64_t offset = first; offset < end; offset++)
        member_offer(member, 0, offset);
    member->consumer.high[0] = end;
    member_turn(member);
}

static void what_became_of_messages_is_counted(void **state)
{
    struct member *member = *state;
    struct headway *headway = &member->deliver.headway;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    member_assigned(member, 1);
    offer_range(member, 0, 7);
    effect(member, 0, DONE_CREATED, false);
    effect(member, 1, DONE_CREATED, false);
    effect(member, 2, DONE_CREATED, false);
    effect(member, 3, DONE_UPDATED, true);
    effect(member, 4, DONE_UPDATED, false);
    effect(member, 5, DONE_UNCHANGED, true);
    member_answer(member, 0, 6, VERDICT_REJECT);
    fake_clock_pass(1500);
    headway_print_json(headway, clock_now(), out);
    fclose(out);
    assert_string_equal(text, "{\"topic\":\"product\",\"done\":7,\"created\":3,\"updated\":2,"
                              "\"unchanged\":1,\"rejected\":1,\"left_alone\":2,"
                              "\"seconds\":1.500}\n");
    free(text);
}

/* One without a field that is only written when an entry is created. */
static const struct entity category = {.name = "category", .effect = EFFECT_UPSERT};

/* What an entity cannot have is not counted; a movement is neither created nor updated. */
static void counts_are_those_of_the_entity(void **state)
{
    static const struct {
        const struct entity *entity;
        const char *expected;
    } cases[] = {
        {&category, "{\"topic\":\"x\",\"done\":3,\"created\":0,\"updated\":2,\"unchanged\":1,"
                    "\"rejected\":0,\"seconds\":1.000}\n"},
        {&entity_event, "{\"topic\":\"x\",\"done\":3,\"created\":2,\"unchanged\":1,"
                        "\"rejected\":0,\"possible_duplicates\":1,\"seconds\":1.000}\n"},
        {&entity_stock, "{\"topic\":\"x\",\"done\":3,\"applied\":2,\"unchanged\":1,"
                        "\"rejected\":0,\"possible_duplicates\":1,\"seconds\":1.000}\n"},
    };
    struct member *member = *state;
    struct headway *headway = &member->deliver.headway;
    const struct message message = {.origin = {.feed = NULL}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        enum done_how written = cases[i].entity == &entity_event ? DONE_CREATED : DONE_UPDATED;

        headway_init(headway, "x", "g", cases[i].entity, 0);
        headway_effected(headway, &message, &(struct outcome){.how = written});
        headway_effected(headway, &message, &(struct outcome){.how = written});
        headway_effected(headway, &message,
                         &(struct outcome){.how = DONE_UNCHANGED, .possible_duplicate = true});
        headway_print_json(headway, 1000, out);
        fclose(out);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static void the_caught_up_line_has_the_same_counts(void **state)
{
    struct member *member = *state;

    member->deliver.headway.entity = &entity_stock;
    member_assigned(member, 1);
    offer_range(member, 0, 2);
    effect(member, 0, DONE_UPDATED, false);
    effect(member, 1, DONE_UNCHANGED, false);
    member_later(member, 1000);
    assert_string_equal(
        fake_log_last("caught-up"),
        "caught-up topic=product group=tester-group done=2 applied=1 unchanged=1 rejected=0 "
        "possible_duplicates=0 took=1.0s");
}

/* Done ones that wait for others below them are not left; and a partition that has not been heard of
 * may have any number. */
static void what_is_left_is_what_is_not_done(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    offer_range(member, 90, 94);
    member->survey.silent = true;
    member_assigned_from(member, 1, 1);
    member->consumer.high[0] = 100;
    effect(member, 92, DONE_CREATED, false);
    member_later(member, LINE_EVERY);
    assert_int_equal(fake_log_count("progress"), 0);
    member->consumer.high[1] = 50;
    member_later(member, LINE_EVERY);
    assert_int_equal(fake_log_count("progress"), 0); /* the second one's position is not known */
    member->consumer.high[1] = -1;
    member->survey.silent = false;
    member_offer(member, 1, 49);
    member_turn(member);
    member_later(member, LINE_EVERY);
    assert_int_equal(fake_log_count("progress"), 0); /* nor is now its end */
    member->consumer.high[1] = 50;
    member_turn(member);
    assert_non_null(strstr(fake_log_last("progress"), " done=1 "));
    assert_non_null(strstr(fake_log_last("progress"), " left=10 "));
    effect(member, 90, DONE_CREATED, false);
    member_later(member, LINE_EVERY);
    assert_non_null(strstr(fake_log_last("progress"), " left=9 "));
    assert_int_equal(fake_log_count("caught-up"), 0);
}

static void progress_is_said_every_ten_seconds_while_behind(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    offer_range(member, 0, 50);
    for (int second = 0; second < 10; second++)
        member_later(member, 1000);
    assert_int_equal(fake_log_count("progress"), 1);
    assert_non_null(strstr(fake_log_last("progress"), " rate=0/s eta=unknown"));
    for (int64_t offset = 0; offset < 20; offset++)
        effect(member, offset, DONE_CREATED, false);
    for (int second = 0; second < 10; second++)
        member_later(member, 1000);
    assert_int_equal(fake_log_count("progress"), 2);
    assert_non_null(strstr(fake_log_last("progress"), " left=30 rate=2/s eta=15s"));
    for (int second = 0; second < 10; second++)
        member_later(member, 1000);
    assert_int_equal(fake_log_count("progress"), 3);
    assert_non_null(strstr(fake_log_last("progress"), " left=30 rate=0/s"));
    for (int64_t offset = 20; offset < 50; offset++)
        effect(member, offset, DONE_CREATED, false);
    for (int second = 0; second < 100; second++)
        member_later(member, 1000);
    assert_int_equal(fake_log_count("progress"), 3);
}

static void having_caught_up_is_said_once(void **state)
{
    struct member *member = *state;

    member_turn(member); /* no partition is no end */
    member_assigned(member, 1);
    offer_range(member, 0, 2);
    effect(member, 1, DONE_CREATED, false);
    member_later(member, 1000);
    assert_int_equal(fake_log_count("caught-up"), 0);
    effect(member, 0, DONE_UPDATED, false);
    for (int i = 0; i < 30; i++)
        member_later(member, 1000);
    assert_int_equal(fake_log_count("caught-up"), 1);
    assert_non_null(strstr(fake_log_last("caught-up"), " done=2 created=1 updated=1 unchanged=0"));
    offer_range(member, 2, 3);
    member_later(member, 2 * LINE_EVERY);
    assert_int_equal(fake_log_count("caught-up"), 1);
    effect(member, 2, DONE_CREATED, false);
    member_turn(member);
    assert_int_equal(fake_log_count("caught-up"), 2);
    assert_non_null(strstr(fake_log_last("caught-up"), " done=3 "));
}

/* A transaction's marker stands behind the last message. */
static void the_end_of_the_log_is_caught_up(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    offer_range(member, 9, 10);
    member->consumer.high[0] = 11;
    effect(member, 9, DONE_CREATED, false);
    member_turn(member);
    assert_int_equal(fake_log_count("caught-up"), 0);
    fake_consumer_end(&member->consumer, 0, 11);
    member_turn(member);
    assert_int_equal(fake_log_count("caught-up"), 1);
}

/* --until-end on a topic that is worked off, or empty. */
static void the_end_is_said_even_if_there_was_nothing_to_do(void **state)
{
    struct member *member = *state;

    headway_end(&member->deliver.headway, clock_now());
    assert_int_equal(fake_log_count("caught-up"), 1);
    assert_string_equal(fake_log_last("caught-up"),
                        "caught-up topic=product group=tester-group done=0 created=0 updated=0 "
                        "unchanged=0 rejected=0 left_alone=0 took=0.0s");
    headway_end(&member->deliver.headway, clock_now());
    assert_int_equal(fake_log_count("caught-up"), 1);
}

static void the_end_is_said_once(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    offer_range(member, 0, 2);
    effect(member, 0, DONE_CREATED, false);
    effect(member, 1, DONE_CREATED, false);
    member_turn(member);
    headway_end(&member->deliver.headway, clock_now());
    assert_int_equal(fake_log_count("caught-up"), 1);
    /* One that has come within the ten seconds is owed its line. */
    offer_range(member, 2, 3);
    effect(member, 2, DONE_CREATED, false);
    member_turn(member);
    assert_int_equal(fake_log_count("caught-up"), 1);
    headway_end(&member->deliver.headway, clock_now());
    assert_int_equal(fake_log_count("caught-up"), 2);
    assert_non_null(strstr(fake_log_last("caught-up"), " done=3 "));
}

static void many_refusals_are_not_many_lines(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    for (int64_t offset = 0; offset < 30; offset++)
        member_poison(member, 0, offset);
    member->consumer.high[0] = 40;
    member_turn(member);
    assert_int_equal(member->deliver.headway.rejected, 30);
    assert_int_equal(fake_log_count("rejected"), 10 + 1);
    assert_non_null(strstr(fake_log_last("rejected"), "in the error topic only"));
    member_later(member, LINE_EVERY);
    assert_int_equal(fake_log_count("progress"), 1);
    member_poison(member, 0, 30);
    member_turn(member);
    assert_int_equal(fake_log_count("rejected"), 12);
    assert_non_null(strstr(fake_log_last("rejected"), " offset=0/30 "));
}

static void left_alone_is_said_once_a_feed(void **state)
{
    struct member *member = *state;
    /* As with IDENTITY=name, and longer than any of ours. */
    const char b[] =
        "b0123456789012345678901234567890123456789012345678901234567890123@0123456789abcdef";
    char c[FEED_RUN_SIZE + 10];
    const char *const feeds[] = {"a", "a", "a", b, b, c, c};
    const struct outcome outcome = {.verdict = VERDICT_DONE, .left_alone = true};

    memset(c, 'c', sizeof c - 1);
    c[sizeof c - 1] = '\0';

    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        const struct message message = {.origin = {.feed_id = feeds[i]}};

        headway_effected(&member->deliver.headway, &message, &outcome);
        assert_int_equal(fake_log_count("left-alone"), i < 3 ? 1 : i < 5 ? 2 : 3);
    }
    assert_int_equal(member->deliver.headway.left_alone, 7);
}

/* Three partitions, one of them empty; ours is number 0, done up to `done` of 10. */
static void start_until_end(struct member *member, int64_t done)
{
    struct reason reason = REASON_INIT;
    static const struct kafka_end ends[] = {{1, 2, 5}, {0, 0, 10}, {2, 7, 7}};

    memcpy(member->consumer.ends, ends, sizeof ends);
    member->consumer.end_count = 3;
    assert_int_equal(headway_mark_ends(&member->deliver.headway, &reason), 0);
    member_assigned(member, 1);
    offer_range(member, 0, 12); /* what came later does not matter */
    for (int64_t offset = 0; offset < done; offset++)
        effect(member, offset, DONE_CREATED, false);
}

static bool finished(struct member *member)
{
    return headway_finished(&member->deliver.headway, clock_now());
}

static void our_own_partitions_must_be_done(void **state)
{
    struct member *member = *state;

    member->consumer.group[1] = 5;
    start_until_end(member, 9);
    effect(member, 10, DONE_CREATED, false);
    assert_false(finished(member));
    assert_int_equal(member->consumer.group_questions, 0); /* the others do not matter yet */
    effect(member, 9, DONE_CREATED, false);
    assert_true(finished(member));
    assert_int_equal(member->consumer.group_questions, 1);
}

static void a_record_on_its_way_is_not_done(void **state)
{
    struct member *member = *state;

    member->consumer.group[1] = 5;
    member->producer.silent = true;
    start_until_end(member, 9);
    member_answer(member, 0, 9, VERDICT_REJECT);
    member_turn(member);
    assert_false(finished(member));
    member->producer.silent = false;
    member_turn(member);
    assert_true(finished(member));
}

static void the_others_must_have_committed(void **state)
{
    struct member *member = *state;

    start_until_end(member, 10);
    assert_false(finished(member)); /* nobody has committed anything */
    for (int64_t offset = 2; offset < 5; offset++) {
        member->consumer.group[1] = offset;
        fake_clock_pass(LOOK_EVERY);
        assert_false(finished(member));
    }
    assert_int_equal(member->consumer.group_questions, 4);
    member->consumer.group[1] = 5;
    assert_false(finished(member)); /* it was just asked */
    fake_clock_pass(LOOK_EVERY - 1);
    assert_false(finished(member));
    assert_int_equal(member->consumer.group_questions, 4);
    fake_clock_pass(1);
    assert_true(finished(member));
    assert_int_equal(member->consumer.group_questions, 5);
}

static void a_group_that_does_not_answer_is_asked_again(void **state)
{
    struct member *member = *state;

    member->consumer.group[1] = 5;
    start_until_end(member, 10);
    member->consumer.group_away = true;
    assert_false(finished(member));
    fake_clock_pass(LOOK_EVERY);
    assert_false(finished(member));
    member->consumer.group_away = false;
    fake_clock_pass(LOOK_EVERY);
    assert_true(finished(member));
}

/* What we do not have, others may have done; also when we have nothing at all. */
static void a_member_without_partitions_waits_for_the_others(void **state)
{
    struct member *member = *state;

    start_until_end(member, 0);
    member_revoked(member, 0, 1, true);
    member->consumer.group[0] = 9;
    member->consumer.group[1] = 5;
    assert_false(finished(member));
    fake_clock_pass(LOOK_EVERY);
    member->consumer.group[0] = 10;
    assert_true(finished(member));
}

/* The offsets may be of a topic that was deleted since: only an owner finds out. */
static void nothing_is_finished_before_the_group_is_joined(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;

    member->consumer.ends[0] = (struct kafka_end){0, 0, 5};
    member->consumer.end_count = 1;
    member->consumer.group[0] = 5;
    assert_int_equal(headway_mark_ends(&member->deliver.headway, &reason), 0);
    assert_false(finished(member));
    member_assigned(member, 0); /* all is somebody else's */
    assert_true(finished(member));
}

/* All partitions are ours: nobody is asked. One of which nothing is left is done when it is known where
 * reading begins. */
static void all_of_ours_need_no_question(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;

    member->consumer.ends[0] = (struct kafka_end){0, 0, 1};
    member->consumer.ends[1] = (struct kafka_end){1, 0, 0};
    member->consumer.end_count = 2;
    assert_int_equal(headway_mark_ends(&member->deliver.headway, &reason), 0);
    member_assigned(member, 1);
    offer_range(member, 0, 1);
    effect(member, 0, DONE_CREATED, false);
    member->survey.silent = true;
    member_assigned_from(member, 1, 1);
    member_turn(member);
    assert_false(finished(member));
    member->survey.silent = false;
    member_turn(member);
    assert_true(finished(member));
    assert_int_equal(member->consumer.group_questions, 0);
}

static void ends_that_cannot_be_had_are_told(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;

    member->consumer.group_away = true;
    assert_int_equal(headway_mark_ends(&member->deliver.headway, &reason), -1);
    assert_string_equal(reason.text, "no broker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(what_became_of_messages_is_counted),
        WITH_MEMBER(counts_are_those_of_the_entity),
        WITH_MEMBER(the_caught_up_line_has_the_same_counts),
        WITH_MEMBER(what_is_left_is_what_is_not_done),
        WITH_MEMBER(progress_is_said_every_ten_seconds_while_behind),
        WITH_MEMBER(having_caught_up_is_said_once),
        WITH_MEMBER(the_end_of_the_log_is_caught_up),
        WITH_MEMBER(the_end_is_said_even_if_there_was_nothing_to_do),
        WITH_MEMBER(the_end_is_said_once),
        WITH_MEMBER(many_refusals_are_not_many_lines),
        WITH_MEMBER(left_alone_is_said_once_a_feed),
        WITH_MEMBER(our_own_partitions_must_be_done),
        WITH_MEMBER(a_record_on_its_way_is_not_done),
        WITH_MEMBER(the_others_must_have_committed),
        WITH_MEMBER(a_group_that_does_not_answer_is_asked_again),
        WITH_MEMBER(a_member_without_partitions_waits_for_the_others),
        WITH_MEMBER(nothing_is_finished_before_the_group_is_joined),
        WITH_MEMBER(all_of_ours_need_no_question),
        WITH_MEMBER(ends_that_cannot_be_had_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
