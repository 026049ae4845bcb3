/* A thread that asks Kafka what can be asked only by who waits for the answer, one question at a time:
 *
 *     if (asker_is_free(asker)) { write the question; asker_ask(asker); }
 *     ... a byte is in wake_fd ...
 *     if (asker_take(asker)) read the answer
 *
 * Question and answer are the caller's, and belong to the thread from asker_ask() until asker_take()
 * says yes. Nothing else is shared. */
#ifndef FEEDS_KAFKA_ASKER_H
#define FEEDS_KAFKA_ASKER_H

#include <stdbool.h>

#include "core/reason.h"

struct asker;

/* Both on the thread. */
struct asker_work {
    void (*ask)(void *arg);  /* asks, waits, writes the answer */
    void (*idle)(void *arg); /* every few seconds without a question, and after each */
    void *arg;
};

/* wake_fd: non-blocking. NULL with a reason. */
struct asker *asker_new(const struct asker_work *work, int wake_fd, struct reason *reason);
/* No question is under way, and no answer is waiting. */
bool asker_is_free(struct asker *asker);
void asker_ask(struct asker *asker);
/* Whether an answer has come since the last time. */
bool asker_take(struct asker *asker);
/* Whether the thread is over. When brokers do not answer it gives up after half a second; the thread
 * is then left to the end of the process, and so must be all that it uses. Takes NULL. */
bool asker_free(struct asker *asker);

#endif
