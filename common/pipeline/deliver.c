#include "pipeline/deliver.h"

#include <stdlib.h>

#include "pipeline/deliver_ports.h"
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/health.h"
#include "service/log.h"
#include "service/signals.h"

/* The group is polled at least this often, whatever else there is to wait for. */
#define TURN_MAX_MS 1000
/* A loop that stood still for longer than this (a frozen process, a suspended machine) may have
 * lost its partitions without knowing: half of the shortest session.timeout.ms that brokers allow
 * (group.min.session.timeout.ms, 6 s). */
#define FROZEN_MS 3000
/* At the end, for what is done to be heard by the target. */
#define CONFIRM_MS 3000

/* After a standstill the group is asked before anything else is written: who is no longer a member
 * lets go of everything. */
static void check_membership(struct deliver *deliver, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    bool fenced = false;

    if (deliver->last_turn_ms && now_ms - deliver->last_turn_ms > FROZEN_MS &&
        partitions_commit(&deliver->partitions, &fenced, &reason) != 0)
        log_event(LOG_WARN_LEVEL, "stood-still", "why", reason.text, "fenced",
                  fenced ? "yes" : "no", NULL);
    /* The commit's own wait is no standstill. */
    deliver->last_turn_ms = clock_now();
}

/* A token that was replaced is taken up without a restart. */
static void refresh_token(struct deliver *deliver)
{
    if (deliver->outage_since_ms == 0 || !secret_refresh(deliver->token))
        return;
    if (http_client_token(deliver->http, secret_text(deliver->token)) == 0)
        log_say(LOG_INFO_LEVEL, "token", "read again: it has changed");
    else
        log_say(LOG_ERROR_LEVEL, "token", "read again: it holds what a header cannot carry");
}

/* The error producer's connection stands for both handles: they have the same brokers. Says so in
 * the log; false when GIVE_UP_AFTER has run out. */
static bool kafka_is_patient(struct deliver *deliver, int64_t now_ms)
{
    if (kafka_producer_connected(deliver->producer))
        patience_renew(&deliver->kafka, now_ms);
    return patience_left(&deliver->kafka, dispatch_count(deliver->dispatch), now_ms);
}

static bool waited_too_long(const struct deliver *deliver, int64_t now_ms)
{
    int64_t patience = deliver->options.program->settings->give_up_after_ms;

    return patience >= 0 && deliver->outage_since_ms &&
           now_ms - deliver->outage_since_ms >= patience;
}

static void stop(struct deliver *deliver, int exit_code, int64_t now_ms)
{
    deliver->exit_code = exit_code;
    deliver->drain_until_ms = now_ms + deliver->options.drain_ms;
    dispatch_hold(deliver->dispatch);
}

/* Reasons to stop, the first that applies. */
static void look_for_the_end(struct deliver *deliver, int64_t now_ms)
{
    if (deliver->drain_until_ms)
        return;
    if (signals_stopping()) {
        log_say(LOG_INFO_LEVEL, "stopping", "a signal came: finishing what is in flight");
        stop(deliver, EXIT_INTERRUPTED, now_ms);
    } else if (deliver->refused) {
        stop(deliver, EXIT_CONFIGURATION, now_ms);
    } else if (deliver->failed || dead_letters_broken(deliver->letters) ||
               !kafka_is_patient(deliver, now_ms)) {
        stop(deliver, EXIT_UNAVAILABLE, now_ms);
    } else if (waited_too_long(deliver, now_ms)) {
        log_say(LOG_ERROR_LEVEL, "gave-up",
                "Strapi was away for longer than GIVE_UP_AFTER; nothing is lost, what was not "
                "written is read again at the next start");
        stop(deliver, EXIT_UNAVAILABLE, now_ms);
    } else if (deliver->options.until_end && headway_finished(&deliver->headway, now_ms)) {
        headway_end(&deliver->headway, now_ms);
        stop(deliver, EXIT_ALL_ACCOUNTED, now_ms);
    }
}

/* What the target has not heard is refused again at the next start: it is told, if it listens. */
static bool is_confirmed(const struct deliver *deliver, int64_t now_ms)
{
    const struct sink *sink = dispatch_sink(deliver->dispatch);
    int64_t stopped_ms = deliver->drain_until_ms - deliver->options.drain_ms;

    return !sink->ops->unconfirmed || deliver->outage_since_ms ||
           now_ms - stopped_ms >= CONFIRM_MS || sink->ops->unconfirmed(sink->self) == 0;
}

static bool is_over(const struct deliver *deliver, int64_t now_ms)
{
    if (!deliver->drain_until_ms)
        return false;
    return (dispatch_out(deliver->dispatch, NULL) == 0 && is_confirmed(deliver, now_ms)) ||
           now_ms >= deliver->drain_until_ms || signals_count() > 1;
}

/* The one blocking call. Once a signal has come its descriptor stays readable: nobody asks it then.
 */
static void wait_for_work(struct deliver *deliver, int64_t until_ms)
{
    const int fds[] = {deliver->wake.read_fd, signals_fd()};
    int64_t timeout = until_ms - clock_now();

    if (timeout < 0)
        timeout = 0;
    if (timeout > TURN_MAX_MS)
        timeout = TURN_MAX_MS;
    http_client_wait(deliver->http, fds, deliver->drain_until_ms ? 1 : 2, timeout);
    wake_clear(&deliver->wake);
}

static void wait_for_parents(struct deliver *deliver, int64_t now_ms)
{
    const struct outage *outage = dispatch_outage(deliver->dispatch);

    if (deliver->parents)
        parent_wait_turn(deliver->parents, dispatch_missing(deliver->dispatch),
                         deliver->outage_since_ms || outage_blocked(outage, PLACE_TARGET) ||
                             outage_blocked(outage, ROUTE_LOOKUP),
                         now_ms, clock_wall());
}

static int64_t sooner(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* Everything that does not wait. Returns when the next turn is wanted. */
static int64_t turn(struct deliver *deliver, int64_t now_ms)
{
    int64_t next;
    int more = 0;

    check_membership(deliver, now_ms);
    kafka_consumer_poll(deliver->consumer);
    kafka_producer_poll(deliver->producer, 0);
    next = partitions_turn(&deliver->partitions, now_ms);
    refresh_token(deliver);
    wait_for_parents(deliver, now_ms);
    if (!deliver->drain_until_ms && (more = intake_turn(&deliver->intake)) < 0)
        abort();
    next = sooner(next, dispatch_turn(deliver->dispatch));
    next = sooner(next, dead_letters_turn(deliver->letters, now_ms));
    headway_turn(&deliver->headway, now_ms);
    health_keep(deliver->options.program->health,
                deliver->outage_since_ms ? HEALTH_OUTAGE : HEALTH_RUNNING, now_ms);
    look_for_the_end(deliver, now_ms);
    return more ? now_ms : next;
}

static void leave(struct deliver *deliver)
{
    struct reason reason = REASON_INIT;
    bool fenced;

    if (partitions_commit(&deliver->partitions, &fenced, &reason) != 0) {
        log_event(LOG_WARN_LEVEL, "commit-failed", "why", reason.text, "then",
                  "messages since the last commit are read again at the next start", NULL);
        if (deliver->exit_code == EXIT_ALL_ACCOUNTED)
            deliver->exit_code = EXIT_UNAVAILABLE;
    }
    partitions_release(&deliver->partitions);
}

int deliver_run(struct deliver *deliver)
{
    int code = deliver_join(deliver);

    if (code != 0)
        return code;
    for (;;) {
        int64_t now_ms = clock_now(), next = turn(deliver, now_ms);

        if (is_over(deliver, now_ms))
            break;
        wait_for_work(deliver, next);
    }
    leave(deliver);
    return deliver->exit_code;
}

void deliver_close(struct deliver *deliver)
{
    /* librdkafka's destroy waits for ever for a message that somebody still holds. */
    if (deliver->dispatch)
        dispatch_abandon(deliver->dispatch);
    kafka_consumer_free(deliver->consumer);
    log_survey_free(deliver->survey);
    free(deliver->cluster);
    error_topic_free(deliver->error_topic);
    kafka_producer_free(deliver->producer);
    dead_letters_free(deliver->letters);
    dispatch_free(deliver->dispatch);
    parent_wait_free(deliver->parents);
    headway_release(&deliver->headway);
    wake_close(&deliver->wake);
}
