#include "core/message_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"

/* "/2147483647/-9223372036854775808/-9223372036854775808" */
#define PLACE_MAX 53
#define TOPIC_MAX (MESSAGE_IDENTITY_SIZE - 1 - PLACE_MAX)
/* "~" and 16 digits: two topics that begin with the same 185 characters must differ, and that is all. */
#define HASH_LEN 17

void message_identity(const struct message *message, char text[MESSAGE_IDENTITY_SIZE])
{
    size_t len = strlen(message->topic);
    size_t used = len <= TOPIC_MAX ? len : TOPIC_MAX - HASH_LEN;
    memcpy(text, message->topic, used);
    if (len > TOPIC_MAX)
        used += (size_t)snprintf(text + used, MESSAGE_IDENTITY_SIZE - used, "~%016" PRIx64,
                                 hash_add(HASH_INIT, message->topic, len));
    snprintf(text + used, MESSAGE_IDENTITY_SIZE - used, "/%" PRId32 "/%" PRId64 "/%" PRId64,
             message->partition, message->offset, message->timestamp_ms);
}
