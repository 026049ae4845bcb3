/* Where reading begins: every cell of the rules, for plain REST and for a target that keeps positions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <string.h>

#include "core/start_position.h"

#define LOW   100
#define HIGH  200
#define AFTER 150
/* Where our sink began. */
#define SINCE 110
/* Positions: below the log's beginning, in it, beyond its end, none. */
#define BELOW  50
#define WITHIN 130
#define BEYOND 300
#define NONE   (-1)

static struct start_facts plain(enum log_match match, int64_t position)
{
    return (struct start_facts){.low = LOW,
                                .high = HIGH,
                                .position = position,
                                .likeness = {match, match == LOG_DIVERGED ? AFTER : -1},
                                .noted_by_us = true};
}

static void assert_start(const struct start_facts *facts, enum start_why why, int64_t offset,
                         int64_t expired_from)
{
    struct start_position start = start_position(facts);

    if (start.why != why || start.offset != offset || start.expired_from != expired_from)
        fail_msg("match %d position %lld next %lld: why %d offset %lld expired %lld",
                 (int)facts->likeness.match, (long long)facts->position, (long long)facts->next,
                 (int)start.why, (long long)start.offset, (long long)start.expired_from);
}

/* What a cell's letter stands for. */
static const struct cell {
    char letter;
    enum start_why why;
    int64_t offset, expired_from;
} cells[] = {
    {'N', START_NEW, LOW, NONE},        {'X', START_EXPIRED, LOW, BELOW},
    {'W', START_GO_ON, WITHIN, NONE},   {'E', START_GO_ON, HIGH, NONE},
    {'T', START_TRUNCATED, HIGH, NONE}, {'D', START_DIVERGED, AFTER, NONE},
    {'A', START_ANEW, LOW, NONE},       {'L', START_LOST_AGAIN, LOW, NONE},
    {'S', START_LOST_SKIP, HIGH, NONE},
};

static const struct cell *cell_of(char letter)
{
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        if (cells[i].letter == letter)
            return &cells[i];
    fail_msg("no cell %c", letter);
    return NULL;
}

static void assert_cell(const struct start_facts *facts, char letter)
{
    const struct cell *cell = cell_of(letter);
    struct start_position start = start_position(facts);

    assert_start(facts, cell->why, cell->offset, cell->expired_from);
    assert_false(start.moves);
    assert_false(start.commit_first);
}

/* Plain REST. */
static void by_what_kafka_says(void **state)
{
    static const int64_t positions[] = {NONE, BELOW, WITHIN, HIGH, BEYOND};
    static const struct {
        enum log_match match;
        const char *letters; /* one for each position */
    } rows[] = {
        {LOG_UNKNOWN, "NXWEL"},  {LOG_SAME, "NXWET"}, {LOG_GONE, "NXWEL"}, {LOG_TRUNCATED, "NTTTT"},
        {LOG_DIVERGED, "NDDDD"}, {LOG_ANEW, "AAAAA"}, {LOG_LOST, "NLLLL"},
    };

    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], LOG_MATCH_COUNT);
    for (size_t r = 0; r < LOG_MATCH_COUNT; r++) {
        for (size_t c = 0; c < sizeof positions / sizeof positions[0]; c++) {
            struct start_facts facts = plain(rows[r].match, positions[c]);
            char letter = rows[r].letters[c];

            assert_cell(&facts, letter);
            facts.skip_lost = true;
            assert_cell(&facts, letter == 'L' ? 'S' : letter);
        }
    }
}

/* A target that keeps positions. */
struct target_case {
    const char *what;
    struct start_facts facts;
    enum start_why why;
    int64_t offset, expired_from;
    const char *move; /* "", or its first letter and where to */
    bool commit_first;
};

#define FACTS(kafka, at, ours, target_match, target_next, target_confirmed)                        \
    {                                                                                              \
        .low = LOW, .high = HIGH, .position = (at), .likeness = {(kafka), AFTER},                  \
        .noted_by_us = (ours), .since = SINCE, .keeps_positions = true, .last = (at)-1,            \
        .next = (target_next), .confirmed = (target_confirmed), .target = {                        \
            (target_match),                                                                        \
            -1                                                                                     \
        }                                                                                          \
    }
/* The group has committed behind the end of a transaction, whose last message is `newest`. */
#define MARKER(kafka, at, newest, target_next, target_confirmed)                                   \
    {                                                                                              \
        .low = LOW, .high = HIGH, .position = (at), .likeness = {(kafka), -1},                     \
        .noted_by_us = true, .since = SINCE, .keeps_positions = true, .last = (newest),            \
        .next = (target_next), .confirmed = (target_confirmed), .target = {                        \
            (kafka),                                                                               \
            -1                                                                                     \
        }                                                                                          \
    }

static const struct target_case cases[] = {
    {"it knows nothing, and was written: restored from before that",
     FACTS(LOG_SAME, 130, true, LOG_UNKNOWN, NONE, NONE), START_RESTORED, SINCE, NONE, "", true},
    {"the same, and the log has lost its end",
     FACTS(LOG_TRUNCATED, 250, true, LOG_UNKNOWN, NONE, NONE), START_RESTORED, SINCE, NONE, "",
     true},
    {"the same, and we had only just begun there",
     FACTS(LOG_SAME, SINCE, true, LOG_UNKNOWN, NONE, NONE), START_ADOPTED, SINCE, NONE, "a110",
     false},
    {"it knows nothing, and REST has written", FACTS(LOG_SAME, 130, false, LOG_UNKNOWN, NONE, NONE),
     START_ADOPTED, 130, NONE, "a130", false},
    {"it knows nothing, and the group began at the log's end",
     MARKER(LOG_UNKNOWN, 130, NONE, NONE, NONE), START_ADOPTED, 130, NONE, "a130", false},
    {"it knows nothing, and nothing is below", FACTS(LOG_GONE, LOW, true, LOG_UNKNOWN, NONE, NONE),
     START_GO_ON, LOW, NONE, "", false},
    {"it knows nothing, nor does Kafka", FACTS(LOG_UNKNOWN, NONE, false, LOG_UNKNOWN, NONE, NONE),
     START_NEW, LOW, NONE, "", false},
    {"it knows nothing, and the topic is new", FACTS(LOG_ANEW, 130, true, LOG_UNKNOWN, NONE, NONE),
     START_ANEW, LOW, NONE, "", false},
    {"it knows nothing, messages are gone", FACTS(LOG_GONE, 50, true, LOG_UNKNOWN, NONE, NONE),
     START_EXPIRED, LOW, 50, "", false},

    {"both agree", FACTS(LOG_SAME, 130, true, LOG_SAME, 130, 130), START_GO_ON, 130, NONE, "",
     false},
    {"Kafka is behind: what it had is skipped, or rejected again",
     FACTS(LOG_SAME, 120, true, LOG_SAME, 130, 125), START_GO_ON, 120, NONE, "", false},
    {"Kafka is behind, written by REST", FACTS(LOG_SAME, 120, false, LOG_SAME, 130, 130),
     START_GO_ON, 120, NONE, "", false},
    {"REST has written since", FACTS(LOG_SAME, 150, false, LOG_SAME, 130, 125), START_ADOPTED, 150,
     NONE, "a150", false},
    {"nobody knows who has written since", FACTS(LOG_UNKNOWN, 150, false, LOG_SAME, 130, 125),
     START_ADOPTED, 150, NONE, "a150", false},
    {"a restored database", FACTS(LOG_SAME, 150, true, LOG_SAME, 130, 125), START_RESTORED, 130,
     NONE, "", true},
    {"between the two is the end of a transaction, and nothing else",
     MARKER(LOG_SAME, HIGH, HIGH - 2, HIGH - 1, 120), START_GO_ON, HIGH, NONE, "", false},
    {"the same, and the log is empty by now", MARKER(LOG_GONE, HIGH, 50, 51, 20), START_GO_ON, HIGH,
     NONE, "", false},
    {"the same, and what was behind it is gone", MARKER(LOG_GONE, 60, 50, 51, 20), START_EXPIRED,
     LOW, 60, "s100", false},
    {"a message is between: a restored database", MARKER(LOG_SAME, HIGH, HIGH - 2, HIGH - 2, 120),
     START_RESTORED, HIGH - 2, NONE, "", true},
    {"the group was deleted", FACTS(LOG_UNKNOWN, NONE, false, LOG_SAME, 130, 125), START_TARGET,
     125, NONE, "", false},
    {"the group was deleted, the log begins later than the target's fingerprint",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_GONE, 130, 125), START_TARGET, 125, NONE, "", false},

    {"the topic is new", FACTS(LOG_ANEW, 130, true, LOG_ANEW, 130, 130), START_ANEW, LOW, NONE,
     "r100", false},
    {"the topic is new, the target's fingerprint is beyond it",
     FACTS(LOG_ANEW, 130, true, LOG_LOST, 300, 300), START_ANEW, LOW, NONE, "r100", false},
    {"the topic is new, and the group's offset went with it",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_ANEW, 130, 130), START_ANEW, LOW, NONE, "r100", false},
    {"the same, and it is shorter than what the target has had",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_LOST, 300, 120), START_LOST_AGAIN, LOW, NONE, "r100",
     false},
    {"the same, and the target has no fingerprint",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_UNKNOWN, 300, 120), START_LOST_AGAIN, LOW, NONE, "r100",
     false},
    {"the group was deleted, and where the fingerprint's message was is none",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_LOST, 130, 125), START_LOST_AGAIN, LOW, NONE, "r100",
     false},
    {"Kafka has a late commit of the old topic", FACTS(LOG_ANEW, 150, true, LOG_SAME, 130, 125),
     START_RESTORED, 125, NONE, "", true},
    {"a database restored from the old topic's time",
     FACTS(LOG_SAME, 150, true, LOG_ANEW, 130, 130), START_ANEW, LOW, NONE, "r100", false},
    {"REST has read the new topic since", FACTS(LOG_SAME, 150, false, LOG_ANEW, 130, 130),
     START_ADOPTED, 150, NONE, "a150", false},

    {"messages are gone", FACTS(LOG_GONE, 50, true, LOG_GONE, 50, 50), START_EXPIRED, LOW, 50,
     "s100", false},
    {"messages are gone that the target had, but for reports",
     FACTS(LOG_GONE, 50, true, LOG_SAME, 120, 70), START_EXPIRED, LOW, 70, "", false},
    {"messages are gone that the target had and reported",
     FACTS(LOG_GONE, 50, true, LOG_SAME, 120, 110), START_EXPIRED, LOW, NONE, "", false},
    {"restored, and messages are gone since", FACTS(LOG_SAME, 150, true, LOG_GONE, 60, 55),
     START_EXPIRED, LOW, 60, "s100", true},
    {"the group was deleted, and messages are gone since",
     FACTS(LOG_UNKNOWN, NONE, false, LOG_GONE, 60, 55), START_EXPIRED, LOW, 55, "s100", false},

    {"the log has lost its end", FACTS(LOG_TRUNCATED, 250, true, LOG_LOST, 250, 250),
     START_TRUNCATED, HIGH, NONE, "r200", false},
    {"the log has lost what only the target had", FACTS(LOG_SAME, 190, true, LOG_LOST, 250, 250),
     START_GO_ON, 190, NONE, "r200", false},
    {"the log has lost its end and grown again", FACTS(LOG_DIVERGED, 190, true, LOG_ANEW, 190, 190),
     START_DIVERGED, AFTER, NONE, "r150", false},
    {"the same, behind what Kafka knows", FACTS(LOG_SAME, 130, true, LOG_ANEW, 190, 190),
     START_DIVERGED, 130, NONE, "r130", false},
    {"nobody can tell", FACTS(LOG_LOST, 300, true, LOG_LOST, 300, 300), START_LOST_AGAIN, LOW, NONE,
     "r100", false},
    {"only the target can tell", FACTS(LOG_LOST, 300, true, LOG_SAME, 130, 125), START_RESTORED,
     125, NONE, "", true},
};

static void assert_move(const struct target_case *expected, const struct start_position *start)
{
    static const char letters[] = {[MOVE_ADOPT] = 'a', [MOVE_SKIP] = 's', [MOVE_RESET] = 'r'};
    char text[32] = "";

    if (start->moves)
        snprintf(text, sizeof text, "%c%lld", letters[start->move], (long long)start->move_to);
    if (strcmp(text, expected->move) != 0)
        fail_msg("%s: moves \"%s\", not \"%s\"", expected->what, text, expected->move);
}

static void by_what_both_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct start_position start = start_position(&cases[i].facts);

        if (start.why != cases[i].why || start.offset != cases[i].offset ||
            start.expired_from != cases[i].expired_from ||
            start.commit_first != cases[i].commit_first)
            fail_msg("%s: why %d offset %lld expired %lld first %d", cases[i].what, (int)start.why,
                     (long long)start.offset, (long long)start.expired_from, start.commit_first);
        assert_move(&cases[i], &start);
    }
}

/* Nothing may pass over what the target has not had: reading begins at or below its position, unless the
 * position is moved or what is between is reported as gone, or was read by another sink, or is no message. */
static void no_gap_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct start_position start = start_position(&cases[i].facts);
        int64_t next = start.moves ? start.move_to : cases[i].facts.next;

        if (cases[i].facts.last < next && start.why == START_GO_ON)
            continue; /* there is no message between the two */
        if (next >= 0 && start.offset > next)
            fail_msg("%s: begins at %lld above %lld", cases[i].what, (long long)start.offset,
                     (long long)next);
    }
}

static void the_operator_resets(void **state)
{
    struct start_facts facts = {.low = LOW,
                                .high = HIGH,
                                .position = 130,
                                .likeness = {LOG_UNKNOWN, -1},
                                .keeps_positions = true,
                                .reset = true,
                                .next = 190,
                                .confirmed = 190,
                                .target = {LOG_SAME, -1}};
    struct start_position start = start_position(&facts);

    (void)state;
    assert_int_equal(start.offset, 130);
    assert_true(start.moves && start.move == MOVE_RESET && start.move_to == 130);
    facts.position = NONE;
    start = start_position(&facts);
    assert_int_equal(start.offset, LOW);
    assert_true(start.moves && start.move == MOVE_RESET && start.move_to == LOW);
}

/* The target stands where we have brought it: it is moved only where the offsets count another log. */
static void while_it_is_read(void **state)
{
    struct start_facts facts = plain(LOG_SAME, 130);
    struct start_position start;

    (void)state;
    facts.keeps_positions = facts.reading = true;
    facts.next = facts.confirmed = NONE;
    assert_start(&facts, START_GO_ON, 130, NONE);
    assert_false(start_position(&facts).moves);
    facts.position = 50;
    assert_start(&facts, START_EXPIRED, LOW, 50);
    assert_false(start_position(&facts).moves);
    facts.likeness.match = LOG_ANEW;
    assert_start(&facts, START_ANEW, LOW, NONE);
    start = start_position(&facts);
    assert_true(start.moves && start.move == MOVE_RESET && start.move_to == LOW);
}

/* What is done differently from what anybody would expect is said. */
static void all_but_the_ordinary_is_said(void **state)
{
    (void)state;
    for (int why = 0; why < START_WHY_COUNT; why++) {
        bool ordinary = why == START_NEW || why == START_GO_ON;

        assert_int_equal(start_why_name((enum start_why)why) == NULL, ordinary);
        assert_int_equal(start_why_sentence((enum start_why)why) == NULL, ordinary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_what_kafka_says), cmocka_unit_test(by_what_both_say),
        cmocka_unit_test(no_gap_is_left),     cmocka_unit_test(the_operator_resets),
        cmocka_unit_test(while_it_is_read),   cmocka_unit_test(all_but_the_ordinary_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
