#include "service/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/exit_code.h"
#include "service/signals.h"
#include "service/wake.h"

static int say_fd = -1;

static void say(char note)
{
    ssize_t written = write(say_fd, &note, 1);
    (void)written; /* nobody listens any more */
}

/* Never returns. */
static void live(worker_work *work, void *arg, const struct wake *notes, pid_t parent,
                 const sigset_t *signals)
{
    say_fd = notes->write_fd;
    close(notes->read_fd);
    if (signals_renew() != 0 || sigprocmask(SIG_SETMASK, signals, NULL) != 0 ||
        setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        _exit(EXIT_BUG);
    /* It may have died before we could ask to be told. */
    if (getppid() != parent)
        _exit(EXIT_INTERRUPTED);
    exit(work(arg, say));
}

/* Signals wait meanwhile: one that comes between fork and signals_renew() would be the child's, noted
 * in the parent's pipe. */
static pid_t fork_quietly(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, before);
    /* Or both would print what is in the buffers. */
    fflush(NULL);
    return fork();
}

int worker_start(struct worker *worker, worker_work *work, void *arg, struct reason *reason)
{
    struct wake notes;
    sigset_t before;
    pid_t parent = getpid();
    *worker = (struct worker)WORKER_INIT;
    if (wake_open(&notes) != 0) {
        reason_set(reason, "no pipe for another process: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork_quietly(&before);
    if (pid == 0)
        live(work, arg, &notes, parent, &before);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(notes.write_fd);
    if (pid < 0) {
        close(notes.read_fd);
        reason_set(reason, "no other process can be started: %s", strerror(error));
        return -1;
    }
    worker->pid = pid;
    worker->fd = notes.read_fd;
    return 0;
}

void worker_stop(const struct worker *worker)
{
    if (worker->pid > 0)
        kill(worker->pid, SIGTERM);
}

static void reap(struct worker *worker, struct worker_end *end)
{
    int status = 0;
    pid_t reaped;
    do
        reaped = waitpid(worker->pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    *end = (struct worker_end){.exit_code = -1};
    if (reaped > 0 && WIFEXITED(status))
        end->exit_code = WEXITSTATUS(status);
    else if (reaped > 0 && WIFSIGNALED(status))
        end->signal = WTERMSIG(status);
    close(worker->fd);
    worker->fd = -1;
    worker->pid = -1;
}

bool worker_ended(struct worker *worker, struct worker_end *end)
{
    char note;
    ssize_t got;
    while ((got = read(worker->fd, &note, 1)) > 0)
        worker->note = note;
    /* Its end of the pipe is closed when it has ended, and not before. */
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    reap(worker, end);
    return true;
}
