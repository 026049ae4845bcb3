/* One feed through an outlet of our own: which rows come out, in which order, and how it ends. */
#include "ingest_scene.h"

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
    assert_int_equal(recorder.counted.place.offset, strlen(mixed));
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

/* Tuesday's file, equal to Monday's: a delivery, perhaps, of which nothing was sent. */
static void a_copy_that_is_not_sent_is_65_if_strict(void **state)
{
    (void)state;
    for (int strict = 0; strict <= 1; strict++) {
        struct recorder recorder = {.takes = -1, .knows = true, .copied = true};
        struct ingest_summary summary = {.topic = NULL};
        const struct ingest_options options = {.strict = strict};
        assert_int_equal(ingest(&recorder, &options, &summary, mixed),
                         strict ? EXIT_BAD_FEED : EXIT_ALL_ACCOUNTED);
        assert_string_equal(recorder.log, "");
        assert_true(summary.sent_before);
        assert_true(summary.duplicate);
    }
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
        cmocka_unit_test(a_copy_that_is_not_sent_is_65_if_strict),
        cmocka_unit_test(strict_is_an_exit_code_and_sends_all_the_same),
        cmocka_unit_test(a_json_feed_is_sent_with_its_nulls),
        cmocka_unit_test(an_outlet_that_ends_is_given_nothing_more),
        cmocka_unit_test(a_row_that_is_not_confirmed_is_never_exit_0),
        cmocka_unit_test(unusable_feeds_hand_over_no_row),
        cmocka_unit_test(a_missing_feed_is_66_and_nothing_else),
        cmocka_unit_test(a_feed_cut_while_it_is_read_sends_no_cut_row),
        cmocka_unit_test(what_is_too_large_as_json_is_refused),
        cmocka_unit_test(each_entity_has_its_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
