#include "strapi/target_ask.h"

#include <poll.h>
#include <stdbool.h>

struct wait {
    void (*done)(void *, const struct http_response *);
    void *arg;
    bool over;
};

static void answered(void *arg, const struct http_response *response)
{
    struct wait *wait = arg;

    wait->over = true;
    wait->done(wait->arg, response);
}

static bool any_readable(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pollfd watched = {.fd = fds[i], .events = POLLIN};
        if (poll(&watched, 1, 0) > 0)
            return true;
    }
    return false;
}

int target_ask(const struct target_asker *asker, const char *url,
               void (*done)(void *, const struct http_response *), void *arg, struct reason *reason)
{
    struct wait wait = {.done = done, .arg = arg};
    const struct http_request request = {.method = "GET",
                                         .url = url,
                                         .timeout_ms = asker->timeout_ms,
                                         .done = answered,
                                         .arg = &wait};

    if (http_client_start(asker->http, &request, reason) != 0)
        return -1;
    while (!wait.over) {
        http_client_wait(asker->http, asker->fds, asker->fd_count, asker->timeout_ms);
        if (!wait.over && any_readable(asker->fds, asker->fd_count)) {
            http_client_cancel(asker->http, &wait);
            reason_set(reason, "interrupted");
            return -1;
        }
    }
    return 0;
}
