/* One bad record, or an outage? A failed message, judged by what became of the others
 * (docs/architecture.md has the rules). */
#include "pipeline/dispatch_state.h"

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

/* Others passed on its route between this failure and one before it. That one must have been an answer,
 * or this one a death with nothing else in flight: the death of a target that had others in flight says
 * nothing about the record. (Nor does what passed before its first failure: an outage may have begun in
 * between.) */
static bool others_passed(const struct dispatch *dispatch, const struct message *message,
                          const struct outcome *outcome)
{
    bool comparable = message->failed_itself || (outcome->target_died && message->failures > 0);

    return comparable &&
           dispatch->outage.places[outcome->route].successes > message->passed[outcome->route];
}

/* Whether the record is to blame, and not its route: others passed there meanwhile; or they did at an
 * earlier failure, and only records of that kind are left. */
static bool is_to_blame(struct dispatch *dispatch, struct message *message,
                        const struct outcome *outcome)
{
    bool passed = others_passed(dispatch, message, outcome);
    struct company company;

    message->proven |= passed;
    if (passed || !message->proven)
        return passed;
    company = company_of(dispatch, message);
    return !company.untried && company.unproven == 0;
}

/* Failing with nothing to compare with: every other record fails as well, or there is none. The more
 * of them, the more it looks like an outage: LONE_RETRY for each, during which the target was there
 * and could be read. A look-up that fails (the database is away: 500) says nothing about the record,
 * of which it holds the key only. */
static bool is_lone_too_long(struct dispatch *dispatch, struct message *message, int route)
{
    int64_t now = dispatch_now(dispatch), healed = outage_healed_ms(&dispatch->outage);
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

/* A look-up that fails, over and over, while others pass: as many times as any other attempt. */
static unsigned attempts_max(const struct dispatch *dispatch, const struct message *message)
{
    return dispatch->options.max_attempts * (message->last != NULL ? 2 : 1);
}

bool settle_count_failure(struct dispatch *dispatch, struct message *message,
                          const struct outcome *outcome)
{
    bool itself = !outcome->target_died || message->suspect;
    bool blamed = itself && is_to_blame(dispatch, message, outcome);
    /* Alone, and the target was there a moment ago: nobody is needed to compare with. */
    bool killed = outcome->target_died && outcome->was_well && message->suspect;
    bool own = blamed || killed || (itself && message->attempts == 0), exhausted;

    if (message->first_failed_ms == 0)
        message->first_failed_ms = dispatch->ports.wall_ms(dispatch->ports.arg);
    message->attempts += own;
    message->failed_itself |= itself;
    message->failed_on = (int)outcome->route;
    dispatch_note_passed(dispatch, message);
    exhausted = own ? message->attempts >= attempts_max(dispatch, message)
                    : itself && is_lone_too_long(dispatch, message, (int)outcome->route);
    /* An answer of any kind, even a 500, shows that somebody is there. */
    if (!outcome->target_died)
        outage_answered(&dispatch->outage, dispatch_now(dispatch));
    if (blamed)
        outage_lift(&dispatch->outage, (int)outcome->route, dispatch_now(dispatch));
    else
        outage_failed(&dispatch->outage, (int)outcome->route, message, outcome->failure.reason.text,
                      dispatch_now(dispatch), dispatch_random(dispatch));
    return exhausted;
}
