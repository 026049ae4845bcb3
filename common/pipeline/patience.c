#include "pipeline/patience.h"

#include <inttypes.h>

#include "service/log.h"

#define SAY_AFTER_MS 10000
#define SAY_EVERY_MS 60000

void patience_init(struct patience *patience, int64_t give_up_after_ms)
{
    *patience = (struct patience){.give_up_after_ms = give_up_after_ms};
}

void patience_renew(struct patience *patience, int64_t now_ms)
{
    if (patience->said)
        log_say(LOG_INFO_LEVEL, "kafka-back", "Kafka acknowledges again, after %" PRId64 " s",
                (now_ms - patience->since_ms) / 1000);
    patience->said = false;
    patience->since_ms = now_ms;
    patience->say_ms = now_ms + SAY_AFTER_MS;
}

bool patience_left(struct patience *patience, size_t waiting, int64_t now_ms)
{
    int64_t silent_ms = now_ms - patience->since_ms;
    if (patience->give_up_after_ms >= 0 && silent_ms >= patience->give_up_after_ms) {
        log_say(LOG_ERROR_LEVEL, "gave-up",
                "Kafka has acknowledged nothing for %" PRId64 " s, longer than GIVE_UP_AFTER",
                silent_ms / 1000);
        return false;
    }
    if (now_ms >= patience->say_ms) {
        log_say(LOG_WARN_LEVEL, "waiting",
                "Kafka has acknowledged nothing for %" PRId64 " s; %zu messages wait for it",
                silent_ms / 1000, waiting);
        patience->said = true;
        patience->say_ms = now_ms + SAY_EVERY_MS;
    }
    return true;
}
