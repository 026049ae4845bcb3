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

/* The topic was made anew: what was read of the old one says nothing of the new one's offsets. */
static void restart(struct member *member, int64_t offset, int64_t in_flight)
{
    struct partition *partition = member_partition(member, 0);

    member_offer(member, 0, offset);
    member_turn(member);
    assert_int_equal(fake_log_count("log-restarted"), 1);
    assert_int_equal(offset_window_pending(&partition->window), 1);
    assert_int_equal(member_position(member, 0), offset);
    null_sink_settle(&member->sink, 0, (struct outcome){.verdict = VERDICT_DONE});
    assert_int_equal(member_position(member, 0), offset); /* that was the old one's */
    assert_int_equal(member->consumer.held, in_flight);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], offset);
    member_answer(member, 0, offset, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], offset + 1);
}

static void a_log_below_what_is_done_restarts(void **state)
{
    struct member *member = *state;

    member_start(member, 100, 2);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 101);
    restart(member, 0, 1);
}

/* Nothing is done yet, so that the position is the old log's beginning: the new one's as well. */
static void a_log_that_begins_where_the_old_one_did_restarts(void **state)
{
    struct member *member = *state;

    member_start(member, 0, 1);
    restart(member, 0, 1);
}

static void a_log_amid_what_is_pending_restarts(void **state)
{
    struct member *member = *state;

    member_start(member, 100, 6);
    for (int64_t offset = 101; offset < 106; offset++)
        member_answer(member, 0, offset, VERDICT_DONE);
    restart(member, 103, 1);
}

/* The old topic took the group's offsets along: an equal one is news. */
static void a_restarted_log_is_committed_anew(void **state)
{
    struct member *member = *state;

    member_start(member, 100, 1);
    for (int commits = 1; commits <= 2; commits++) {
        member_answer(member, 0, 100, VERDICT_DONE);
        member_later(member, COMMIT_EVERY);
        assert_int_equal(member->consumer.commits, commits);
        assert_int_equal(member->consumer.committed[0], 101);
        member_offer(member, 0, 100);
        member_turn(member);
    }
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
        WITH_MEMBER(a_log_below_what_is_done_restarts),
        WITH_MEMBER(a_log_that_begins_where_the_old_one_did_restarts),
        WITH_MEMBER(a_log_amid_what_is_pending_restarts),
        WITH_MEMBER(a_restarted_log_is_committed_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
