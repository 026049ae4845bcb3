/* One file of a watched folder: what becomes of it, and that a process which dies at any step leaves
 * nothing that the next one does not bring to the same end, with every row sent once. */
#include "watch_scene.h"

#include <sys/wait.h>

#define FEED                                                                                       \
    HEADER "Tea,,1,001,safe\n"                                                                     \
           "Bad,,x,002,safe\n"                                                                     \
           "Few,1\n"                                                                               \
           "Salad,,2,003,safe\n"

#define DONE     "a.csv.d69aca3a2888"
#define REPORT   DONE ".report.json"
#define REJECTED DONE ".rejected.csv"

static const struct ingest_options ingest_options = {
    .feed = {.entity = &entity_product, .row_bytes_max = 1000}, .topic = "product"};
static const struct ingest_options strict_options = {
    .feed = {.entity = &entity_product, .row_bytes_max = 1000}, .topic = "product", .strict = true};

static struct filing filing_of(const struct file_ops *ops, bool in_place)
{
    return (struct filing){.folder = watched_dir,
                           .report_dir = in_place ? report_dir : "",
                           .service = "product-producer",
                           .ops = ops};
}

static enum exit_code run_as(const struct ingest_options *options, const struct filing *filing,
                             struct memory *memory, enum watch_end *end)
{
    const struct watched_feed watched = {
        .options = options, .filing = filing, .instance = "here-1"};
    return watched_feed(&watched, memory_outlet(memory), "a.csv", end);
}

static enum exit_code run(struct memory *memory, enum watch_end *end)
{
    const struct filing filing = filing_of(&file_ops_system, false);
    return run_as(&ingest_options, &filing, memory, end);
}

static json_int_t number(const json_t *report, const char *name)
{
    return json_integer_value(json_object_get(report, name));
}

static const char *word(const json_t *report, const char *name)
{
    const char *text = json_string_value(json_object_get(report, name));
    return text == NULL ? "" : text;
}

/* As it has to be in the end, however often and wherever it died. */
static void assert_done_once(void)
{
    struct committed last;
    assert_string_equal(names_in("in"), "");
    assert_string_equal(names_in("in/done"), "a.csv " REJECTED " " REPORT " ");
    assert_text("in/done", "a.csv", FEED);
    assert_int_equal(recall_commits(NULL, &last), 1);
    json_auto_t *report = load("in/done", REPORT);
    assert_string_equal(word(report, "outcome"), "done");
    assert_string_equal(word(report, "rejected_file"), REJECTED);
    assert_int_equal(number(report, "rows"), 4);
    assert_int_equal(number(report, "sent"), 2);
    assert_int_equal(number(report, "rejected"), 2);
    const json_t *codes = json_object_get(report, "codes");
    assert_int_equal(number(codes, "invalid_field"), 1);
    assert_int_equal(number(codes, "column_count"), 1);
    assert_string_equal(word(json_object_get(report, "examples"), "invalid_field"),
                        "a.csv, row 2, line 3: stock_available: not a whole number: \"x\"");
}

static void done_with_a_report_and_the_refused_rows(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    drop("a.csv", FEED);
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_int_equal(end, WATCH_END_HANDLED);
    assert_done_once();
    assert_text("in/done", REJECTED,
                "error,row," HEADER
                "\"stock_available: not a whole number: \"\"x\"\"\",2,Bad,,x,002,safe\n"
                "\"the row has 2 columns where the header has 5: \"\"Few,1\"\"\",3,Few,1\n");
    json_auto_t *report = load("in/done", REPORT);
    assert_string_equal(word(report, "file"), "a.csv");
    assert_string_equal(word(report, "topic"), "product");
    assert_int_equal(strlen(word(report, "feed_id")), 64);
    const json_t *about = json_object_get(report, "run");
    assert_string_equal(word(about, "service"), "product-producer");
    assert_string_equal(word(about, "instance"), "here-1");
    assert_false(json_is_true(json_object_get(about, "sent_before")));
}

static void refused_rows_are_65_if_strict(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    const struct filing filing = filing_of(&file_ops_system, false);
    enum watch_end end;
    drop("a.csv", FEED);
    assert_int_equal(run_as(&strict_options, &filing, &memory, &end), EXIT_BAD_FEED);
    assert_int_equal(end, WATCH_END_HANDLED);
    assert_done_once();
}

static void json_comes_back_as_json(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    drop("a.csv", "[{\"name\":\"Tea\",\"barcode\":\"1\"},{\"name\":1}]");
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_non_null(strstr(names_in("in/done"), ".rejected.ndjson"));
}

static void without_a_refused_row_there_is_no_such_file(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    drop("a.csv", HEADER "Tea,,1,001,safe\n");
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_null(strstr(names_in("in/done"), "rejected"));
    drop("a.csv", HEADER);
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_string_equal(names_in("in"), "");
}

static void unreadable_is_failed(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    drop("a.csv", "what,is,this\n1,2,3\n");
    assert_int_equal(run(&memory, &end), EXIT_BAD_FEED);
    assert_int_equal(end, WATCH_END_HANDLED);
    assert_string_equal(names_in("in"), "");
    assert_string_equal(names_in("in/failed"), "a.csv a.csv.27bbed20d4db.report.json ");
    json_auto_t *report = load("in/failed", "a.csv.27bbed20d4db.report.json");
    assert_string_equal(word(report, "outcome"), "failed");
    assert_non_null(strstr(word(report, "why"), "the feed is unusable"));
}

static void a_copy_is_a_duplicate_that_names_the_first(void **state)
{
    struct memory memory = {.busy = false};
    const struct filing filing = filing_of(&file_ops_system, false);
    enum watch_end end;
    for (int strict = 0; strict <= 1; strict++) {
        scene_begin(state);
        drop("a.csv", FEED);
        assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
        drop("a.csv", FEED);
        assert_int_equal(run_as(strict ? &strict_options : &ingest_options, &filing, &memory, &end),
                         strict ? EXIT_BAD_FEED : EXIT_ALL_ACCOUNTED);
        assert_int_equal(end, WATCH_END_HANDLED);
        assert_done_once();
        assert_string_equal(names_in("in/duplicate"), "a.csv " REPORT " ");
        json_auto_t *report = load("in/duplicate", REPORT);
        assert_string_equal(word(report, "outcome"), "duplicate");
        const json_t *first = json_object_get(report, "first");
        assert_string_equal(word(first, "file"), "first.csv");
        assert_int_equal(number(first, "sent"), 2);
        assert_int_equal(number(first, "rejected"), 2);
    }
}

static void another_of_the_same_name_gets_its_digits(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    drop("a.csv", FEED);
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    drop("a.csv", HEADER "Tea,,1,001,safe\n");
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_string_equal(names_in("in"), "");
    assert_string_equal(names_in("in/done"),
                        "a.9a5ea44b6cc0.csv a.csv "
                        "a.csv.9a5ea44b6cc0.report.json " REJECTED " " REPORT " ");
}

static void what_cannot_be_sent_now_stays(void **state)
{
    (void)state;
    static const enum exit_code codes[] = {EXIT_UNAVAILABLE, EXIT_INTERRUPTED, EXIT_BUG,
                                           EXIT_CONFIGURATION};
    enum watch_end end;
    drop("a.csv", FEED);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct memory memory = {.refuses = codes[i]};
        assert_int_equal(run(&memory, &end), codes[i]);
        assert_int_equal(end, WATCH_END_STAYS);
    }
    struct memory memory = {.busy = true};
    assert_int_equal(run(&memory, &end), EXIT_INTERRUPTED);
    assert_int_equal(end, WATCH_END_STAYS);
    assert_string_equal(names_in("in"), "a.csv ");
    assert_string_equal(names_in("in/done"), "");
}

static void one_that_is_gone_is_66(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    enum watch_end end;
    assert_int_equal(run(&memory, &end), EXIT_NO_FEED);
    assert_int_equal(end, WATCH_END_STAYS);
}

/* Files that change. */

static void append_a_row(void)
{
    FILE *file = fopen(path_in(watched_dir, "a.csv"), "a");
    fputs("More,,1,009,safe\n", file);
    fclose(file);
}

static void replace_it(void)
{
    drop("b.csv", HEADER "New,,1,007,safe\n");
    assert_int_equal(rename(path_in(watched_dir, "b.csv"), path_in(watched_dir, "a.csv")), 0);
}

/* Read in more than one piece. */
static void drop_much(void)
{
    FILE *file = fopen(path_in(watched_dir, "a.csv"), "w");
    assert_non_null(file);
    fputs(HEADER, file);
    for (int i = 0; i < 20000; i++)
        fprintf(file, "Tea,,1,%d,safe\n", i);
    fclose(file);
}

/* Its new content is not taken, and waits for a person where it cannot be taken by chance. */
static void changed_while_it_was_read(void **state)
{
    void (*const changes[])(void) = {append_a_row, replace_it};
    for (size_t i = 0; i < 2; i++) {
        struct memory memory = {.on_first_row = changes[i]};
        enum watch_end end;
        scene_begin(state);
        drop_much();
        assert_int_equal(run(&memory, &end), EXIT_BAD_FEED);
        assert_int_equal(end, WATCH_END_CHANGED);
        assert_string_equal(names_in("in"), "");
        assert_string_equal(names_in("in/done"), "");
        assert_string_equal(names_in("in/failed"), "a.csv a.csv.6f9af5ed7c94.report.json ");
        json_auto_t *report = load("in/failed", "a.csv.6f9af5ed7c94.report.json");
        assert_true(json_is_true(json_object_get(report, "changed")));
        assert_non_null(strstr(word(report, "why"), "changed while it was read"));
        assert_true(number(report, "sent") > 0);
        struct committed last;
        assert_int_equal(recall_commits(NULL, &last), 0);
    }
}

/* All that it was is sent; what came behind is not. */
static void written_on_after_it_was_sent(void **state)
{
    (void)state;
    struct memory memory = {.after_commit = append_a_row};
    enum watch_end end;
    drop("a.csv", FEED);
    assert_int_equal(run(&memory, &end), EXIT_BAD_FEED);
    assert_int_equal(end, WATCH_END_CHANGED);
    assert_string_equal(names_in("in"), "");
    assert_string_equal(names_in("in/failed"), "a.csv " REPORT " ");
    /* The report on what was sent is where it belongs. */
    assert_string_equal(names_in("in/done"), REJECTED " " REPORT " ");
}

/* The next delivery: it is a file of its own, and stays to be taken. */
static void replaced_after_it_was_sent(void **state)
{
    (void)state;
    struct memory memory = {.after_commit = replace_it};
    enum watch_end end;
    drop("a.csv", FEED);
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_int_equal(end, WATCH_END_HANDLED);
    assert_string_equal(names_in("in"), "a.csv ");
    assert_string_equal(names_in("in/done"), REJECTED " " REPORT " ");
    memory.after_commit = NULL;
    assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
    assert_string_equal(names_in("in"), "");
    struct committed last;
    assert_int_equal(recall_commits(NULL, &last), 2);
}

/* Where the files stay. */

static void in_place_nothing_moves(void **state)
{
    (void)state;
    struct memory memory = {.busy = false};
    const struct filing filing = filing_of(&file_ops_system, true);
    enum watch_end end;
    drop("a.csv", FEED);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(run_as(&ingest_options, &filing, &memory, &end), EXIT_ALL_ACCOUNTED);
        assert_int_equal(end, WATCH_END_HANDLED);
        assert_string_equal(names_in("in"), "a.csv ");
        assert_string_equal(names_in("reports"), REJECTED " " REPORT " ");
        struct committed last;
        assert_int_equal(recall_commits(NULL, &last), 1);
    }
    /* The reports are lost: the topic remembers. */
    empty_folder(report_dir);
    assert_int_equal(run_as(&ingest_options, &filing, &memory, &end), EXIT_ALL_ACCOUNTED);
    assert_string_equal(names_in("reports"), REJECTED " " REPORT " ");
}

/* Crashes. */

static int steps_left;
static bool behind; /* the step is done, and then it dies */
static bool has_rename, has_link;

static void step_before(void)
{
    if (!behind && steps_left-- == 0)
        _exit(99);
}

static void step_after(void)
{
    if (behind && steps_left-- == 0)
        _exit(99);
}

static int give(int error)
{
    errno = error;
    return -1;
}

static bool is_within(const char *one, const char *two)
{
    return strcmp(strrchr(one, '/') - 4, strrchr(two, '/') - 4) == 0 ||
           (strstr(one, "/done/") != NULL && strstr(two, "/done/") != NULL);
}

static int dying_rename(const char *one, const char *two)
{
    if (!has_rename && (has_link || !is_within(one, two)))
        return give(has_link ? EINVAL : EXDEV);
    step_before();
    int result = file_ops_system.rename_new(one, two);
    step_after();
    return result;
}

static int dying_link(const char *one, const char *two)
{
    step_before();
    int result = file_ops_system.link(one, two);
    step_after();
    return result;
}

static int dying_unlink(const char *path)
{
    step_before();
    int result = file_ops_system.unlink(path);
    step_after();
    return result;
}

static int dying_copy(const char *one, const char *two)
{
    step_before();
    int result = file_ops_system.copy(one, two);
    step_after();
    return result;
}

static const struct file_ops dying_ops = {
    .identify = file_identify,
    .rename_new = dying_rename,
    .link = dying_link,
    .unlink = dying_unlink,
    .copy = dying_copy,
};

/* Whether it lived. */
static bool lives_through(int steps)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct memory memory = {.before_commit = step_before, .after_commit = step_after};
        const struct filing filing = filing_of(&dying_ops, false);
        enum watch_end end;
        steps_left = steps;
        enum exit_code code = run_as(&ingest_options, &filing, &memory, &end);
        _exit(code == EXIT_ALL_ACCOUNTED && end == WATCH_END_HANDLED ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 99);
    return WEXITSTATUS(status) == 0;
}

/* Dies at the n-th step, for each n; and then once more at each of the first steps of the second try. */
static int deaths_of(void **state, int seconds)
{
    int deaths = 0;
    bool lived = false;
    const struct filing filing = filing_of(&file_ops_system, false);
    for (int first = 0; !lived; first++) {
        for (int second = -1; second < seconds; second++) {
            scene_begin(state);
            drop("a.csv", FEED);
            lived = lives_through(first);
            deaths += !lived;
            if (names_in("in")[0] != '\0' && second >= 0)
                deaths += !lives_through(second);
            if (names_in("in")[0] != '\0')
                assert_true(lives_through(1000));
            filing_sweep(&filing);
            assert_done_once();
        }
    }
    return deaths;
}

static void whoever_dies_is_followed(void **state)
{
    static const bool ways[][2] = {{true, true}, {false, true}, {false, false}};
    for (int way = 0; way < 3; way++)
        for (int after = 0; after <= 1; after++) {
            has_rename = ways[way][0];
            has_link = ways[way][1];
            behind = after == 1;
            assert_true(deaths_of(state, way == 0 ? 5 : 0) > 4);
        }
}

/* Every step that fails leaves the file to be tried again, and the second try ends it. */
static int failing_step;

static int failing_rename(const char *one, const char *two)
{
    return failing_step-- == 0 ? give(ENOSPC) : file_ops_system.rename_new(one, two);
}

static void a_full_disk_is_waited_for(void **state)
{
    struct file_ops full = file_ops_system;
    full.rename_new = failing_rename;
    const struct filing filing = filing_of(&full, false);
    for (int step = 0; step < 3; step++) {
        struct memory memory = {.busy = false};
        enum watch_end end;
        scene_begin(state);
        drop("a.csv", FEED);
        failing_step = step;
        assert_int_equal(run_as(&ingest_options, &filing, &memory, &end), EXIT_IO);
        assert_int_equal(end, WATCH_END_STAYS);
        assert_string_equal(names_in("in"), "a.csv ");
        assert_int_equal(run(&memory, &end), EXIT_ALL_ACCOUNTED);
        assert_done_once();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(done_with_a_report_and_the_refused_rows, scene_begin),
        cmocka_unit_test_setup(refused_rows_are_65_if_strict, scene_begin),
        cmocka_unit_test_setup(json_comes_back_as_json, scene_begin),
        cmocka_unit_test_setup(without_a_refused_row_there_is_no_such_file, scene_begin),
        cmocka_unit_test_setup(unreadable_is_failed, scene_begin),
        cmocka_unit_test_setup(a_copy_is_a_duplicate_that_names_the_first, scene_begin),
        cmocka_unit_test_setup(another_of_the_same_name_gets_its_digits, scene_begin),
        cmocka_unit_test_setup(what_cannot_be_sent_now_stays, scene_begin),
        cmocka_unit_test_setup(one_that_is_gone_is_66, scene_begin),
        cmocka_unit_test_setup(changed_while_it_was_read, scene_begin),
        cmocka_unit_test_setup(written_on_after_it_was_sent, scene_begin),
        cmocka_unit_test_setup(replaced_after_it_was_sent, scene_begin),
        cmocka_unit_test_setup(in_place_nothing_moves, scene_begin),
        cmocka_unit_test_setup(whoever_dies_is_followed, scene_begin),
        cmocka_unit_test_setup(a_full_disk_is_waited_for, scene_begin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
