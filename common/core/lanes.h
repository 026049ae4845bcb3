/* What must stay in order. A lane is a queue of waiting messages with the same key. Its first one, or
 * several of its first ones as a run, may be out with the sink; until all of these are back or done
 * with, the lane is closed and the others wait. Lanes are served in the order in which they became
 * ready, so that no key starves another.
 *
 * The lanes never own messages. */
#ifndef FEEDS_CORE_LANES_H
#define FEEDS_CORE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"

struct lanes;

/* NULL when out of memory. */
struct lanes *lanes_new(void);
void lanes_free(struct lanes *lanes);

/* Behind the others of its lane. 0, or -1 when out of memory. */
int lanes_put(struct lanes *lanes, const char *key, size_t len, struct message *message);
/* The next message whose lane is free and whose due_ms has come, or NULL. It is out from now on, and
 * its lane closed, until lanes_put_back(), lanes_done() or lanes_move(). Parked messages are not
 * served. */
struct message *lanes_take(struct lanes *lanes, int64_t now_ms);
/* What waits right behind the last one taken of its lane, or NULL. Only looked at. */
struct message *lanes_behind(const struct message *last);
/* Takes that one too, into the same run. */
void lanes_take_behind(struct message *message);
/* The first lane's head that is wanted, whatever its due_ms and whether it is parked; it stays. */
struct message *lanes_find(const struct lanes *lanes,
                           bool (*wanted)(void *, const struct message *), void *arg);
/* Takes, whatever its due_ms and whether it is parked, the first lane's head that is wanted. */
struct message *lanes_pick(struct lanes *lanes, bool (*wanted)(void *, const struct message *),
                           void *arg);
/* The message is not out any more; it has its place still. Once none of the lane is out, the lane is
 * served again: parked if its head's parked_on names a route, else not before the latest due_ms of
 * those that came back. (What is not the head cannot be parked: nothing is learnt of it so.) */
void lanes_put_back(struct lanes *lanes, struct message *message);
/* The message that is out is done with: it leaves its lane. */
void lanes_done(struct lanes *lanes, struct message *message);
/* The same in two steps: it leaves its lane, which stays closed until lanes_open(). */
void lanes_leave(struct lanes *lanes, struct message *message);
void lanes_open(struct lanes *lanes, struct message *message);
/* The message that is out goes behind the others of the lane of that key; to its old place if that is
 * its own lane. 0, or -1 when out of memory: nothing has changed. */
int lanes_move(struct lanes *lanes, const char *key, size_t len, struct message *message);
/* Whether no other message of its lane stands in front of it. */
bool lanes_leads(const struct message *message);
/* Whether there are messages in the lane of that key, and it is not the message's own. */
bool lanes_elsewhere(const struct lanes *lanes, const char *key, size_t len,
                     const struct message *message);
/* What waits for a time in the lane of that key is due at once. */
void lanes_hurry(struct lanes *lanes, const char *key, size_t len);
/* What was parked on the route is served again, when due. */
void lanes_release(struct lanes *lanes, int route);
/* When the next message becomes due; INT64_MAX when none waits for a time. 0 when one is ready. */
int64_t lanes_next_due(const struct lanes *lanes);
/* Removes every message of a partition that is not out, and hands each to drop(). */
void lanes_drop(struct lanes *lanes, int32_t partition, void (*drop)(void *, struct message *),
                void *arg);
/* Messages in the lanes, those that are out included. */
size_t lanes_count(const struct lanes *lanes);

#endif
