/* The loop over a watched folder, with work of our own in the place of feeds: in which order, how many at
 * a time, and what their ends mean for the others. */
#include "watch_scene.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "pipeline/watch.h"

/* Nothing here takes that long, unless it hangs. */
#define PATIENCE_MS 60000

static char diary[64];

static void note_down(const char *word)
{
    int fd = open(diary, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dprintf(fd, "%s ", word);
    close(fd);
}

static const char *noted(void)
{
    static char text[4096];
    FILE *file = fopen(diary, "r");
    size_t len = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

/* Until somebody has noted it down. */
static bool await_note(const char *word)
{
    for (int waited = 0; waited < PATIENCE_MS; waited++) {
        if (strstr(noted(), word) != NULL)
            return true;
        poll(NULL, 0, 1);
    }
    return false;
}

/* The first letter of the file's name is what becomes of it. */
static enum exit_code work(void *arg, const char *name, enum watch_end *end)
{
    (void)arg;
    note_down(name);
    *end = WATCH_END_STAYS;
    switch (name[0]) {
    case 'c':
        raise(SIGKILL);
        break;
    case 'k':
        return EXIT_UNAVAILABLE;
    case 'w':
        return EXIT_CONFIGURATION;
    case 's':
        return EXIT_INTERRUPTED;
    case 'f':
        unlink(path_in(watched_dir, name));
        *end = WATCH_END_HANDLED;
        return EXIT_BAD_FEED;
    case 'p': /* two at a time: each goes on when the other has begun */
        if (!await_note(name[1] == '1' ? "p2" : "p1"))
            return EXIT_BUG;
        break;
    case 't': /* until it is told to end */
        poll(&(struct pollfd){.fd = signals_fd(), .events = POLLIN}, 1, PATIENCE_MS);
        note_down(signals_count() == 1 ? "told" : "silence");
        return EXIT_INTERRUPTED;
    default:
        break;
    }
    unlink(path_in(watched_dir, name));
    *end = WATCH_END_HANDLED;
    return EXIT_ALL_ACCOUNTED;
}

static struct filing filing;
static struct health health = {.path = ""};

static struct watch_options options_for(unsigned parallel)
{
    filing = (struct filing){.folder = watched_dir,
                             .report_dir = "",
                             .service = "product-producer",
                             .ops = &file_ops_system};
    return (struct watch_options){
        .filing = &filing,
        .topic = "product",
        .parallel = parallel,
        .still_ms = 0,
        .list_every_ms = 100,
        .until_idle = true,
        .health = &health,
        .work = work,
    };
}

static enum exit_code run(void)
{
    const struct watch_options options = options_for(1);
    return watch_run(&options);
}

/* Dropped with this time of change. */
static void drop_at(const char *name, time_t when)
{
    const struct timespec times[] = {{.tv_sec = when}, {.tv_sec = when}};
    drop(name, "feed");
    assert_int_equal(utimensat(AT_FDCWD, path_in(watched_dir, name), times, 0), 0);
}

static void the_oldest_first_and_each_once(void **state)
{
    (void)state;
    drop_at("b", 300);
    drop_at("a", 100);
    drop_at("-", 200);
    drop_at("d e\nf\xff", 400);
    drop_at("a.part", 1);
    drop_at(".hidden", 1);
    assert_int_equal(mkdir(path_in(watched_dir, "folder"), 0700), 0);
    assert_int_equal(symlink("b", path_in(watched_dir, "link")), 0);
    assert_int_equal(mkfifo(path_in(watched_dir, "pipe"), 0600), 0);
    assert_int_equal(run(), EXIT_ALL_ACCOUNTED);
    assert_string_equal(noted(), "a - b d e\nf\xff ");
    assert_string_equal(names_in("in"), ".hidden a.part link pipe ");
    assert_int_equal(run(), EXIT_ALL_ACCOUNTED);
    assert_string_equal(noted(), "a - b d e\nf\xff ");
}

static void a_crash_costs_its_file_only(void **state)
{
    (void)state;
    drop_at("crash", 1);
    drop_at("a", 2);
    drop_at("s", 3);
    drop_at("fails", 4);
    assert_int_equal(run(), EXIT_BUG);
    assert_string_equal(noted(), "crash a s fails ");
    assert_string_equal(names_in("in"), "crash s ");
}

static void the_worst_code_counts(void **state)
{
    (void)state;
    drop_at("a", 1);
    drop_at("fails", 2);
    assert_int_equal(run(), EXIT_BAD_FEED);
    drop_at("s", 2);
    drop_at("fails", 1);
    assert_int_equal(run(), EXIT_INTERRUPTED);
}

/* The next file would fare no better. */
static void kafka_away_or_a_wrong_setting_end_it(void **state)
{
    (void)state;
    drop_at("wrong", 1);
    drop_at("a", 2);
    assert_int_equal(run(), EXIT_CONFIGURATION);
    assert_string_equal(noted(), "wrong ");
    drop_at("k", 1);
    unlink(path_in(watched_dir, "wrong"));
    assert_int_equal(run(), EXIT_UNAVAILABLE);
    assert_string_equal(names_in("in"), "a k ");
}

static void several_at_a_time(void **state)
{
    (void)state;
    const struct watch_options options = options_for(2);
    drop_at("p1", 1);
    drop_at("p2", 2);
    assert_int_equal(watch_run(&options), EXIT_ALL_ACCOUNTED);
    assert_string_equal(names_in("in"), "");
}

static void no_folder_is_66(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    assert_int_equal(rmdir(watched_dir), 0);
    assert_int_equal(run(), EXIT_NO_FEED);
    assert_int_equal(filing_check(&filing, &reason), EXIT_NO_FEED);
}

/* A service, in a process of its own. */

static pid_t serve(unsigned parallel)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct watch_options options = options_for(parallel);
    options.until_idle = false;
    if (signals_renew() != 0)
        _exit(1);
    _exit((int)watch_run(&options));
}

static int code_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void told_to_end_it_tells_its_children(void **state)
{
    (void)state;
    drop("t1", "feed");
    drop("t2", "feed");
    drop("a", "feed");
    pid_t pid = serve(3);
    assert_true(await_note("t1 "));
    assert_true(await_note("t2 "));
    assert_true(await_note("a "));
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(code_of(pid), EXIT_INTERRUPTED);
    assert_null(strstr(noted(), "silence"));
    const char *first = strstr(noted(), "told");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "told"));
    assert_string_equal(names_in("in"), "t1 t2 ");
}

static void what_comes_later_is_taken(void **state)
{
    (void)state;
    pid_t pid = serve(1);
    drop("a1", "feed");
    assert_true(await_note("a1 "));
    drop(".a2", "feed");
    assert_int_equal(rename(path_in(watched_dir, ".a2"), path_in(watched_dir, "a2")), 0);
    assert_true(await_note("a2 "));
    /* What stays is tried again. */
    drop("s1", "feed");
    assert_true(await_note("s1 s1 "));
    kill(pid, SIGTERM);
    assert_int_equal(code_of(pid), EXIT_INTERRUPTED);
}

static void a_folder_that_comes_back(void **state)
{
    (void)state;
    pid_t pid = serve(1);
    drop("a1", "feed");
    assert_true(await_note("a1 "));
    assert_int_equal(rename(watched_dir, path_in(root, "away")), 0);
    assert_int_equal(mkdir(watched_dir, 0700), 0);
    drop("a2", "feed");
    assert_true(await_note("a2 "));
    kill(pid, SIGTERM);
    assert_int_equal(code_of(pid), EXIT_INTERRUPTED);
}

/* Two on one folder would get into each other's way; the second takes over. */
static void one_at_a_time_works_on_a_folder(void **state)
{
    (void)state;
    pid_t first = serve(1);
    drop("a1", "feed");
    assert_true(await_note("a1 "));
    pid_t second = serve(1);
    drop("a2", "feed");
    assert_true(await_note("a2 "));
    kill(first, SIGKILL);
    assert_int_equal(code_of(first), -1);
    drop("a3", "feed");
    assert_true(await_note("a3 "));
    assert_null(strstr(noted(), "a2 a2"));
    kill(second, SIGTERM);
    assert_int_equal(code_of(second), EXIT_INTERRUPTED);
}

static int begin(void **state)
{
    snprintf(diary, sizeof diary, "%s/diary", root);
    return scene_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_oldest_first_and_each_once, begin),
        cmocka_unit_test_setup(a_crash_costs_its_file_only, begin),
        cmocka_unit_test_setup(the_worst_code_counts, begin),
        cmocka_unit_test_setup(kafka_away_or_a_wrong_setting_end_it, begin),
        cmocka_unit_test_setup(several_at_a_time, begin),
        cmocka_unit_test_setup(no_folder_is_66, begin),
        cmocka_unit_test_setup(told_to_end_it_tells_its_children, begin),
        cmocka_unit_test_setup(what_comes_later_is_taken, begin),
        cmocka_unit_test_setup(a_folder_that_comes_back, begin),
        cmocka_unit_test_setup(one_at_a_time_works_on_a_folder, begin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
