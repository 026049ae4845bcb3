/* Runs: jobs that go through the sink together. */
#include <stdlib.h>

#include "strapi/rest_parts.h"

/* A message is at most 1 MiB in Kafka, and as JSON at most six times that. Strapi takes 1 MiB: the
 * rest is its 413 to say, because that limit can be raised. */
#define BODY_MAX (8 * 1024 * 1024)
#define URL_MAX  2048

void run_queue_init(struct run_queue *queue)
{
    TAILQ_INIT(&queue->list);
    queue->count = 0;
}

void run_queue_push(struct run_queue *queue, struct rest_run *run)
{
    TAILQ_INSERT_TAIL(&queue->list, run, link);
    queue->count++;
}

void run_queue_push_front(struct run_queue *queue, struct rest_run *run)
{
    TAILQ_INSERT_HEAD(&queue->list, run, link);
    queue->count++;
}

void run_queue_remove(struct run_queue *queue, struct rest_run *run)
{
    TAILQ_REMOVE(&queue->list, run, link);
    queue->count--;
}

struct rest_run *run_queue_first(const struct run_queue *queue)
{
    return TAILQ_FIRST(&queue->list);
}

struct rest_run *rest_run_new(struct rest_sink *sink, struct job *first)
{
    struct rest_run *run = calloc(1, sizeof *run);

    if (run == NULL)
        return NULL;
    run->sink = sink;
    run->body = (struct buffer)BUFFER_INIT(BODY_MAX);
    run->url = (struct buffer)BUFFER_INIT(URL_MAX);
    job_queue_init(&run->jobs);
    for (struct job *job = first; job != NULL; job = job->behind)
        job_queue_push(&run->jobs, job);
    sink->held += run->jobs.count;
    return run;
}

static void run_free(struct rest_run *run)
{
    buffer_release(&run->body);
    buffer_release(&run->url);
    answer_time_free(run->written_at);
    free(run);
}

void run_queue_free(struct run_queue *queue)
{
    struct rest_run *run;

    while ((run = run_queue_first(queue)) != NULL) {
        run_queue_remove(queue, run);
        run_free(run);
    }
}

const struct job *rest_run_head(const struct rest_run *run)
{
    return run->jobs.first;
}

void rest_run_end(struct rest_run *run, const struct outcome *outcome)
{
    struct job *job;

    while ((job = job_queue_pop(&run->jobs)) != NULL) {
        job->outcome = *outcome;
        rest_settle(run->sink, job);
    }
    run_free(run);
}

void rest_run_end_filled(struct rest_run *run)
{
    struct job *job;

    while ((job = job_queue_pop(&run->jobs)) != NULL)
        rest_settle(run->sink, job);
    run_free(run);
}

void rest_run_not_reached(struct rest_run *run, enum route route)
{
    struct job *job;

    while ((job = job_queue_pop(&run->jobs)) != NULL)
        rest_not_reached(run->sink, job, route);
    run_free(run);
}

void rest_run_end_asked(struct rest_run *run, const struct outcome *outcome)
{
    struct job *job;

    for (size_t i = 0; i < run->asked && (job = job_queue_pop(&run->jobs)) != NULL; i++) {
        job->outcome = *outcome;
        rest_settle(run->sink, job);
    }
    rest_run_not_reached(run, outcome->route);
}

void rest_run_end_outage(struct rest_run *run, const char *why)
{
    struct rest_sink *sink = run->sink;
    struct outcome outage = {.verdict = VERDICT_OUTAGE, .route = run->route};

    failure_set(&outage.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "%s", why);
    rest_run_end(run, &outage);
    rest_heed(sink, &outage);
}
