/* Jobs in their order, in an adapter's hands: linked by job->next. */
#ifndef FEEDS_CORE_JOB_QUEUE_H
#define FEEDS_CORE_JOB_QUEUE_H

#include <stddef.h>

#include "core/sink.h"

struct job_queue {
    struct job *first, **end;
    size_t count;
};

void job_queue_init(struct job_queue *queue);
void job_queue_push(struct job_queue *queue, struct job *job);
/* NULL when empty. */
struct job *job_queue_pop(struct job_queue *queue);

#endif
