#include "strapi/rest_sink.h"

#include <stdlib.h>

#include "strapi/rest_parts.h"

/* One batch is written while the next is looked up and the last is confirmed. */
#define HELD_MAX (3 * LOOKUP_KEYS_MAX)

/* The text of a lane: an address, of which the tables allow 255 characters. */
#define LANE_MAX 65536

#define PATIENCE_LINE_MS 60000

void rest_settle(struct rest_sink *sink, struct job *job)
{
    job_queue_push(&sink->settled, job);
}

void rest_settle_done(struct rest_sink *sink, struct job *job, bool left_alone)
{
    job->outcome = (struct outcome){.verdict = VERDICT_DONE,
                                    .how = (enum done_how)job->message->written,
                                    .left_alone = left_alone,
                                    .possible_duplicate = job->message->perhaps_written,
                                    .route = ROUTE_LOOKUP};
    rest_settle(sink, job);
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
    struct rest_run *run = run_queue_first(&sink->waiting), *next;

    for (; run != NULL; run = next) {
        next = TAILQ_NEXT(run, link);
        if (rest_run_head(run)->probe && !probes)
            continue;
        run_queue_remove(&sink->waiting, run);
        rest_run_not_reached(run, ROUTE_LOOKUP);
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
    struct rest_sink *sink = self;

    return sink->effect->lane(sink, message);
}

static struct value port_waiting_lane(void *self, const struct message *message)
{
    struct rest_sink *sink = self;

    return sink->effect->waiting_lane(sink, message);
}

static size_t port_room(void *self, int64_t now_ms)
{
    const struct rest_sink *sink = self;

    if (limiter_room(&sink->limiter, 0, now_ms) == 0 || sink->held >= HELD_MAX)
        return 0;
    return HELD_MAX - sink->held;
}

/* To where it is looked up, or on to its write when there is nothing to look it up by. */
static void begin(struct rest_sink *sink, struct rest_run *run)
{
    char digits[VALUE_DIGITS_SIZE];
    const struct job *head = rest_run_head(run);

    if (sink->blocked[ROUTE_LOOKUP] && !head->probe)
        rest_run_not_reached(run, ROUTE_LOOKUP);
    else if (sink->effect->key(run, head->message, digits).text.kind == VALUE_ABSENT)
        sink->effect->decide(run, NULL);
    else if (head->probe)
        run_queue_push_front(&sink->waiting, run);
    else
        run_queue_push(&sink->waiting, run);
}

static void give_up(struct rest_sink *sink, struct job *first)
{
    struct outcome outage = {.verdict = VERDICT_OUTAGE, .route = ROUTE_LOOKUP};

    failure_set(&outage.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "out of memory");
    for (struct job *job = first; job != NULL; job = job->behind) {
        sink->held++;
        job->outcome = outage;
        rest_settle(sink, job);
    }
}

static void port_submit(void *self, struct job *job, int64_t now_ms)
{
    struct rest_sink *sink = self;
    struct rest_run *run = rest_run_new(sink, job);

    (void)now_ms;
    if (run == NULL) {
        give_up(sink, job);
    } else {
        sink->effect->begin(run);
        if (rest_run_head(run) != NULL)
            begin(sink, run);
        else
            rest_run_end_filled(run);
    }
    rest_flush(sink);
}

static void port_kick(void *self, int64_t now_ms)
{
    struct rest_sink *sink = self;

    /* First: the writes that are queued would take all the room, as long as there are any. */
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

static const struct rest_effect *effect_on(const struct target *target)
{
    if (target->adjustment != NULL)
        return &rest_adjust;
    return target->entity->effect == EFFECT_APPEND ? &rest_append : &rest_upsert;
}

struct rest_sink *rest_sink_new(const struct rest_options *options,
                                const struct sink_events *events)
{
    struct rest_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    sink->options = *options;
    sink->effect = effect_on(options->target);
    sink->events = *events;
    sink->lane = (struct buffer)BUFFER_INIT(LANE_MAX);
    sink->batch_max = sink->batch_ceiling = LOOKUP_KEYS_MAX;
    limiter_init(&sink->limiter, options->max_in_flight);
    LIST_INIT(&sink->batches);
    run_queue_init(&sink->waiting);
    run_queue_init(&sink->queued);
    run_queue_init(&sink->on_the_way);
    run_queue_init(&sink->written);
    job_queue_init(&sink->settled);
    return sink;
}

#define OPS(maximum, waiting)                                                                      \
    {                                                                                              \
        .name = "rest", .run_max = (maximum), .lane = port_lane, .waiting_lane = (waiting),        \
        .room = port_room, .submit = port_submit, .kick = port_kick, .block = port_block,          \
        .recall = port_recall                                                                      \
    }

struct sink rest_sink_port(struct rest_sink *sink)
{
    static const struct sink_ops single = OPS(1, NULL);
    static const struct sink_ops runs = OPS(REST_RUN_MAX, port_waiting_lane);

    return (struct sink){.ops = sink->effect->waiting_lane != NULL ? &runs : &single, .self = sink};
}

void rest_sink_free(struct rest_sink *sink)
{
    if (sink == NULL)
        return;
    rest_lookups_free(sink);
    rest_writes_free(sink);
    run_queue_free(&sink->waiting);
    run_queue_free(&sink->written);
    buffer_release(&sink->lane);
    free(sink);
}
