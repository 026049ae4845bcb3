/* The check of the target before the first message is read: 50,000 rows must not become 50,000
 * error records for one fault of configuration. */
#ifndef FEEDS_PIPELINE_TARGET_WAIT_H
#define FEEDS_PIPELINE_TARGET_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http_client.h"
#include "service/health.h"
#include "service/secret.h"
#include "strapi/target.h"

struct target_patience {
    int64_t request_timeout_ms;
    int64_t give_up_after_ms; /* -1: never */
    bool once;                /* ask a single time */
    struct health *health;    /* kept while it waits; may be NULL */
};

/* Asks until Strapi answers, and notes in the target what it found: says once a minute what is wrong, reads the token's file again, and
 * gives up when told to. Returns 0 or the exit code, said in the log. */
int target_wait(struct target *target, struct http_client *http, struct secret *token,
                const struct target_patience *patience);

#endif
