/* What tells a message from another one at the same offset of a topic with the same name: librdkafka
 * 2.0.2 knows no topic ids (KIP-516), and a topic that was deleted and made anew counts its offsets from 0
 * again. Stands in the note of an offset commit (what Kafka calls its meta data), and in the target's positions.
 *
 *     "<offset>:<timestamp>:<16 hexadecimal digits>"     the hash is of the key and the value */
#ifndef FEEDS_CORE_FINGERPRINT_H
#define FEEDS_CORE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"

/* The longest text, with its NUL: two numbers of up to 20 characters, 16 digits, two colons. */
#define FINGERPRINT_SIZE 65

struct fingerprint {
    int64_t offset, timestamp_ms;
    uint64_t hash;
};

struct fingerprint fingerprint_of(const struct message *message);
bool fingerprint_equal(const struct fingerprint *one, const struct fingerprint *other);
void fingerprint_write(const struct fingerprint *fingerprint, char text[FINGERPRINT_SIZE]);
/* 0, or -1 when the text (not NUL-terminated) is none. */
int fingerprint_read(const char *text, size_t len, struct fingerprint *fingerprint);

#endif
