/* The small parts of the process: log lines, secrets, health, wake, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/descriptors.h"
#include "service/health.h"
#include "service/log.h"
#include "service/secret.h"
#include "service/signals.h"
#include "service/wake.h"

static char folder[] = "/tmp/feeds-process-XXXXXX";
static char path[64];

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* stderr while say() runs, without its time stamp. */
static const char *said(void (*say)(void))
{
    static char text[32768];
    int ends[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    say();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    text[len < 0 ? 0 : len] = '\0';
    return text;
}

static void say_hostile(void)
{
    log_event(LOG_WARN_LEVEL, "refused", "plain", "abc", "blank", "a b", "quote", "say \"x\"\\",
              "control", "\x1b[2J\n", "c1", "\xc2\x9b", "bad", "\xff", "empty", "", "null",
              (const char *)NULL, NULL);
}

static void say_quietly(void)
{
    log_event(LOG_DEBUG_LEVEL, "quiet", NULL);
    log_say(LOG_DEBUG_LEVEL, "quiet", "%s", "x");
}

static void say_much(void)
{
    static char much[40000];
    memset(much, 'x', sizeof much - 1);
    log_event(LOG_INFO_LEVEL, "much", "a", much, "b", much, "c", much, "d", much, "e", much, "f",
              "end", NULL);
}

static void lines_are_harmless(void **state)
{
    (void)state;
    log_setup("tester", LOG_INFO_LEVEL, false);
    const char *line = said(say_hostile);
    const char *rest = strchr(line, ' ');
    assert_non_null(rest);
    assert_string_equal(rest, " level=warn service=tester event=refused plain=abc blank=\"a b\" "
                              "quote=\"say \\\"x\\\"\\\\\" control=\"\\u001b[2J\\n\" "
                              "c1=\"\\u009b\" bad=\xef\xbf\xbd empty=\"\" null=\"\"\n");
    assert_string_equal(said(say_quietly), "");
}

static void json_lines_are_json(void **state)
{
    (void)state;
    log_setup("tester", LOG_INFO_LEVEL, true);
    json_t *line = json_loads(said(say_hostile), 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "control")), "\x1b[2J\n");
    assert_string_equal(json_string_value(json_object_get(line, "c1")), "\xc2\x9b");
    json_decref(line);
    /* What does not fit is left out whole. */
    line = json_loads(said(say_much), 0, NULL);
    assert_non_null(line);
    assert_non_null(json_object_get(line, "a"));
    assert_null(json_object_get(line, "d"));
    assert_string_equal(json_string_value(json_object_get(line, "f")), "end");
    json_decref(line);
    log_setup("tester", LOG_INFO_LEVEL, false);
}

static void a_secret_is_one_of_two(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    assert_null(secret_new(NULL, "", &reason));
    assert_null(secret_new("a", "b", &reason));
    assert_null(secret_new("s3cret\nx", NULL, &reason));
    assert_null(strstr(reason.text, "s3cret"));
    assert_null(secret_new(NULL, "/nonexistent/token", &reason));
    struct secret *secret = secret_new(" abc\n", NULL, &reason);
    assert_non_null(secret);
    assert_string_equal(secret_text(secret), "abc");
    assert_false(secret_refresh(secret));
    secret_free(secret);
    secret_free(NULL);
}

static void a_secret_file_is_read_again(void **state)
{
    (void)state;
    write_file("  first\r\n");
    struct secret *secret = secret_new("", path, NULL);
    assert_non_null(secret);
    assert_string_equal(secret_text(secret), "first");
    assert_false(secret_refresh(secret));
    write_file("second");
    assert_true(secret_refresh(secret));
    assert_string_equal(secret_text(secret), "second");
    /* Being replaced: the old one stays. */
    write_file("");
    assert_false(secret_refresh(secret));
    unlink(path);
    assert_false(secret_refresh(secret));
    assert_string_equal(secret_text(secret), "second");
    secret_free(secret);
}

static void health_has_its_place(void **state)
{
    char place[HEALTH_PATH_MAX];
    (void)state;
    assert_string_equal(health_place("", "one-consumer", place), "");
    assert_string_equal(health_place("/run/health", "one-consumer", place), "/run/health");
    assert_string_equal(health_place("/run/", "one-consumer", place), "/run/one-consumer");
    assert_string_equal(health_place("/", "one-consumer", place), "/one-consumer");
}

static void health_is_fresh_or_not(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    unlink(path);
    assert_int_equal(health_read(path, 0, &reason), -1);
    assert_int_equal(health_write(path, 1000000, "running", &reason), 0);
    assert_int_equal(health_read(path, 1000000 + HEALTH_STALE_MS, &reason), 0);
    assert_int_equal(health_read(path, 1000001 + HEALTH_STALE_MS, &reason), -1);
    assert_non_null(strstr(reason.text, "30 s ago"));
    assert_int_equal(health_read(path, 900000, &reason), -1);
    static const char *const foreign[] = {"", "\n", "running\n", "12 run", "99x running\n"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        write_file(foreign[i]);
        assert_int_equal(health_read(path, 12, &reason), -1);
    }
    unlink(path);
    assert_int_equal(health_write("/nonexistent/health", 1, "running", &reason), -1);
}

static bool is_fifo(const char *name)
{
    struct stat status;
    return lstat(name, &status) == 0 && S_ISFIFO(status.st_mode);
}

static void health_replaces_regular_files_only(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    char fresh[sizeof path + 4];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    assert_int_equal(health_check("", &reason), 0);
    assert_int_equal(health_check(path, &reason), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(health_check(path, &reason), -1);
    assert_non_null(strstr(reason.text, "HEALTH_FILE"));
    assert_non_null(strstr(reason.text, path));
    assert_int_equal(health_write(path, 1, "running", &reason), -1);
    assert_int_equal(health_read(path, 1, &reason), -1); /* and does not wait for a writer */
    assert_true(is_fifo(path));
    unlink(path);
    /* What is written first, beside it. */
    assert_int_equal(mkfifo(fresh, 0600), 0);
    assert_int_equal(health_write(path, 1, "running", &reason), -1);
    assert_true(is_fifo(fresh));
    unlink(fresh);
    assert_int_equal(health_check(folder, &reason), -1);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(health_check(path, &reason), -1);
    unlink(path);
}

static void keep_in_vain(void)
{
    struct health health = {.path = "/nonexistent/health"};
    for (int64_t now_ms = 0; now_ms < 60000; now_ms += 1000)
        health_keep(&health, HEALTH_RUNNING, now_ms);
}

static void health_ends_with_the_program(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    struct health health = {.path = path};
    assert_int_equal(health_write(path, 1, "running", &reason), 0);
    health_end(&health); /* another's */
    assert_int_equal(access(path, F_OK), 0);
    health_keep(&health, HEALTH_RUNNING, 0);
    health_end(&health);
    assert_int_equal(access(path, F_OK), -1);
    health_end(&(struct health){.path = ""});
}

static void a_health_file_that_cannot_be_is_told_once(void **state)
{
    (void)state;
    log_setup("tester", LOG_INFO_LEVEL, false);
    const char *lines = said(keep_in_vain);
    assert_non_null(strstr(lines, "HEALTH_FILE"));
    assert_non_null(strstr(lines, "/nonexistent/health"));
    assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
}

static bool readable(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static void a_wake_wakes(void **state)
{
    (void)state;
    struct wake wake = WAKE_INIT;
    assert_int_equal(wake_open(&wake), 0);
    assert_false(readable(wake.read_fd));
    /* A full pipe must not block whoever writes. */
    while (write(wake.write_fd, "k", 1) == 1)
        continue;
    assert_true(readable(wake.read_fd));
    wake_clear(&wake);
    assert_false(readable(wake.read_fd));
    wake_clear(&wake);
    wake_close(&wake);
    wake_close(&wake);
}

static void a_signal_is_a_byte(void **state)
{
    (void)state;
    assert_int_equal(signals_setup(), 0);
    assert_false(signals_stopping());
    raise(SIGPIPE);
    assert_false(readable(signals_fd()));
    raise(SIGTERM);
    assert_true(readable(signals_fd()));
    assert_true(signals_stopping());
    assert_int_equal(signals_count(), 1);
    raise(SIGINT);
    assert_int_equal(signals_count(), 2);
    assert_true(readable(signals_fd()));
}

/* In a child, which has no way to complain but its exit code: the number of the check that failed. */
static int fill_closed(void)
{
    int ends[2];
    char byte;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        close(fd);
    if (descriptors_fill() != 0 || pipe(ends) != 0 || ends[0] <= STDERR_FILENO)
        return 1;
    if (read(STDIN_FILENO, &byte, 1) != -1 || errno != EBADF)
        return 2;
    if (write(STDOUT_FILENO, "x", 1) != -1 || errno != EBADF)
        return 3;
    return write(STDERR_FILENO, "x", 1) == 1 ? 0 : 4;
}

static void closed_descriptors_are_not_reused(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(fill_closed());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    /* One that is open stays what it is. */
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    assert_int_equal(descriptors_fill(), 0);
    assert_false(readable(STDIN_FILENO));
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    close(ends[1]);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_harmless),
        cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(a_secret_is_one_of_two),
        cmocka_unit_test(a_secret_file_is_read_again),
        cmocka_unit_test(health_has_its_place),
        cmocka_unit_test(health_is_fresh_or_not),
        cmocka_unit_test(a_wake_wakes),
        cmocka_unit_test(a_signal_is_a_byte),
        cmocka_unit_test(closed_descriptors_are_not_reused),
        cmocka_unit_test(health_ends_with_the_program),
        cmocka_unit_test(health_replaces_regular_files_only),
        cmocka_unit_test(a_health_file_that_cannot_be_is_told_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
