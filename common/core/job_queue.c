#include "core/job_queue.h"

void job_queue_init(struct job_queue *queue)
{
    *queue = (struct job_queue){.end = &queue->first};
}

void job_queue_push(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
    queue->count++;
}

struct job *job_queue_pop(struct job_queue *queue)
{
    struct job *job = queue->first;

    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    queue->count--;
    job->next = NULL;
    return job;
}
