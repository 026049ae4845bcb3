/* What keeps rows from being committed: an operator reads of it when it begins, once a minute while it lasts, and
 * when it is over. */
#include <inttypes.h>

#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

#define SAY_EVERY_MS 60000

void kafka_setback(struct kafka_outlet *kafka, const char *event, const char *why, const char *next)
{
    struct kafka_setback *setback = &kafka->setback;
    int64_t now_ms = clock_now();
    if (setback->times++ == 0)
        setback->since_ms = setback->say_ms = now_ms;
    if (now_ms < setback->say_ms)
        return;
    log_event(LOG_WARN_LEVEL, event, "why", why, "next", next, NULL);
    setback->say_ms = now_ms + SAY_EVERY_MS;
}

void kafka_setback_over(struct kafka_outlet *kafka)
{
    struct kafka_setback *setback = &kafka->setback;
    if (setback->times > 0)
        log_say(LOG_INFO_LEVEL, "committed-again",
                "rows are committed again, after %" PRId64 " s and %u failures",
                (clock_now() - setback->since_ms) / 1000, setback->times);
    *setback = (struct kafka_setback){0};
}
