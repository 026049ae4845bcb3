/* Moving a file: every way of doing it, every step that may fail, and whatever comes in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/place_file.h"

static char folder[] = "/tmp/feeds-place-XXXXXX";
static char from[64], to[64], scratch[64], other[64];

/* What the file system of this test cannot do, by errno; 0: it can. */
static struct {
    int rename_new, link, unlink, copy;
    bool replace;       /* another file takes the name right before the move ... */
    bool replace_later; /* ... or between link or copy and unlink */
} faults;

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_text(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fgets(text, sizeof text, file) != NULL);
    fclose(file);
    assert_string_equal(text, expected);
}

static void assert_gone(const char *path)
{
    assert_int_equal(access(path, F_OK), -1);
}

/* As somebody does who drops the next file under the same name. */
static void replace(bool *when)
{
    if (!*when)
        return;
    *when = false;
    write_file(other, "another");
    assert_int_equal(rename(other, from), 0);
}

static int give(int error)
{
    errno = error;
    return -1;
}

static int fake_rename(const char *one, const char *two)
{
    replace(&faults.replace);
    return faults.rename_new != 0 ? give(faults.rename_new) : file_ops_system.rename_new(one, two);
}

static int fake_link(const char *one, const char *two)
{
    int result = faults.link != 0 ? give(faults.link) : file_ops_system.link(one, two);
    if (result == 0)
        replace(&faults.replace_later);
    return result;
}

static int fake_unlink(const char *path)
{
    if (faults.unlink != 0 && strcmp(path, from) == 0)
        return give(faults.unlink);
    return file_ops_system.unlink(path);
}

static int fake_copy(const char *one, const char *two)
{
    if (faults.copy != 0)
        return give(faults.copy);
    int result = file_ops_system.copy(one, two);
    replace(&faults.replace_later);
    return result;
}

static const struct file_ops ops = {
    .identify = file_identify,
    .rename_new = fake_rename,
    .link = fake_link,
    .unlink = fake_unlink,
    .copy = fake_copy,
};

static enum placed place(void)
{
    struct feed_file which;
    assert_int_equal(file_identify(from, &which), 0);
    return place_file(&ops, &which, from, to, scratch);
}

static int begin(void **state)
{
    (void)state;
    memset(&faults, 0, sizeof faults);
    write_file(from, "feed");
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(from);
    unlink(to);
    unlink(other);
    return access(scratch, F_OK) == 0; /* nothing is left behind */
}

static void set_way(int way)
{
    faults.rename_new = way == 0 ? 0 : way == 3 ? EXDEV : EINVAL;
    faults.link = way == 2 ? EPERM : way == 3 ? EXDEV : 0;
}

static void every_way_moves(void **state)
{
    for (int way = 0; way <= 2; way++) {
        begin(state);
        set_way(way);
        assert_int_equal(place(), way == 2 ? PLACE_FAILED : PLACED);
        unlink(to);
    }
}

/* Across file systems the copy itself gets its name by rename, there. */
static int rename_within(const char *one, const char *two)
{
    return strcmp(one, from) == 0 ? give(EXDEV) : file_ops_system.rename_new(one, two);
}

static enum placed place_across(void)
{
    struct file_ops across = ops;
    struct feed_file which;
    across.rename_new = rename_within;
    assert_int_equal(file_identify(from, &which), 0);
    return place_file(&across, &which, from, to, scratch);
}

static void across_file_systems(void **state)
{
    (void)state;
    struct feed_file before, after;
    assert_int_equal(chmod(from, 0640), 0);
    assert_int_equal(file_identify(from, &before), 0);
    assert_int_equal(place_across(), PLACED);
    assert_gone(from);
    assert_text(to, "feed");
    assert_int_equal(file_identify(to, &after), 0);
    assert_int_equal(after.mtime_s, before.mtime_s);
    assert_int_equal(after.mtime_ns, before.mtime_ns);
    struct stat status;
    assert_int_equal(stat(to, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void nothing_is_overwritten(void **state)
{
    for (int way = 0; way <= 1; way++) {
        begin(state);
        set_way(way);
        write_file(to, "older");
        assert_int_equal(place(), PLACE_TAKEN);
        assert_text(to, "older");
        assert_text(from, "feed");
    }
    write_file(to, "older");
    assert_int_equal(place_across(), PLACE_TAKEN);
    assert_text(to, "older");
    assert_text(from, "feed");
}

static void a_half_done_move_is_ended(void **state)
{
    (void)state;
    assert_int_equal(link(from, to), 0);
    assert_int_equal(place(), PLACED);
    assert_gone(from);
    assert_text(to, "feed");
}

static void another_file_is_left_alone(void **state)
{
    (void)state;
    struct feed_file which;
    assert_int_equal(file_identify(from, &which), 0);
    write_file(from, "changed");
    assert_int_equal(place_file(&ops, &which, from, to, scratch), PLACE_CHANGED);
    assert_text(from, "changed");
    assert_gone(to);
}

static void one_that_comes_in_between_is_not_taken(void **state)
{
    for (int way = 0; way <= 1; way++) {
        begin(state);
        set_way(way);
        faults.replace = true;
        assert_int_equal(place(), PLACE_CHANGED);
        assert_text(from, "another");
        assert_gone(to);
    }
    begin(state);
    set_way(1);
    faults.replace_later = true;
    assert_int_equal(place(), PLACE_CHANGED);
    assert_text(from, "another");
    begin(state);
    faults.replace_later = true;
    assert_int_equal(place_across(), PLACE_CHANGED);
    assert_text(from, "another");
    assert_gone(to);
}

/* A file is in one place: here, when it cannot be taken away from here. */
static void a_step_that_fails_leaves_the_file(void **state)
{
    (void)state;
    set_way(1);
    faults.unlink = EACCES;
    assert_int_equal(place(), PLACE_FAILED);
    assert_int_equal(errno, EACCES);
    assert_text(from, "feed");
    assert_gone(to);
    assert_int_equal(place_across(), PLACE_FAILED);
    assert_int_equal(errno, EACCES);
    assert_gone(to);
    faults.unlink = 0;
    faults.copy = ENOSPC;
    assert_int_equal(place_across(), PLACE_FAILED);
    assert_int_equal(errno, ENOSPC);
    faults.rename_new = EROFS;
    assert_int_equal(place(), PLACE_FAILED);
    assert_int_equal(errno, EROFS);
    assert_text(from, "feed");
    assert_gone(to);
}

static void only_files_are_files(void **state)
{
    (void)state;
    struct feed_file which;
    assert_int_equal(file_identify(folder, &which), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(symlink(from, to), 0);
    assert_int_equal(file_identify(to, &which), -1);
    assert_int_equal(folder_sync(folder), 0);
    assert_int_equal(folder_sync(other), -1);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(from, sizeof from, "%s/from", folder);
    snprintf(to, sizeof to, "%s/to", folder);
    snprintf(scratch, sizeof scratch, "%s/.scratch", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_way_moves, begin, end),
        cmocka_unit_test_setup_teardown(across_file_systems, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_overwritten, begin, end),
        cmocka_unit_test_setup_teardown(a_half_done_move_is_ended, begin, end),
        cmocka_unit_test_setup_teardown(another_file_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(one_that_comes_in_between_is_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(a_step_that_fails_leaves_the_file, begin, end),
        cmocka_unit_test_setup_teardown(only_files_are_files, begin, end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
