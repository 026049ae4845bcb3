#include "strapi/rest_sink.h"

#include <stdlib.h>

#include "strapi/rest_parts.h"

/* One batch is written while the next is looked up and the last is confirmed. */
#define HELD_MAX (3 * LOOKUP_KEYS_MAX)

#define PATIENCE_LINE_MS 60000

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

void job_queue_push_front(struct job_queue *queue, struct job *job)
{
    job->next = queue->first;
    if (queue->first == NULL)
        queue->end = &job->next;
    queue->first = job;
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

void rest_settle(struct rest_sink *sink, struct job *job)
{
    job_queue_push(&sink->settled, job);
}

void rest_not_reached(struct rest_sink *sink, struct job *job, enum route route)
{
    job->outcome = (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = route};
    rest_settle(sink, job);
}

void rest_flush(struct rest_sink *sink)
{
    struct job *job;

    /* Called again from within settled(): the outermost call goes on with what was added. */
    if (sink->settling)
        return;
    sink->settling = true;
    while ((job = job_queue_pop(&sink->settled)) != NULL) {
        sink->held--;
        sink->events.settled(sink->events.arg, job);
    }
    sink->settling = false;
}

/* Probes stay where `probes` is false. */
static void give_back_waiting(struct rest_sink *sink, bool probes)
{
    struct job_queue all = sink->waiting;
    struct job *job;

    if (all.first == NULL)
        return;
    job_queue_init(&sink->waiting);
    while ((job = job_queue_pop(&all)) != NULL) {
        if (job->probe && !probes)
            job_queue_push(&sink->waiting, job);
        else
            rest_not_reached(sink, job, ROUTE_LOOKUP);
    }
}

void rest_give_back(struct rest_sink *sink)
{
    rest_lookups_give_back(sink);
    give_back_waiting(sink, true);
    rest_writes_give_back(sink, ROUTE_COUNT, true);
}

/* A target that asks for patience for hours is worth a line a minute. */
static void tell_patience(struct rest_sink *sink, const struct outcome *outcome)
{
    int64_t now = sink->options.now_ms();
    if (sink->options.warn == NULL || now < sink->tell_patience_ms)
        return;
    sink->tell_patience_ms = now + PATIENCE_LINE_MS;
    sink->options.warn(sink->options.warn_arg, outcome->failure.reason.text);
}

void rest_heed(struct rest_sink *sink, const struct outcome *outcome)
{
    if (outcome->verdict == VERDICT_LATER) {
        limiter_close(&sink->limiter, sink->options.now_ms() + outcome->delay_ms);
        tell_patience(sink, outcome);
    }
    if (outcome->verdict == VERDICT_LATER || outcome->verdict == VERDICT_OUTAGE)
        rest_give_back(sink);
}

static struct value port_lane(void *self, const struct message *message)
{
    (void)self;
    return record_key(&message->record);
}

static size_t port_room(void *self, int64_t now_ms)
{
    const struct rest_sink *sink = self;

    if (limiter_room(&sink->limiter, 0, now_ms) == 0 || sink->held >= HELD_MAX)
        return 0;
    return HELD_MAX - sink->held;
}

static void port_submit(void *self, struct job *job, int64_t now_ms)
{
    struct rest_sink *sink = self;

    (void)now_ms;
    sink->held++;
    if (job->probe) {
        job_queue_push_front(&sink->waiting, job);
        return;
    }
    if (!sink->blocked[ROUTE_LOOKUP]) {
        job_queue_push(&sink->waiting, job);
        return;
    }
    rest_not_reached(sink, job, ROUTE_LOOKUP);
    rest_flush(sink);
}

static void port_kick(void *self, int64_t now_ms)
{
    struct rest_sink *sink = self;

    /* First: the writes in stock would take all the room, as long as there are any. */
    rest_confirms_start(sink, now_ms);
    rest_writes_start(sink, now_ms);
    rest_lookups_start(sink, now_ms);
    rest_flush(sink);
}

static void port_block(void *self, enum route route, bool blocked)
{
    struct rest_sink *sink = self;

    sink->blocked[route] = blocked;
    if (!blocked)
        return;
    if (route == ROUTE_LOOKUP)
        give_back_waiting(sink, false);
    else
        rest_writes_give_back(sink, route, false);
    rest_flush(sink);
}

static void port_recall(void *self)
{
    struct rest_sink *sink = self;

    rest_give_back(sink);
    rest_flush(sink);
}

struct rest_sink *rest_sink_new(const struct rest_options *options,
                                const struct sink_events *events)
{
    struct rest_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    sink->options = *options;
    sink->events = *events;
    sink->batch_max = sink->batch_ceiling = LOOKUP_KEYS_MAX;
    limiter_init(&sink->limiter, options->max_in_flight);
    job_queue_init(&sink->waiting);
    job_queue_init(&sink->written);
    job_queue_init(&sink->settled);
    LIST_INIT(&sink->batches);
    TAILQ_INIT(&sink->queued);
    TAILQ_INIT(&sink->on_the_way);
    return sink;
}

struct sink rest_sink_port(struct rest_sink *sink)
{
    static const struct sink_ops ops = {.run_max = 1,
                                        .lane = port_lane,
                                        .room = port_room,
                                        .submit = port_submit,
                                        .kick = port_kick,
                                        .block = port_block,
                                        .recall = port_recall};
    return (struct sink){.ops = &ops, .self = sink};
}

void rest_sink_free(struct rest_sink *sink)
{
    if (sink == NULL)
        return;
    rest_lookups_free(sink);
    rest_writes_free(sink);
    rest_confirms_free(sink);
    free(sink);
}
