#include "core/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"

struct fingerprint fingerprint_of(const struct message *message)
{
    uint64_t hash = hash_add(HASH_INIT, message->key, message->key_len);
    /* A NUL between them: it cannot stand in the value, which is JSON. */
    hash = hash_add(hash, "", 1);
    return (struct fingerprint){
        .offset = message->offset,
        .timestamp_ms = message->timestamp_ms,
        .hash = hash_add(hash, message->value, message->value_len),
    };
}

bool fingerprint_equal(const struct fingerprint *one, const struct fingerprint *other)
{
    return one->offset == other->offset && one->timestamp_ms == other->timestamp_ms &&
           one->hash == other->hash;
}

void fingerprint_write(const struct fingerprint *fingerprint, char text[FINGERPRINT_SIZE])
{
    snprintf(text, FINGERPRINT_SIZE, "%" PRId64 ":%" PRId64 ":%016" PRIx64, fingerprint->offset,
             fingerprint->timestamp_ms, fingerprint->hash);
}

int fingerprint_read(const char *text, size_t len, struct fingerprint *fingerprint)
{
    char copy[FINGERPRINT_SIZE], back[FINGERPRINT_SIZE];
    if (len >= sizeof copy)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (sscanf(copy, "%" SCNd64 ":%" SCNd64 ":%16" SCNx64, &fingerprint->offset,
               &fingerprint->timestamp_ms, &fingerprint->hash) != 3)
        return -1;
    /* Only what fingerprint_write() makes: no blanks, signs or zeros that sscanf overlooks. */
    fingerprint_write(fingerprint, back);
    return strcmp(copy, back) == 0 ? 0 : -1;
}
