/* From the assignment to reading, and back when the log, or our right to write, is in doubt: one function
 * for each state in which something is to be done; core/partition_state.h has the table of states,
 * core/start_position.h takes the decision. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/partition_steps.h"
#include "service/log.h"

#define SAY_EVERY_MS 60000
/* A partition that librdkafka could not fetch (fetch.error.backoff.ms, 500 ms: it was deleted, and perhaps
 * made anew) brings nothing for longer than this. */
#define QUIET_MS 400
/* Of messages that were fetched long before they are read, nothing tells how quiet it was. */
#define CHECK_EVERY_MS 10000
/* A log of which nothing comes. */
#define IDLE_CHECK_MS 30000
/* A log that goes astray again and again is not asked about more often. */
#define ASTRAY_MS 500
/* A rebalance is over soon. */
#define START_AGAIN_MS 50

const struct sink *partitions_sink(const struct partitions *partitions)
{
    return dispatch_sink(partitions->dispatch);
}

bool partitions_keep_positions(const struct partitions *partitions)
{
    return partitions_sink(partitions)->ops->attach != NULL;
}

void partition_go(struct partition *partition, enum partition_step step)
{
    enum partition_state next = partition_next(partition->state, step);

    /* A partition in a state that the table does not know might be read by two, or skipped. */
    if (next == PARTITION_STATE_COUNT)
        abort();
    partition->state = next;
    partition->asked = false;
}

int64_t partition_next_to_read(const struct partition *partition)
{
    int64_t next = offset_window_next(&partition->window);

    return partition->end > next ? partition->end : next;
}

void partition_drop_held(struct partition *partition)
{
    if (partition->held.raw)
        kafka_message_free(&partition->held);
}

void partition_clear(struct partitions *partitions, struct partition *partition)
{
    dispatch_orphan(partitions->dispatch, partition);
    partition_drop_held(partition);
    offset_window_release(&partition->window);
    partition->committed = partition->confirmed = partition->end = -1;
    partition->newest_ms = 0;
    partition->stopped = true;
}

/* PARTITION_ASSIGNED. In an outage that lets reading rest it stays paused. */
static void begin(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (dispatch_rests(partitions->dispatch))
        return;
    partition->due_ms = now_ms;
    partition->stopped = true;
    partition_go(partition, partitions_keep_positions(partitions) ? STEP_ATTACH : STEP_LOCATE);
    if (partition->state == PARTITION_ATTACHING)
        partition_attach(partitions, partition, now_ms);
}

static bool is_sought(const struct partition *partition)
{
    return partition->state == PARTITION_LOCATING || partition->state == PARTITION_CHECKING;
}

/* PARTITION_LOCATING and _CHECKING: one question for all. */
static void fill_question(struct partitions *partitions, struct partition *partition,
                          struct log_question *question)
{
    const struct fingerprint *newest = offset_window_newest(&partition->window);
    bool checking = partition->state == PARTITION_CHECKING;

    partition->asked = true;
    partition->serial = ++partitions->serial;
    *question = (struct log_question){.partition = partition->number,
                                      .serial = partition->serial,
                                      .of_group = !checking,
                                      .history = partition->history};
    if (checking && newest)
        log_history_add(&question->history, newest);
    if (!checking && partition->attached && partition->target.next >= 0)
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
        if (is_sought(partition) && !partition->asked && now_ms >= partition->due_ms)
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
        if (!is_sought(partition) || !partition->asked)
            continue;
        partition->asked = false;
        partition->due_ms = now_ms + PARTITION_RETRY_MS;
    }
    if (now_ms < partitions->say_unseen_ms)
        return;
    partitions->say_unseen_ms = now_ms + SAY_EVERY_MS;
    log_event(LOG_WARN_LEVEL, "log-unseen", "why", why, "then",
              "nothing is read before it is known where; asking again", NULL);
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

        if (!partition || !is_sought(partition) || !partition->asked ||
            partition->serial != sights[i].serial)
            continue;
        partition->asked = false;
        if (partition->state == PARTITION_CHECKING ||
            partition_may_follow(partitions, partition, &sights[i]))
            partition_place(partitions, partition, &sights[i], now_ms);
        else
            partition->due_ms = INT64_MAX;
    }
}

/* PARTITION_REPORTING. */
static void reported(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (partition->reported)
        partition_align_or_start(partitions, partition, now_ms);
}

/* PARTITION_STARTING. */
static void try_to_read(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    if (partition->stopped && !kafka_consumer_start(partitions->consumer, partition->number,
                                                    partition_next_to_read(partition)))
        return;
    partition_go(partition, STEP_READ);
    partition->stopped = partition->doubted = false;
    partition->placed = true;
    partition->read_ms = partition->checked_ms = now_ms;
}

static bool is_comparable(const struct partition *partition)
{
    return partition->history.count > 0 || offset_window_newest(&partition->window) != NULL;
}

bool partition_in_doubt(const struct partition *partition, int64_t now_ms)
{
    return is_comparable(partition) &&
           (partition->doubted || now_ms - partition->read_ms > QUIET_MS ||
            now_ms - partition->checked_ms > CHECK_EVERY_MS);
}

void partition_check(struct partition *partition, bool stopped, int64_t now_ms)
{
    bool again = stopped && now_ms - partition->checked_ms < ASTRAY_MS;

    partition_go(partition, STEP_CHECK);
    partition->stopped |= stopped;
    partition->due_ms = again ? now_ms + ASTRAY_MS : now_ms;
}

void partitions_doubt(struct partitions *partitions)
{
    struct partition *partition;

    TAILQ_FOREACH (partition, &partitions->list, link)
        partition->doubted = true;
}

/* PARTITION_READING. A topic that is made anew fast enough is never seen to be unknown, and the new log may
 * hold just as many messages as were read of the old one: then none comes that would have to be believed. */
static void look_around(struct partitions *partitions, struct partition *partition, int64_t now_ms)
{
    bool idle = now_ms - partition->read_ms > IDLE_CHECK_MS &&
                now_ms - partition->checked_ms > IDLE_CHECK_MS;

    (void)partitions;
    if ((partition->doubted || idle) && is_comparable(partition))
        partition_check(partition, false, now_ms);
}

static void (*const by_state[PARTITION_STATE_COUNT])(struct partitions *, struct partition *,
                                                     int64_t) = {
    [PARTITION_ASSIGNED] = begin,
    [PARTITION_ATTACHING] = partition_attach,
    [PARTITION_REPORTING] = reported,
    [PARTITION_READING] = look_around,
};

static int64_t due_of(const struct partition *partition, int64_t now_ms)
{
    switch (partition->state) {
    case PARTITION_STARTING:
        return now_ms + START_AGAIN_MS;
    case PARTITION_FENCED:
        return partition->due_ms;
    case PARTITION_ATTACHING:
    case PARTITION_LOCATING:
    case PARTITION_CHECKING:
        return partition->asked ? INT64_MAX : partition->due_ms;
    default:
        return INT64_MAX;
    }
}

int64_t partitions_start_turn(struct partitions *partitions, int64_t now_ms)
{
    struct partition *partition;
    int64_t next = INT64_MAX;

    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->state == PARTITION_FENCED) {
            if (!partition_answer_fence(partitions, partition, now_ms))
                return now_ms;
        } else if (by_state[partition->state]) {
            by_state[partition->state](partitions, partition, now_ms);
        }
    }
    ask(partitions, now_ms);
    take_answers(partitions, now_ms);
    TAILQ_FOREACH (partition, &partitions->list, link) {
        if (partition->state == PARTITION_STARTING)
            try_to_read(partitions, partition, now_ms);
        if (due_of(partition, now_ms) < next)
            next = due_of(partition, now_ms);
    }
    return next;
}
