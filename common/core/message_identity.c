#include "core/message_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "/2147483647/-9223372036854775808/-9223372036854775808" */
#define PLACE_MAX 53
#define TOPIC_MAX (MESSAGE_IDENTITY_SIZE - 1 - PLACE_MAX)
/* "~" and 16 digits. */
#define HASH_LEN 17

/* FNV-1a: two topics that begin with the same 185 characters must differ, and that is all. */
static uint64_t hash_of(const char *topic)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *topic != '\0'; topic++)
        hash = (hash ^ (unsigned char)*topic) * UINT64_C(0x100000001b3);
    return hash;
}

void message_identity(const struct message *message, char text[MESSAGE_IDENTITY_SIZE])
{
    size_t len = strlen(message->topic);
    size_t used = len <= TOPIC_MAX ? len : TOPIC_MAX - HASH_LEN;
    memcpy(text, message->topic, used);
    if (len > TOPIC_MAX)
        used += (size_t)snprintf(text + used, MESSAGE_IDENTITY_SIZE - used, "~%016" PRIx64,
                                 hash_of(message->topic));
    snprintf(text + used, MESSAGE_IDENTITY_SIZE - used, "/%" PRId32 "/%" PRId64 "/%" PRId64,
             message->partition, message->offset, message->timestamp_ms);
}
