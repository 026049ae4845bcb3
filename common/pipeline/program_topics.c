#include <poll.h>
#include <stdio.h>

/* ours: kafka */
#include "kafka/topics.h"
/* ours: pipeline */
#include "pipeline/program.h"
/* ours: service */
#include "service/clock.h"
#include "service/exit_code.h"
#include "service/log.h"
#include "service/signals.h"

/* One attempt. Short, because a signal has to wait for it. */
#define TOPICS_ATTEMPT_MS 2000
#define TOPICS_PAUSE_MS   500
#define TOPICS_SAY_MS     60000

/* librdkafka's last word says why (refused, name unknown, wrong password); the call only says that
 * it took too long. */
static const char *why_away(const struct program *program, const struct reason *reason)
{
    return program->kafka_log.last[0] != '\0' ? program->kafka_log.last : reason->text;
}

static void say_away(const struct program *program, const struct reason *reason, int64_t waited_ms)
{
    int64_t patience = program->settings->give_up_after_ms;
    char until[64] = "until it answers";
    if (patience >= 0)
        snprintf(until, sizeof until, "for another %lld s",
                 (long long)(patience > waited_ms ? patience - waited_ms + 999 : 0) / 1000);
    log_say(LOG_WARN_LEVEL, "kafka-away",
            "Kafka is out of reach, or not ready, at %s; trying again %s (%s)", program->brokers,
            until, why_away(program, reason));
}

/* Until the next attempt, or a signal. */
static void pause_for_topics(void)
{
    struct pollfd signal = {.fd = signals_fd(), .events = POLLIN};
    poll(&signal, 1, TOPICS_PAUSE_MS);
}

static int attempt_ms(int64_t patience, int64_t waited)
{
    if (patience < 0 || patience - waited > TOPICS_ATTEMPT_MS)
        return TOPICS_ATTEMPT_MS;
    return patience > waited ? (int)(patience - waited) : 1;
}

/* Log lines of a producer come through its poll; a consumer's are served by its owner. */
static void hear(rd_kafka_t *client)
{
    if (rd_kafka_type(client) == RD_KAFKA_PRODUCER)
        rd_kafka_poll(client, 0);
}

static int wait_for_topics(const struct program *program, rd_kafka_t *client,
                           const struct topic_spec *specs, size_t count, struct reason *reason)
{
    int64_t patience = program->settings->give_up_after_ms;
    int64_t start = clock_now(), said = 0;
    for (;;) {
        enum topics_result result =
            topics_ensure(client, specs, count, attempt_ms(patience, clock_now() - start), reason);
        hear(client);
        int64_t now = clock_now();
        health_keep(program->health, HEALTH_WAITING, now);
        if (result == TOPICS_REFUSED)
            return EXIT_CONFIGURATION;
        if (result == TOPICS_OK) {
            if (said != 0)
                log_say(LOG_INFO_LEVEL, "kafka-back", "Kafka answers at %s after %lld s",
                        program->brokers, (long long)(now - start) / 1000);
            return EXIT_ALL_ACCOUNTED;
        }
        if (signals_stopping())
            return EXIT_INTERRUPTED;
        if (patience >= 0 && now - start >= patience)
            return EXIT_UNAVAILABLE;
        if (said == 0 || now - said >= TOPICS_SAY_MS) {
            say_away(program, reason, now - start);
            said = now;
        }
        pause_for_topics();
    }
}

int program_topics_ensure(const struct program *program, rd_kafka_t *client,
                          const struct topic_spec *specs, size_t count)
{
    struct program_kafka_log *state = program->kafka.log_arg;
    struct reason reason = REASON_INIT;
    state->waiting = true;
    int code = wait_for_topics(program, client, specs, count, &reason);
    state->waiting = false;
    if (code == EXIT_CONFIGURATION)
        log_say(LOG_ERROR_LEVEL, "kafka-refused", "Kafka at %s refuses: %s", program->brokers,
                reason.text);
    if (code == EXIT_UNAVAILABLE)
        log_say(LOG_ERROR_LEVEL, "kafka-away",
                "Kafka was out of reach, or not ready, at %s for GIVE_UP_AFTER; giving up (%s)",
                program->brokers, why_away(program, &reason));
    return code;
}

int program_topics(const struct program *program, rd_kafka_t *client, const char *topic)
{
    const struct program_settings *settings = program->settings;
    const struct topic_spec specs[] = {
        {.name = settings->error_topic,
         .partitions = (int)settings->partitions,
         .retention_ms = -1},
        {.name = topic,
         .partitions = (int)settings->partitions,
         .retention_ms = settings->topic_retention_ms},
    };
    return program_topics_ensure(program, client, specs, topic == NULL ? 1 : 2);
}
