#include "service/wake.h"

#include <fcntl.h>
#include <unistd.h>

/* A full pipe must not block the writer, an empty one not the reader; a child must hold neither. */
static int make_quiet(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int wake_open(struct wake *wake)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    wake->read_fd = ends[0];
    wake->write_fd = ends[1];
    if (make_quiet(ends[0]) == 0 && make_quiet(ends[1]) == 0)
        return 0;
    wake_close(wake);
    return -1;
}

void wake_clear(struct wake *wake)
{
    char bytes[512];
    while (read(wake->read_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        continue;
}

void wake_close(struct wake *wake)
{
    if (wake->read_fd >= 0)
        close(wake->read_fd);
    if (wake->write_fd >= 0)
        close(wake->write_fd);
    wake->read_fd = -1;
    wake->write_fd = -1;
}
