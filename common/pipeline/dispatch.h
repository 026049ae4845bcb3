/* The messages in a consumer's hands, from being read to being done: lanes, jobs, verdicts, dead
 * letters. It knows neither Kafka nor HTTP: what it needs of the world comes through ports, so that
 * the model test drives it with the null sink and random verdicts.
 *
 *     dispatch_admit()     a message was read: decoded into its lane, or rejected
 *     dispatch_turn()      what may go, goes to the sink
 *     dispatch_settled()   the sink's answer: a verdict becomes the next state (settle.c)
 *     dispatch_reported()  the error topic has the record
 *
 * Every message ends exactly once: in finished(), or in dropped() when its partition was given up.
 */
#ifndef FEEDS_PIPELINE_DISPATCH_H
#define FEEDS_PIPELINE_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"
#include "core/sink.h"
#include "pipeline/outage.h"

struct dispatch;

struct dispatch_ports {
    /* Takes the dead letter and answers with dispatch_reported() when the error topic has it, not
     * earlier, however long that takes. Copies what it needs of the outcome. stage: "read", "decode" or
     * "strapi". */
    void (*report)(void *arg, struct message *message, const char *stage,
                   const struct outcome *outcome);
    /* The message is done: its offset counts. The callee frees it. */
    void (*finished)(void *arg, struct message *message);
    /* The message's partition is no longer ours: nothing is stored. The callee frees it. */
    void (*dropped)(void *arg, struct message *message);
    /* A finished message was done, not rejected (before finished()): for counts and notices. */
    void (*effected)(void *arg, const struct message *message, const struct outcome *outcome);
    /* ADJUST (else NULL): whether the entry that the message names will not come any more. Asked each
     * time it was looked up and found missing. */
    bool (*will_not_come)(void *arg, const struct message *message);
    int64_t (*now_ms)(void *arg);  /* monotonic */
    int64_t (*wall_ms)(void *arg); /* since 1970 */
    uint32_t (*random)(void *arg);
    void *arg;
};

struct dispatch_options {
    const struct entity *entity;
    unsigned max_attempts;
    int64_t lone_retry_ms;
    struct outage_events outage; /* for the operator */
};

/* NULL when out of memory. The sink answers to dispatch_settled() with the dispatch as arg. */
struct dispatch *dispatch_new(const struct dispatch_options *options,
                              const struct dispatch_ports *ports);
void dispatch_use(struct dispatch *dispatch, struct sink sink);
/* Takes responsibility for the message. 0, or -1 when out of memory (it is still the caller's). */
int dispatch_admit(struct dispatch *dispatch, struct message *message);
/* Takes responsibility for what is no message of the target's, but needs an error record: rejected. */
void dispatch_refuse(struct dispatch *dispatch, struct message *message, const char *stage,
                     const struct outcome *outcome);
/* Submits what may go. Returns when it wants to be called again at the latest (monotonic). */
int64_t dispatch_turn(struct dispatch *dispatch);
void dispatch_settled(void *dispatch, struct job *job);
/* The sink's question (core/sink.h). */
bool dispatch_older_missing(void *dispatch, const struct message *message,
                            bool (*wanted)(const void *entry, const struct message *older),
                            const void *entry);
/* The sink's news of the target that are no message's (core/sink.h). */
void dispatch_away(void *dispatch, const char *why);
void dispatch_answered(void *dispatch);
void dispatch_reported(struct dispatch *dispatch, struct message *message);

/* Nothing new goes to the sink from now on; what the sink has not sent comes back. */
void dispatch_hold(struct dispatch *dispatch);
/* Lets go of a partition: its messages that wait, or that the sink has not sent, are dropped now;
 * dispatch_out() tells how many are still out. Those that come back wait again: until the partition
 * is gone, call dispatch_drop_waiting() before each turn. Not from within settled(). */
void dispatch_revoke(struct dispatch *dispatch, const struct partition *home);
void dispatch_drop_waiting(struct dispatch *dispatch, const struct partition *home);
/* Messages of the partition that the sink or the error topic has. NULL: of all. */
size_t dispatch_out(const struct dispatch *dispatch, const struct partition *home);
/* From now on the partition's messages are nobody's: what still comes back is dropped. */
void dispatch_orphan(struct dispatch *dispatch, const struct partition *home);

const struct sink *dispatch_sink(const struct dispatch *dispatch);
/* While the target is away nothing new should be read; but one message is wanted to ask it with. */
bool dispatch_rests(const struct dispatch *dispatch);
/* Messages that wait, or are with the sink: those whose answers tell how the target is. */
size_t dispatch_waiting(const struct dispatch *dispatch);
/* Messages whose entry was missing when it was looked up last. */
size_t dispatch_missing(const struct dispatch *dispatch);
/* Messages in hand. */
size_t dispatch_count(const struct dispatch *dispatch);
uint32_t dispatch_random(const struct dispatch *dispatch);
const struct outage *dispatch_outage(const struct dispatch *dispatch);
/* Drops every message in hand, wherever it is; the sink must be gone. What was not done is read again
 * by the partition's next owner. */
void dispatch_abandon(struct dispatch *dispatch);
/* Every message must have ended, or been abandoned. */
void dispatch_free(struct dispatch *dispatch);

#endif
