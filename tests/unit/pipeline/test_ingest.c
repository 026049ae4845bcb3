/* One feed through an outlet of our own: which rows come out, in which order, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "entities/entities.h"
#include "pipeline/ingest.h"
#include "service/log.h"
#include "service/signals.h"

#define HEADER "name,description,stock_available,barcode,status\n"

/* Writes down what it is given: "+1 " a good row, "-2:code " a refused one. */
struct recorder {
    struct outlet_events events;
    char log[1024];
    char last[512]; /* the last value */
    int takes;      /* so many rows; then it is interrupted. -1: all */
    bool forgets;   /* never confirms a row */
    bool refuses;   /* finds every good row too large */
    bool failed;    /* feed_failed() was called */
    char layout[256];
    bool asked;                   /* claim() was called */
    bool knows;                   /* the feed: it was sent before */
    bool whole;                   /* finish() was told that the feed was handed over to its end */
    struct feed_progress counted; /* by then */
    off_t cut_to; /* the feed has so many bytes from the first row on. 0: it stays */
};

static char folder[] = "/tmp/test_ingest.XXXXXX";
static char feed[64], rejected[64];

static void note(struct recorder *recorder, const char *format, ...)
{
    size_t len = strlen(recorder->log);
    va_list args;
    va_start(args, format);
    vsnprintf(recorder->log + len, sizeof recorder->log - len, format, args);
    va_end(args);
}

static void begin(void *self, const struct feed_name *name, const struct feed_file *file,
                  const struct outlet_events *events)
{
    assert_non_null(name->id);
    assert_non_null(file);
    assert_true(file->inode != 0 && file->size >= 0);
    ((struct recorder *)self)->events = *events;
    ((struct recorder *)self)->asked = false;
}

static enum exit_code take_one(struct recorder *recorder)
{
    assert_true(recorder->asked);
    if (recorder->takes == 0)
        return EXIT_INTERRUPTED;
    if (recorder->takes > 0)
        recorder->takes--;
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code row(void *self, const struct outlet_row *good)
{
    struct recorder *recorder = self;
    enum exit_code code = take_one(recorder);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    if (recorder->cut_to > 0)
        assert_int_equal(truncate(feed, recorder->cut_to), 0);
    note(recorder, "+%d ", (int)good->row->row);
    snprintf(recorder->last, sizeof recorder->last, "%.*s=%.*s", (int)good->key_len, good->key,
             (int)good->value_len, good->value);
    if (recorder->refuses) {
        struct failure failure;
        failure_set(&failure, ERROR_TOO_LARGE, NULL, NULL, 0, "too large");
        const struct reject reject = {good->row, &failure, STAGE_VALIDATE};
        recorder->events.refused(recorder->events.arg, &reject);
        recorder->events.rejected(recorder->events.arg, ERROR_TOO_LARGE);
    } else if (!recorder->forgets) {
        recorder->events.sent(recorder->events.arg);
    }
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code reject(void *self, const struct reject *bad)
{
    struct recorder *recorder = self;
    enum exit_code code = take_one(recorder);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    note(recorder, "-%d:%s:%s ", (int)bad->row->row, bad->stage,
         error_code_name(bad->failure->code));
    recorder->events.rejected(recorder->events.arg, bad->failure->code);
    return EXIT_ALL_ACCOUNTED;
}

static void feed_failed(void *self, const struct reject *bad)
{
    struct recorder *recorder = self;
    assert_int_equal(bad->row->row, 0);
    recorder->failed = true;
}

static enum exit_code turn(void *self)
{
    (void)self;
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code claim(void *self, const char *layout, struct outlet_claim *answer)
{
    struct recorder *recorder = self;
    snprintf(recorder->layout, sizeof recorder->layout, "%s", layout);
    assert_false(recorder->asked);
    recorder->asked = true;
    *answer = (struct outlet_claim){.granted = !recorder->knows};
    reason_set(&answer->why_not, "a.csv was sent on Monday");
    snprintf(answer->feed_id, sizeof answer->feed_id, "another-name");
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code finish(void *self, bool complete)
{
    struct recorder *recorder = self;
    recorder->whole = complete;
    recorder->events.count(recorder->events.arg, &recorder->counted);
    return EXIT_ALL_ACCOUNTED;
}

static const struct outlet_ops ops = {begin, claim, row, reject, feed_failed, turn, finish};

static int set_up(void **state)
{
    (void)state;
    log_setup("test", LOG_ERROR_LEVEL + 1, false); /* silent */
    if (signals_setup() != 0 || mkdtemp(folder) == NULL)
        return -1;
    snprintf(feed, sizeof feed, "%s/a.csv", folder);
    snprintf(rejected, sizeof rejected, "%s/rejected.csv", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(feed);
    unlink(rejected);
    return rmdir(folder);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *path, const char *expected)
{
    char content[512];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content - 1, file);
    content[len] = '\0';
    fclose(file);
    assert_string_equal(content, expected);
}

static enum exit_code ingest(struct recorder *recorder, const struct ingest_options *options,
                             struct ingest_summary *summary, const char *text)
{
    struct ingest_options all = *options;
    if (all.feed.entity == NULL)
        all.feed.entity = &entity_product;
    all.topic = all.feed.entity->topic;
    write_file(feed, text);
    return ingest_feed(&all, (struct outlet){&ops, recorder}, feed, summary);
}

static const char mixed[] = HEADER "Salad,x,29,001,danger\n"
                                   "Bad,x,12x,002,safe\n"
                                   "few\n"
                                   "\n"
                                   "Tea,,,003,\n";

static void rows_come_in_their_order(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_ALL_ACCOUNTED);
    assert_string_equal(recorder.log, "+1 -2:validate:invalid_field -3:read:column_count +4 ");
    assert_string_equal(recorder.last, "003={\"name\":\"Tea\",\"barcode\":\"003\"}");
    assert_int_equal(summary.rows, 4);
    assert_int_equal(summary.sent, 2);
    assert_int_equal(summary.rejected, 2);
    assert_int_equal(summary.codes[ERROR_COLUMN_COUNT], 1);
    assert_string_equal(summary.feed, "a.csv");
    assert_string_equal(summary.feed_id, "another-name");
    assert_string_equal(recorder.layout,
                        "{\"format\":\"csv\",\"delimiter\":\",\","
                        "\"header\":\"name,description,stock_available,barcode,status\","
                        "\"fields\":[\"name\",\"description\",\"stock_available\",\"barcode\","
                        "\"status\"]}");
    assert_true(recorder.whole);
    assert_int_equal(recorder.counted.rows, 4);
    assert_int_equal(recorder.counted.sent, 2);
    assert_int_equal(recorder.counted.rejected, 2);
    assert_int_equal(recorder.counted.offset, strlen(mixed));
}

/* Neither a row nor the file of refused rows, which may be all that is left of the first run's. */
static void a_feed_that_was_sent_before_is_left_alone(void **state)
{
    (void)state;
    static const char *const feeds[] = {mixed, HEADER "few\n", "[{\"name\":1},}"};
    write_file(rejected, "error,row," HEADER);
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        struct recorder recorder = {.takes = -1, .knows = true};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.strict = true, .rejected_path = rejected};
        assert_int_equal(ingest(&recorder, &options, &summary, feeds[i]), EXIT_ALL_ACCOUNTED);
        assert_string_equal(recorder.log, "");
        assert_false(recorder.whole);
        assert_false(recorder.failed);
        assert_int_equal(summary.rows, 0);
        assert_true(summary.sent_before);
        assert_string_equal(summary.ended.text, "a.csv was sent on Monday");
        assert_int_equal(strlen(summary.feed_id), 64);
        assert_file(rejected, "error,row," HEADER);
    }
    assert_int_equal(unlink(rejected), 0);
}

static void strict_is_an_exit_code_and_sends_all_the_same(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = true};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_BAD_FEED);
    assert_int_equal(summary.sent, 2);
    recorder = (struct recorder){.takes = -1};
    assert_int_equal(ingest(&recorder, &options, &summary, HEADER "Tea,,,003,\n"),
                     EXIT_ALL_ACCOUNTED);
}

static void a_json_feed_is_sent_with_its_nulls(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    const char *json = "[{\"barcode\":\"001\",\"name\":1},\n"
                       "{\"name\":\"Tea\",\"barcode\":\"003\",\"description\":null,"
                       "\"stock_available\":\"7\",\"status\":null,\"x\":[1]}]";
    assert_int_equal(ingest(&recorder, &options, &summary, json), EXIT_ALL_ACCOUNTED);
    assert_string_equal(recorder.log, "-1:validate:invalid_field +2 ");
    assert_string_equal(recorder.layout, "{\"format\":\"json\"}");
    assert_string_equal(recorder.last, "003={\"name\":\"Tea\",\"description\":null,"
                                       "\"stock_available\":7,\"barcode\":\"003\","
                                       "\"status\":null}");
}

static void rejected_text(char text[1024])
{
    FILE *file = fopen(rejected, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, 1023, file);
    text[len] = '\0';
    fclose(file);
}

/* Sent again as it is, the file of refused rows gives the same rows, numbered anew. */
static void check_goes_back_in(const char *encoding, const char *text, const char *expected)
{
    char first[1024], second[1024];
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.feed.encoding = encoding, .rejected_path = rejected};
    assert_int_equal(ingest(&recorder, &options, &summary, text), EXIT_ALL_ACCOUNTED);
    rejected_text(first);
    assert_string_equal(first, expected);
    assert_int_equal(ingest(&recorder, &options, &summary, first), EXIT_ALL_ACCOUNTED);
    assert_int_equal(summary.rows, summary.rejected);
    rejected_text(second);
    if (first[0] == '{')
        assert_string_equal(second, first);
    assert_int_equal(unlink(rejected), 0);
}

static void refused_rows_go_back_in(void **state)
{
    (void)state;
    check_goes_back_in("windows-1252", HEADER "T\xE9,x,1,001,safe\nT\xE9,x,y,002,safe\n",
                       "\xEF\xBB\xBF"
                       "error,row," HEADER "\"stock_available: not a whole number: \"\"y\"\"\",2,"
                       "T\xC3\xA9,x,y,002,safe\n");
    check_goes_back_in(NULL,
                       "{\"name\":7, \"barcode\":\"1\"}\n{\"name\":\"a\",\"barcode\":\"2\"}\n",
                       "{\"error\":\"name: a number where text is expected: \\\"7\\\"\",\"row\":1,"
                       "\"name\":7,\"barcode\":\"1\"}\n");
}

static void an_outlet_that_ends_is_given_nothing_more(void **state)
{
    (void)state;
    for (int takes = 0; takes < 4; takes++) {
        struct recorder recorder = {.takes = takes};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.strict = false};
        assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_INTERRUPTED);
        assert_int_equal(summary.rows, takes);
        assert_int_equal(summary.sent + summary.rejected, takes);
        assert_false(recorder.whole);
        assert_string_not_equal(summary.ended.text, "");
    }
}

static void a_row_that_is_not_confirmed_is_never_exit_0(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1, .forgets = true};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_BUG);
    assert_int_equal(summary_unconfirmed(&summary), 2);
}

static void unusable_feeds_hand_over_no_row(void **state)
{
    (void)state;
    static const char *const feeds[] = {"", "name,foo\na,b\n", "name,name,barcode\n1,2,3\n"};
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        struct recorder recorder = {.takes = -1};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.strict = false};
        assert_int_equal(ingest(&recorder, &options, &summary, feeds[i]), EXIT_BAD_FEED);
        assert_string_equal(recorder.log, "");
        assert_true(recorder.failed);
    }
}

static void a_missing_feed_is_66_and_nothing_else(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.feed.entity = &entity_product, .topic = "product"};
    const struct outlet outlet = {&ops, &recorder};
    assert_int_equal(ingest_feed(&options, outlet, "/nowhere/a.csv", &summary), EXIT_NO_FEED);
    assert_null(summary.topic);
    assert_false(recorder.failed);
    assert_int_equal(ingest_feed(&options, outlet, folder, &summary), EXIT_BAD_FEED);
}

/* Rows that only the topic finds too large are in the file of refused rows as well. */
static void late_refusals_are_in_the_rejected_file(void **state)
{
    (void)state;
    char line[256] = "";
    struct recorder recorder = {.takes = -1, .refuses = true};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = rejected};
    assert_int_equal(ingest(&recorder, &options, &summary, HEADER "Tea,,,003,\n"),
                     EXIT_ALL_ACCOUNTED);
    assert_int_equal(summary.rejected, 1);
    FILE *file = fopen(rejected, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, "\"too large\",1,Tea,,,003,\n");
}

static void a_rejected_file_that_cannot_be_written_is_74_at_the_end(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = "/dev/full"};
    assert_int_equal(ingest(&recorder, &options, &summary, mixed), EXIT_IO);
    assert_int_equal(summary.sent, 2);
    assert_int_equal(summary.rejected, 2);
}

static void the_feed_is_no_rejected_file(void **state)
{
    (void)state;
    char link_path[64];
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_int_equal(symlink(feed, link_path), 0);
    static const char *const feeds[] = {mixed, HEADER "Tea,,,003,\n", "", "error,row," HEADER};
    const char *const paths[] = {feed, link_path};
    for (size_t i = 0; i < 2 * sizeof feeds / sizeof feeds[0]; i++) {
        struct recorder recorder = {.takes = -1};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.rejected_path = paths[i % 2]};
        assert_int_equal(ingest(&recorder, &options, &summary, feeds[i / 2]), EXIT_BAD_USAGE);
        assert_non_null(strstr(summary.ended.text, "is the feed itself"));
        assert_string_equal(recorder.log, "");
        assert_false(recorder.failed);
        assert_file(feed, feeds[i / 2]);
    }
    assert_int_equal(unlink(link_path), 0);
}

static void standard_output_is_no_rejected_file(void **state)
{
    (void)state;
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options dash = {.rejected_path = "-"}, file = {.rejected_path = rejected};
    assert_int_equal(ingest(&recorder, &dash, &summary, mixed), EXIT_BAD_USAGE);
    assert_int_equal(access("-", F_OK), -1);
    int before = dup(STDOUT_FILENO);
    fflush(stdout);
    assert_non_null(freopen(rejected, "w", stdout));
    enum exit_code code = ingest(&recorder, &file, &summary, mixed);
    assert_int_equal(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    close(before);
    assert_int_equal(code, EXIT_BAD_USAGE);
    assert_string_equal(recorder.log, "");
    unlink(rejected);
}

static void a_foreign_rejected_file_is_74_before_the_first_row(void **state)
{
    (void)state;
    static const char *const feeds[] = {mixed, ""};
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        struct recorder recorder = {.takes = -1};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.rejected_path = rejected};
        write_file(rejected, "dear diary\n");
        assert_int_equal(ingest(&recorder, &options, &summary, feeds[i]), EXIT_IO);
        assert_non_null(strstr(summary.ended.text, "is not a file of refused rows"));
        assert_string_equal(recorder.log, "");
        assert_file(rejected, "dear diary\n");
    }
    unlink(rejected);
}

/* A feed that is unusable, and one that is interrupted after its first refused row. */
static void only_a_complete_run_replaces_the_rejected_file(void **state)
{
    (void)state;
    static const char *const feeds[] = {"", "Bad header\n", mixed};
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        struct recorder recorder = {.takes = 2};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.rejected_path = rejected};
        write_file(rejected, "error,row,old\n");
        assert_int_not_equal(ingest(&recorder, &options, &summary, feeds[i]), EXIT_ALL_ACCOUNTED);
        assert_file(rejected, "error,row,old\n");
    }
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = rejected, .strict = true};
    assert_int_equal(ingest(&recorder, &options, &summary, HEADER "few\n"), EXIT_BAD_FEED);
    assert_file(rejected, "error,row," HEADER
                          "\"the row has 1 column where the header has 5: \"\"few\"\"\",1,few\n");
    assert_int_equal(ingest(&recorder, &options, &summary, HEADER "Tea,,,003,\n"),
                     EXIT_ALL_ACCOUNTED);
    assert_int_equal(access(rejected, F_OK), -1);
}

/* `said` is what the log says. */
static enum exit_code ingest_logged(const struct ingest_options *options, const char *text,
                                    char *said, size_t size)
{
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    FILE *file = tmpfile();
    assert_non_null(file);
    int before = dup(STDERR_FILENO);
    assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
    log_setup("test", LOG_WARN_LEVEL, false);
    enum exit_code code = ingest(&recorder, options, &summary, text);
    log_setup("test", LOG_ERROR_LEVEL + 1, false);
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    close(before);
    rewind(file);
    said[fread(said, 1, size - 1, file)] = '\0';
    fclose(file);
    return code;
}

/* Of such a row only the beginning is known: fed in again, it would pass as another row. */
static void rows_that_are_too_long_are_not_in_the_rejected_file(void **state)
{
    (void)state;
    static const char text[] =
        "barcode,name\n"
        "001,A name that has rather more bytes than the limit allows, and so cannot be held\n"
        "few\n";
    char said[4096];
    const struct ingest_options options = {.rejected_path = rejected,
                                           .feed = {.row_bytes_max = 64}};
    assert_int_equal(ingest_logged(&options, text, said, sizeof said), EXIT_ALL_ACCOUNTED);
    assert_file(rejected, "error,row,barcode,name\n"
                          "\"the row has 1 column where the header has 2: \"\"few\"\"\",2,few\n");
    assert_non_null(strstr(said, "left_out=1"));
    assert_non_null(strstr(said, "take them from the feed itself"));
    char only[sizeof text];
    snprintf(only, sizeof only, "%.*s", (int)(strstr(text, "few") - text), text);
    assert_int_equal(ingest_logged(&options, only, said, sizeof said), EXIT_ALL_ACCOUNTED);
    assert_int_equal(access(rejected, F_OK), -1);
    assert_non_null(strstr(said, "left_out=1"));
    assert_int_equal(ingest_logged(&options, "barcode,name\n1,A\n", said, sizeof said),
                     EXIT_ALL_ACCOUNTED);
    assert_string_equal(said, "");
}

/* The last row is cut within its barcode: a row like any other. */
static void a_feed_cut_while_it_is_read_sends_no_cut_row(void **state)
{
    (void)state;
    static const char header[] = "description,name,barcode\n", end[] = ",Salad,001\n,Tea,0031234";
    static char text[2 * 65536]; /* a first read ends before it does */
    enum { PADDING = 100000 };
    int len = snprintf(text, sizeof text, "%s,Soup,000\n", header);
    memset(text + len, 'x', PADDING);
    memcpy(text + len + PADDING, end, sizeof end);
    struct recorder recorder = {.takes = -1, .cut_to = (off_t)(len + PADDING + sizeof end - 1 - 4)};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.rejected_path = rejected};
    write_file(rejected, "error,row,old\n");
    assert_int_equal(ingest(&recorder, &options, &summary, text), EXIT_BAD_FEED);
    assert_string_equal(recorder.log, "+1 +2 ");
    assert_int_equal(summary.rows, 2);
    assert_non_null(strstr(summary.ended.text, "changed while it was read"));
    assert_false(recorder.failed);
    assert_file(rejected, "error,row,old\n");
    unlink(rejected);
}

/* 300,000 control characters become six times as many bytes of JSON. */
static void what_is_too_large_as_json_is_refused(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    char *text = malloc(SIZE + 200);
    assert_non_null(text);
    int len = snprintf(text, 200, "%s", HEADER "Tea,");
    memset(text + len, 1, SIZE);
    memcpy(text + len + SIZE, ",,003,\n", sizeof ",,003,\n");
    struct recorder recorder = {.takes = -1};
    struct ingest_summary summary = {.topic = NULL};
    const struct ingest_options options = {.strict = false};
    assert_int_equal(ingest(&recorder, &options, &summary, text), EXIT_ALL_ACCOUNTED);
    assert_string_equal(recorder.log, "-1:validate:too_large ");
    free(text);
}

/* The last row's key and value. */
static void each_entity_has_its_key(void **state)
{
    (void)state;
    static const struct {
        const struct entity *entity;
        const char *feed, *log, *last;
    } cases[] = {
        {&entity_event, "value;metadata\noops;[\nYou can't;{\"circuit\":\"S;CSI\"}\n",
         "-1:validate:bad_json +2 ",
         "={\"value\":\"You can't\",\"metadata\":{\"circuit\":\"S;CSI\"}}"},
        {&entity_stock, "id,amount,type\n../users/1?x=,1,IN\n0112,7,IN\n",
         "-1:validate:invalid_field +2 ", "112={\"id\":112,\"amount\":7,\"type\":\"IN\"}"},
        {&entity_stock, "barcode;amount;type\n;1;IN\n007;0;OUT\n", "-1:validate:missing_field +2 ",
         "007={\"barcode\":\"007\",\"amount\":0,\"type\":\"OUT\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recorder recorder = {.takes = -1};
        struct ingest_options options = {.feed.entity = cases[i].entity};
        struct ingest_summary summary;
        assert_int_equal(ingest(&recorder, &options, &summary, cases[i].feed), EXIT_ALL_ACCOUNTED);
        assert_string_equal(recorder.log, cases[i].log);
        assert_string_equal(recorder.last, cases[i].last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_their_order),
        cmocka_unit_test(a_feed_that_was_sent_before_is_left_alone),
        cmocka_unit_test(strict_is_an_exit_code_and_sends_all_the_same),
        cmocka_unit_test(a_json_feed_is_sent_with_its_nulls),
        cmocka_unit_test(refused_rows_go_back_in),
        cmocka_unit_test(an_outlet_that_ends_is_given_nothing_more),
        cmocka_unit_test(a_row_that_is_not_confirmed_is_never_exit_0),
        cmocka_unit_test(unusable_feeds_hand_over_no_row),
        cmocka_unit_test(a_missing_feed_is_66_and_nothing_else),
        cmocka_unit_test(late_refusals_are_in_the_rejected_file),
        cmocka_unit_test(a_rejected_file_that_cannot_be_written_is_74_at_the_end),
        cmocka_unit_test(the_feed_is_no_rejected_file),
        cmocka_unit_test(standard_output_is_no_rejected_file),
        cmocka_unit_test(a_foreign_rejected_file_is_74_before_the_first_row),
        cmocka_unit_test(only_a_complete_run_replaces_the_rejected_file),
        cmocka_unit_test(rows_that_are_too_long_are_not_in_the_rejected_file),
        cmocka_unit_test(a_feed_cut_while_it_is_read_sends_no_cut_row),
        cmocka_unit_test(what_is_too_large_as_json_is_refused),
        cmocka_unit_test(each_entity_has_its_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
