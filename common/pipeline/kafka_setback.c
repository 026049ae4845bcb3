/* What keeps rows from being committed: an operator reads of it when it begins, and when it is over. That it lasts
 * is said by pipeline/patience.h. */
#include <inttypes.h>

#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

void kafka_setback(struct kafka_outlet *kafka, const char *event, const char *why, const char *next)
{
    struct kafka_setback *setback = &kafka->setback;
    if (setback->times++ > 0)
        return;
    setback->since_ms = clock_now();
    log_event(LOG_WARN_LEVEL, event, "why", why, "next", next, NULL);
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
