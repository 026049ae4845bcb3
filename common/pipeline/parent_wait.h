/* Messages about an entry that is missing: will it still come? Looks at the topic that brings the
 * entries, and at the group that works it off, while somebody waits, and then about once a second
 * (the rule itself is core/upstream.h's).
 *
 *     message->mark = parent_wait_mark(parents)     when it is read
 *     parent_wait_turn(parents, missing, …)         each turn of the loop
 *     parent_wait_is_over(parents, message, now)    its entry was looked up, and is missing */
#ifndef FEEDS_PIPELINE_PARENT_WAIT_H
#define FEEDS_PIPELINE_PARENT_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"
#include "core/upstream.h"
#include "kafka/client.h"

struct parent_wait;

struct parent_options {
    struct kafka_options kafka;
    const char *name;           /* what is waited for, for the log: "product" */
    const char *topic, *group;  /* that bring it */
    const char *progress_topic; /* where it is recorded which feeds are sent to that topic */
    int64_t grace_ms, wait_ms;  /* core/upstream.h */
    int wake_fd;
};

/* NULL with a reason. Strings are borrowed. The brokers are not asked as long as nobody
 * waits; which feeds are sent is followed always. */
struct parent_wait *parent_wait_new(const struct parent_options *options, struct reason *reason);
uint64_t parent_wait_mark(const struct parent_wait *parents);
/* missing: messages that wait. outage: the target is away, also for those who bring the entries: what
 * they have not done meanwhile says nothing. now_ms is monotonic, wall_ms since 1970. */
void parent_wait_turn(struct parent_wait *parents, size_t missing, bool outage, int64_t now_ms,
                      int64_t wall_ms);
/* Whether the entry that the message names will not come any more. */
bool parent_wait_is_over(const struct parent_wait *parents, const struct message *message,
                         int64_t now_ms, int64_t wall_ms);
void parent_wait_free(struct parent_wait *parents);

#endif
