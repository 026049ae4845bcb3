#include "pipeline/dispatch.h"

#include <stdlib.h>

#include "core/decode.h"
#include "pipeline/dispatch_state.h"

static void route_began(void *arg, int place, const char *why)
{
    struct dispatch *dispatch = arg;

    if (dispatch->options.outage.began)
        dispatch->options.outage.began(dispatch->options.outage.arg, place, why);
}

static void route_ended(void *arg, int place, int64_t lasted_ms)
{
    struct dispatch *dispatch = arg;

    if (place != PLACE_TARGET) {
        dispatch->sink.ops->block(dispatch->sink.self, (enum route)place, false);
        lanes_release(dispatch->lanes, place);
    }
    /* Nobody was told of a block that the first probe lifted. */
    if (lasted_ms >= 0 && dispatch->options.outage.ended)
        dispatch->options.outage.ended(dispatch->options.outage.arg, place, lasted_ms);
}

struct dispatch *dispatch_new(const struct dispatch_options *options,
                              const struct dispatch_ports *ports)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);

    if (!dispatch)
        return NULL;
    dispatch->lanes = lanes_new();
    if (!dispatch->lanes) {
        free(dispatch);
        return NULL;
    }
    dispatch->options = *options;
    dispatch->ports = *ports;
    TAILQ_INIT(&dispatch->in_hand);
    outage_init(&dispatch->outage, &(struct outage_events){route_began, route_ended, dispatch});
    return dispatch;
}

void dispatch_use(struct dispatch *dispatch, struct sink sink)
{
    dispatch->sink = sink;
}

int64_t dispatch_now(const struct dispatch *dispatch)
{
    return dispatch->ports.now_ms(dispatch->ports.arg);
}

uint32_t dispatch_random(const struct dispatch *dispatch)
{
    return dispatch->ports.random(dispatch->ports.arg);
}

void dispatch_move(struct message *message, enum message_event event)
{
    enum message_state next = message_next(message->state, event);

    /* A message in a state that the table does not know would be lost or written twice: better no
     * consumer than that one. */
    if (next == MESSAGE_STATE_COUNT)
        abort();
    message->state = next;
}

static void let_go(struct dispatch *dispatch, struct message *message)
{
    dispatch_suspect(dispatch, message, false);
    dispatch_missing_since(dispatch, message, 0);
    free(message->last);
    message->last = NULL;
    TAILQ_REMOVE(&dispatch->in_hand, message, in_hand);
    dispatch->count--;
}

void dispatch_finish(struct dispatch *dispatch, struct message *message)
{
    let_go(dispatch, message);
    if (message->home)
        dispatch->ports.finished(dispatch->ports.arg, message);
    else
        dispatch->ports.dropped(dispatch->ports.arg, message);
}

void dispatch_drop(void *arg, struct message *message)
{
    struct dispatch *dispatch = arg;

    let_go(dispatch, message);
    dispatch->ports.dropped(dispatch->ports.arg, message);
}

void dispatch_note_passed(const struct dispatch *dispatch, struct message *message)
{
    for (int route = 0; route < ROUTE_COUNT; route++)
        message->passed[route] = dispatch->outage.places[route].successes;
}

void dispatch_suspect(struct dispatch *dispatch, struct message *message, bool suspect)
{
    if (suspect && !message->suspect)
        dispatch->suspects++;
    else if (!suspect && message->suspect)
        dispatch->suspects--;
    message->suspect = suspect;
}

void dispatch_missing_since(struct dispatch *dispatch, struct message *message, int64_t since_ms)
{
    dispatch->missing += since_ms != 0;
    dispatch->missing -= message->missing_since_ms != 0;
    message->missing_since_ms = since_ms;
}

static void take_in_hand(struct dispatch *dispatch, struct message *message)
{
    TAILQ_INSERT_TAIL(&dispatch->in_hand, message, in_hand);
    dispatch->count++;
}

static void begin(struct message *message)
{
    message->state = MESSAGE_POLLED;
    message->failed_on = message->parked_on = NO_ROUTE;
}

void dispatch_refuse(struct dispatch *dispatch, struct message *message, const char *stage,
                     const struct outcome *outcome)
{
    begin(message);
    take_in_hand(dispatch, message);
    settle_rejected(dispatch, message, EVENT_UNDECODABLE, stage, outcome);
}

int dispatch_admit(struct dispatch *dispatch, struct message *message)
{
    struct outcome outcome = {.verdict = VERDICT_REJECT};
    struct value lane;

    begin(message);
    if (decode_message(dispatch->options.entity, message->value, message->value_len,
                       &message->record, &outcome.failure) != 0) {
        dispatch_refuse(dispatch, message, "decode", &outcome);
        return 0;
    }
    lane = dispatch->sink.ops->lane(dispatch->sink.self, message);
    if (lanes_put(dispatch->lanes, lane.text, lane.len, message) != 0) {
        record_release(&message->record);
        return -1;
    }
    dispatch_move(message, EVENT_DECODED);
    take_in_hand(dispatch, message);
    return 0;
}

static struct job *make_job(struct dispatch *dispatch, struct message *message, bool probe)
{
    struct job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->message = message;
    job->probe = probe;
    job->look = message->last != NULL;
    message->job = job;
    dispatch_move(message, EVENT_SUBMITTED);
    dispatch->in_flight++;
    return job;
}

/* What is only looked for, or may be what the target dies of, has no company. */
static bool needs_no_company(const struct message *message)
{
    return message->last != NULL || message->suspect;
}

/* Hangs up to `most` jobs for the messages behind it to the run's first. How many it has then. */
static size_t fill_run(struct dispatch *dispatch, struct job *first, size_t most)
{
    struct job *last = first;
    size_t count = 1;
    struct message *message;

    if (needs_no_company(first->message))
        return 1;
    for (; count < most && (message = lanes_behind(last->message)); count++) {
        if (needs_no_company(message) || !(last->behind = make_job(dispatch, message, false)))
            break;
        lanes_take_behind(message);
        last = last->behind;
    }
    return count;
}

/* The entry of the first will not come. Those behind it that would be told the same are asked about
 * now: each would be found missing, and handed over once more. */
static void judge_together(struct dispatch *dispatch, const struct job *first)
{
    if (!first->message->final)
        return;
    for (const struct job *job = first->behind; job; job = job->behind)
        job->message->final =
            job->message->final || dispatch->ports.will_not_come(dispatch->ports.arg, job->message);
}

size_t dispatch_submit(struct dispatch *dispatch, struct message *message, size_t most, bool probe,
                       int64_t now)
{
    struct job *job = make_job(dispatch, message, probe);
    size_t count;

    if (!job) {
        message->due_ms = now + 1000;
        lanes_put_back(dispatch->lanes, message);
        outage_probe_ended(&dispatch->outage, message);
        return 1;
    }
    /* The sink may settle at once: the run is whole before it gets it. */
    count = fill_run(dispatch, job, most);
    judge_together(dispatch, job);
    dispatch->alone = message->suspect;
    dispatch->sink.ops->submit(dispatch->sink.self, job, now);
    return count;
}

static void submit_all(struct dispatch *dispatch, int64_t now)
{
    size_t room = dispatch->sink.ops->room(dispatch->sink.self, now);
    size_t run_max = dispatch->sink.ops->run_max;
    struct message *message;

    while (room > 0 && (message = lanes_take(dispatch->lanes, now)))
        room -= dispatch_submit(dispatch, message, room < run_max ? room : run_max, false, now);
}

static void block_routes(struct dispatch *dispatch)
{
    for (int route = 0; route < ROUTE_COUNT; route++)
        dispatch->sink.ops->block(dispatch->sink.self, (enum route)route,
                                  outage_blocked(&dispatch->outage, route));
}

int64_t dispatch_turn(struct dispatch *dispatch)
{
    int64_t now = dispatch_now(dispatch), next_probe, due = INT64_MAX;

    block_routes(dispatch);
    if (dispatch->recall) {
        dispatch->recall = false;
        dispatch->sink.ops->recall(dispatch->sink.self);
    }
    /* What was written is still to be confirmed. */
    if (dispatch->hold) {
        dispatch->sink.ops->kick(dispatch->sink.self, now);
        return INT64_MAX;
    }
    next_probe = probe_places(dispatch, now);
    if (!outage_blocked(&dispatch->outage, PLACE_TARGET)) {
        if (!probe_suspect(dispatch, now))
            submit_all(dispatch, now);
        due = lanes_next_due(dispatch->lanes);
    }
    if (dispatch->suspects > 0 && now < dispatch->quiet_until_ms &&
        dispatch->quiet_until_ms < next_probe)
        next_probe = dispatch->quiet_until_ms;
    dispatch->sink.ops->kick(dispatch->sink.self, now);
    /* What is ready and did not go waits for room, which an answer makes: no time to wait for. */
    if (due <= now)
        due = INT64_MAX;
    return due < next_probe ? due : next_probe;
}

void dispatch_settled(void *arg, struct job *job)
{
    struct dispatch *dispatch = arg;

    dispatch->in_flight--;
    dispatch->alone = false;
    job->message->job = NULL;
    settle_job(dispatch, job);
    free(job);
}

/* Refused without an entry that it moves; what did not decode was in no lane. */
static bool is_unreported(const struct message *message)
{
    return message->state == MESSAGE_REJECTED && message->lane != NULL &&
           (message->missing || message->entry == NULL);
}

/* The messages in hand stand in the order in which they were read. */
bool dispatch_older_missing(void *arg, const struct message *message,
                            bool (*wanted)(const void *entry, const struct message *older),
                            const void *entry)
{
    const struct dispatch *dispatch = arg;
    const struct message *older;

    TAILQ_FOREACH (older, &dispatch->in_hand, in_hand) {
        if (older == message)
            break;
        if (older->home == message->home &&
            (older->state == MESSAGE_REJECTED ? is_unreported(older) : older->missing) &&
            wanted(entry, older))
            return true;
    }
    return false;
}

void dispatch_away(void *arg, const char *why)
{
    struct dispatch *dispatch = arg;

    outage_failed(&dispatch->outage, PLACE_TARGET, NULL, why, dispatch_now(dispatch),
                  dispatch_random(dispatch));
    dispatch->recall = true;
}

void dispatch_answered(void *arg)
{
    struct dispatch *dispatch = arg;

    outage_answered(&dispatch->outage, dispatch_now(dispatch));
}

void dispatch_reported(struct dispatch *dispatch, struct message *message)
{
    dispatch_move(message, EVENT_REPORTED);
    /* None when it did not decode. */
    if (message->lane)
        lanes_open(dispatch->lanes, message);
    dispatch_finish(dispatch, message);
}

const struct sink *dispatch_sink(const struct dispatch *dispatch)
{
    return &dispatch->sink;
}

bool dispatch_rests(const struct dispatch *dispatch)
{
    return outage_blocked(&dispatch->outage, PLACE_TARGET) && dispatch_waiting(dispatch) > 0;
}

size_t dispatch_waiting(const struct dispatch *dispatch)
{
    return lanes_count(dispatch->lanes);
}

size_t dispatch_missing(const struct dispatch *dispatch)
{
    return dispatch->missing;
}

size_t dispatch_count(const struct dispatch *dispatch)
{
    return dispatch->count;
}

const struct outage *dispatch_outage(const struct dispatch *dispatch)
{
    return &dispatch->outage;
}

void dispatch_free(struct dispatch *dispatch)
{
    if (!dispatch)
        return;
    lanes_free(dispatch->lanes);
    free(dispatch);
}
