/* The file of the refused rows of one feed (--rejected): what is in it, when it is written, and that it
 * goes back in. */
#include "ingest_scene.h"

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
                       "{\"error\":\"name: a number where text is expected (put it in quotes): "
                       "\\\"7\\\"\",\"row\":1,"
                       "\"name\":7,\"barcode\":\"1\"}\n");
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

/* What the log says meanwhile. */
static void ingest_aloud(struct recorder *recorder, const struct ingest_options *options,
                         char said[2048])
{
    struct ingest_summary summary = {.topic = NULL};
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_true(file != NULL && kept >= 0);
    log_setup("test", LOG_INFO_LEVEL, false);
    dup2(fileno(file), STDERR_FILENO);
    enum exit_code code = ingest(recorder, options, &summary, mixed);
    dup2(kept, STDERR_FILENO);
    log_setup("test", LOG_ERROR_LEVEL + 1, false);
    close(kept);
    assert_int_equal(code, EXIT_ALL_ACCOUNTED);
    rewind(file);
    said[fread(said, 1, 2047, file)] = '\0';
    fclose(file);
}

static void a_file_that_is_not_written_is_told(void **state)
{
    (void)state;
    char said[2048];
    unlink(rejected);
    for (int copied = 0; copied <= 1; copied++) {
        struct recorder recorder = {.takes = -1, .knows = true, .copied = copied};
        ingest_aloud(&recorder, &(struct ingest_options){.rejected_path = rejected}, said);
        assert_non_null(strstr(said, copied ? "level=warn service=test event=sent-before"
                                            : "level=info service=test event=sent-before"));
        assert_non_null(strstr(said, "event=rejected-file"));
        assert_non_null(strstr(said, "--dry-run --rejected FILE"));
        assert_non_null(strstr(said, copied ? "--feed NAME" : "--feed a.csv"));
        assert_int_equal(access(rejected, F_OK), -1);
        ingest_aloud(&recorder, &(struct ingest_options){.rejected_path = NULL}, said);
        assert_null(strstr(said, "rejected-file"));
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_rows_go_back_in),
        cmocka_unit_test(late_refusals_are_in_the_rejected_file),
        cmocka_unit_test(a_rejected_file_that_cannot_be_written_is_74_at_the_end),
        cmocka_unit_test(a_file_that_is_not_written_is_told),
        cmocka_unit_test(the_feed_is_no_rejected_file),
        cmocka_unit_test(standard_output_is_no_rejected_file),
        cmocka_unit_test(a_foreign_rejected_file_is_74_before_the_first_row),
        cmocka_unit_test(only_a_complete_run_replaces_the_rejected_file),
        cmocka_unit_test(rows_that_are_too_long_are_not_in_the_rejected_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
