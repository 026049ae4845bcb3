/* What the files of a dispatch share: dispatch.c (from being read to the sink), dispatch_leave.c (what
 * is given up), probe.c (who goes first, or alone), settle.c (the sink's answers), settle_blame.c (one
 * bad record, or an outage?), settle_address.c (which entry it is about). For these files only. */
#ifndef FEEDS_PIPELINE_DISPATCH_STATE_H
#define FEEDS_PIPELINE_DISPATCH_STATE_H

#include <sys/queue.h>

#include "core/lanes.h"
#include "pipeline/dispatch.h"

TAILQ_HEAD(message_list, message);

struct dispatch {
    struct dispatch_options options;
    struct dispatch_ports ports;
    struct sink sink;
    struct lanes *lanes;
    struct outage outage;
    struct message_list in_hand;
    size_t count;           /* messages in hand */
    size_t in_flight;       /* jobs the sink has */
    size_t suspects;        /* messages to be tried alone */
    size_t missing;         /* messages whose entry was looked up last, and was not there */
    bool alone;             /* the one job in flight is a suspect's */
    int64_t quiet_until_ms; /* the target has just died: no suspect and no probe before then */
    bool hold;
    bool recall; /* the sink shall give back what it has not sent, at the next turn */
};

int64_t dispatch_now(const struct dispatch *dispatch); /* monotonic */
/* Moves the message along the state table; an event that the table does not have is a bug. */
void dispatch_move(struct message *message, enum message_event event);
/* The message is done with, one way or the other: out of our hands. */
void dispatch_finish(struct dispatch *dispatch, struct message *message);
void dispatch_drop(void *dispatch, struct message *message);
/* Remembers how many have passed each route by now. */
void dispatch_note_passed(const struct dispatch *dispatch, struct message *message);
/* Clears or sets the mark, and keeps count. */
void dispatch_suspect(struct dispatch *dispatch, struct message *message, bool suspect);

/* Since when its entry is missing; 0: it is not. Keeps count. */
void dispatch_missing_since(struct dispatch *dispatch, struct message *message, int64_t since_ms);

/* Hands a message taken from its lane to the sink, and with it as many of those behind it as may go
 * along, `most` in all. Returns how many. */
size_t dispatch_submit(struct dispatch *dispatch, struct message *message, size_t most, bool probe,
                       int64_t now);

/* probe.c. Lets one record through each blocked place whose time has come; returns when the next
 * one's comes (INT64_MAX: nothing to wait for but an answer or a message). */
int64_t probe_places(struct dispatch *dispatch, int64_t now);
/* The target has died: for a moment nothing is tried that it could be taken for. */
void probe_wait(struct dispatch *dispatch, int64_t now);
/* What was in flight when the target died goes alone, one at a time. True: nothing else may go. */
bool probe_suspect(struct dispatch *dispatch, int64_t now);

/* settle.c: what becomes of a message that the sink has answered for, or that does not decode. */
void settle_job(struct dispatch *dispatch, struct job *job);
void settle_rejected(struct dispatch *dispatch, struct message *message, enum message_event event,
                     const char *stage, const struct outcome *outcome);
/* It will not be tried again. Its lane stays closed until the error topic has the record. */
void settle_refused(struct dispatch *dispatch, struct message *message,
                    const struct outcome *outcome);
/* It is to go back to a lane: due not before delay_ms from now, parked if the route is blocked. False
 * when it is nobody's any more, and was dropped. */
bool settle_waits_on(struct dispatch *dispatch, struct message *message, int64_t delay_ms,
                     int route);

/* settle_blame.c. Counts a failure, as the record's own or as its route's. Returns whether it was the
 * last one: the record is to be given up. */
bool settle_count_failure(struct dispatch *dispatch, struct message *message,
                          const struct outcome *outcome);

/* settle_address.c: which entry a message is about. */
void settle_addressed(struct dispatch *dispatch, struct job *job);
void settle_missing(struct dispatch *dispatch, struct job *job);
/* Whether it is not known yet. */
bool settle_seeks_entry(const struct dispatch *dispatch, const struct message *message);
/* It waits in the lane of its address, out of the way of the others that are looked up. */
void settle_put_apart(struct dispatch *dispatch, struct message *message, int64_t delay_ms,
                      int route);

#endif
