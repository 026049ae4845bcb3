#include "service/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

int descriptors_fill(void)
{
    /* The wrong way round on purpose: "closed" must stay an error, not become an empty feed, or
     * output that nobody misses. */
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDWR};
    for (int fd = 0; fd < (int)(sizeof modes / sizeof *modes); fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        /* The lowest free number is fd: those below it are open by now. */
        if (open("/dev/null", modes[fd]) < 0)
            return -1;
    }
    return 0;
}
