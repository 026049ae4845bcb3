/* Verdict → event → next state: one small function a verdict, and one table. */
#include <stdlib.h>

#include "core/reason.h"
#include "pipeline/dispatch_state.h"

#define RETRY_FIRST_MS   500
#define RETRY_CEILING_MS 30000
/* Ceiling of the exponent, so that nothing overflows. */
#define RETRY_STEPS_MAX 16

void settle_rejected(struct dispatch *dispatch, struct message *message, enum message_event event,
                     const char *stage, const struct outcome *outcome)
{
    if (message->first_failed_ms == 0)
        message->first_failed_ms = dispatch->ports.wall_ms(dispatch->ports.arg);
    dispatch_move(message, event);
    /* The next owner of the partition reads it again and rejects it himself. */
    if (!message->home) {
        if (message->lane)
            lanes_open(dispatch->lanes, message);
        dispatch_drop(dispatch, message);
        return;
    }
    dispatch->ports.report(dispatch->ports.arg, message, stage, outcome);
}

/* What is written for those behind it may rest on its refusal: a crash in between may report it
 * twice, but must not lose it (docs/guarantees.md, "Stock, by plain REST"). */
void settle_refused(struct dispatch *dispatch, struct message *message,
                    const struct outcome *outcome)
{
    lanes_leave(dispatch->lanes, message);
    dispatch_suspect(dispatch, message, false);
    settle_rejected(dispatch, message, EVENT_REFUSED, "strapi", outcome);
}

bool settle_waits_on(struct dispatch *dispatch, struct message *message, int64_t delay_ms,
                     int route)
{
    dispatch_move(message, EVENT_PUT_BACK);
    message->due_ms = delay_ms ? dispatch_now(dispatch) + delay_ms : 0;
    message->parked_on =
        route != NO_ROUTE && outage_blocked(&dispatch->outage, route) ? route : NO_ROUTE;
    if (message->home)
        return true;
    lanes_done(dispatch->lanes, message);
    dispatch_drop(dispatch, message);
    return false;
}

static void put_back(struct dispatch *dispatch, struct message *message, int64_t delay_ms,
                     int route)
{
    if (settle_waits_on(dispatch, message, delay_ms, route))
        lanes_put_back(dispatch->lanes, message);
}

static void done(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;

    outage_passed(&dispatch->outage, job->outcome.route, dispatch_now(dispatch));
    lanes_done(dispatch->lanes, message);
    dispatch_move(message, EVENT_CONFIRMED);
    if (dispatch->ports.effected)
        dispatch->ports.effected(dispatch->ports.arg, message, &job->outcome);
    dispatch_finish(dispatch, message);
}

/* Refused in an answer that says that it was written down: the route lets records through. */
static bool shows_its_route(const struct outcome *outcome)
{
    return outcome->http_method != NULL && outcome->http_status / 100 == 2;
}

static void reject(struct dispatch *dispatch, struct job *job)
{
    if (shows_its_route(&job->outcome))
        outage_passed(&dispatch->outage, job->outcome.route, dispatch_now(dispatch));
    else
        outage_answered(&dispatch->outage, dispatch_now(dispatch));
    job->message->attempts++;
    settle_refused(dispatch, job->message, &job->outcome);
}

static int64_t next_delay(struct dispatch *dispatch, struct message *message)
{
    struct backoff backoff = BACKOFF_INIT(RETRY_FIRST_MS, RETRY_CEILING_MS);

    backoff.step = message->failures < RETRY_STEPS_MAX ? message->failures : RETRY_STEPS_MAX;
    message->failures++;
    return backoff_next(&backoff, dispatch_random(dispatch));
}

/* A suspect goes alone: nobody else can have done it. */
static bool killed_the_target(const struct message *message, const struct outcome *outcome)
{
    return outcome->target_died && message->suspect;
}

static void give_up(struct dispatch *dispatch, struct job *job, bool killed)
{
    struct failure *failure = &job->outcome.failure;

    failure->code = killed ? ERROR_KILLS_TARGET : ERROR_ATTEMPTS_EXHAUSTED;
    if (job->message->attempts >= dispatch->options.max_attempts)
        reason_prefix(&failure->reason, "given up after %u attempts", job->message->attempts);
    else
        reason_prefix(&failure->reason, "given up after LONE_RETRY: no other record passes either");
    settle_refused(dispatch, job->message, &job->outcome);
}

static void note_write(struct message *message, const struct outcome *outcome)
{
    if (outcome->route != ROUTE_LOOKUP)
        message->unanswered = outcome->verdict == VERDICT_UNKNOWN;
}

/* It was tried for the last time, and nobody knows whether it was written, now or by an earlier
 * attempt that no look-up has seen: an error record for what stands in the target would be wrong. It
 * is only looked for from here on; what came of the attempt is kept for the record. Whether it could
 * be kept. */
static bool look_once_more(struct message *message, const struct outcome *outcome)
{
    if (message->last != NULL || !message->unanswered)
        return false;
    message->last = malloc(sizeof *message->last);
    if (message->last == NULL)
        return false;
    *message->last = *outcome;
    message->last->target_died = killed_the_target(message, outcome);
    return true;
}

static void absent(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;

    if (message->last == NULL)
        abort();
    job->outcome = *message->last;
    give_up(dispatch, job, message->last->target_died);
}

/* Whether the message was written, or was to be, by a request that another one answers for: that of
 * its run's first, behind which it waits. */
static bool went_along(const struct dispatch *dispatch, const struct message *message)
{
    return !lanes_leads(message) && !settle_seeks_entry(dispatch, message);
}

static void wait_again(struct dispatch *dispatch, struct message *message,
                       const struct outcome *outcome)
{
    int64_t delay = next_delay(dispatch, message);

    dispatch_suspect(dispatch, message, outcome->target_died);
    delay = delay > outcome->delay_ms ? delay : outcome->delay_ms;
    if (settle_seeks_entry(dispatch, message))
        settle_put_apart(dispatch, message, delay, (int)outcome->route);
    else
        put_back(dispatch, message, delay, (int)outcome->route);
}

/* Failed, or nobody knows: the record's fault only if others pass on the same route. */
static void failed(struct dispatch *dispatch, struct job *job)
{
    struct message *message = job->message;

    note_write(message, &job->outcome);
    if (job->outcome.target_died)
        probe_wait(dispatch, dispatch_now(dispatch));
    if (went_along(dispatch, message)) {
        dispatch_suspect(dispatch, message, job->outcome.target_died);
        put_back(dispatch, message, job->outcome.delay_ms, (int)job->outcome.route);
        return;
    }
    if (settle_count_failure(dispatch, message, &job->outcome) &&
        !look_once_more(message, &job->outcome))
        give_up(dispatch, job, killed_the_target(message, &job->outcome));
    else
        wait_again(dispatch, message, &job->outcome);
}

static void later(struct dispatch *dispatch, struct job *job)
{
    int64_t delay = job->outcome.delay_ms > 0 ? job->outcome.delay_ms : 1;

    outage_answered(&dispatch->outage, dispatch_now(dispatch));
    if (job->message->missing)
        settle_put_apart(dispatch, job->message, delay, NO_ROUTE);
    else
        put_back(dispatch, job->message, delay, NO_ROUTE);
}

static void outage(struct dispatch *dispatch, struct job *job)
{
    outage_failed(&dispatch->outage, PLACE_TARGET, job->message, job->outcome.failure.reason.text,
                  dispatch_now(dispatch), dispatch_random(dispatch));
    dispatch->recall = true;
    put_back(dispatch, job->message, 0, NO_ROUTE);
}

static void not_reached(struct dispatch *dispatch, struct job *job)
{
    put_back(dispatch, job->message, job->outcome.delay_ms, (int)job->outcome.route);
}

static void (*const by_verdict[])(struct dispatch *, struct job *) = {
    [VERDICT_DONE] = done,
    [VERDICT_REJECT] = reject,
    [VERDICT_RETRY] = failed,
    [VERDICT_LATER] = later,
    [VERDICT_UNKNOWN] = failed,
    [VERDICT_OUTAGE] = outage,
    [VERDICT_ABSENT] = absent,
    [VERDICT_NOT_REACHED] = not_reached,
    [VERDICT_ADDRESSED] = settle_addressed,
    [VERDICT_MISSING] = settle_missing,
};

/* A write that was answered, whatever the answer: the look-up in front of it passed. */
static bool shows_a_look_up(const struct outcome *outcome)
{
    return outcome->route != ROUTE_LOOKUP && outcome->verdict != VERDICT_OUTAGE &&
           outcome->verdict != VERDICT_NOT_REACHED && !outcome->target_died;
}

void settle_job(struct dispatch *dispatch, struct job *job)
{
    const struct message *message = job->message;

    if (job->outcome.verdict == VERDICT_NONE)
        abort();
    if (shows_a_look_up(&job->outcome))
        outage_passed(&dispatch->outage, ROUTE_LOOKUP, dispatch_now(dispatch));
    by_verdict[job->outcome.verdict](dispatch, job);
    outage_probe_ended(&dispatch->outage, message);
}
