/* ADJUST: the movements that wait for one entry become one write of its level, and of the ledger that
 * says which of them are in it. Each look-up is fresh, so that what comes back after an unknown outcome
 * is judged by what is there.
 *
 * Strapi has no compare-and-set: a write of a level that arrives late erases what was written since
 * (docs/guarantees.md, "Stock, by plain REST"). So after a write whose outcome nobody knows
 * the entry rests, for longer than that write can still be at work in Strapi.
 *
 * Without a ledger the level alone must tell whether such a write was done:
 *     it is the level after the write     done
 *     it is the level before it           not done
 *     it is another                       somebody else has written too, and nobody knows
 * The last is written again, and says that it may be there twice (possible_duplicate). Once too little
 * would be as wrong as once too often, but nothing could count it. */
#include <string.h>

#include "core/adjust.h"
#include "strapi/rest_parts.h"

static struct value lane_of(struct rest_sink *sink, const struct message *message)
{
    struct buffer *lane = &sink->lane;

    if (message->missing)
        return rest_address_lane(sink, message);
    buffer_clear(lane);
    /* All that are not addressed yet are one lane, and keep the order of their partitions. */
    if (message->entry == NULL || buffer_addf(lane, "=%s", message->entry) != 0)
        return (struct value){.kind = VALUE_TEXT, .text = "", .len = 0};
    return (struct value){.kind = VALUE_TEXT, .text = lane->data, .len = lane->len};
}

static void begin(struct rest_run *run)
{
    if (rest_address_needed(run->jobs.first->message))
        rest_address_begin(run);
}

static struct lookup_key key_of(const struct rest_run *run, const struct message *message,
                                char digits[VALUE_DIGITS_SIZE])
{
    if (run->resolves)
        return rest_address_key(message, digits);
    return (struct lookup_key){
        .by = rest_entry_field(run->sink),
        .text = {.kind = VALUE_TEXT, .text = message->entry, .len = strlen(message->entry)}};
}

static const json_t *ledger_of(const struct rest_run *run, const struct answer_entry *entry)
{
    return answer_entry_member(entry, run->sink->options.target->adjustment->ledger);
}

/* What became of a write that nobody answered, as far as the level tells. */
enum fate { FATE_NOT_DONE, FATE_DONE, FATE_DOUBTFUL };

/* A run while it is judged. */
struct judgement {
    struct rest_sink *sink;
    struct adjust adjust;
    struct job_queue applied, refused;
    int64_t rest_ms;  /* a write of one of them may still be at work for so long; 0: none */
    uint64_t attempt; /* the last write whose fate was asked for */
    enum fate fate;
};

static void end_gone(struct rest_run *run)
{
    for (struct job *job = run->jobs.first; job != NULL; job = job->next) {
        rest_address_missing(run->sink, job);
        if (job->look)
            job->outcome = (struct outcome){.verdict = VERDICT_ABSENT, .route = ROUTE_UPDATE};
    }
    rest_run_end_filled(run);
}

/* A person may mend the level: it is nothing that the movements are to blame for. */
static void end_unreadable(struct rest_run *run, const struct reason *why)
{
    struct outcome outcome = {.verdict = VERDICT_RETRY, .route = ROUTE_UPDATE};

    failure_set(&outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "%s", why->text);
    rest_run_end(run, &outcome);
}

/* Those that stand in one write stand behind one another, and have one fate. */
static enum fate fate_of(struct judgement *judgement, const struct message *message)
{
    int64_t level = judgement->adjust.level;

    if (message->sent.attempt == 0 || judgement->adjust.keeps_ledger)
        return FATE_NOT_DONE;
    if (message->sent.attempt != judgement->attempt) {
        judgement->attempt = message->sent.attempt;
        judgement->fate = level == message->sent.after    ? FATE_DONE
                          : level == message->sent.before ? FATE_NOT_DONE
                                                          : FATE_DOUBTFUL;
    }
    return judgement->fate;
}

static void end_resting(const struct judgement *judgement, struct job *job)
{
    job->outcome = (struct outcome){
        .verdict = VERDICT_LATER, .route = ROUTE_UPDATE, .delay_ms = judgement->rest_ms};
    failure_set(&job->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                "an earlier write of the entry may still be at work");
    rest_settle(judgement->sink, job);
}

static void refuse(struct judgement *judgement, enum adjust_verdict verdict,
                   const struct movement *movement, struct job *job)
{
    job->outcome = (struct outcome){.verdict = VERDICT_REJECT, .route = ROUTE_LOOKUP};
    adjust_refuse(&judgement->adjust, verdict, movement, &job->outcome.failure);
    job_queue_push(&judgement->refused, job);
}

static void take(struct judgement *judgement, struct job *job)
{
    struct message *message = job->message;
    struct movement movement = adjust_movement(message);
    enum fate fate = fate_of(judgement, message);
    int64_t before = judgement->adjust.level;
    enum adjust_verdict verdict =
        fate == FATE_DONE ? ADJUST_REDELIVERED : adjust_take(&judgement->adjust, &movement);

    if (verdict == ADJUST_REDELIVERED) {
        rest_settle_done(judgement->sink, job, false);
        return;
    }
    if (judgement->rest_ms > 0) {
        end_resting(judgement, job);
        return;
    }
    message->perhaps_written |= fate == FATE_DOUBTFUL;
    message->sent.attempt = 0;
    message->sent.before = before;
    if (verdict == ADJUST_APPLIED)
        job_queue_push(&judgement->applied, job);
    else
        refuse(judgement, verdict, &movement, job);
}

static int64_t rest_of(const struct rest_run *run)
{
    int64_t now = run->sink->options.now_ms(), rest = 0;

    for (const struct job *job = run->jobs.first; job != NULL; job = job->next)
        if (job->message->sent.rest_until_ms - now > rest)
            rest = job->message->sent.rest_until_ms - now;
    return rest;
}

/* Leaves the run with what is to be written. */
static void take_all(struct judgement *judgement, struct rest_run *run)
{
    bool alone = rest_run_head(run)->message->sent.alone;
    struct job *job = job_queue_pop(&run->jobs);

    take(judgement, job);
    while ((job = job_queue_pop(&run->jobs)) != NULL) {
        if (alone)
            rest_not_reached(judgement->sink, job, ROUTE_UPDATE);
        else
            take(judgement, job);
    }
    while ((job = job_queue_pop(&judgement->applied)) != NULL) {
        job->message->sent.after = judgement->adjust.level;
        job_queue_push(&run->jobs, job);
    }
}

/* Their error records have to be there before the others are written: a crash in between may report
 * one twice, and loses none. */
static void end_refused(struct judgement *judgement, struct rest_run *run)
{
    struct job *job;

    while ((job = job_queue_pop(&judgement->refused)) != NULL) {
        if (job->look)
            job->outcome = (struct outcome){.verdict = VERDICT_ABSENT, .route = ROUTE_UPDATE};
        rest_settle(judgement->sink, job);
    }
    rest_run_not_reached(run, ROUTE_UPDATE);
}

static void end_done(struct rest_run *run)
{
    struct job *job;

    while ((job = job_queue_pop(&run->jobs)) != NULL)
        rest_settle_done(run->sink, job, false);
    rest_run_end_filled(run);
}

static void write_level(const struct judgement *judgement, struct rest_run *run,
                        const struct answer_entry *entry)
{
    if (buffer_add_text(&run->body, "{\"data\":") == 0 &&
        adjust_encode(&judgement->adjust, &run->body) == 0 && buffer_add_byte(&run->body, '}') == 0)
        rest_write(run, entry);
    else
        rest_run_end_outage(run, "out of memory");
}

static void judge(struct judgement *judgement, struct rest_run *run,
                  const struct answer_entry *entry)
{
    take_all(judgement, run);
    if (judgement->refused.count > 0)
        end_refused(judgement, run);
    else if (run->jobs.count == 0 || !judgement->adjust.write)
        end_done(run);
    else
        write_level(judgement, run, entry);
}

static void decide(struct rest_run *run, const struct answer_entry *entry)
{
    const struct target *target = run->sink->options.target;
    struct judgement judgement = {.sink = run->sink, .rest_ms = rest_of(run)};
    struct reason reason = REASON_INIT;

    if (entry == NULL) {
        end_gone(run);
        return;
    }
    job_queue_init(&judgement.applied);
    job_queue_init(&judgement.refused);
    if (adjust_start(&judgement.adjust, target->adjustment,
                     answer_entry_member(entry, target->adjustment->level), target->ledger,
                     ledger_of(run, entry), &reason) != 0)
        end_unreadable(run, &reason);
    else
        judge(&judgement, run, entry);
    adjust_release(&judgement.adjust);
}

static void sending(struct rest_run *run)
{
    uint64_t attempt = ++run->sink->attempts;

    for (struct job *job = run->jobs.first; job != NULL; job = job->next)
        job->message->sent.attempt = attempt;
}

/* How long a write that nobody waits for any more may still change the entry. */
static int64_t rest_after(const struct rest_sink *sink)
{
    return sink->options.request_timeout_ms + sink->options.linger_ms;
}

/* Strapi may refuse the sum (a maximum that it alone knows) because of one of them: each is written by
 * itself then, and is judged by itself. */
static void part(const struct rest_run *run, struct outcome *outcome)
{
    if (run->jobs.count == 1 ||
        (outcome->verdict != VERDICT_REJECT && outcome->verdict != VERDICT_RETRY))
        return;
    for (struct job *job = run->jobs.first; job != NULL; job = job->next)
        job->message->sent.alone = true;
    if (outcome->verdict == VERDICT_REJECT)
        *outcome = (struct outcome){.verdict = VERDICT_NOT_REACHED, .route = ROUTE_UPDATE};
}

static void failed(struct rest_run *run, struct outcome *outcome)
{
    bool maybe = rest_may_be_written(outcome);
    int64_t rest = maybe && outcome->verdict == VERDICT_UNKNOWN ? rest_after(run->sink) : 0;

    if (rest > outcome->delay_ms)
        outcome->delay_ms = rest;
    for (struct job *job = run->jobs.first; job != NULL; job = job->next) {
        if (!maybe)
            job->message->sent.attempt = 0;
        if (rest > 0)
            job->message->sent.rest_until_ms = run->sink->options.now_ms() + rest;
    }
    part(run, outcome);
}

/* The ledger tells exactly; the time of the last write tells of a write that was lost. */
static bool is_there(const struct rest_run *run, const struct answer_entry *entry)
{
    struct ledger ledger;
    bool all = true;

    if (!run->sink->options.target->ledger)
        return rest_is_as_new(run, entry);
    if (ledger_read(&ledger, ledger_of(run, entry)) != 0)
        return false;
    for (const struct job *job = run->jobs.first; job != NULL && all; job = job->next) {
        struct movement movement = adjust_movement(job->message);
        all = ledger_has(&ledger, &movement.place);
    }
    ledger_release(&ledger);
    return all;
}

const struct rest_effect rest_adjust = {
    .lane = lane_of,
    .waiting_lane = rest_address_lane,
    .begin = begin,
    .key = key_of,
    .resolve = rest_address_resolve,
    .decide = decide,
    .sending = sending,
    .failed = failed,
    .answered = rest_keep_time,
    .is_there = is_there,
};
