/* Verdict → event → next state: one small function a verdict, and one table. */
#include <stdlib.h>

#include "core/reason.h"
#include "pipeline/dispatch_state.h"

#define RETRY_FIRST_MS   500
#define RETRY_CEILING_MS 30000
/* Ceiling of the exponent, so that nothing overflows. */
#define RETRY_STEPS_MAX 16

static int64_t now_of(const struct dispatch *dispatch)
{
    return dispatch->ports.now_ms(dispatch->ports.arg);
}

static uint32_t random_of(const struct dispatch *dispatch)
{
    return dispatch->ports.random(dispatch->ports.arg);
}

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
 * twice, but must not lose it (GUARANTEES 5). */
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
    message->due_ms = delay_ms ? now_of(dispatch) + delay_ms : 0;
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

static void done(struct dispatch *dispatch, struct job *job, bool alone)
{
    struct message *message = job->message;

    (void)alone;
    outage_passed(&dispatch->outage, job->outcome.route, now_of(dispatch));
    lanes_done(dispatch->lanes, message);
    dispatch_move(message, EVENT_CONFIRMED);
    if (dispatch->ports.effected)
        dispatch->ports.effected(dispatch->ports.arg, message, &job->outcome);
    dispatch_finish(dispatch, message);
}

static void reject(struct dispatch *dispatch, struct job *job, bool alone)
{
    (void)alone;
    outage_answered(&dispatch->outage, now_of(dispatch));
    job->message->attempts++;
    settle_refused(dispatch, job->message, &job->outcome);
}

struct company {
    size_t unproven; /* heads of lanes that have not failed while others passed */
    bool untried;    /* one of them has not failed at all */
};

static bool look_at(void *arg, const struct message *message)
{
    struct company *company = arg;

    company->unproven += !message->proven;
    company->untried |= message->failures == 0;
    return false;
}

/* The other records: those that could go, and those that are on the way. A run counts as its first. */
static struct company company_of(const struct dispatch *dispatch, const struct message *but)
{
    struct company company = {0};
    const struct message *message;

    lanes_find(dispatch->lanes, look_at, &company);
    TAILQ_FOREACH (message, &dispatch->in_hand, in_hand)
        if (message->state == MESSAGE_IN_FLIGHT && message != but && lanes_leads(message))
            look_at(&company, message);
    return company;
}

/* Whether the record is to blame, and not its route: others passed there meanwhile; or they did at an
 * earlier failure, and only records of that kind are left. */
static bool is_to_blame(struct dispatch *dispatch, struct message *message, int route)
{
    bool others_passed = dispatch->outage.places[route].successes > message->passed[route];
    struct company company;

    message->proven |= others_passed;
    if (others_passed || !message->proven)
        return others_passed;
    company = company_of(dispatch, message);
    return !company.untried && company.unproven == 0;
}

/* Failing with nothing to compare with: every other record fails as well, or there is none. The more
 * of them, the more it looks like an outage: LONE_RETRY for each, during which the target was there
 * and could be read. A look-up that fails (the database is away: 500) says nothing about the record,
 * of which it holds the key only. */
static bool is_lone_too_long(struct dispatch *dispatch, struct message *message, int route)
{
    int64_t now = now_of(dispatch), healed = outage_healed_ms(&dispatch->outage);
    struct company company = company_of(dispatch, message);

    if (company.untried || route == ROUTE_LOOKUP) {
        message->alone_since_ms = 0;
        return false;
    }
    if (message->alone_since_ms == 0)
        message->alone_since_ms = now;
    if (message->alone_since_ms < healed)
        message->alone_since_ms = healed;
    return (now - message->alone_since_ms) / (int64_t)(company.unproven + 1) >=
           dispatch->options.lone_retry_ms;
}

static int64_t next_delay(struct dispatch *dispatch, struct message *message)
{
    struct backoff backoff = BACKOFF_INIT(RETRY_FIRST_MS, RETRY_CEILING_MS);

    backoff.step = message->failures < RETRY_STEPS_MAX ? message->failures : RETRY_STEPS_MAX;
    message->failures++;
    return backoff_next(&backoff, random_of(dispatch));
}

static void give_up(struct dispatch *dispatch, struct job *job, bool alone)
{
    struct failure *failure = &job->outcome.failure;

    failure->code =
        job->outcome.target_died && alone ? ERROR_KILLS_TARGET : ERROR_ATTEMPTS_EXHAUSTED;
    if (job->message->attempts >= dispatch->options.max_attempts)
        reason_prefix(&failure->reason, "given up after %u attempts", job->message->attempts);
    else
        reason_prefix(&failure->reason, "given up after LONE_RETRY: no other record passes either");
    settle_refused(dispatch, job->message, &job->outcome);
}

/* It was sent for the last time, and nobody knows whether it was written: an error record for what
 * stands in the target would be wrong. It is only looked for from here on; what came of the attempt
 * is kept for the record. Whether it could be kept. */
static bool look_once_more(struct message *message, const struct outcome *outcome, bool alone)
{
    if (message->last != NULL || outcome->verdict != VERDICT_UNKNOWN ||
        outcome->route == ROUTE_LOOKUP)
        return false;
    message->last = malloc(sizeof *message->last);
    if (message->last == NULL)
        return false;
    *message->last = *outcome;
    message->last->target_died = outcome->target_died && alone;
    return true;
}

/* A look-up that fails, over and over, while others pass: as many times as any other attempt. */
static unsigned attempts_max(const struct dispatch *dispatch, const struct message *message)
{
    return dispatch->options.max_attempts * (message->last != NULL ? 2 : 1);
}

static void absent(struct dispatch *dispatch, struct job *job, bool alone)
{
    struct message *message = job->message;

    if (message->last == NULL)
        abort();
    (void)alone; /* kept with the attempt */
    job->outcome = *message->last;
    give_up(dispatch, job, true);
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

/* Counts the failure. Whether it was the last one. */
static bool is_exhausted(struct dispatch *dispatch, struct message *message,
                         const struct outcome *outcome)
{
    bool blamed = is_to_blame(dispatch, message, (int)outcome->route);
    bool own = blamed || message->attempts == 0, exhausted;

    if (message->first_failed_ms == 0)
        message->first_failed_ms = dispatch->ports.wall_ms(dispatch->ports.arg);
    message->attempts += own;
    message->failed_on = (int)outcome->route;
    dispatch_note_passed(dispatch, message);
    exhausted = own ? message->attempts >= attempts_max(dispatch, message)
                    : is_lone_too_long(dispatch, message, (int)outcome->route);
    /* An answer of any kind, even a 500, shows that somebody is there. */
    if (!outcome->target_died)
        outage_answered(&dispatch->outage, now_of(dispatch));
    if (blamed)
        outage_lift(&dispatch->outage, (int)outcome->route, now_of(dispatch));
    else
        outage_failed(&dispatch->outage, (int)outcome->route, message, outcome->failure.reason.text,
                      now_of(dispatch), random_of(dispatch));
    return exhausted;
}

/* Failed, or nobody knows: the record's fault only if others pass on the same route. */
static void failed(struct dispatch *dispatch, struct job *job, bool alone)
{
    struct message *message = job->message;

    if (went_along(dispatch, message)) {
        dispatch_suspect(dispatch, message, job->outcome.target_died);
        put_back(dispatch, message, job->outcome.delay_ms, (int)job->outcome.route);
        return;
    }
    if (is_exhausted(dispatch, message, &job->outcome) &&
        !look_once_more(message, &job->outcome, alone))
        give_up(dispatch, job, alone);
    else
        wait_again(dispatch, message, &job->outcome);
}

static void later(struct dispatch *dispatch, struct job *job, bool alone)
{
    int64_t delay = job->outcome.delay_ms > 0 ? job->outcome.delay_ms : 1;

    (void)alone;
    outage_answered(&dispatch->outage, now_of(dispatch));
    if (job->message->missing)
        settle_put_apart(dispatch, job->message, delay, NO_ROUTE);
    else
        put_back(dispatch, job->message, delay, NO_ROUTE);
}

static void outage(struct dispatch *dispatch, struct job *job, bool alone)
{
    (void)alone;
    outage_failed(&dispatch->outage, PLACE_TARGET, job->message, job->outcome.failure.reason.text,
                  now_of(dispatch), random_of(dispatch));
    dispatch->recall = true;
    put_back(dispatch, job->message, 0, NO_ROUTE);
}

static void not_reached(struct dispatch *dispatch, struct job *job, bool alone)
{
    (void)alone;
    put_back(dispatch, job->message, 0, (int)job->outcome.route);
}

static void (*const by_verdict[])(struct dispatch *, struct job *, bool) = {
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

void settle_job(struct dispatch *dispatch, struct job *job, bool alone)
{
    const struct message *message = job->message;

    if (job->outcome.verdict == VERDICT_NONE)
        abort();
    if (shows_a_look_up(&job->outcome))
        outage_passed(&dispatch->outage, ROUTE_LOOKUP, now_of(dispatch));
    by_verdict[job->outcome.verdict](dispatch, job, alone);
    outage_probe_ended(&dispatch->outage, message);
}
