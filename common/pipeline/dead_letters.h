/* The consumer's refused messages on their way to the error topic. A letter is kept, and sent again
 * with backoff, until the topic has acknowledged it: the source offset never moves past it. */
#ifndef FEEDS_PIPELINE_DEAD_LETTERS_H
#define FEEDS_PIPELINE_DEAD_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"
#include "core/sink.h"
#include "kafka/error_topic.h"
#include "pipeline/program.h"

struct dead_letters;

struct dead_letters_options {
    const struct program *program; /* borrowed */
    const char *group;
    /* The error topic has the record of this message. */
    void (*acknowledged)(void *arg, struct message *message);
    void *arg;
};

/* NULL when out of memory. */
struct dead_letters *dead_letters_new(const struct dead_letters_options *options);
/* Where they go; borrowed. Before the first dead_letters_send(). */
void dead_letters_use(struct dead_letters *letters, struct kafka_producer *producer,
                      struct error_topic *topic);
/* Copies what it needs of the outcome; the message must stay until it is acknowledged. */
void dead_letters_send(struct dead_letters *letters, struct message *message, const char *stage,
                       const struct outcome *outcome);
/* The producer's delivered(), with what error_topic_send() was given as opaque. */
void dead_letters_delivered(void *letters, void *opaque, enum delivery delivery, const char *why);
/* Sends what is due. Returns when it wants to be called again (monotonic; INT64_MAX: no need). */
int64_t dead_letters_turn(struct dead_letters *letters, int64_t now_ms);
/* The handle is broken for good (a fatal error of the idempotent producer). */
bool dead_letters_broken(const struct dead_letters *letters);
void dead_letters_free(struct dead_letters *letters);

#endif
