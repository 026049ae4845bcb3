/* The feed's bytes and identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed/source.h"
#include "pack.h"

#define ABC_DIGEST   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY_DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_source.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/feed.csv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static struct source *open_good(const char *name)
{
    struct reason reason = {{0}};
    struct source *source;
    if (source_open(name, &source, &reason) != SOURCE_OK)
        fail_msg("%s", reason.text);
    return source;
}

static void a_file_has_its_digest(void **state)
{
    struct reason reason;
    char bytes[16];
    (void)state;
    write_file(path, "abc");
    struct source *source = open_good(path);
    assert_string_equal(source_id(source), ABC_DIGEST);
    assert_string_equal(source_name(source), "feed.csv");
    assert_int_equal(source_size(source), 3);
    assert_int_equal(source_read(source, bytes, 2, &reason), 2);
    assert_int_equal(source_read(source, bytes + 2, 14, &reason), 1);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), 0);
    assert_false(source_changed(source, &reason));
    source_close(source);
    source_close(NULL);
}

static void an_empty_file_is_a_file(void **state)
{
    (void)state;
    write_file(path, "");
    struct source *source = open_good(path);
    assert_string_equal(source_id(source), EMPTY_DIGEST);
    assert_int_equal(source_size(source), 0);
    source_close(source);
}

static void a_larger_file_is_read_whole(void **state)
{
    char piece[1000];
    struct reason reason;
    size_t total = 0;
    ssize_t got;
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200000; i++)
        fputc('a', file);
    fclose(file);
    struct source *source = open_good(path);
    while ((got = source_read(source, piece, sizeof piece, &reason)) > 0)
        total += (size_t)got;
    assert_int_equal(total, 200000);
    source_close(source);
}

static void what_cannot_be_opened(void **state)
{
    struct reason reason;
    struct source *source;
    char missing[160];
    (void)state;
    snprintf(missing, sizeof missing, "%s/none.csv", folder);
    assert_int_equal(source_open(missing, &source, &reason), SOURCE_MISSING);
    assert_null(source);
    assert_non_null(strstr(reason.text, "none.csv"));
    assert_int_equal(source_open(folder, &source, &reason), SOURCE_UNREADABLE);
    assert_null(source);
    assert_non_null(strstr(reason.text, "folder"));
    assert_int_equal(source_open("", &source, &reason), SOURCE_MISSING);
    assert_string_equal(reason.text, "an empty file name");
    snprintf(missing, sizeof missing, "%s/feed.csv/below", folder);
    write_file(path, "abc");
    assert_int_equal(source_open(missing, &source, &reason), SOURCE_MISSING);
    if (geteuid() == 0) /* who may read everything */
        return;
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(source_open(path, &source, &reason), SOURCE_MISSING);
}

static void changes_are_seen(void **state)
{
    struct reason reason;
    char other[160];
    (void)state;
    write_file(path, "abc");
    struct source *source = open_good(path);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("d", file);
    fclose(file);
    assert_true(source_changed(source, &reason));
    assert_non_null(strstr(reason.text, "was changed"));
    source_close(source);

    source = open_good(path);
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_true(source_changed(source, &reason));
    source_close(source);

    source = open_good(path);
    snprintf(other, sizeof other, "%s/other.csv", folder);
    write_file(other, "abcd");
    assert_int_equal(rename(other, path), 0);
    assert_true(source_changed(source, &reason));
    assert_non_null(strstr(reason.text, "replaced"));
    source_close(source);

    source = open_good(path);
    assert_int_equal(unlink(path), 0);
    assert_false(source_changed(source, &reason));
    source_close(source);
}

static void await_writer(const struct source *source)
{
    struct pollfd pipe_end = {.fd = source_fd(source), .events = POLLIN};
    assert_int_equal(poll(&pipe_end, 1, 30000), 1);
}

static void a_pipe_is_a_stream(void **state)
{
    struct reason reason;
    char bytes[16];
    (void)state;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_WRONLY);
        _exit(write(fd, "abc", 3) == 3 ? 0 : 1);
    }
    struct source *source = open_good(path);
    assert_int_equal(source_size(source), -1);
    assert_int_equal(strlen(source_id(source)), 38);
    assert_memory_equal(source_id(source), "stdin-", 6);
    /* Opening waits for no writer: a signal would have to wait as well. */
    assert_true(source_is_stream(source));
    await_writer(source);
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), SOURCE_NOTHING_YET);
    assert_true(source_holds(source));
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), 3);
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), 0);
    assert_false(source_changed(source, &reason));
    waitpid(child, NULL, 0);
    source_close(source);
}

static void write_packed(const char *text, size_t cut_off)
{
    char packed[256];
    size_t len = pack(text, strlen(text), packed, sizeof packed) - cut_off;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(packed, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void gzip_is_known_by_what_is_in_it(void **state)
{
    struct reason reason;
    char bytes[16];
    (void)state;
    unlink(path);
    write_packed("abc", 0);
    struct source *source = open_good(path);
    assert_string_equal(source_id(source), ABC_DIGEST);
    assert_int_equal(source_read(source, bytes, 2, &reason), 2);
    assert_int_equal(source_read(source, bytes + 2, 14, &reason), 1);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), 0);
    assert_int_equal(source_done(source), source_size(source));
    source_close(source);
}

static void gzip_that_is_cut_off_is_no_feed(void **state)
{
    struct reason reason;
    char bytes[16];
    (void)state;
    write_packed("abc", 3);
    struct source *source = open_good(path);
    assert_string_equal(source_id(source), ABC_DIGEST);
    assert_int_equal(source_read(source, bytes, sizeof bytes, &reason), -1);
    assert_non_null(strstr(reason.text, "the gzip file is cut off"));
    source_close(source);
}

static void a_packed_pipe(void **state)
{
    struct reason reason;
    char bytes[16], packed[64];
    size_t total = 0;
    ssize_t got;
    (void)state;
    size_t len = pack("abc", 3, packed, sizeof packed);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_WRONLY);
        for (size_t i = 0; i < len; i++)
            if (write(fd, packed + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    struct source *source = open_good(path);
    await_writer(source);
    while ((got = source_read(source, bytes + total, sizeof bytes - total, &reason)) != 0) {
        assert_int_not_equal(got, -1);
        total += got == SOURCE_NOTHING_YET ? 0 : (size_t)got;
    }
    assert_int_equal(total, 3);
    assert_memory_equal(bytes, "abc", 3);
    waitpid(child, NULL, 0);
    source_close(source);
    unlink(path);
}

static void standard_input(void **state)
{
    (void)state;
    struct source *one = open_good("-"), *two = open_good("-");
    assert_string_equal(source_name(one), "stdin");
    assert_int_equal(source_size(one), -1);
    assert_string_not_equal(source_id(one), source_id(two));
    source_close(one);
    source_close(two);
    assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
}

/* Who says it puts the feed's name in front. */
static void a_reading_that_fails_names_no_feed(void **state)
{
    struct reason reason;
    char byte;
    (void)state;
    int before = dup(STDIN_FILENO), fd = open(folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    struct source *source = open_good("-");
    assert_int_equal(source_read(source, &byte, 1, &reason), -1);
    assert_string_equal(reason.text, "cannot be read: Is a directory");
    source_close(source);
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
    close(fd);
}

/* All that is left, from an offset on. */
static void check_seek(struct source *source, uint64_t offset, const char *expected)
{
    char bytes[64];
    size_t len = 0;
    struct reason reason = REASON_INIT;
    ssize_t got = SOURCE_NOTHING_YET;
    if (source_seek(source, offset, &reason) != 0)
        fail_msg("%s", reason.text);
    while (got == SOURCE_NOTHING_YET || got > 0) {
        got = source_read(source, bytes + len, sizeof bytes - len, &reason);
        len += got > 0 ? (size_t)got : 0;
    }
    assert_int_equal(got, 0);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(bytes, expected, len);
}

/* Forward, back, to the end and beyond, and again. */
static void check_seeks(void)
{
    static const uint64_t offsets[] = {0, 3, 0, 9, 1, 10, 99, 0, 5, 5};
    static const char text[] = "0123456789";
    struct source *source = open_good(path);
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        check_seek(source, offsets[i], offsets[i] < sizeof text ? text + offsets[i] : "");
    source_close(source);
}

static void a_file_is_read_from_any_place(void **state)
{
    (void)state;
    char packed[128];
    write_file(path, "0123456789");
    check_seeks();
    size_t len = pack("0123456789", 10, packed, sizeof packed);
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(packed, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    check_seeks();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_from_any_place),
        cmocka_unit_test(a_file_has_its_digest),
        cmocka_unit_test(an_empty_file_is_a_file),
        cmocka_unit_test(a_larger_file_is_read_whole),
        cmocka_unit_test(what_cannot_be_opened),
        cmocka_unit_test(changes_are_seen),
        cmocka_unit_test(a_pipe_is_a_stream),
        cmocka_unit_test(gzip_is_known_by_what_is_in_it),
        cmocka_unit_test(gzip_that_is_cut_off_is_no_feed),
        cmocka_unit_test(a_packed_pipe),
        cmocka_unit_test(standard_input),
        cmocka_unit_test(a_reading_that_fails_names_no_feed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
