#include "service/clock.h"

#include <time.h>

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
    return milliseconds(CLOCK_BOOTTIME);
}

int64_t clock_wall(void)
{
    return milliseconds(CLOCK_REALTIME);
}
