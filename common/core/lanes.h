/* What must stay in order. A lane is a queue of waiting messages with the same key; its first
 * message may be out with the sink, the others wait for it. Lanes are served in the order in which
 * they became ready, so that no key starves another.
 *
 * The lanes never own messages. */
#ifndef FEEDS_CORE_LANES_H
#define FEEDS_CORE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"

struct lanes;

struct lanes *lanes_new(void);
void lanes_free(struct lanes *lanes);

/* Behind the others of its lane. 0, or -1 when out of memory. */
int lanes_put(struct lanes *lanes, const char *key, size_t len, struct message *message);
/* The next message whose lane is free and whose due_ms has come, or NULL. Its lane is busy from
 * now on, until lanes_put_back() or lanes_done(). Parked messages are not served. */
struct message *lanes_take(struct lanes *lanes, int64_t now_ms);
/* The first lane's head that is wanted, whatever its due_ms and whether it is parked; it stays. */
struct message *lanes_find(const struct lanes *lanes,
                           bool (*wanted)(void *, const struct message *), void *arg);
/* Takes, whatever its due_ms and whether it is parked, the first lane's head that is wanted. */
struct message *lanes_pick(struct lanes *lanes, bool (*wanted)(void *, const struct message *),
                           void *arg);
/* The message taken from a lane goes back to its head: parked if message->parked_on names a route,
 * else not before message->due_ms. */
void lanes_put_back(struct lanes *lanes, struct message *message);
/* The message taken is done with: the next of its lane may go. */
void lanes_done(struct lanes *lanes, struct message *message);
/* What was parked on the route is served again, when due. */
void lanes_release(struct lanes *lanes, int route);
/* When the next message becomes due; INT64_MAX when none waits for a time. 0 when one is ready. */
int64_t lanes_next_due(const struct lanes *lanes);
/* Takes out every waiting (not taken) message of a partition and hands each to drop(). */
void lanes_drop(struct lanes *lanes, int32_t partition, void (*drop)(void *, struct message *),
                void *arg);
/* Messages in the lanes, the taken ones included. */
size_t lanes_count(const struct lanes *lanes);

#endif
