/* From the assignment to reading, and back: what is asked, in which order, and what becomes of the
 * answers. The decisions themselves are in tests/unit/core/test_start_position.c. */
#include "member.h"

#include <stdio.h>
#include <string.h>

#include "core/commit_note.h"
#include "pipeline/deliver_ports.h"
#include "service/clock.h"

#define COMMIT_EVERY 1000
#define RETRY        1000
#define QUIET        500
#define CHECK_EVERY  10000
#define IDLE_CHECK   30000
#define FENCED_MAX   500

static void committed(struct member *member, int64_t offset, const char *sink)
{
    fake_survey_committed(&member->survey, 0, offset, sink);
}

/* What the survey finds of partition 0's log from now on. */
static void log_is(struct member *member, enum log_match match, int64_t low, int64_t high)
{
    struct log_sight *sight = &member->survey.sights[0];

    sight->low = low;
    sight->high = high;
    sight->likeness = (struct log_likeness){match, -1};
}

static struct commit_note note_of(const struct member *member)
{
    struct commit_note note;
    const char *text = member->consumer.notes[0];

    assert_int_equal(commit_note_read(text, strlen(text), &note), 0);
    return note;
}

static enum partition_state state_of(const struct member *member)
{
    return member_partition(member, 0)->state;
}

/* Partition 0 is being read at `offset`, and its messages from there on are with the sink. */
static void reading(struct member *member, int64_t offset, int count)
{
    committed(member, offset, "null");
    member_start(member, offset, count);
    assert_int_equal(state_of(member), PARTITION_READING);
    assert_int_equal(member->consumer.started[0], offset);
}

/* A message comes after the partition was quiet: the log is asked about first. */
static void quiet_then(struct member *member, int64_t offset)
{
    member_later(member, QUIET);
    member_offer(member, 0, offset);
    member_turn(member);
}

static void nothing_is_read_before_it_is_known_where(void **state)
{
    struct member *member = *state;

    committed(member, 42, "null");
    member->survey.silent = true;
    member_assigned(member, 1);
    member_offer(member, 0, 42);
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_LOCATING);
    assert_true(member->survey.asked[0].of_group);
    assert_int_equal(member->consumer.starts, 0);
    assert_int_equal(fake_consumer_left(&member->consumer, 0), 1);
    member->survey.silent = false;
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_READING);
    assert_int_equal(member->consumer.started[0], 42);
    assert_int_equal(member->sink.count, 1);
    assert_int_equal(member_position(member, 0), 42);
}

static void a_kafka_that_does_not_answer_is_asked_again(void **state)
{
    struct member *member = *state;

    member->survey.fails = true;
    member_assigned(member, 1);
    member_turn(member);
    member_turn(member);
    assert_int_equal(member->survey.questions, 1);
    for (int i = 2; i < 5; i++) {
        member_later(member, RETRY);
        assert_int_equal(member->survey.questions, i);
    }
    assert_int_equal(fake_log_count("log-unseen"), 1);
    member->survey.fails = false;
    member_later(member, RETRY);
    assert_int_equal(state_of(member), PARTITION_READING);
}

/* An answer to a question of an earlier assignment is none. */
static void a_late_answer_is_none(void **state)
{
    struct member *member = *state;

    member->survey.silent = true;
    member_assigned(member, 1);
    member_turn(member);
    member_revoked(member, 0, 1, true);
    member_assigned(member, 1);
    committed(member, 42, "null");
    member->survey.silent = false;
    member_turn(member);
    member_turn(member);
    assert_int_equal(member->survey.questions, 2);
    assert_int_equal(member->consumer.starts, 1);
    assert_int_equal(member->consumer.started[0], 42);
}

static void what_cannot_be_started_now_is_started_later(void **state)
{
    struct member *member = *state;

    member->consumer.rebalancing = true;
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_STARTING);
    member->consumer.rebalancing = false;
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_READING);
}

/* In an outage that lets reading rest, a partition that comes stays paused. */
static void an_assignment_waits_for_an_outage_to_end(void **state)
{
    struct member *member = *state;

    reading(member, 0, 2);
    member_answer(member, 0, 0, VERDICT_OUTAGE);
    member_answer(member, 0, 1, VERDICT_OUTAGE);
    assert_true(dispatch_rests(member->deliver.dispatch));
    member_assigned_from(member, 1, 1);
    member_turn(member);
    assert_int_equal(member_partition(member, 1)->state, PARTITION_ASSIGNED);
    for (int i = 0; i < 60 && member->sink.count == 0; i++)
        member_later(member, 1000);
    null_sink_settle(&member->sink, 0, (struct outcome){.verdict = VERDICT_DONE});
    member_turn(member);
    assert_int_equal(member_partition(member, 1)->state, PARTITION_READING);
}

/* Notes. */

static void a_commit_carries_its_note(void **state)
{
    struct member *member = *state;
    struct commit_note note;

    reading(member, 100, 3);
    member_answer(member, 0, 101, VERDICT_DONE);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 102);
    note = note_of(member);
    assert_string_equal(note.sink, "null");
    assert_int_equal(note.history.marks[0].offset, 101);
    assert_int_equal(note.history.marks[note.history.count - 1].offset, 99); /* the old note's */
}

/* What was done above the offset is not done again by who reads on there, and is passed on as long as it is
 * above. */
static void what_was_done_above_stays_done(void **state)
{
    struct member *member = *state;
    struct commit_note note;
    struct offset_set *ahead = &member->survey.sights[0].note.ahead;

    committed(member, 100, "another");
    offset_set_start(ahead, 100);
    offset_set_add(ahead, 101);
    offset_set_add(ahead, 103);
    member_assigned(member, 1);
    for (int64_t offset = 100; offset < 103; offset++)
        member_offer(member, 0, offset);
    member_turn(member);
    assert_int_equal(member->sink.count, 2);
    member_answer(member, 0, 102, VERDICT_DONE);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 103);
    note = note_of(member);
    assert_true(offset_set_has(&note.ahead, 103));
}

/* Of another log, or of one that nothing shows to be the same, it says nothing. */
static void what_was_done_above_in_another_log_is_not(void **state)
{
    struct member *member = *state;
    struct offset_set *ahead = &member->survey.sights[0].note.ahead;

    committed(member, 100, "null");
    offset_set_start(ahead, 0);
    offset_set_add(ahead, 1);
    log_is(member, LOG_ANEW, 0, 3);
    member_start(member, 0, 3);
    assert_int_equal(member->sink.count, 3);
}

/* What is committed when nothing new was done, is the offset and the note that were there. */
static void the_old_note_is_kept(void **state)
{
    struct member *member = *state;
    struct reason reason = REASON_INIT;
    bool fenced;

    reading(member, 100, 1);
    assert_int_equal(partitions_commit(&member->deliver.partitions, &fenced, &reason), 0);
    assert_int_equal(member->consumer.committed[0], 100);
    assert_int_equal(note_of(member).history.marks[0].offset, 99);
    member_answer(member, 0, 100, VERDICT_DONE);
    fake_consumer_end(&member->consumer, 0, 105);
    member_turn(member);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 105); /* behind a transaction's marker */
    assert_int_equal(note_of(member).history.marks[0].offset, 100);
}

/* A log that is worked off must not look as if something was left. */
static void the_end_is_committed_at_once(void **state)
{
    struct member *member = *state;

    reading(member, 100, 1);
    member_later(member, COMMIT_EVERY); /* the commit of this second is over */
    member_answer(member, 0, 100, VERDICT_DONE);
    fake_consumer_end(&member->consumer, 0, 102);
    member_later(member, 110);
    member_later(member, 110);
    assert_int_equal(member->consumer.committed[0], 102);
}

/* What the log has lost. */

static void one_record_names_what_is_gone(void **state)
{
    struct member *member = *state;

    committed(member, 50, "null");
    log_is(member, LOG_GONE, 80, 200);
    member->producer.silent = true;
    member_assigned(member, 1);
    member_offer(member, 0, 80);
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_REPORTING);
    assert_int_equal(member->producer.sends, 1);
    assert_string_equal(member->producer.key, "product/0/50/0/tester-group");
    assert_non_null(strstr(member->producer.value, "\"code\":\"expired\""));
    assert_non_null(strstr(member->producer.value, "offset 50 to 79"));
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], -1); /* not past the record */
    assert_int_equal(member->consumer.starts, 0);
    member->producer.silent = false;
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_READING);
    assert_int_equal(member->consumer.started[0], 80);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 80);
    assert_int_equal(fake_log_count("log-expired"), 1);
}

/* In an outage retention may overtake what is being read; what is in hand is in hand. */
static void messages_expire_in_front_of_a_reader(void **state)
{
    struct member *member = *state;

    reading(member, 100, 2);
    log_is(member, LOG_GONE, 150, 300);
    quiet_then(member, 150);
    member_turn(member);
    assert_int_equal(member->producer.sends, 1);
    assert_string_equal(member->producer.key, "product/0/102/0/tester-group");
    member_turn(member);
    assert_int_equal(member->consumer.started[0], 150);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_answer(member, 0, 101, VERDICT_DONE);
    assert_int_equal(member_position(member, 0), 150);
}

static void an_offset_that_is_lost(void **state)
{
    struct member *member = *state;

    committed(member, 500, NULL);
    log_is(member, LOG_UNKNOWN, 10, 20);
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(member->consumer.started[0], 10);
    assert_int_equal(fake_log_count("offset-lost"), 1);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 10); /* the other one means nothing any more */
}

static void an_offset_that_is_lost_and_skipped(void **state)
{
    struct member *member = *state;

    member->deliver.partitions.options.skip_lost = true;
    committed(member, 500, NULL);
    log_is(member, LOG_UNKNOWN, 10, 20);
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(member->consumer.started[0], 20);
}

/* While it is read. */

static void a_message_after_a_quiet_time_is_checked(void **state)
{
    struct member *member = *state;

    reading(member, 100, 1);
    member->survey.silent = true;
    quiet_then(member, 101);
    assert_int_equal(state_of(member), PARTITION_CHECKING);
    assert_false(member->survey.asked[0].of_group);
    assert_int_equal(member->survey.asked[0].history.marks[0].offset, 100);
    assert_int_equal(member->sink.count, 1);
    member->survey.silent = false;
    member_turn(member);
    assert_int_equal(member->sink.count, 2); /* it was held back, not lost */
    assert_int_equal(member->consumer.starts, 1);
}

static void a_stream_is_checked_now_and_then(void **state)
{
    struct member *member = *state;
    int64_t offset = 100;

    reading(member, offset, 1);
    for (int64_t ms = 0; ms < 2 * CHECK_EVERY + 1000; ms += 100) {
        fake_clock_pass(100);
        member_offer(member, 0, ++offset);
        member_turn(member);
        member_answer(member, 0, offset - 1, VERDICT_DONE);
    }
    assert_int_equal(member->survey.questions, 3);
    assert_int_equal(member_position(member, 0), offset);
}

/* The new log may end where the old one did: nothing comes, and no error tells. */
static void an_idle_log_is_looked_at_now_and_then(void **state)
{
    struct member *member = *state;

    reading(member, 100, 1);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_later(member, IDLE_CHECK - 1);
    assert_int_equal(member->survey.questions, 1);
    log_is(member, LOG_ANEW, 0, 101);
    member_later(member, 2);
    assert_int_equal(member->survey.questions, 2);
    assert_int_equal(member->consumer.started[0], 0);
}

static void a_topic_made_anew_is_read_from_its_beginning(void **state)
{
    struct member *member = *state;

    reading(member, 100, 2);
    member_answer(member, 0, 100, VERDICT_DONE);
    log_is(member, LOG_ANEW, 0, 500);
    quiet_then(member, 102);
    assert_int_equal(fake_log_count("log-restarted"), 1);
    assert_int_equal(member->consumer.started[0], 0);
    assert_int_equal(member_position(member, 0), 0);
    null_sink_settle(&member->sink, 0, (struct outcome){.verdict = VERDICT_DONE});
    assert_int_equal(member_position(member, 0), 0); /* that was the old one's */
    assert_int_equal(member->consumer.held, 0);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 0);
    assert_int_equal(note_of(member).history.count, 0);
}

/* What is not done is read again where the log still has it. */
static void a_log_that_lost_its_end(void **state)
{
    struct member *member = *state;

    reading(member, 100, 4);
    log_is(member, LOG_TRUNCATED, 0, 102);
    quiet_then(member, 104);
    assert_int_equal(member->consumer.started[0], 100);
    assert_int_equal(fake_log_count("log-truncated"), 1);
}

static void a_log_that_lost_what_is_done(void **state)
{
    struct member *member = *state;

    reading(member, 100, 2);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_answer(member, 0, 101, VERDICT_DONE);
    log_is(member, LOG_TRUNCATED, 0, 101);
    quiet_then(member, 102);
    assert_int_equal(member->consumer.started[0], 101);
    member_later(member, COMMIT_EVERY);
    assert_int_equal(member->consumer.committed[0], 101);
    assert_int_equal(note_of(member).history.marks[0].offset, 100); /* not what is lost */
}

static void a_partition_that_goes_astray_is_started_again(void **state)
{
    struct member *member = *state;

    reading(member, 100, 1);
    for (int starts = 2; starts < 4; starts++) {
        member->consumer.astray[0] = true;
        member_turn(member);
        member_later(member, QUIET);
        assert_int_equal(member->consumer.starts, starts);
        assert_int_equal(member->consumer.started[0], 101);
    }
    assert_int_equal(member->survey.questions, 3);
}

/* Without waiting for a message: the new log may have as many as were read of the old one. */
static void an_unknown_topic_is_looked_at(void **state)
{
    struct member *member = *state;
    const struct consumer_events events = deliver_consumer_events(&member->deliver);

    reading(member, 100, 1);
    events.doubted(events.arg);
    member_turn(member);
    assert_int_equal(member->survey.questions, 2);
    member_offer(member, 0, 101);
    member_turn(member);
    assert_int_equal(member->survey.questions, 2); /* it was the same */
    assert_int_equal(member->sink.count, 2);
}

/* What becomes of one partition's log becomes of the topic. */
static void the_others_of_one_that_goes_astray_are_looked_at(void **state)
{
    struct member *member = *state;

    member_assigned(member, 2);
    member_turn(member);
    for (int32_t partition = 0; partition < 2; partition++)
        member_offer(member, partition, 0);
    member_turn(member);
    assert_int_equal(member->sink.count, 2);
    log_is(member, LOG_ANEW, 0, 1);
    member->consumer.astray[1] = true;
    member_turn(member);
    member_later(member, QUIET);
    assert_int_equal(fake_log_count("log-restarted"), 1); /* partition 0, at the end of its log */
    assert_int_equal(member->consumer.started[0], 0);
}

static void a_partition_goes_while_its_log_is_in_doubt(void **state)
{
    struct member *member = *state;

    reading(member, 100, 1);
    member->survey.silent = true;
    quiet_then(member, 101);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_revoked(member, 0, 1, false);
    member_turn(member);
    assert_int_equal(member->consumer.committed[0], 101);
    assert_int_equal(member->consumer.releases, 1);
    assert_int_equal(member->consumer.held, 0);
}

/* A target that keeps positions. */

static void keep_positions(struct member *member)
{
    dispatch_use(member->deliver.dispatch,
                 null_sink_keeping(&member->sink, deliver_attachments(&member->deliver)));
}

static struct null_place *place(struct member *member)
{
    return &member->sink.places[0];
}

static void stands_at(struct member *member, int64_t next, int64_t confirmed)
{
    const struct fingerprint mark = {next - 1, 1, 7};

    place(member)->position.next = next;
    place(member)->position.confirmed = confirmed;
    fingerprint_write(&mark, place(member)->position.fingerprint);
    member->survey.sights[0].target.match = LOG_SAME;
}

static void the_target_is_asked_first(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 60, 55);
    member->sink.silent = true;
    member_assigned(member, 1);
    member_turn(member);
    member_turn(member);
    assert_int_equal(place(member)->attaches, 1);
    assert_int_equal(member->survey.questions, 0);
    member->sink.silent = false;
    null_sink_answer(&member->sink, 0);
    member_turn(member);
    assert_true(member->survey.asked[0].of_target);
    assert_int_equal(member->survey.asked[0].target.offset, 59);
    assert_int_equal(member->consumer.started[0], 55); /* the group has no offset */
}

static void what_is_done_is_confirmed(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 100, 100);
    committed(member, 100, "ingest");
    member_start(member, 100, 2);
    member_turn(member);
    assert_int_equal(place(member)->confirmed, 100);
    member_answer(member, 0, 101, VERDICT_DONE);
    member_turn(member);
    assert_int_equal(place(member)->confirmed, 100);
    member_answer(member, 0, 100, VERDICT_DONE);
    member_turn(member);
    assert_int_equal(place(member)->confirmed, 102);
    member_later(member, COMMIT_EVERY);
    assert_string_equal(note_of(member).sink, "ingest");
}

static void the_target_is_moved_before_anything_is_read(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 60, 55);
    committed(member, 90, "null"); /* written by another sink since */
    member_assigned(member, 1);
    member_offer(member, 0, 90);
    member_turn(member);
    assert_int_equal(place(member)->moves, 1);
    assert_int_equal(place(member)->why, MOVE_ADOPT);
    assert_int_equal(place(member)->position.next, 90);
    assert_string_equal(place(member)->position.fingerprint, "89:1:0000000000000007");
    assert_int_equal(member->consumer.started[0], 90);
}

/* Another sink has written; the target has been told to follow, and does not answer. */
static void until_aligning(struct member *member)
{
    committed(member, 90, "null");
    member->survey.silent = true;
    member_assigned(member, 1);
    member_turn(member);
    member->sink.silent = true;
    member->survey.silent = false;
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_ALIGNING);
}

static void an_answer_to_a_move_is_awaited(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 60, 55);
    until_aligning(member);
    member_turn(member);
    member->sink.silent = false;
    null_sink_answer(&member->sink, 0);
    member_turn(member);
    assert_int_equal(state_of(member), PARTITION_READING);
}

/* The group must not be ahead of what the target has: a crash would skip it. */
static void a_restored_target_is_committed_first(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 60, 55);
    committed(member, 90, "ingest");
    member->consumer.commit_answer = FAKE_NO;
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(member->consumer.starts, 0);
    member->consumer.commit_answer = FAKE_YES;
    member_later(member, RETRY);
    assert_int_equal(member->consumer.synchronous, 2);
    assert_int_equal(member->consumer.committed[0], 60);
    assert_int_equal(member->consumer.started[0], 60);
}

/* It does not even know that it was written to. */
static void a_target_that_was_restored_from_before_its_first_batch(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    committed(member, 90, "ingest");
    log_is(member, LOG_SAME, 10, 200);
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(member->consumer.committed[0], FAKE_SINCE);
    assert_int_equal(member->consumer.started[0], FAKE_SINCE);
    assert_int_equal(note_of(member).since, FAKE_SINCE);
}

/* What another sink has written is not noted as ours before the target knows of it: what would look like a
 * restored database, after a crash, would be written again. */
static void a_note_stays_until_the_target_knows(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    until_aligning(member);
    member_revoked(member, 0, 1, false);
    member_turn(member);
    assert_int_equal(member->consumer.committed[0], 90);
    assert_string_equal(note_of(member).sink, "null");
}

static void an_expired_range_is_reported_and_then_skipped(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 50, 50);
    committed(member, 50, "ingest");
    log_is(member, LOG_GONE, 80, 200);
    member->survey.sights[0].target.match = LOG_GONE;
    member->producer.silent = true;
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(place(member)->moves, 0);
    member->producer.silent = false;
    member_turn(member);
    assert_int_equal(place(member)->why, MOVE_SKIP);
    assert_int_equal(place(member)->position.next, 80);
    assert_int_equal(member->consumer.started[0], 80);
}

static void a_topic_made_anew_resets_the_target(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    stands_at(member, 100, 100);
    committed(member, 100, "ingest");
    member_start(member, 100, 1);
    log_is(member, LOG_ANEW, 0, 500);
    quiet_then(member, 101);
    assert_int_equal(place(member)->why, MOVE_RESET);
    assert_int_equal(place(member)->position.next, 0);
    assert_int_equal(member->consumer.started[0], 0);
}

static void the_operator_resets_once(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    member->deliver.partitions.options.reset = true;
    stands_at(member, 100, 100);
    committed(member, 30, NULL);
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(place(member)->why, MOVE_RESET);
    assert_int_equal(place(member)->position.next, 30);
    assert_int_equal(member->consumer.started[0], 30);
    member_revoked(member, 0, 1, true);
    stands_at(member, 100, 100);
    member_assigned(member, 1);
    member_turn(member);
    assert_int_equal(place(member)->moves, 1);
}

static void who_goes_is_detached(void **state)
{
    struct member *member = *state;

    keep_positions(member);
    member_assigned(member, 3);
    member_turn(member);
    member_revoked(member, 0, 1, true);
    assert_int_equal(member->sink.places[0].detaches, 1);
    member_revoked(member, 1, 1, false);
    assert_int_equal(member->sink.places[1].detaches, 0);
    member_turn(member);
    assert_int_equal(member->sink.places[1].detaches, 1);
    partitions_release(&member->deliver.partitions);
    assert_int_equal(member->sink.places[2].detaches, 1);
}

static void who_is_fenced_and_still_a_member_attaches_again(void **state)
{
    struct member *member = *state;
    const struct sink_attachments attachments = deliver_attachments(&member->deliver);

    keep_positions(member);
    stands_at(member, 100, 100);
    committed(member, 100, "ingest");
    member_start(member, 100, 2);
    attachments.fenced(attachments.arg, 0, "somebody else has attached");
    null_sink_settle(&member->sink, 0, (struct outcome){.verdict = VERDICT_NOT_REACHED});
    partitions_turn(&member->deliver.partitions, clock_now());
    assert_int_equal(member->consumer.synchronous, 1);
    assert_int_equal(state_of(member), PARTITION_ATTACHING);
    assert_int_equal(place(member)->attaches, 1); /* not at once */
    stands_at(member, 102, 102);
    committed(member, 102, "ingest");
    member_later(member, FENCED_MAX);
    assert_int_equal(place(member)->attaches, 2);
    assert_int_equal(member->consumer.started[0], 102);
    assert_int_equal(fake_log_count("fenced"), 1);
}

static void who_is_fenced_and_no_member_lets_go(void **state)
{
    struct member *member = *state;
    const struct sink_attachments attachments = deliver_attachments(&member->deliver);

    keep_positions(member);
    member_start(member, 100, 1);
    member->consumer.commit_answer = FAKE_FENCED;
    attachments.fenced(attachments.arg, 0, "somebody else has attached");
    member_turn(member);
    assert_int_equal(partitions_count(&member->deliver.partitions), 0);
    assert_int_equal(place(member)->attaches, 1);
    assert_int_equal(place(member)->detaches, 1);
}

/* Nobody knows whether it is a member: it neither writes nor lets go. */
static void who_is_fenced_and_gets_no_answer_asks_again(void **state)
{
    struct member *member = *state;
    const struct sink_attachments attachments = deliver_attachments(&member->deliver);

    keep_positions(member);
    member_start(member, 100, 1);
    member->consumer.commit_answer = FAKE_NO;
    attachments.fenced(attachments.arg, 0, "somebody else has attached");
    member_turn(member);
    member_turn(member);
    assert_int_equal(member->consumer.synchronous, 1);
    assert_int_equal(place(member)->attaches, 1);
    member->consumer.commit_answer = FAKE_YES;
    member_later(member, RETRY);
    member_later(member, FENCED_MAX);
    assert_int_equal(place(member)->attaches, 2);
}

/* SINK=auto, and the plugin is gone: its positions know more than the group's offset. */
static void no_sink_takes_over_unasked(void **state)
{
    struct member *member = *state;

    member->deliver.partitions.options.fallback = true;
    committed(member, 100, "ingest");
    member_assigned(member, 1);
    member_turn(member);
    member_later(member, RETRY);
    assert_true(member->deliver.refused);
    assert_int_equal(member->consumer.starts, 0);
    assert_int_equal(fake_log_count("configuration"), 1);
}

static void a_sink_that_is_wanted_takes_over(void **state)
{
    struct member *member = *state;

    committed(member, 100, "ingest");
    member_assigned(member, 1);
    member_turn(member);
    assert_false(member->deliver.refused);
    assert_int_equal(fake_log_count("sink-changed"), 1);
    assert_int_equal(member->consumer.started[0], 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MEMBER(nothing_is_read_before_it_is_known_where),
        WITH_MEMBER(a_kafka_that_does_not_answer_is_asked_again),
        WITH_MEMBER(a_late_answer_is_none),
        WITH_MEMBER(what_cannot_be_started_now_is_started_later),
        WITH_MEMBER(an_assignment_waits_for_an_outage_to_end),
        WITH_MEMBER(a_commit_carries_its_note),
        WITH_MEMBER(what_was_done_above_stays_done),
        WITH_MEMBER(what_was_done_above_in_another_log_is_not),
        WITH_MEMBER(the_old_note_is_kept),
        WITH_MEMBER(the_end_is_committed_at_once),
        WITH_MEMBER(one_record_names_what_is_gone),
        WITH_MEMBER(messages_expire_in_front_of_a_reader),
        WITH_MEMBER(an_offset_that_is_lost),
        WITH_MEMBER(an_offset_that_is_lost_and_skipped),
        WITH_MEMBER(a_message_after_a_quiet_time_is_checked),
        WITH_MEMBER(a_stream_is_checked_now_and_then),
        WITH_MEMBER(an_idle_log_is_looked_at_now_and_then),
        WITH_MEMBER(a_topic_made_anew_is_read_from_its_beginning),
        WITH_MEMBER(a_log_that_lost_its_end),
        WITH_MEMBER(a_log_that_lost_what_is_done),
        WITH_MEMBER(a_partition_that_goes_astray_is_started_again),
        WITH_MEMBER(an_unknown_topic_is_looked_at),
        WITH_MEMBER(the_others_of_one_that_goes_astray_are_looked_at),
        WITH_MEMBER(a_partition_goes_while_its_log_is_in_doubt),
        WITH_MEMBER(the_target_is_asked_first),
        WITH_MEMBER(what_is_done_is_confirmed),
        WITH_MEMBER(the_target_is_moved_before_anything_is_read),
        WITH_MEMBER(an_answer_to_a_move_is_awaited),
        WITH_MEMBER(a_restored_target_is_committed_first),
        WITH_MEMBER(a_target_that_was_restored_from_before_its_first_batch),
        WITH_MEMBER(a_note_stays_until_the_target_knows),
        WITH_MEMBER(an_expired_range_is_reported_and_then_skipped),
        WITH_MEMBER(a_topic_made_anew_resets_the_target),
        WITH_MEMBER(the_operator_resets_once),
        WITH_MEMBER(who_goes_is_detached),
        WITH_MEMBER(who_is_fenced_and_still_a_member_attaches_again),
        WITH_MEMBER(who_is_fenced_and_no_member_lets_go),
        WITH_MEMBER(who_is_fenced_and_gets_no_answer_asks_again),
        WITH_MEMBER(no_sink_takes_over_unasked),
        WITH_MEMBER(a_sink_that_is_wanted_takes_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
