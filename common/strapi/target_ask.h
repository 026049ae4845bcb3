/* One GET of the check at start, and the wait for its answer. */
#ifndef FEEDS_STRAPI_TARGET_ASK_H
#define FEEDS_STRAPI_TARGET_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"
#include "http/http_client.h"

struct target_asker {
    struct http_client *http;
    int64_t timeout_ms;
    const int *fds; /* when one becomes readable (a signal), the wait is over */
    size_t fd_count;
};

/* 0 when done() has been called; -1 with a reason when it was not, and will not be. */
int target_ask(const struct target_asker *asker, const char *url,
               void (*done)(void *, const struct http_response *), void *arg,
               struct reason *reason);

#endif
