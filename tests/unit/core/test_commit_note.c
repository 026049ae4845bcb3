#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/commit_note.h"

/* offset.metadata.max.bytes, unless a broker was configured otherwise. */
#define KAFKA_TAKES 4096

static void assert_comes_back(const struct commit_note *note)
{
    char text[COMMIT_NOTE_SIZE];
    struct commit_note back;

    commit_note_write(note, text);
    assert_int_equal(commit_note_read(text, strlen(text), &back), 0);
    assert_string_equal(back.sink, note->sink);
    assert_int_equal(back.since, note->since);
    assert_memory_equal(&back.ahead, &note->ahead, sizeof back.ahead);
    assert_int_equal(back.history.count, note->history.count);
    for (size_t i = 0; i < back.history.count; i++)
        assert_true(fingerprint_equal(&back.history.marks[i], &note->history.marks[i]));
}

static void a_note_comes_back(void **state)
{
    struct commit_note note = {.sink = "rest"};

    (void)state;
    assert_comes_back(&note);
    note.since = -1;
    assert_comes_back(&note);
    note.since = INT64_MAX;
    assert_comes_back(&note);
    note = (struct commit_note){
        .sink = "ingest",
        .history = {.count = 2, .marks = {{99, 1795245540123, 0xc0ffee}, {60, -1, UINT64_MAX}}}};
    assert_comes_back(&note);
}

static void what_is_done_above_goes_along(void **state)
{
    struct commit_note note = {
        .sink = "rest", .since = 7, .history = {.count = 1, .marks = {{99, 5, 1}}}};
    char text[COMMIT_NOTE_SIZE];

    (void)state;
    offset_set_start(&note.ahead, 100);
    offset_set_add(&note.ahead, 103);
    commit_note_write(&note, text);
    assert_string_equal(text, "strapi-feeds/1 rest @7 +100:08 99:5:0000000000000001");
    assert_comes_back(&note);
    note.history.count = 0;
    assert_comes_back(&note);
}

static void the_longest_fits(void **state)
{
    struct commit_note note = {.sink = "fifteen-letters", .history = {.count = LOG_HISTORY_MAX}};

    (void)state;
    offset_set_start(&note.ahead, INT64_MAX - OFFSET_SET_BYTES * 8);
    offset_set_add(&note.ahead, INT64_MAX - 1);
    for (size_t i = 0; i < LOG_HISTORY_MAX; i++)
        note.history.marks[i] = (struct fingerprint){INT64_MAX - (int64_t)i, INT64_MIN, UINT64_MAX};
    assert_true(COMMIT_NOTE_SIZE < KAFKA_TAKES);
    assert_comes_back(&note);
}

/* What people can read with Kafka's tools, and other versions of ours will. */
static void the_text_stays_as_it_is(void **state)
{
    const struct commit_note note = {
        .sink = "rest",
        .since = -1,
        .history = {.count = 2, .marks = {{99, 1795245540123, 0xc0ffee}, {60, 5, 1}}}};
    char text[COMMIT_NOTE_SIZE];

    (void)state;
    commit_note_write(&note, text);
    assert_string_equal(
        text, "strapi-feeds/1 rest 99:1795245540123:0000000000c0ffee 60:5:0000000000000001");
}

static void another_text_is_none(void **state)
{
    static const char *const others[] = {
        "",
        "somebody else's",
        "strapi-feeds/2 rest",
        "strapi-feeds/1",
        "strapi-feeds/1 ",
        "strapi-feeds/1 a-name-that-is-too-long",
        "strapi-feeds/1 rest 99",
        "strapi-feeds/1 rest  99:5:0000000000000001",
        "strapi-feeds/1 rest 60:5:0000000000000001 99:5:0000000000000001",
        "strapi-feeds/1 rest 60:5:0000000000000001 60:5:0000000000000001",
    };
    struct commit_note note;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(commit_note_read(others[i], strlen(others[i]), &note), -1);
        assert_string_equal(note.sink, "");
        assert_int_equal(note.history.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_comes_back),    cmocka_unit_test(what_is_done_above_goes_along),
        cmocka_unit_test(the_longest_fits),     cmocka_unit_test(the_text_stays_as_it_is),
        cmocka_unit_test(another_text_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
