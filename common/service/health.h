/* Health as a small file: the running program writes its state into it every few seconds, and
 * `--healthcheck`, another process of the same program, reads it. No port, no curl in the image. */
#ifndef FEEDS_SERVICE_HEALTH_H
#define FEEDS_SERVICE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reason.h"

/* A program that has not written for this long is not healthy. */
#define HEALTH_STALE_MS 30000
/* Ceiling for the path, bytes, with its NUL. */
#define HEALTH_PATH_MAX 4096

enum health_state { HEALTH_UNKNOWN, HEALTH_WAITING, HEALTH_RUNNING, HEALTH_OUTAGE };

/* What the running program keeps. */
struct health {
    const char *path;        /* "": nothing is written */
    enum health_state state; /* written last */
    int64_t next_ms;         /* the same state is not written again before then */
    bool failing;            /* the last write failed, and that was logged */
};

/* The file that HEALTH_FILE means: `given` itself, or where it ends in a slash the file in that folder
 * that has the program's name, so that one setting does for several programs. `place` is the caller's
 * and must outlive the answer, which may be in it. A path too long is cut, and then found to be no place
 * to write to. */
const char *health_place(const char *given, const char *program, char place[HEALTH_PATH_MAX]);
/* Writes the state if it is new or some seconds old, and logs once when it cannot. An outage of Kafka or
 * Strapi is a healthy program that waits. health may be NULL. */
void health_keep(struct health *health, enum health_state state, int64_t now_ms);
/* The program ends in order: what it wrote is removed, so that nobody takes it for its state. */
void health_end(const struct health *health);
/* 0, or -1 with a reason when at that path is something that is no regular file: the file is replaced
 * at each write, and a device, a FIFO or a link would be gone. "" is no path. */
int health_check(const char *path, struct reason *reason);
/* Replaces the file by one line: wall time and state. 0, or -1 when it cannot be, or may not be
 * (health_check(), which holds for the path's ".new", too). */
int health_write(const char *path, int64_t wall_ms, const char *state, struct reason *reason);
/* 0 when fresh, -1 with a reason when missing, stale or not ours. */
int health_read(const char *path, int64_t wall_ms, struct reason *reason);

#endif
