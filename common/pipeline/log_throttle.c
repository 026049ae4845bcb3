#include "pipeline/log_throttle.h"

#include <stddef.h>
#include <string.h>

#include "core/hash.h"

/* Over all but digits, up to librdkafka's "(after 12ms in state CONNECT, 3 identical errors
 * suppressed)"; never 0, which marks an empty place. */
static uint64_t hash_class(const char *text)
{
    const char *end = strstr(text, " (after ");
    uint64_t hash = HASH_INIT;
    for (; *text != '\0' && text != end; text++)
        if (*text < '0' || *text > '9')
            hash = hash_add(hash, text, 1);
    return hash == 0 ? 1 : hash;
}

bool log_throttle_pass(struct log_throttle *throttle, const char *text, int64_t now_ms)
{
    uint64_t hash = hash_class(text);
    size_t oldest = 0;
    for (size_t i = 0; i < LOG_THROTTLE_CLASSES; i++) {
        if (throttle->seen[i].class_hash == hash) {
            if (now_ms - throttle->seen[i].passed_ms < LOG_THROTTLE_MS)
                return false;
            oldest = i;
            break;
        }
        if (throttle->seen[i].passed_ms < throttle->seen[oldest].passed_ms)
            oldest = i;
    }
    throttle->seen[oldest].class_hash = hash;
    throttle->seen[oldest].passed_ms = now_ms;
    return true;
}
