/* Programs run whole, each in a child: what they make of their standard descriptors and settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entities/entities.h"
#include "pipeline/consumer_main.h"
#include "pipeline/producer_main.h"
#include "service/exit_code.h"

#define FEED         SOURCE_DIR "/data/products.csv"
#define WORDS_MAX    8
#define DEADLINE_S   30
#define STDIN_CLOSED (1 << STDIN_FILENO)
#define OUT_CLOSED   (1 << STDOUT_FILENO)
#define ERR_CLOSED   (1 << STDERR_FILENO)

typedef int program_main(int argc, char **argv, const struct entity *entity);

static char said[8192]; /* the last child's stderr */

static int play(program_main *run, const char *const *words)
{
    static char copies[WORDS_MAX][256];
    char *argv[WORDS_MAX + 1] = {copies[0]};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    /* SIGALRM ends one that hangs. */
    alarm(DEADLINE_S);
    return run(argc, argv, &entity_product);
}

static void become(program_main *run, const char *const *words, int err, unsigned closed)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(null);
    close(err);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (closed & 1U << fd)
            close(fd);
    _exit(play(run, words));
}

/* The exit code, or -1 when a signal ended it. */
static int run_program(program_main *run, const char *const *words, unsigned closed)
{
    int ends[2], status;
    size_t len = 0;
    ssize_t got;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(run, words, ends[1], closed);
    }
    close(ends[1]);
    while (len < sizeof said - 1 && (got = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void closed_input_is_an_unreadable_feed(void **state)
{
    (void)state;
    assert_int_equal(run_program(producer_main, WORDS("--dry-run", "-"), STDIN_CLOSED),
                     EXIT_BAD_FEED);
    assert_non_null(strstr(said, "stdin"));
}

static void closed_output_is_an_io_error(void **state)
{
    (void)state;
    assert_int_equal(
        run_program(producer_main, WORDS("--dry-run", FEED), STDIN_CLOSED | OUT_CLOSED), EXIT_IO);
}

static void a_closed_log_is_no_hindrance(void **state)
{
    (void)state;
    assert_int_equal(
        run_program(producer_main, WORDS("--dry-run", FEED), STDIN_CLOSED | ERR_CLOSED),
        EXIT_ALL_ACCOUNTED);
    assert_string_equal(said, "");
}

static void what_is_asked_for_must_be_readable(void **state)
{
    (void)state;
    static const char *const flags[] = {"--help", "--version", "--help-markdown", "--check-config"};
    static program_main *const mains[] = {producer_main, consumer_main};
    for (size_t i = 0; i < 2 * sizeof flags / sizeof *flags; i++) {
        assert_int_equal(run_program(mains[i % 2], WORDS(flags[i / 2]), 0), EXIT_ALL_ACCOUNTED);
        assert_int_equal(run_program(mains[i % 2], WORDS(flags[i / 2]), OUT_CLOSED), EXIT_IO);
        assert_non_null(strstr(said, "standard output cannot be written"));
    }
}

static void a_health_file_must_be_a_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/feeds-command-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const char *const flags[] = {"--check-config", "--check-target"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run_program(consumer_main, WORDS(flags[i], "--health-file", folder), 0),
                         EXIT_CONFIGURATION);
        assert_non_null(strstr(said, "HEALTH_FILE"));
        assert_non_null(strstr(said, folder));
    }
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_input_is_an_unreadable_feed),
        cmocka_unit_test(closed_output_is_an_io_error),
        cmocka_unit_test(a_closed_log_is_no_hindrance),
        cmocka_unit_test(what_is_asked_for_must_be_readable),
        cmocka_unit_test(a_health_file_must_be_a_file),
    };
    setenv("STRAPI_TOKEN", "t", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
