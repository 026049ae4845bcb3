/* The producer's connection: made when the first row needs it, with the topics in place and their
 * size limits known. */
#ifndef FEEDS_PIPELINE_KAFKA_LINK_H
#define FEEDS_PIPELINE_KAFKA_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "kafka/error_topic.h"
#include "kafka/producer.h"
#include "pipeline/program.h"
#include "service/exit_code.h"

struct kafka_link {
    const struct program *program;
    const char *topic;
    struct producer_events events;
    /* NULL until connected. */
    struct kafka_producer *producer;
    struct error_topic *errors;
    int64_t topic_bytes, error_bytes; /* max.message.bytes; -1: not known */
    /* The program's properties and perhaps one more: a handle borrows them while it lives. */
    const char *properties[2 * OPTION_LIST_MAX + 1];
    char batch[48];
    bool ready; /* both topics are there, and their limits known */
};

/* Waits for brokers up to GIVE_UP_AFTER; nothing to do when connected. The reason is said (logged).
 */
enum exit_code kafka_link_open(struct kafka_link *link);
/* The same for the error topic alone, and waits no longer than that. 0, or -1 with a reason. */
int kafka_link_open_errors(struct kafka_link *link, int timeout_ms, struct reason *reason);
/* Asks for the error topic's limit again; returns it, -1 when it cannot be told. */
int64_t kafka_link_learn_errors(struct kafka_link *link);
/* What is pending is dropped, without a report. */
void kafka_link_close(struct kafka_link *link);

#endif
