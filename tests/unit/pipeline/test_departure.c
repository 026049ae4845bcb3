/* How partitions go: drained, committed, let go; or lost, and forgotten. */
#include "member.h"

enum { COMMIT_EVERY = 1000 };

static void nothing_to_drain_goes_in_the_next_turn(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 1);
    member_answer(member, 0, 5, VERDICT_DONE);
    member_revoked(member, 0, 1, false);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.synchronous_at_release, 1); /* committed before it is gone */
    assert_int_equal(member->consumer.committed[0], 6);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
}

/* Given up earlier, when a commit was fenced: the group still waits for the answer. */
static void unknown_partitions_are_released_at_once(void **state)
{
    struct member *member = *state;

    member_assigned(member, 1);
    member_revoked(member, 2, 2, false);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.commits, 0);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(partitions_count(&member->deliver.partitions), 1);
}

static void a_departure_waits_for_what_is_out(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 1);
    member->sink.room = 1;
    member->producer.silent = true;
    member_poison(member, 0, 6);
    member_offer(member, 0, 7); /* no room: it waits */
    member_turn(member);
    assert_int_equal(member->consumer.held, 3);
    member_revoked(member, 0, 1, false);
    member_offer(member, 0, 8);
    member_turn(member);
    assert_int_equal(member->consumer.held, 2); /* what was not sent is the next owner's */
    assert_int_equal(fake_consumer_left(&member->consumer, 0), 1); /* nothing more is read */
    member_answer(member, 0, 5, VERDICT_DONE);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 0); /* the error record is out, too */
    member->producer.silent = false;
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.committed[0], 7);
}

static void what_was_not_sent_is_called_back(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 2);
    member_revoked(member, 0, 1, false);
    for (int i = 0; i < 3; i++)
        member_turn(member);
    assert_int_equal(member->sink.count, 1); /* the null sink says so of every other */
    assert_int_equal(member->consumer.held, 1);
    assert_int_equal(member->consumer.releases, 0);
}

/* Also while another partition of the same revocation still drains. */
static void what_comes_back_is_not_sent_again(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    member->producer.silent = true;
    member_offer(member, 0, 5);
    member_poison(member, 1, 7);
    member_turn(member);
    member_revoked(member, 0, 2, false);
    member_answer(member, 0, 5, VERDICT_LATER);
    for (int i = 0; i < 3; i++)
        member_later(member, 1000);
    assert_int_equal(member->sink.count, 0);
    assert_int_equal(member->consumer.releases, 0);
    member->producer.silent = false;
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.committed[0], 5);
    assert_int_equal(member->consumer.committed[1], 8);
}

static void a_departure_does_not_wait_for_ever(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 1);
    member_revoked(member, 0, 1, false);
    member_later(member, MEMBER_DRAIN_MS - 1);
    assert_int_equal(member->consumer.releases, 0);
    member_later(member, 1);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.committed[0], 5);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
    member_answer(member, 0, 5, VERDICT_DONE); /* too late: nobody's */
    assert_int_equal(member->consumer.held, 0);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 5);
}

/* One revocation is one answer to the group. */
static void partitions_of_one_revocation_go_together(void **state)
{
    struct member *member = *state;

    member_assigned(member, 3);
    member_offer(member, 1, 5);
    member_turn(member);
    member_revoked(member, 0, 2, false);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 0);
    assert_int_equal(partitions_count(&member->deliver.partitions), 3);
    member_offer(member, 2, 8); /* the third one goes on */
    member_turn(member);
    assert_int_equal(member_position(member, 2), 8);
    member_answer(member, 1, 5, VERDICT_DONE);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(partitions_count(&member->deliver.partitions), 1);
    member_answer(member, 2, 8, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[2], 9);
    assert_int_equal(member->consumer.releases, 1);
}

static void lost_partitions_are_forgotten_without_a_commit(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 2);
    member_answer(member, 0, 5, VERDICT_DONE);
    member_revoked(member, 0, 1, true);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
    member_answer(member, 0, 6, VERDICT_DONE);
    assert_int_equal(member->consumer.held, 0);
    for (int i = 0; i < 3; i++)
        member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.commits, 0);
    assert_int_equal(member->consumer.releases, 1);
}

/* The session runs out while the partitions drain. */
static void a_departure_may_end_in_a_loss(void **state)
{
    struct member *member = *state;

    member_start(member, 5, 1);
    member_revoked(member, 0, 1, false);
    member_turn(member);
    member_revoked(member, 0, 1, true);
    assert_int_equal(member->consumer.releases, 1);
    member_answer(member, 0, 5, VERDICT_DONE);
    member_later(member, MEMBER_DRAIN_MS);
    assert_int_equal(member->consumer.commits, 0);
    assert_int_equal(member->consumer.releases, 1);
}

static void a_fenced_commit_gives_everything_up(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;
    bool fenced = false;

    member_assigned(member, 2);
    member->sink.room = 1;
    member_offer(member, 0, 5);
    member_offer(member, 1, 6);
    member_turn(member);
    member->consumer.commit_answer = FAKE_FENCED;
    assert_int_equal(partitions_commit(&member->deliver.partitions, &fenced, &reason), -1);
    assert_true(fenced);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
    assert_int_equal(member->consumer.held, 1);     /* the one that is with the sink */
    assert_int_equal(member->consumer.releases, 0); /* the group has not asked for them yet */
    member->sink.room = 0;
    member_answer(member, 0, 5, VERDICT_LATER);
    assert_int_equal(member->consumer.held, 0);
}

static void a_departure_that_is_fenced_is_answered_all_the_same(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    member_offer(member, 0, 5);
    member_offer(member, 1, 6);
    member_turn(member);
    member_answer(member, 0, 5, VERDICT_DONE);
    member->consumer.commit_answer = FAKE_FENCED;
    member_revoked(member, 0, 1, false);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
    assert_int_equal(fake_log_count("commit-failed"), 1);
    member_answer(member, 1, 6, VERDICT_DONE);
    assert_int_equal(member->consumer.held, 0);
}

static void a_departure_whose_commit_fails_is_answered_all_the_same(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    member_offer(member, 0, 5);
    member_turn(member);
    member_answer(member, 0, 5, VERDICT_DONE);
    member->consumer.commit_answer = FAKE_NO;
    member_revoked(member, 0, 1, false);
    member_turn(member);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(partitions_count(&member->deliver.partitions), 1);
    assert_int_equal(fake_log_count("commit-failed"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(nothing_to_drain_goes_in_the_next_turn),
        WITH_MEMBER(unknown_partitions_are_released_at_once),
        WITH_MEMBER(a_departure_waits_for_what_is_out),
        WITH_MEMBER(what_was_not_sent_is_called_back),
        WITH_MEMBER(what_comes_back_is_not_sent_again),
        WITH_MEMBER(a_departure_does_not_wait_for_ever),
        WITH_MEMBER(partitions_of_one_revocation_go_together),
        WITH_MEMBER(lost_partitions_are_forgotten_without_a_commit),
        WITH_MEMBER(a_departure_may_end_in_a_loss),
        WITH_MEMBER(a_fenced_commit_gives_everything_up),
        WITH_MEMBER(a_departure_that_is_fenced_is_answered_all_the_same),
        WITH_MEMBER(a_departure_whose_commit_fails_is_answered_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
