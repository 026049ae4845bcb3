#include "pipeline/target_wait.h"

#include "core/backoff.h"
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/log.h"
#include "service/signals.h"

#define ASK_FIRST_MS   500
#define ASK_CEILING_MS 10000
#define SAY_EVERY_MS   60000

/* Sleeps, but wakes up for a signal; no longer than until patience ends. */
static void rest(struct http_client *http, int64_t delay_ms, int64_t left_ms)
{
    const int signal_fd = signals_fd();

    http_client_wait(http, &signal_fd, 1, delay_ms < left_ms ? delay_ms : left_ms);
}

/* Milliseconds until it shall give up. */
static int64_t left(const struct target_patience *patience, int64_t waited_ms)
{
    if (patience->give_up_after_ms < 0)
        return INT64_MAX;
    return waited_ms < patience->give_up_after_ms ? patience->give_up_after_ms - waited_ms : 0;
}

/* A question takes no longer than until it shall give up. */
static int64_t question_ms(const struct target_patience *patience, int64_t left_ms)
{
    int64_t most = left_ms > 0 ? left_ms : 1;

    return patience->request_timeout_ms < most ? patience->request_timeout_ms : most;
}

static int misconfigured(const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "target", "why", reason->text, NULL);
    return EXIT_CONFIGURATION;
}

int target_wait(struct target *target, struct http_client *http, struct secret *token,
                const struct target_patience *patience)
{
    struct backoff backoff = BACKOFF_INIT(ASK_FIRST_MS, ASK_CEILING_MS);
    int64_t began = clock_now(), say_at = began;
    const int signal_fd = signals_fd();

    for (;;) {
        struct reason reason = REASON_INIT;
        int64_t now = clock_now();
        int64_t timeout_ms = question_ms(patience, left(patience, now - began));
        enum target_result result = target_check(target, http, timeout_ms, &signal_fd, 1, &reason);

        now = clock_now();
        health_keep(patience->health, HEALTH_WAITING, now);
        if (result == TARGET_OK)
            return EXIT_ALL_ACCOUNTED;
        if (signals_stopping())
            return EXIT_INTERRUPTED;
        if (result == TARGET_MISCONFIGURED)
            return misconfigured(&reason);
        if (now >= say_at || patience->once) {
            log_event(LOG_WARN_LEVEL, "target-away", "why", reason.text, "then",
                      patience->once ? "giving up, as asked" : "asking again until it answers",
                      NULL);
            say_at = now + SAY_EVERY_MS;
        }
        if (patience->once)
            return EXIT_UNAVAILABLE;
        if (left(patience, now - began) == 0) {
            log_say(LOG_ERROR_LEVEL, "gave-up", "Strapi was away for longer than GIVE_UP_AFTER");
            return EXIT_UNAVAILABLE;
        }
        if (secret_refresh(token))
            http_client_token(http, secret_text(token));
        rest(http, backoff_next(&backoff, (uint32_t)now * 2654435761u),
             left(patience, now - began));
    }
}
