#include "service/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

bool file_has_writer(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool has_one = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    /* Which gives the lease back, if there is one. */
    close(fd);
    return has_one;
}

int file_writer_setup(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGIO, &action, NULL);
}
