#include "monitors/topic_wait.h"

#include "service/clock.h"
#include "service/log.h"
#include "service/signals.h"

#define ASK_MS       1000
#define SAY_EVERY_MS 60000

static void say_waiting(enum topic_open opened, const struct topic_wait *wait,
                        const struct reason *reason)
{
    if (opened == TOPIC_ABSENT)
        log_say(LOG_INFO_LEVEL, "no-topic",
                "there is no topic %s yet, so nothing has failed so far; waiting for it",
                wait->topic);
    else
        log_say(LOG_WARN_LEVEL, "kafka-away", "Kafka (%s) is out of reach: %s; trying again",
                wait->brokers, reason->text);
}

enum topic_wait_result topic_wait(struct topic_reader *reader, const struct topic_wait *wait,
                                  struct reason *reason)
{
    int64_t alive_ms = clock_now(), say_ms = alive_ms;
    while (!signals_stopping()) {
        enum topic_open opened = topic_reader_open(reader, ASK_MS, reason);
        if (opened == TOPIC_OPENED)
            return TOPIC_WAIT_OPEN;
        if (opened == TOPIC_REFUSED)
            return TOPIC_WAIT_REFUSED;
        if (opened == TOPIC_ABSENT && wait->until_end)
            return TOPIC_WAIT_ABSENT;
        int64_t now_ms = clock_now();
        if (opened == TOPIC_ABSENT)
            alive_ms = now_ms;
        if (now_ms >= say_ms) {
            say_waiting(opened, wait, reason);
            say_ms = now_ms + SAY_EVERY_MS;
        }
        if (wait->give_up_after_ms >= 0 && now_ms - alive_ms >= wait->give_up_after_ms)
            return TOPIC_WAIT_GAVE_UP;
        topic_reader_rest(reader, ASK_MS);
    }
    return TOPIC_WAIT_STOPPED;
}
