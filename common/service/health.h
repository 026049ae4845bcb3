/* Health as a small file: the running program writes its state into it every few seconds, and
 * `--healthcheck`, another process of the same program, reads it. No port, no curl in the image. */
#ifndef FEEDS_SERVICE_HEALTH_H
#define FEEDS_SERVICE_HEALTH_H

#include <stdint.h>

#include "core/reason.h"

/* A program that has not written for this long is not healthy. */
#define HEALTH_STALE_MS 30000

/* Replaces the file's content by one line: wall time and state ("running", "outage"). An outage of
 * Strapi is a healthy consumer that waits. 0 or -1. */
int health_write(const char *path, int64_t wall_ms, const char *state, struct reason *reason);
/* 0 when fresh, -1 with a reason when missing, stale or not ours. */
int health_read(const char *path, int64_t wall_ms, struct reason *reason);

#endif
