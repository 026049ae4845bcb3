/* What is read, and how much of it is in hand at once. */
#include "member.h"

#include <stdio.h>
#include <stdlib.h>

static void offer_many(struct member *member, int32_t partition, int count)
{
    for (int i = 0; i < count; i++)
        member_offer(member, partition, i);
}

/* Messages with a description of so many bytes. */
static void offer_wide(struct member *member, int32_t partition, int count, size_t bytes)
{
    size_t size = bytes + 128;
    char *value = malloc(size);

    assert_non_null(value);
    for (int i = 0; i < count; i++) {
        snprintf(value, size, "{\"name\":\"n\",\"barcode\":\"%d-%d\",\"description\":\"%0*d\"}",
                 (int)partition, i, (int)bytes, 0);
        fake_consumer_offer(&member->consumer, partition, i, value, NULL, NULL);
    }
    free(value);
}

/* Some of what is with the sink is done; which does not matter. */
static void finish(struct member *member, int count)
{
    while (count--) {
        assert_true(member->sink.count > 0);
        null_sink_settle(&member->sink, 0, (struct outcome){.verdict = VERDICT_DONE});
    }
}

/* Reads until nothing more can be had; never more than the window. */
static void fill(struct member *member, size_t window)
{
    for (int i = 0; i < 100; i++) {
        member_turn(member);
        assert_in_range(dispatch_count(member->deliver.dispatch), 0, window);
    }
}

static size_t taken(const struct member *member, int32_t partition)
{
    return offset_window_pending(&member_partition(member, partition)->window);
}

static void the_window_bounds_the_messages(void **state)
{
    struct member *member = *state;

    member->deliver.intake.messages_max = 10;
    member_assigned(member, 2);
    offer_many(member, 0, 40);
    offer_many(member, 1, 40);
    fill(member, 10);
    assert_int_equal(member->sink.count, 10);
    finish(member, 3);
    assert_int_equal(dispatch_count(member->deliver.dispatch), 7);
    fill(member, 10);
    assert_int_equal(member->sink.count, 10);
    for (int i = 0; i < 7; i++) {
        finish(member, 10);
        fill(member, 10);
    }
    finish(member, 7);
    assert_int_equal(member->consumer.held, 0);
    assert_int_equal(member_position(member, 0), 40);
    assert_int_equal(member_position(member, 1), 40);
}

static void the_window_bounds_the_bytes(void **state)
{
    struct member *member = *state;

    member->deliver.intake.bytes_max = 350000;
    member_assigned(member, 2);
    offer_wide(member, 0, 20, 100000);
    offer_wide(member, 1, 20, 100000);
    fill(member, 4); /* the last one may stand out */
    assert_in_range(member->deliver.intake.bytes, 350000, 350000 + 102000);
    for (int i = 0; i < 36; i++) {
        finish(member, 1);
        fill(member, 4);
        assert_int_equal(member->sink.count, 4); /* what ended made room */
    }
    finish(member, 4);
    assert_int_equal(member->deliver.intake.bytes, 0);
}

/* Records that the error topic does not take are in hand like any other. */
static void the_window_bounds_what_is_refused(void **state)
{
    struct member *member = *state;

    member->deliver.intake.messages_max = 10;
    member->producer.refuses = true;
    member_assigned(member, 1);
    for (int i = 0; i < 40; i++)
        member_poison(member, 0, i);
    fill(member, 10);
    assert_int_equal(taken(member, 0), 10);
    assert_int_equal(fake_consumer_left(&member->consumer, 0), 30);
}

static void one_turn_takes_a_share(void **state)
{
    struct member *member = *state;
    struct intake *intake = &member->deliver.intake;

    member_assigned(member, 1);
    member_turn(member);
    offer_many(member, 0, 250);
    assert_int_equal(intake_turn(intake), 1); /* there may be more: come again at once */
    assert_int_equal(taken(member, 0), 100);
    for (int i = 0; i < 10 && intake_turn(intake) == 1; i++)
        ;
    assert_int_equal(taken(member, 0), 250);
    assert_int_equal(intake_turn(intake), 0);
}

/* However much one partition has, the others are read as well. */
static void a_new_window_is_shared(void **state)
{
    struct member *member = *state;

    member->deliver.intake.messages_max = 30;
    member_assigned(member, 3);
    member_turn(member);
    for (int32_t partition = 0; partition < 3; partition++)
        offer_many(member, partition, 100);
    intake_turn(&member->deliver.intake);
    for (int32_t partition = 0; partition < 3; partition++)
        assert_in_range(taken(member, partition), 5, 15);
}

/* Room comes one message at a time: the partitions take turns. */
static void a_full_window_is_shared(void **state)
{
    struct member *member = *state;
    size_t left[3];

    member->deliver.intake.messages_max = 6;
    member_assigned(member, 3);
    for (int32_t partition = 0; partition < 3; partition++)
        offer_many(member, partition, 100);
    fill(member, 6);
    for (int32_t partition = 0; partition < 3; partition++)
        left[partition] = fake_consumer_left(&member->consumer, partition);
    for (int i = 0; i < 60; i++) {
        finish(member, 1);
        member_turn(member);
    }
    for (int32_t partition = 0; partition < 3; partition++)
        assert_in_range(left[partition] - fake_consumer_left(&member->consumer, partition), 19, 21);
}

static void one_that_does_not_decode_does_not_stop_the_others(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member->producer.silent = true;
    member_offer(member, 0, 4);
    member_poison(member, 0, 5);
    fake_consumer_offer(&member->consumer, 0, 6, NULL, NULL, NULL); /* a tombstone */
    member_offer(member, 0, 7);
    member_turn(member);
    assert_int_equal(member->sink.count, 2);
    assert_int_equal(member->producer.sends, 2);
    assert_int_equal(member->deliver.headway.rejected, 2);
    finish(member, 2);
    assert_int_equal(member_position(member, 0), 5);
    member->producer.silent = false;
    member_turn(member);
    assert_int_equal(member_position(member, 0), 8);
    assert_int_equal(member->consumer.held, 0);
}

/* One message is kept to ask the target with; if there is none, one is read. */
static void nothing_is_read_while_the_target_is_away(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    member_offer(member, 0, 5);
    member_turn(member);
    member_answer(member, 0, 5, VERDICT_OUTAGE);
    offer_many(member, 1, 10);
    for (int i = 0; i < 100; i++)
        member_turn(member);
    assert_int_equal(fake_consumer_left(&member->consumer, 1), 10);
    member_revoked(member, 0, 1, true);
    member_turn(member);
    assert_true(fake_consumer_left(&member->consumer, 1) < 10);
}

static void reading_goes_on_when_the_target_is_back(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member_offer(member, 0, 5);
    member_turn(member);
    member_answer(member, 0, 5, VERDICT_OUTAGE);
    member_offer(member, 0, 6);
    for (int i = 0; i < 100 && member->sink.count == 0; i++)
        member_later(member, 1000);
    assert_int_equal(fake_consumer_left(&member->consumer, 0), 1);
    member_answer(member, 0, 5, VERDICT_DONE); /* the probe */
    member_turn(member);
    member_answer(member, 0, 6, VERDICT_DONE);
    assert_int_equal(member_position(member, 0), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(the_window_bounds_the_messages),
        WITH_MEMBER(the_window_bounds_the_bytes),
        WITH_MEMBER(the_window_bounds_what_is_refused),
        WITH_MEMBER(one_turn_takes_a_share),
        WITH_MEMBER(a_new_window_is_shared),
        WITH_MEMBER(a_full_window_is_shared),
        WITH_MEMBER(one_that_does_not_decode_does_not_stop_the_others),
        WITH_MEMBER(nothing_is_read_while_the_target_is_away),
        WITH_MEMBER(reading_goes_on_when_the_target_is_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
