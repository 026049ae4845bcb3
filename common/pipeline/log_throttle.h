/* Lets a line through once a minute for each class of text. librdkafka says "Connection refused"
 * several times a second while a broker is away; a person needs it once. */
#ifndef FEEDS_PIPELINE_LOG_THROTTLE_H
#define FEEDS_PIPELINE_LOG_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_THROTTLE_MS      60000
#define LOG_THROTTLE_CLASSES 32

struct log_throttle {
    struct {
        uint64_t class_hash; /* of the text without its digits: ports, times and counts vary */
        int64_t passed_ms;
    } seen[LOG_THROTTLE_CLASSES]; /* all zero at first */
};

bool log_throttle_pass(struct log_throttle *throttle, const char *text, int64_t now_ms);

#endif
