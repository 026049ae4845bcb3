/* Opens the error topic, which may not be there yet, on brokers that may be away. Says in the log what
 * it waits for, once a minute. */
#ifndef FEEDS_MONITORS_TOPIC_WAIT_H
#define FEEDS_MONITORS_TOPIC_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reason.h"
#include "kafka/topic_reader.h"

struct topic_wait {
    const char *topic, *brokers; /* for the log */
    int64_t give_up_after_ms;    /* brokers out of reach for so long; -1: never */
    bool until_end;              /* a topic that is not there is not waited for */
};

enum topic_wait_result {
    TOPIC_WAIT_OPEN,
    TOPIC_WAIT_ABSENT,  /* until_end: there is no topic, and that is all there is to know */
    TOPIC_WAIT_STOPPED, /* by a signal */
    TOPIC_WAIT_GAVE_UP,
    TOPIC_WAIT_REFUSED, /* waiting will not help: the reason says why */
};

enum topic_wait_result topic_wait(struct topic_reader *reader, const struct topic_wait *wait,
                                  struct reason *reason);

#endif
