/* From the partitions' queues into the dispatch, as long as the window has room: count and bytes of
 * the messages in hand are bounded. */
#ifndef FEEDS_PIPELINE_INTAKE_H
#define FEEDS_PIPELINE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "kafka/consumer.h"
#include "pipeline/dispatch.h"
#include "pipeline/parent_wait.h"
#include "pipeline/partitions.h"

struct intake {
    struct kafka_consumer *consumer;
    struct dispatch *dispatch;
    struct partitions *partitions;
    const struct parent_wait *parents; /* ADJUST, else NULL */
    const char *topic;
    size_t messages_max, bytes_max; /* the window */
    size_t bytes;                   /* in hand */
};

/* Reads what is there and fits. 1 when it stopped because it took its share of this turn and there
 * may be more, 0 when there is nothing or no room, -1 when out of memory. */
int intake_turn(struct intake *intake);
/* The messages from `first` up to, not including, `next` are gone from the log: an error record says so.
 * The window has the range pending (the partition's expired()). */
void intake_expired(struct intake *intake, struct partition *home, int64_t first, int64_t next);
/* Frees a message that ended, and its room in the window. */
void intake_free(struct intake *intake, struct message *message);

#endif
