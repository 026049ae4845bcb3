/* A piece of work in a process of its own: what it does to its memory, or how it dies, costs nobody
 * else. The parent must have no threads, because a child has only the one that forked it. */
#ifndef FEEDS_SERVICE_WORKER_H
#define FEEDS_SERVICE_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/reason.h"

struct worker {
    pid_t pid;
    int fd;    /* readable when it has said something, or has ended */
    char note; /* the last that it said; '\0': nothing */
};

#define WORKER_INIT                                                                                \
    {                                                                                              \
        .pid = -1, .fd = -1                                                                        \
    }

struct worker_end {
    int exit_code; /* -1: it was killed */
    int signal;    /* by this signal */
};

/* say: to the parent, one character that is not '\0'. Returns the exit code. */
typedef int worker_work(void *arg, void (*say)(char note));

/* Runs work(arg) in a child. The child sees no signal of before; it is its own process group, so that a
 * Ctrl-C reaches the parent only; and it gets SIGTERM when the parent dies. 0, or -1 with a reason. */
int worker_start(struct worker *worker, worker_work *work, void *arg, struct reason *reason);
/* Asks it to end. */
void worker_stop(const struct worker *worker);
/* When the fd is readable: whether it has ended. Then it is no more, and *end says how. */
bool worker_ended(struct worker *worker, struct worker_end *end);

#endif
