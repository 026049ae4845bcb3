/* The record of a feed's progress: its key, and its JSON there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/feed_progress.h"

#define CONTENT "7d3e85f57a66f17e34c3c1ffcba2a55aa4eeabdbae257768eac0786bd4c3cca6"

static const struct feed_progress sample = {
    .file = "products.csv",
    .is_file = true,
    .which = {.device = 65024,
              .inode = UINT64_MAX,
              .size = 13731,
              .mtime_s = 1795281507,
              .mtime_ns = 6310363},
    .rows = 199,
    .sent = 193,
    .rejected = 6,
    .codes = {[ERROR_BAD_JSON] = 5, [ERROR_TOO_LARGE] = 1},
    .place = {.offset = 13731, .line = 201},
    .reading = "csv , utf-8",
    .state = FEED_COMPLETE,
    .started_ms = 1795281508373,
    .at_ms = 1795281508757,
    .service = "product-producer",
    .instance = "host-1",
    .claim = "ba034dcd4321c56eb3e83d8f6f418e38",
};

static void assert_same(const struct feed_progress *one, const struct feed_progress *other)
{
    assert_string_equal(one->file, other->file);
    assert_int_equal(one->is_file, other->is_file);
    assert_true(feed_file_equal(&one->which, &other->which));
    assert_int_equal(one->rows, other->rows);
    assert_int_equal(one->sent, other->sent);
    assert_int_equal(one->rejected, other->rejected);
    assert_memory_equal(one->codes, other->codes, sizeof one->codes);
    assert_int_equal(one->place.offset, other->place.offset);
    assert_int_equal(one->place.line, other->place.line);
    assert_int_equal(one->place.in_array, other->place.in_array);
    assert_int_equal(one->place.open, other->place.open);
    assert_string_equal(one->reading, other->reading);
    assert_int_equal(one->state, other->state);
    assert_int_equal(one->started_ms, other->started_ms);
    assert_int_equal(one->at_ms, other->at_ms);
    assert_string_equal(one->service, other->service);
    assert_string_equal(one->instance, other->instance);
    assert_string_equal(one->claim, other->claim);
}

static void check_there_and_back(const struct feed_progress *progress)
{
    struct buffer json = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    struct feed_progress read;
    assert_int_equal(feed_progress_write(progress, &json), 0);
    assert_int_equal(feed_progress_read(json.data, json.len, &read), 0);
    assert_same(&read, progress);
    buffer_release(&json);
}

static void there_and_back(void **state)
{
    (void)state;
    struct feed_progress progress = sample;
    for (progress.state = FEED_STARTED; progress.state <= FEED_COMPLETE; progress.state++)
        check_there_and_back(&progress);
    progress = (struct feed_progress){.file = "stdin", .state = FEED_STARTED};
    check_there_and_back(&progress);
    progress.place.in_array = true;
    check_there_and_back(&progress);
    progress.place.open = true;
    check_there_and_back(&progress);
}

static void a_sample_is_read(void **state)
{
    (void)state;
    struct feed_sample rows = FEED_SAMPLE_INIT, again;
    struct buffer json = BUFFER_INIT(FEED_SAMPLE_TEXT_MAX + 16);
    for (size_t i = 0; i < FEED_SAMPLE_MAX; i++)
        feed_sample_add(&rows, (const char *)&i, sizeof i);
    assert_int_equal(buffer_add_text(&json, "{\"sample\":\""), 0);
    assert_int_equal(feed_sample_write(&rows, &json), 0);
    assert_int_equal(buffer_add_text(&json, "\"}"), 0);
    assert_true(feed_progress_sample(json.data, json.len, &again));
    assert_int_equal(again.count, FEED_SAMPLE_MAX);
    assert_memory_equal(again.hashes, rows.hashes, sizeof rows.hashes);
    assert_false(feed_progress_sample(NULL, 0, &again));
    assert_false(feed_progress_sample("{\"state\":\"started\"}", 19, &again));
    assert_false(feed_progress_sample("{\"sample\":\"AAA\"}", 16, &again));
    buffer_release(&json);
}

/* The longest texts, each byte of which is escaped, still fit, and so do all counts. */
static void any_name_fits(void **state)
{
    (void)state;
    struct feed_progress progress = sample;
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++)
        progress.codes[i] = INT64_MAX;
    memset(progress.reading, '"', sizeof progress.reading - 1);
    memset(progress.file, 1, sizeof progress.file - 1);
    memset(progress.service, 2, sizeof progress.service - 1);
    memset(progress.instance, '"', sizeof progress.instance - 1);
    check_there_and_back(&progress);
    struct buffer json = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    memset(progress.file, 0xFF, sizeof progress.file - 1);
    assert_int_equal(feed_progress_write(&progress, &json), 0);
    assert_int_equal(feed_progress_read(json.data, json.len, &progress), 0);
    assert_memory_equal(progress.file, "\xEF\xBF\xBD\xEF\xBF\xBD", 6);
    buffer_release(&json);
}

static void what_is_no_record_is_none(void **state)
{
    (void)state;
    static const char *const values[] = {"",
                                         "{",
                                         "[]",
                                         "7",
                                         "{}",
                                         "\"x\"",
                                         "{\"state\":1}",
                                         "{\"state\":\"finished\"}",
                                         "{\"state\":\"started\"",
                                         "\xFF"};
    struct feed_progress progress;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_int_equal(feed_progress_read(values[i], strlen(values[i]), &progress), -1);
    assert_int_equal(feed_progress_read(NULL, 0, &progress), -1);
}

/* A later version's, or a stranger's: what is not understood is 0. */
static void members_of_other_types_are_not_there(void **state)
{
    (void)state;
    static const char json[] = "{\"state\":\"complete\",\"file\":7,\"rows\":-1,\"sent\":\"3\","
                               "\"device\":1,\"inode\":\"2\",\"mtime\":\"x\",\"at\":\"soon\","
                               "\"claim\":\"a\\u0000b\",\"new\":[]}";
    struct feed_progress progress;
    assert_int_equal(feed_progress_read(json, sizeof json - 1, &progress), 0);
    assert_int_equal(progress.state, FEED_COMPLETE);
    assert_string_equal(progress.file, "");
    assert_false(progress.is_file);
    assert_int_equal(progress.rows + progress.sent, 0);
    assert_int_equal(progress.at_ms, 0);
}

static void check_name(const char *name, uint64_t run, const char *expected)
{
    char text[FEED_RUN_SIZE];
    feed_run_name(CONTENT, name, run, text);
    assert_string_equal(text, expected);
    assert_int_equal(feed_run_number(text, strlen(text), CONTENT), run);
    assert_int_equal(feed_run_number(text, strlen(text), "7d3e85"), 0);
}

static void runs_have_names(void **state)
{
    (void)state;
    check_name(NULL, 1, CONTENT);
    check_name(NULL, 2, CONTENT "#2");
    check_name(NULL, 123456789012345678, CONTENT "#123456789012345678");
    check_name("copy.csv", 1, CONTENT "@52542d819be143d0");
    check_name("copy.csv", 17, CONTENT "@52542d819be143d0#17");
}

static void other_texts_are_no_names(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "7d3e",
                                        CONTENT "#",
                                        CONTENT "#x",
                                        CONTENT "#1x",
                                        CONTENT "@1",
                                        CONTENT "@52542d819be143d0x",
                                        CONTENT "0",
                                        CONTENT "#9999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(feed_run_number(texts[i], strlen(texts[i]), CONTENT), 0);
}

static void keys(void **state)
{
    (void)state;
    struct buffer key = BUFFER_INIT(FEED_KEY_BYTES_MAX);
    assert_int_equal(feed_key_write(CONTENT "#2", "product", &key), 0);
    assert_string_equal(key.data, CONTENT "#2/product");
    assert_int_equal(feed_key_run(key.data, key.len, "product"), strlen(CONTENT "#2"));
    assert_int_equal(feed_key_run(key.data, key.len, "oduct"), 0);
    assert_int_equal(feed_key_run(key.data, key.len, "event"), 0);
    assert_int_equal(feed_key_run("/product", 8, "product"), 0);
    assert_int_equal(feed_key_run(NULL, 0, "product"), 0);
    buffer_release(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(a_sample_is_read),
        cmocka_unit_test(any_name_fits),
        cmocka_unit_test(what_is_no_record_is_none),
        cmocka_unit_test(members_of_other_types_are_not_there),
        cmocka_unit_test(runs_have_names),
        cmocka_unit_test(other_texts_are_no_names),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
