#include "service/signals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "service/wake.h"

static struct wake pipe_ends = WAKE_INIT;
static volatile sig_atomic_t count;

static void note(int number)
{
    (void)number;
    int saved = errno;
    count = count + 1;
    ssize_t written = write(pipe_ends.write_fd, "s", 1);
    (void)written; /* full: a byte is in there already */
    errno = saved;
}

static int handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int signals_setup(void)
{
    if (pipe_ends.read_fd < 0 && wake_open(&pipe_ends) != 0)
        return -1;
    if (handle(SIGTERM, note) != 0 || handle(SIGINT, note) != 0)
        return -1;
    return handle(SIGPIPE, SIG_IGN);
}

int signals_renew(void)
{
    wake_close(&pipe_ends);
    count = 0;
    return wake_open(&pipe_ends);
}

int signals_fd(void)
{
    return pipe_ends.read_fd;
}

bool signals_stopping(void)
{
    return count > 0;
}

int signals_count(void)
{
    return count;
}
