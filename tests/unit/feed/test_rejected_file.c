/* The file of refused rows: what stands in it, and when it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "feed/rejected_file.h"

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_rejected.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/rejected.csv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

static struct rejected_file *open_good(void)
{
    struct reason reason = {{0}};
    struct rejected_file *file = rejected_file_open(path, &reason);
    if (file == NULL)
        fail_msg("%s", reason.text);
    return file;
}

static int add(struct rejected_file *file, uint64_t number, const char *raw, size_t len,
               const char *sentence, struct reason *reason)
{
    struct row row = {.row = number, .raw = raw, .raw_len = len};
    struct failure failure;
    failure_set(&failure, ERROR_STRAY_QUOTE, NULL, NULL, 0, "%s", sentence);
    const struct rejected_layout layout = {.header = "id;text", .header_len = 7, .delimiter = ';'};
    return rejected_file_add(file, &layout, &row, &failure, reason);
}

static void add_again(struct rejected_file *file, const char *header, uint64_t number,
                      const char *raw)
{
    struct row row = {.row = number, .raw = raw, .raw_len = strlen(raw)};
    struct failure failure;
    struct reason reason = REASON_INIT;
    const struct rejected_layout layout = {
        .header = header, .header_len = strlen(header), .delimiter = ';'};
    failure_set(&failure, ERROR_STRAY_QUOTE, NULL, NULL, 0, "new");
    assert_int_equal(rejected_file_add(file, &layout, &row, &failure, &reason), 0);
}

static void assert_content(const char *expected)
{
    char content[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content - 1, file);
    content[len] = '\0';
    fclose(file);
    assert_string_equal(content, expected);
}

static void rows_behind_their_sentences(void **state)
{
    struct reason reason;
    (void)state;
    struct rejected_file *file = open_good();
    assert_int_equal(add(file, 3, "\"Best\" a;b\r\n", 12, "a \"stray\" quote", &reason), 0);
    assert_int_equal(add(file, 12, "c;d;e", 5, "too many; really", &reason), 0);
    assert_int_equal(add(file, 13, "f\r", 2, "too few", &reason), 0);
    assert_int_equal(access(path, F_OK), -1); /* not before it is complete */
    assert_int_equal(rejected_file_close(file, true, &reason), 0);
    assert_content("error;row;id;text\n"
                   "\"a \"\"stray\"\" quote\";3;\"Best\" a;b\r\n"
                   "\"too many; really\";12;c;d;e\n"
                   "\"too few\";13;f\r");
}

static void an_older_file_is_replaced_or_removed(void **state)
{
    struct reason reason;
    (void)state;
    struct rejected_file *file = open_good();
    assert_int_equal(add(file, 1, "new\n", 4, "x", &reason), 0);
    assert_int_equal(rejected_file_close(file, true, &reason), 0);
    assert_content("error;row;id;text\n\"x\";1;new\n");
    assert_int_equal(rejected_file_close(open_good(), true, &reason), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rejected_file_close(open_good(), true, &reason), 0);
    assert_int_equal(rejected_file_close(NULL, true, &reason), 0);
}

static void write_file(const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void an_incomplete_run_leaves_the_older_file(void **state)
{
    struct reason reason;
    (void)state;
    write_file("error,row,old\n");
    assert_int_equal(rejected_file_close(open_good(), false, &reason), 0);
    assert_content("error,row,old\n");
    struct rejected_file *file = open_good();
    assert_int_equal(add(file, 1, "new\n", 4, "x", &reason), 0);
    assert_int_equal(rejected_file_close(file, false, &reason), 0);
    assert_content("error,row,old\n");
    unlink(path);
}

/* A spreadsheet adds a BOM, or quotes. */
static void files_that_may_be_replaced(void **state)
{
    static const char *const ours[] = {
        "",
        "error,row,id\n",
        "error;row;id\n\"x\";1;2\n",
        "error\trow\tid\n",
        "error|row|id",
        "\xEF\xBB\xBF"
        "error,row,id\n",
        "\"error\",\"row\",\"id\"\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        struct reason reason;
        write_file(ours[i]);
        assert_int_equal(rejected_file_close(open_good(), true, &reason), 0);
        assert_int_equal(access(path, F_OK), -1);
    }
}

static void a_file_of_somebody_else_is_refused(void **state)
{
    static const char *const foreign[] = {
        "dear diary\n",    "\n",
        "error",           "error,rows,id\n",
        "error,row;id\n",  "\"error,row,id\n",
        "id,error,row\n",  "error row",
        "\"error\",\"row",
    };
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct reason reason;
        write_file(foreign[i]);
        assert_null(rejected_file_open(path, &reason));
        assert_non_null(strstr(reason.text, "exists and is not a file of refused rows"));
        assert_content(foreign[i]);
    }
    unlink(path);
}

static void a_file_that_came_meanwhile_stays(void **state)
{
    struct reason reason;
    (void)state;
    for (int rows = 0; rows < 2; rows++) {
        struct rejected_file *file = open_good();
        if (rows > 0)
            assert_int_equal(add(file, 1, "new\n", 4, "x", &reason), 0);
        write_file("dear diary\n");
        assert_int_equal(rejected_file_close(file, true, &reason), -1);
        assert_non_null(strstr(reason.text, "is not a file of refused rows"));
        assert_content("dear diary\n");
        unlink(path);
    }
}

static void the_same_file_is_known_through_links(void **state)
{
    char link_path[160];
    (void)state;
    write_file("");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_true(rejected_file_is(path, fileno(file)));
    assert_int_equal(symlink(path, link_path), 0);
    assert_true(rejected_file_is(link_path, fileno(file)));
    unlink(link_path);
    assert_int_equal(link(path, link_path), 0);
    assert_true(rejected_file_is(link_path, fileno(file)));
    unlink(link_path);
    assert_false(rejected_file_is(link_path, fileno(file)));
    assert_false(rejected_file_is(folder, fileno(file)));
    fclose(file);
    file = fopen("/dev/null", "r"); /* as a terminal is what is read from and written to */
    assert_non_null(file);
    assert_false(rejected_file_is("/dev/null", fileno(file)));
    fclose(file);
    unlink(path);
}

static void a_folder_that_is_not_there(void **state)
{
    struct reason reason;
    (void)state;
    assert_null(rejected_file_open("/nowhere/at/all.csv", &reason));
    assert_non_null(strstr(reason.text, "/nowhere/at/all.csv"));
    assert_null(rejected_file_open(folder, &reason));
}

static void a_full_device_is_noticed(void **state)
{
    struct reason reason;
    (void)state;
    struct rejected_file *file = rejected_file_open("/dev/full", &reason);
    assert_non_null(file);
    add(file, 1, "a\n", 2, "x", &reason);
    assert_int_equal(rejected_file_close(file, true, &reason), -1);
    assert_non_null(strstr(reason.text, "No space left"));
    assert_int_equal(access("/dev/full", F_OK), 0);
}

static void a_full_disk_leaves_the_older_file(void **state)
{
    static char large[256 * 1024];
    struct rlimit limit, before;
    struct reason reason;
    (void)state;
    struct rejected_file *file = open_good();
    assert_int_equal(add(file, 1, "old\n", 4, "x", &reason), 0);
    assert_int_equal(rejected_file_close(file, true, &reason), 0);

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    memset(large, 'x', sizeof large);
    file = open_good();
    add(file, 1, large, sizeof large, "x", &reason);
    int closed = rejected_file_close(file, true, &reason);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(closed, -1);
    assert_non_null(strstr(reason.text, "cannot be written"));
    assert_content("error;row;id;text\n\"x\";1;old\n");
}

static void refused_again_has_one_front(void **state)
{
    struct reason reason = {{0}};
    (void)state;
    static const char *const headers[] = {"error;row;id;text", "\"error\";\"row\";id;text"};
    for (size_t i = 0; i < 2; i++) {
        struct rejected_file *file = open_good();
        add_again(file, headers[i], 1, "\"a; \"\"b\"\"\";7;1;x\r\n");
        add_again(file, headers[i], 2, "said by a spreadsheet;\"8\";1;y");
        add_again(file, headers[i], 3, ";;1;\"open");
        /* Somebody has rearranged these: nothing of them may be lost. */
        add_again(file, headers[i], 4, "1;z");
        add_again(file, headers[i], 5, "\"a\"b;7;1;z");
        add_again(file, headers[i], 6, "a;b;1;z");
        add_again(file, headers[i], 7, "\"a;7;1;z");
        assert_int_equal(rejected_file_close(file, true, &reason), 0);
        assert_content("error;row;id;text\n"
                       "\"new\";1;1;x\r\n"
                       "\"new\";2;1;y\n"
                       "\"new\";3;1;\"open\n"
                       "\"new\";4;1;z\n"
                       "\"new\";5;\"a\"b;7;1;z\n"
                       "\"new\";6;a;b;1;z\n"
                       "\"new\";7;\"a;7;1;z\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_behind_their_sentences),
        cmocka_unit_test(refused_again_has_one_front),
        cmocka_unit_test(an_older_file_is_replaced_or_removed),
        cmocka_unit_test(an_incomplete_run_leaves_the_older_file),
        cmocka_unit_test(files_that_may_be_replaced),
        cmocka_unit_test(a_file_of_somebody_else_is_refused),
        cmocka_unit_test(a_file_that_came_meanwhile_stays),
        cmocka_unit_test(the_same_file_is_known_through_links),
        cmocka_unit_test(a_folder_that_is_not_there),
        cmocka_unit_test(a_full_device_is_noticed),
        cmocka_unit_test(a_full_disk_leaves_the_older_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
