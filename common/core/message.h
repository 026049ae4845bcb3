/* One Kafka message in a consumer's hands, from the poll until its offset may be stored. */
#ifndef FEEDS_CORE_MESSAGE_H
#define FEEDS_CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message_state.h"
#include "core/record.h"

/* What a message says of the feed it came from (headers; all NULL or 0 when it does not). */
struct message_origin {
    const char *feed, *feed_id;
    uint64_t row;
};

struct message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    const char *key;
    size_t key_len;
    const char *value;
    size_t value_len;
    struct message_origin origin;
    /* What owns the bytes above; handed back through the consumer when the message is done. */
    void *owner;

    struct record record;
    enum message_state state;
    int64_t due_ms;            /* waiting: not before this time */
    unsigned attempts;         /* failures that are this record's own (outages do not count) */
    int64_t first_failed_ms;   /* 0: has not failed */
    int route;                 /* the route it failed on last; -1: none */
    uint64_t route_successes;  /* successes of others on that route when it failed last */
    unsigned deaths;           /* times the target died or hung with this message in flight */
    bool suspect;              /* to be tried alone: it may be what kills the target */
    struct message *next;      /* in its lane */
};

#endif
