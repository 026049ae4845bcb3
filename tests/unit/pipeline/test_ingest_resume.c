/* A feed by several runs: what they hand over together is what one run hands over, and the last one's
 * account is that of the whole feed. */
#include "ingest_scene.h"

#include "../feed/pack.h"

#define TEXT_MAX 200000

struct feed_text {
    const char *name;
    char bytes[TEXT_MAX];
    size_t len;
    const struct entity *entity;
    const char *encoding;
};

static enum exit_code run(struct recorder *recorder, const struct feed_text *text,
                          const char *rejected_path, struct ingest_summary *summary)
{
    const struct ingest_options options = {
        .feed = {.entity = text->entity, .encoding = text->encoding},
        .topic = text->entity->topic,
        .rejected_path = rejected_path,
    };
    recorder->tells_all = true;
    return ingest_feed(&options, (struct outlet){&ops, recorder}, feed, summary);
}

static void read_rejected(char text[TEXT_MAX])
{
    FILE *file = fopen(rejected, "r");
    size_t len = file == NULL ? 0 : fread(text, 1, TEXT_MAX - 1, file);
    text[len] = '\0';
    if (file != NULL)
        fclose(file);
    unlink(rejected);
}

/* What a record of the progress topic keeps. */
static struct feed_progress through_its_record(const struct feed_progress *progress)
{
    struct buffer json = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    struct feed_progress read;
    assert_int_equal(feed_progress_write(progress, &json), 0);
    assert_int_equal(feed_progress_read(json.data, json.len, &read), 0);
    buffer_release(&json);
    return read;
}

static void assert_summary(const struct ingest_summary *summary, const struct ingest_summary *whole)
{
    assert_int_equal(summary->rows, whole->rows);
    assert_int_equal(summary->sent, whole->sent);
    assert_int_equal(summary->rejected, whole->rejected);
    assert_memory_equal(summary->codes, whole->codes, sizeof whole->codes);
}

/* `takes` rows by a first run, the rest by a second one. */
static void check_two_runs(const struct feed_text *text, int takes, const char *whole_log,
                           const char *whole_rejected, const struct ingest_summary *whole)
{
    static char found[TEXT_MAX];
    static struct recorder first, second;
    struct ingest_summary summary = {.topic = NULL};
    first = (struct recorder){.takes = takes};
    assert_int_equal(run(&first, text, rejected, &summary), EXIT_INTERRUPTED);
    read_rejected(found);
    assert_string_equal(found, "");
    assert_int_equal(first.counted.rows, takes);
    assert_int_equal(first.counted.sent + first.counted.rejected, takes);
    second = (struct recorder){.takes = -1, .from = through_its_record(&first.counted)};
    assert_int_equal(run(&second, text, rejected, &summary), EXIT_ALL_ACCOUNTED);
    if (strncmp(whole_log, first.log, strlen(first.log)) != 0 ||
        strcmp(whole_log + strlen(first.log), second.log) != 0)
        fail_msg("%s, after %d rows:\n%s---\n%sinstead of\n%s", text->name, takes, first.log,
                 second.log, whole_log);
    read_rejected(found);
    assert_string_equal(found, whole_rejected);
    assert_summary(&summary, whole);
    assert_int_equal(summary.rows_before, takes);
    assert_true(second.whole);
}

static void check_feed(const struct feed_text *text)
{
    static char whole_rejected[TEXT_MAX];
    static struct recorder recorder;
    struct ingest_summary whole = {.topic = NULL};
    recorder = (struct recorder){.takes = -1};
    write_bytes(feed, text->bytes, text->len);
    assert_int_equal(run(&recorder, text, rejected, &whole), EXIT_ALL_ACCOUNTED);
    assert_true(whole.rows > 3 && whole.rejected > 0);
    assert_int_equal(whole.rows_before, 0);
    read_rejected(whole_rejected);
    assert_string_not_equal(whole_rejected, "");
    for (int takes = 1; takes < (int)whole.rows; takes++)
        check_two_runs(text, takes, recorder.log, whole_rejected, &whole);
}

static struct feed_text *text_of(const char *name, const struct entity *entity, const char *bytes)
{
    static struct feed_text text;
    text.name = name;
    text.entity = entity;
    text.encoding = NULL;
    text.len = strlen(bytes);
    memcpy(text.bytes, bytes, text.len);
    return &text;
}

/* As iconv would write it. */
static void widen(struct feed_text *text)
{
    static char wide[TEXT_MAX];
    size_t len = 0;
    wide[len++] = '\xFF';
    wide[len++] = '\xFE';
    for (size_t i = 0; i < text->len; i++) {
        wide[len++] = text->bytes[i];
        wide[len++] = '\0';
    }
    memcpy(text->bytes, wide, len);
    text->len = len;
}

static void zip(struct feed_text *text)
{
    static char packed[TEXT_MAX];
    text->len = pack(text->bytes, text->len, packed, TEXT_MAX);
    memcpy(text->bytes, packed, text->len);
}

static const char csv[] = "\xEF\xBB\xBF" HEADER "Salad,\"x\r\n,y\",29,001,danger\r\n"
                          "Bad,x,12x,002,safe\n"
                          "few\n"
                          "\n"
                          "Open,\"x,1,004,safe\n"
                          "Tea,,,003,\n"
                          "Last,,1,005,";
static const char array[] = "[{\"name\":\"a\",\"barcode\":\"1\"},\n7,\n{\"name\":\"b\"},\n"
                            "{\"name\":\"c\",\"barcode\":\"3\",\"description\":[\n]},"
                            "{\"name\":\"d\",\"barcode\":\"4\"}]\n";
static const char lines[] = "{\"name\":\"a\",\"barcode\":\"1\"}\n{\n{\"name\":\"b\"}\r\n\r\n"
                            "{\"name\":\"c\",\"barcode\":\"3\"}\n{\"name\":\"d\",\"barcode\":4";

static void every_row_is_a_place_to_go_on(void **state)
{
    (void)state;
    static const char *const texts[] = {csv, array, lines};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_feed(text_of("plain", &entity_product, texts[i]));
        struct feed_text *text = text_of("zipped", &entity_product, texts[i]);
        zip(text);
        check_feed(text);
        /* Without its mark in UTF-8. */
        text = text_of("wide", &entity_product, texts[i] + (i == 0 ? 3 : 0));
        widen(text);
        check_feed(text);
        zip(text);
        check_feed(text);
    }
    check_feed(text_of("events", &entity_event,
                       "value;metadata\na;{\"x\":\"y;z\"}\n;{}\n\"b\n\";{\"x\":1}\nc;[]\nd;\n"));
}

/* Rows beyond what is read at once, and what is looked at in front. */
static void a_long_feed_is_sought(void **state)
{
    (void)state;
    static char bytes[TEXT_MAX];
    size_t len = (size_t)snprintf(bytes, sizeof bytes, "%s", HEADER);
    for (int i = 0; i < 12; i++) {
        len += (size_t)snprintf(bytes + len, 100, "Tea,\"");
        memset(bytes + len, 'x', 15000);
        len += 15000;
        len += (size_t)snprintf(bytes + len, 100, "\n\",%d%s,%03d,safe\n", i, i % 5 == 1 ? "x" : "",
                                i);
    }
    static const char whole[] =
        "+1 -2:validate:invalid_field +3 +4 +5 +6 -7:validate:invalid_field "
        "+8 +9 +10 +11 -12:validate:invalid_field ";
    write_bytes(feed, bytes, len);
    for (int takes = 1; takes < 12; takes++) {
        struct recorder first = {.takes = takes}, second = {.takes = -1};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.feed.entity = &entity_product, .topic = "product"};
        assert_int_equal(ingest_feed(&options, (struct outlet){&ops, &first}, feed, &summary),
                         EXIT_INTERRUPTED);
        second.from = first.counted;
        assert_int_equal(ingest_feed(&options, (struct outlet){&ops, &second}, feed, &summary),
                         EXIT_ALL_ACCOUNTED);
        note(&first, "%s", second.log);
        assert_string_equal(first.log, whole);
        assert_int_equal(summary.sent, 9);
        assert_int_equal(summary.rejected, 3);
    }
}

static void a_run_with_nothing_left_is_complete(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1}, again = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    again.from = recorder.counted;
    assert_int_equal(ingest(&again, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    assert_string_equal(again.log, "");
    assert_true(again.whole);
    assert_int_equal(again.counted.rows, 4);
    assert_int_equal(again.counted.place.offset, strlen(mixed));
    assert_int_equal(summary.sent, 2);
    assert_int_equal(summary.rejected, 2);
}

/* Its places are in another text. */
static void another_reading_cannot_go_on(void **state)
{
    (void)state;
    struct recorder first = {.takes = 2}, second = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&first, &options, &summary, mixed), EXIT_INTERRUPTED);
    assert_string_equal(first.counted.reading, "csv, comma, utf-8");
    second.from = first.counted;
    options.feed.encoding = "windows-1252";
    assert_int_equal(ingest(&second, &options, &summary, mixed), EXIT_CONFIGURATION);
    assert_string_equal(second.log, "");
    assert_false(second.whole);
    assert_int_equal(second.counted.rows, 2);
    assert_non_null(strstr(summary.ended.text, "\"csv, comma, windows-1252\""));
    assert_int_equal(summary.rows, 2);
}

static void a_record_without_a_place_is_no_place_to_go_on(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .from = {.rows = 2, .sent = 2}};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    assert_int_equal(summary.rows, 4);
    assert_int_equal(summary.sent, 2);
    assert_int_equal(summary.rows_before, 0);
}

/* What was refused behind the back of the reader counts as refused. */
static void late_refusals_are_counted(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .refuses = true};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    assert_int_equal(recorder.counted.rows, 4);
    assert_int_equal(recorder.counted.sent, 0);
    assert_int_equal(recorder.counted.rejected, 4);
    assert_int_equal(recorder.counted.codes[ERROR_TOO_LARGE], 2);
    assert_int_equal(recorder.counted.codes[ERROR_COLUMN_COUNT], 1);
}

/* Before anything is committed the outlet asks; then nothing more is handed over. */
static void a_change_is_noticed_when_it_is_asked_for(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .asks = true, .cut_to = sizeof HEADER + 2};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = rejected};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_BAD_FEED);
    assert_string_equal(recorder.log, "+1 ");
    assert_false(recorder.whole);
    assert_false(recorder.failed);
    assert_int_equal(summary.rows, 1);
    assert_non_null(strstr(summary.ended.text, "rows 1 to 1 are sent or refused"));
    assert_int_equal(access(rejected, F_OK), -1);
}

static void what_the_topic_does_not_take_is_refused(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .value_bytes_max = 40};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = rejected};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    assert_string_equal(recorder.log, "-1:validate:too_large -2:validate:invalid_field "
                                      "-3:read:column_count +4 ");
    unlink(rejected);
}

/* The sample. */

static size_t sampled_rows(const struct recorder *recorder)
{
    size_t count = 0;
    for (size_t i = 0; recorder->sampled && i < recorder->sample.count; i++)
        count += recorder->sample.hashes[i] != 0;
    return count;
}

struct sampling {
    const struct entity *entity;
    const char *text;
    bool sampled;
    size_t count, good;
};

static void feeds_are_sampled_whose_rows_must_not_come_twice(void **state)
{
    (void)state;
    const struct sampling cases[] = {
        {&entity_product, mixed, false, 0, 0},
        {&entity_stock, "barcode,amount,type\n1,2,IN\n1,2,IN\nx\n1,2,OUT\n", true, 4, 3},
        {&entity_stock, "{\"barcode\":\"1\",\"amount\":2,\"type\":\"IN\"}\n{\"x\":1}\n", true, 2,
         1},
        {&entity_event, "value;metadata\na;{}\nb;[]\n", true, 2, 1},
        {&entity_stock, "barcode,amount,type\nx\n", false, 0, 0},
        /* Rows to be corrected, also when a spreadsheet has moved their columns. */
        {&entity_stock, "error,row,barcode,amount,type\nbad,1,1,2,IN\n", false, 0, 0},
        {&entity_stock, "barcode;row;amount;type;error\n1;1;2;IN;bad\n", false, 0, 0},
        {&entity_stock, "row,barcode,amount,type\n7,1,2,IN\n", true, 1, 1},
        {&entity_stock,
         "{\"error\":\"x\",\"row\":3,\"barcode\":\"1\",\"amount\":2,\"type\":\"IN\"}\n"
         "{\"barcode\":\"1\",\"amount\":2,\"type\":\"IN\"}\n",
         true, 2, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recorder recorder = {.takes = -1};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.feed.entity = cases[i].entity};
        (void)ingest(&recorder, &options, &summary, cases[i].text);
        if (recorder.sampled != cases[i].sampled ||
            (recorder.sampled && recorder.sample.count != cases[i].count) ||
            sampled_rows(&recorder) != cases[i].good)
            fail_msg("%s: %zu of %zu", cases[i].text, sampled_rows(&recorder),
                     recorder.sample.count);
    }
}

static void of_a_long_feed_the_first_rows_are_sampled(void **state)
{
    (void)state;
    static char text[60000];
    static struct recorder recorder;
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.feed.entity = &entity_stock};
    size_t len = (size_t)snprintf(text, sizeof text, "barcode,amount,type\n");
    for (int i = 0; i < 1200; i++)
        len += (size_t)snprintf(text + len, 40, "%08d,%d,IN\n", i, i);
    recorder = (struct recorder){.takes = -1};
    assert_int_equal(ingest(&recorder, &options, &summary, text), EXIT_ALL_ACCOUNTED);
    assert_int_equal(sampled_rows(&recorder), FEED_SAMPLE_MAX);
    assert_int_equal(summary.sent, 1200);
}

static void a_feed_like_one_that_was_sent_is_65(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .knows = true, .alike = true};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.feed.entity = &entity_stock};
    assert_int_equal(ingest(&recorder, &options, &summary, "barcode,amount,type\n1,2,IN\n"),
                     EXIT_BAD_FEED);
    assert_string_equal(recorder.log, "");
    assert_true(summary.alike);
    assert_false(recorder.failed);
    assert_string_equal(summary.ended.text, "a.csv was sent on Monday");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_a_place_to_go_on),
        cmocka_unit_test(a_long_feed_is_sought),
        cmocka_unit_test(a_run_with_nothing_left_is_complete),
        cmocka_unit_test(another_reading_cannot_go_on),
        cmocka_unit_test(a_record_without_a_place_is_no_place_to_go_on),
        cmocka_unit_test(late_refusals_are_counted),
        cmocka_unit_test(a_change_is_noticed_when_it_is_asked_for),
        cmocka_unit_test(what_the_topic_does_not_take_is_refused),
        cmocka_unit_test(feeds_are_sampled_whose_rows_must_not_come_twice),
        cmocka_unit_test(of_a_long_feed_the_first_rows_are_sampled),
        cmocka_unit_test(a_feed_like_one_that_was_sent_is_65),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
