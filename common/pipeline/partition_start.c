/* From the assignment to reading, and back when the log, or our right to write, is in doubt: one function
 * for each state in which something is to be done; core/partition_state.h has the table of states,
 * core/start_position.h takes the decision. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/partitions.h"
#include "service/log.h"

/* Kafka, or the target, did not answer. */
#define RETRY_MS     1000
#define SAY_EVERY_MS 60000
/* A partition that librdkafka could not fetch (fetch.error.backoff.ms, 500 ms: it was deleted, and perhaps
 * made anew) brings nothing for longer than this. */
#define QUIET_MS 400
/* Of messages that were fetched long before they are read, nothing tells how quiet it was. */
#define CHECK_EVERY_MS 10000
/* A log that goes astray again and again is not asked about more often. */
#define ASTRAY_MS 500
/* A rebalance is over soon. */
#define START_AGAIN_MS 50

static const struct sink *sink_of(const struct partitions *partitions)
{
    return dispatch_sink(partitions->dispatch);
}

static bool keeps_positions(const struct partitions *partitions)
{
    return sink_of(partitions)->ops->attach != NULL;
}

static void go(struct partition *partition, enum partition_step step)
{
    enum partition_state next = partition_next(partition->state, step);

    /* A partition in a state that the table does not know might be read by two, or skipped. */
    if (next == PARTITION_STATE_COUNT)
        abort();
    partition->state = next;
    partition->asked = false;
}

/* What is read next: behind the last message, or behind a transaction's marker at the log's end. */
static int64_t next_to_read(const struct partition *partition)
{
    int64_t next = offset_window_next(&partition->window);

    return partition->end > next ? partition->end : next;
}

static void drop_held(struct partition *partition)
{
    if (partition->held.raw)
        kafka_message_free(&partition->held);
}

/* Nothing of it is ours any more, and nothing is known of it. */
static void clear(struct partitions *partitions, struct partition *partition)
{
    dispatch_orphan(partitions->dispatch, partition);
    drop_held(partition);
    offset_window_release(&partition->window);
    partition->committed = partition->confirmed = partition->end = -1;
    partition->newest_ms = 0;
    partition->stopped = true;
}

/* PARTITION_ATTACHING. */
static void attach(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    const struct sink *sink = sink_of(partitions);

    if (partition->asked || now_ms < partition->due_ms)
        return;
    partition->asked = partition->attached = true;
    sink->ops->attach(sink->self, partition->number, now_ms);
}

/* PARTITION_ASSIGNED. In an outage that lets reading rest it stays paused. */
static void begin(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (dispatch_rests(partitions->dispatch))
        return;
    partition->due_ms = now_ms;
    partition->begun = false;
    partition->stopped = true;
    go(partition, keeps_positions(partitions) ? STEP_ATTACH : STEP_LOCATE);
    if (partition->state == PARTITION_ATTACHING)
        attach(partitions, partition, now_ms);
}

void partitions_attached(struct partitions *partitions, int32_t number,
                         const struct sink_position *position)
{
    struct partition *partition = partitions_find(partitions, number);

    if (!partition || !partition->asked || partition->fenced)
        return; /* it has gone meanwhile, or is to be attached anew */
    partition->target = *position;
    if (partition->state == PARTITION_ATTACHING) {
        partition->due_ms = 0;
        go(partition, STEP_LOCATE);
    } else if (partition->state == PARTITION_ALIGNING) {
        partition->asked = false;
        partition->ready = true;
    }
}

void partitions_fenced(struct partitions *partitions, int32_t number, const char *why)
{
    struct partition *partition = partitions_find(partitions, number);

    if (!partition || !partition->attached)
        return;
    if (!partition->fenced)
        log_say(LOG_WARN_LEVEL, "fenced", "partition %d: %s", (int)number, why);
    partition->fenced = true;
}

/* Either we are a zombie, whose partition somebody else has by the group's will, and let go; or he is,
 * and we attach again. Two that both attached without asking the group would fence each other for
 * ever. False: everything has been given up. */
static bool answer_fence(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (now_ms < partition->due_ms || partition->state == PARTITION_GOING)
        return true;
    if (partitions_commit(partitions, &fenced, &reason) != 0) {
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
        if (!fenced)
            partition->due_ms = now_ms + RETRY_MS;
        return !fenced;
    }
    clear(partitions, partition);
    partition->fenced = partition->placed = partition->ready = partition->begun = false;
    partition->due_ms =
        now_ms + backoff_next(&partition->fences, dispatch_random(partitions->dispatch));
    if (partition->state != PARTITION_ATTACHING)
        go(partition, STEP_ATTACH);
    partition->asked = false;
    return true;
}

/* PARTITION_LOCATING: one question for all. */
static void fill_question(struct partitions *partitions, struct partition *partition,
                          struct log_question *question)
{
    const struct fingerprint *newest = offset_window_newest(&partition->window);

    partition->asked = true;
    partition->serial = ++partitions->serial;
    *question = (struct log_question){.partition = partition->number,
                                      .serial = partition->serial,
                                      .of_group = !partition->begun,
                                      .history = partition->history};
    if (partition->begun && newest)
        log_history_add(&question->history, newest);
    if (!partition->begun && partition->attached && partition->target.next >= 0)
        question->of_target =
            fingerprint_read(partition->target.fingerprint, strlen(partition->target.fingerprint),
                             &question->target) == 0;
}

static void ask(struct partitions *partitions, int64_t now_ms)
{
    size_t count = 0;
    struct partition *partition;
    struct log_question *questions = calloc(partitions_count(partitions) + 1, sizeof *questions);

    if (!questions)
        return; /* next turn */
    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->state == PARTITION_LOCATING && !partition->asked && !partition->fenced &&
            now_ms >= partition->due_ms)
            fill_question(partitions, partition, &questions[count++]);
    }
    if (count > 0 && !log_survey_ask(partitions->survey, questions, count)) {
        /* Another one is under way. */
        for (size_t i = 0; i < count; i++)
            partitions_find(partitions, questions[i].partition)->asked = false;
    }
    free(questions);
}

static void unseen(struct partitions *partitions, const char *why, int64_t now_ms)
{
    struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->state != PARTITION_LOCATING || !partition->asked)
            continue;
        partition->asked = false;
        partition->due_ms = now_ms + RETRY_MS;
    }
    if (now_ms < partitions->say_unseen_ms)
        return;
    partitions->say_unseen_ms = now_ms + SAY_EVERY_MS;
    log_event(LOG_WARN_LEVEL, "log-unseen", "why", why, "then",
              "nothing is read before it is known where; asking again", NULL);
}

static bool is_first_reset(const struct partitions *partitions, int32_t number)
{
    return partitions->options.reset &&
           ((size_t)number >= partitions->reset_count || !partitions->reset[number]);
}

static void note_reset(struct partitions *partitions, int32_t number)
{
    size_t count = (size_t)number + 1;

    if (count > partitions->reset_count) {
        bool *reset = realloc(partitions->reset, count * sizeof *reset);

        /* Once more is as good as once; going on without it is not. */
        if (!reset)
            abort();
        memset(reset + partitions->reset_count, 0,
               (count - partitions->reset_count) * sizeof *reset);
        partitions->reset = reset;
        partitions->reset_count = count;
    }
    partitions->reset[number] = true;
}

static struct start_facts facts_of(const struct partitions *partitions,
                                   const struct partition *partition, const struct log_sight *sight)
{
    const char *name = sink_of(partitions)->ops->name;

    return (struct start_facts){
        .low = sight->low,
        .high = sight->high,
        .position = partition->begun ? next_to_read(partition) : sight->committed,
        .likeness = sight->likeness,
        .noted_by_us = strcmp(sight->note.sink, name) == 0,
        .reading = partition->begun,
        .skip_lost = partitions->options.skip_lost,
        .reset = !partition->begun && keeps_positions(partitions) &&
                 is_first_reset(partitions, partition->number),
        .keeps_positions = keeps_positions(partitions),
        .next = partition->target.next,
        .confirmed = partition->target.confirmed,
        .target = sight->target,
    };
}

/* The note may say that another sink was here. One that keeps positions in the target knows more than
 * the offset: what takes over without it has to be wanted. */
static bool may_follow(struct partitions *partitions, const struct partition *partition,
                       const struct log_sight *sight)
{
    const char *ours = sink_of(partitions)->ops->name;

    if (!sight->note.sink[0] || strcmp(sight->note.sink, ours) == 0 || keeps_positions(partitions))
        return true;
    if (partitions->options.fallback) {
        partitions->options.refused(
            partitions->options.arg,
            "the group has written through the ingest plugin, and Strapi has none now: install it "
            "again; or set SINK=rest, and what was written since the last commit may be written "
            "twice");
        return false;
    }
    log_say(LOG_WARN_LEVEL, "sink-changed",
            "partition %d was written by the sink \"%s\" before, whose positions are not used now: "
            "what was written since the last commit may be written twice",
            (int)partition->number, sight->note.sink);
    return true;
}

static void say(const struct partition *partition, const struct start_position *start)
{
    const char *name = start_why_name(start->why);

    if (start->expired_from >= 0)
        log_say(LOG_WARN_LEVEL, name, "partition %d, offsets %" PRId64 " to %" PRId64 ": %s",
                (int)partition->number, start->expired_from, start->offset - 1,
                start_why_sentence(start->why));
    else if (name)
        log_say(LOG_WARN_LEVEL, name, "partition %d, from offset %" PRId64 ": %s",
                (int)partition->number, start->offset, start_why_sentence(start->why));
    if (start->moves && start->move == MOVE_RESET)
        log_say(LOG_WARN_LEVEL, "position-reset",
                "partition %d: the target's position becomes %" PRId64, (int)partition->number,
                start->move_to);
}

/* What is still true of what was read, where reading begins again. */
static void keep_history(struct partition *partition, const struct start_position *start)
{
    struct log_history *history = &partition->history;

    if (start->why == START_EXPIRED)
        return;
    if (start->why == START_ANEW || start->why == START_LOST_AGAIN || start->why == START_LOST_SKIP)
        history->count = 0;
    while (history->count > 0 && history->marks[0].offset >= start->offset) {
        history->count--;
        memmove(&history->marks[0], &history->marks[1], history->count * sizeof history->marks[0]);
    }
}

static void align_or_read(struct partitions *partitions, struct partition *partition,
                          int64_t now_ms)
{
    const struct sink *sink = sink_of(partitions);
    const struct start_position *start = &partition->start;
    char fingerprint[FINGERPRINT_SIZE] = "";

    if (!start->moves) {
        partition->ready = true;
        return;
    }
    if (partition->history.count > 0 && partition->history.marks[0].offset < start->move_to)
        fingerprint_write(&partition->history.marks[0], fingerprint);
    go(partition, STEP_ALIGN);
    partition->asked = true;
    sink->ops->move(sink->self, partition->number, start->move_to, fingerprint, start->move,
                    now_ms);
}

/* Out of memory would mean to go on without the record. */
static void report(struct partitions *partitions, struct partition *partition)
{
    const struct start_position *start = &partition->start;

    if (offset_window_add_range(&partition->window, start->expired_from, start->offset) != 0)
        abort();
    partition->reported = false;
    go(partition, STEP_REPORT);
    partitions->options.expired(partitions->options.arg, partition, start->expired_from,
                                start->offset);
}

/* The first time, and after a fence. */
static void take_up(struct partition *partition, const struct log_sight *sight)
{
    const struct start_position *start = &partition->start;

    offset_window_start(&partition->window,
                        start->expired_from >= 0 ? start->expired_from : start->offset);
    partition->history = sight->note.history;
    keep_history(partition, start);
    partition->committed = sight->committed;
    if (start->why == START_NEW)
        partition->committed = start->offset; /* nothing that is worth a commit */
}

/* While it is read: the log is another one, or has lost something. What is not done is read again, if it
 * is still there. */
static void read_on(struct partitions *partitions, struct partition *partition)
{
    struct start_position *start = &partition->start;
    int64_t position = offset_window_position(&partition->window);

    drop_held(partition);
    partition->stopped = true;
    if (start->why == START_EXPIRED)
        return;
    if ((start->why == START_TRUNCATED || start->why == START_DIVERGED) &&
        position < start->offset) {
        start->offset = position;
        if (start->moves)
            start->move_to = position;
    }
    clear(partitions, partition);
    offset_window_start(&partition->window, start->offset);
    keep_history(partition, start);
}

/* False: not now. */
static bool commit_first(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (!partition->start.commit_first)
        return true;
    if (partitions_commit(partitions, &fenced, &reason) == 0)
        return true;
    log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, NULL);
    if (!fenced) {
        clear(partitions, partition);
        partition->due_ms = now_ms + RETRY_MS;
    }
    return false;
}

static void place(struct partitions *partitions, struct partition *partition,
                  const struct log_sight *sight, int64_t now_ms)
{
    struct start_facts facts = facts_of(partitions, partition, sight);

    partition->start = start_position(&facts);
    say(partition, &partition->start);
    if (!partition->begun) {
        take_up(partition, sight);
    } else if (partition->start.why == START_GO_ON) {
        backoff_reset(&partition->fences);
        partition->ready = true;
        return;
    } else {
        read_on(partitions, partition);
    }
    if (!commit_first(partitions, partition, now_ms))
        return;
    if (facts.reset)
        note_reset(partitions, partition->number);
    if (partition->start.expired_from >= 0)
        report(partitions, partition);
    else
        align_or_read(partitions, partition, now_ms);
}

static void take_answers(struct partitions *partitions, int64_t now_ms)
{
    const struct log_sight *sights;
    struct reason reason = REASON_INIT;
    size_t count;

    switch (log_survey_take(partitions->survey, &sights, &count, &reason)) {
    case SURVEY_NONE:
        return;
    case SURVEY_FAILED:
        unseen(partitions, reason.text, now_ms);
        return;
    case SURVEY_SEEN:
        break;
    }
    partitions->say_unseen_ms = 0;
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = partitions_find(partitions, sights[i].partition);

        if (!partition || partition->state != PARTITION_LOCATING || !partition->asked ||
            partition->serial != sights[i].serial || partition->fenced)
            continue;
        partition->asked = false;
        if (partition->begun || may_follow(partitions, partition, &sights[i]))
            place(partitions, partition, &sights[i], now_ms);
        else
            partition->due_ms = INT64_MAX;
    }
}

/* PARTITION_REPORTING. */
static void reported(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (partition->reported && !partition->ready)
        align_or_read(partitions, partition, now_ms);
}

static void try_to_read(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (partition->stopped &&
        !kafka_consumer_start(partitions->consumer, partition->number, next_to_read(partition)))
        return;
    go(partition, STEP_READ);
    partition->ready = partition->stopped = partition->doubted = false;
    partition->placed = true;
    partition->read_ms = partition->checked_ms = now_ms;
}

bool partition_in_doubt(const struct partition *partition, int64_t now_ms)
{
    bool comparable =
        partition->history.count > 0 || offset_window_newest(&partition->window) != NULL;

    return comparable && (partition->doubted || now_ms - partition->read_ms > QUIET_MS ||
                          now_ms - partition->checked_ms > CHECK_EVERY_MS);
}

void partition_check(struct partition *partition, bool stopped, int64_t now_ms)
{
    bool again = stopped && now_ms - partition->checked_ms < ASTRAY_MS;

    go(partition, STEP_LOCATE);
    partition->begun = true;
    partition->stopped |= stopped;
    partition->due_ms = again ? now_ms + ASTRAY_MS : now_ms;
}

void partitions_doubt(struct partitions *partitions)
{
    struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link)
        partition->doubted = true;
}

static void (*const by_state[PARTITION_STATE_COUNT])(struct partitions *, struct partition *,
                                                     int64_t) = {
    [PARTITION_ASSIGNED] = begin,
    [PARTITION_ATTACHING] = attach,
    [PARTITION_REPORTING] = reported,
};

static int64_t due_of(const struct partition *partition, int64_t now_ms)
{
    bool waits = partition->state == PARTITION_ATTACHING || partition->state == PARTITION_LOCATING;

    if (partition->ready)
        return now_ms + START_AGAIN_MS;
    if (partition->fenced || (waits && !partition->asked))
        return partition->due_ms;
    return INT64_MAX;
}

int64_t partitions_start_turn(struct partitions *partitions, int64_t now_ms)
{
    struct partition *partition;
    int64_t next = INT64_MAX;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->fenced && !answer_fence(partitions, partition, now_ms))
            return now_ms;
        if (!partition->fenced && by_state[partition->state])
            by_state[partition->state](partitions, partition, now_ms);
    }
    ask(partitions, now_ms);
    take_answers(partitions, now_ms);
    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->ready && !partition->fenced && partition->state != PARTITION_GOING)
            try_to_read(partitions, partition, now_ms);
        if (due_of(partition, now_ms) < next)
            next = due_of(partition, now_ms);
    }
    return next;
}
