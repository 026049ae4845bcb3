/* What becomes of jobs, told to the loop; and of a target's wish for silence. */
#include "strapi/ingest_parts.h"

#define PATIENCE_LINE_MS 60000

void ingest_settle_job(struct ingest_sink *sink, struct job *job, const struct outcome *outcome)
{
    if (outcome != &job->outcome)
        job->outcome = *outcome;
    job_queue_push(&sink->settled, job);
}

void ingest_settle(struct ingest_partition *partition, const struct outcome *outcome)
{
    ingest_settle_job(partition->sink, job_queue_pop(&partition->jobs), outcome);
}

void ingest_not_reached(struct ingest_partition *partition, int64_t delay_ms)
{
    const struct outcome outcome = {
        .verdict = VERDICT_NOT_REACHED, .route = partition->sink->route, .delay_ms = delay_ms};

    while (partition->jobs.count > 0)
        ingest_settle(partition, &outcome);
}

void ingest_settle_first(struct ingest_partition *partition, const struct outcome *outcome,
                         enum verdict verdict)
{
    struct outcome first = *outcome;

    first.verdict = verdict;
    if (partition->jobs.count > 0)
        ingest_settle(partition, &first);
    ingest_not_reached(partition, 0);
}

void ingest_flush(struct ingest_sink *sink)
{
    struct job *job;

    /* Called again from within settled(): the outermost call goes on with what was added. */
    if (sink->settling)
        return;
    sink->settling = true;
    while ((job = job_queue_pop(&sink->settled)) != NULL)
        sink->events.settled(sink->events.arg, job);
    sink->settling = false;
}

void ingest_heed(struct ingest_sink *sink, const struct ingest_answer *answer)
{
    int64_t now = sink->options.now_ms();

    if (!answer->locked)
        sink->closed_until_ms = now + answer->delay_ms;
    /* A target that asks for patience for hours is worth a line a minute. */
    if (sink->options.warn == NULL || now < sink->tell_at_ms)
        return;
    sink->tell_at_ms = now + PATIENCE_LINE_MS;
    sink->options.warn(sink->options.warn_arg, answer->outcome.failure.reason.text);
}
