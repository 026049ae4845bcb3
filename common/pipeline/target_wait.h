/* The check of the target before the first message is read: 50,000 rows must not become 50,000
 * error records for one fault of configuration. */
#ifndef FEEDS_PIPELINE_TARGET_WAIT_H
#define FEEDS_PIPELINE_TARGET_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http_client.h"
#include "service/secret.h"
#include "strapi/target.h"

/* Asks until Strapi answers: says once a minute what is wrong, reads the token's file again, and
 * gives up after give_up_after_ms (-1: never). once: asks a single time. Returns 0 or the exit
 * code, said in the log. */
int target_wait(const struct target *target, struct http_client *http, struct secret *token,
                int64_t request_timeout_ms, int64_t give_up_after_ms, bool once);

#endif
