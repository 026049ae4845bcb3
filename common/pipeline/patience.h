/* How long a program waits for a Kafka that acknowledges nothing: says so once, then once a
 * minute, and runs out after GIVE_UP_AFTER. */
#ifndef FEEDS_PIPELINE_PATIENCE_H
#define FEEDS_PIPELINE_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct patience {
    int64_t give_up_after_ms; /* -1: never */
    int64_t since_ms;         /* of the last sign of life */
    int64_t say_ms;           /* when to say so next */
    bool said;
};

void patience_init(struct patience *patience, int64_t give_up_after_ms);
/* A sign of life, or nothing to wait for. */
void patience_renew(struct patience *patience, int64_t now_ms);
/* Whether to go on waiting for `waiting` messages. Logs. */
bool patience_left(struct patience *patience, size_t waiting, int64_t now_ms);

#endif
