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
    assert_int_equal(rejected_file_close(file, &reason), 0);
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
    assert_int_equal(rejected_file_close(file, &reason), 0);
    assert_content("error;row;id;text\n\"x\";1;new\n");
    assert_int_equal(rejected_file_close(open_good(), &reason), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rejected_file_close(open_good(), &reason), 0);
    assert_int_equal(rejected_file_close(NULL, &reason), 0);
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
    assert_int_equal(rejected_file_close(file, &reason), -1);
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
    assert_int_equal(rejected_file_close(file, &reason), 0);

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    memset(large, 'x', sizeof large);
    file = open_good();
    add(file, 1, large, sizeof large, "x", &reason);
    int closed = rejected_file_close(file, &reason);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(closed, -1);
    assert_non_null(strstr(reason.text, "cannot be written"));
    assert_content("error;row;id;text\n\"x\";1;old\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_behind_their_sentences),
        cmocka_unit_test(an_older_file_is_replaced_or_removed),
        cmocka_unit_test(a_folder_that_is_not_there),
        cmocka_unit_test(a_full_device_is_noticed),
        cmocka_unit_test(a_full_disk_leaves_the_older_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
