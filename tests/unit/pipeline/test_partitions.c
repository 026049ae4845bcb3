/* What is committed, when, and that a log which begins again is not mistaken for the old one. */
#include "member.h"

enum { COMMIT_EVERY = 1000 };

static void only_what_is_below_the_first_gap_is_committed(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member_offer(member, 0, 10);
    member_offer(member, 0, 11);
    member_offer(member, 0, 13); /* a gap in the log is none of ours */
    member_offer(member, 0, 20);
    member_turn(member);
    member_answer(member, 0, 11, VERDICT_DONE);
    member_answer(member, 0, 20, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 10);
    member_answer(member, 0, 10, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 13);
    member_answer(member, 0, 13, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 21);
}

static void a_commit_is_made_once_a_second_if_there_is_news(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    for (int i = 0; i < 10; i++)
        member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 0); /* nothing was read: nothing is known */
    member_offer(member, 1, 7);
    member_turn(member);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 1);
    assert_int_equal(member->consumer.committed[0], -1);
    member_answer(member, 1, 7, VERDICT_DONE);
    member_later(member, COMMIT_EVERY - 1);
    assert_int_equal(member->consumer.committed[1], 7);
    member_later(member, 1);
    assert_int_equal(member->consumer.committed[1], 8);
    for (int i = 0; i < 10; i++)
        member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 2);
    assert_int_equal(member->consumer.synchronous, 0);
}

/* Behind the last message there is a transaction's marker: it must not look like lag for ever. */
static void the_end_is_committed_when_nothing_is_pending(void **state)
{
    struct member *member = *state;

    member_start(member, 9, 1);
    fake_consumer_end(&member->consumer, 0, 11);
    member_turn(member);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 9);
    member_answer(member, 0, 9, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 11);
}

static void a_commit_that_fails_is_said_and_made_again(void **state)
{
    struct member *member = *state;

    member->consumer.commit_answer = FAKE_NO;
    member_start(member, 5, 1);
    for (int i = 0; i < 3; i++)
        member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 3);
    assert_string_equal(fake_log_last("commit-failed"), "commit-failed why=no answer");
    member->consumer.commit_answer = FAKE_YES;
    for (int i = 0; i < 3; i++)
        member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 4);
}

/* The loop would turn at times of its own, which may all be wrong. */
static void a_commit_that_has_to_wait_gets_a_turn_of_its_own(void **state)
{
    struct member *member = *state;
    struct partitions *partitions = &member->deliver.partitions;

    assert_int_equal(partitions_turn(partitions, 7000), INT64_MAX);
    member->consumer.poll_in = 30;
    assert_int_equal(partitions_turn(partitions, 7000), 7030);
    assert_int_equal(partitions_turn(partitions, 7000 + COMMIT_EVERY), 7030 + COMMIT_EVERY);
}

/* Nobody tells whether a commit that was not waited for succeeded. */
static void a_commit_that_is_waited_for_says_all_again(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;
    bool fenced = true;

    member_assigned(member, 1);
    assert_int_equal(partitions_commit(&member->deliver.partitions, &fenced, &reason), 0);
    assert_int_equal(member->consumer.commits, 0); /* but what is not known is not said */
    member_offer(member, 0, 5);
    member_turn(member);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 1);
    assert_int_equal(partitions_commit(&member->deliver.partitions, &fenced, &reason), 0);
    assert_false(fenced);
    assert_int_equal(member->consumer.commits, 2);
    assert_int_equal(member->consumer.synchronous, 1);
    member->consumer.commit_answer = FAKE_NO;
    assert_int_equal(partitions_commit(&member->deliver.partitions, &fenced, &reason), -1);
    assert_false(fenced);
    assert_string_equal(reason.text, "no answer");
    assert_int_equal(partitions_count(&member->deliver.partitions), 1); /* still ours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(only_what_is_below_the_first_gap_is_committed),
        WITH_MEMBER(a_commit_is_made_once_a_second_if_there_is_news),
        WITH_MEMBER(the_end_is_committed_when_nothing_is_pending),
        WITH_MEMBER(a_commit_that_fails_is_said_and_made_again),
        WITH_MEMBER(a_commit_that_has_to_wait_gets_a_turn_of_its_own),
        WITH_MEMBER(a_commit_that_is_waited_for_says_all_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
