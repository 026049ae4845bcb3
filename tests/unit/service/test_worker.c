/* Work in a process of its own: what it says, how it ends, and its signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/signals.h"
#include "service/worker.h"

static struct worker_end run(struct worker *worker)
{
    struct worker_end end;
    struct pollfd fd = {.fd = worker->fd, .events = POLLIN};
    do
        assert_int_equal(poll(&fd, 1, 60000), 1);
    while (!worker_ended(worker, &end));
    return end;
}

static int speak(void *arg, void (*say)(char note))
{
    const char *words = arg;
    for (; *words != '\0'; words++)
        say(*words);
    return 65;
}

static void its_last_word_and_its_exit_code(void **state)
{
    (void)state;
    struct worker worker;
    struct reason reason = REASON_INIT;
    char words[] = "abc";
    assert_int_equal(worker_start(&worker, speak, words, &reason), 0);
    struct worker_end end = run(&worker);
    assert_int_equal(end.exit_code, 65);
    assert_int_equal(worker.note, 'c');
    assert_int_equal(worker.pid, -1);
}

static int be_killed(void *arg, void (*say)(char note))
{
    (void)arg;
    (void)say;
    raise(SIGKILL);
    return 0;
}

static void a_death_is_told(void **state)
{
    (void)state;
    struct worker worker;
    struct reason reason = REASON_INIT;
    assert_int_equal(worker_start(&worker, be_killed, NULL, &reason), 0);
    struct worker_end end = run(&worker);
    assert_int_equal(end.exit_code, -1);
    assert_int_equal(end.signal, SIGKILL);
    assert_int_equal(worker.note, '\0');
}

/* 0: no signal was seen before the one it is sent. */
static int await_signal(void *arg, void (*say)(char note))
{
    (void)arg;
    struct pollfd fd = {.fd = signals_fd(), .events = POLLIN};
    int before = signals_count();
    say('r');
    poll(&fd, 1, 60000);
    return before == 0 && signals_count() == 1 && getpgrp() == getpid() ? 0 : 1;
}

static void await_word(struct worker *worker)
{
    struct worker_end end;
    struct pollfd fd = {.fd = worker->fd, .events = POLLIN};
    while (worker->note == '\0') {
        assert_int_equal(poll(&fd, 1, 60000), 1);
        assert_false(worker_ended(worker, &end));
    }
}

/* The parent was told to end; its next child was not. */
static void signals_are_its_own(void **state)
{
    (void)state;
    struct worker worker;
    struct reason reason = REASON_INIT;
    raise(SIGTERM);
    assert_int_equal(signals_count(), 1);
    assert_int_equal(worker_start(&worker, await_signal, NULL, &reason), 0);
    await_word(&worker);
    worker_stop(&worker);
    assert_int_equal(run(&worker).exit_code, 0);
    assert_int_equal(signals_count(), 1);
}

/* A parent that dies takes its worker along: the grandchild is told. */
static int leave_a_child(void *arg, void (*say)(char note))
{
    struct worker worker;
    struct reason reason = REASON_INIT;
    (void)arg;
    (void)say;
    if (worker_start(&worker, await_signal, NULL, &reason) != 0)
        return 1;
    struct worker_end end;
    while (worker.note == '\0' && !worker_ended(&worker, &end))
        poll(&(struct pollfd){.fd = worker.fd, .events = POLLIN}, 1, 1000);
    raise(SIGKILL);
    return 1;
}

static void a_dead_parent_is_noticed(void **state)
{
    (void)state;
    struct worker worker;
    struct reason reason = REASON_INIT;
    assert_int_equal(worker_start(&worker, leave_a_child, NULL, &reason), 0);
    /* The grandchild has this end of the pipe, too: it is closed when both have ended. */
    assert_int_equal(run(&worker).signal, SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_last_word_and_its_exit_code),
        cmocka_unit_test(a_death_is_told),
        cmocka_unit_test(signals_are_its_own),
        cmocka_unit_test(a_dead_parent_is_noticed),
    };
    return signals_setup() != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
