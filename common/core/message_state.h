/* The life of a message (consumer) as one table; docs/architecture.md draws it. Which of a sink's verdicts is which
 * event is said in pipeline/settle.c (by_verdict). A movement whose product is not there waits like any other
 * (message->missing).
 *
 *              decoded   undecodable submitted  confirmed refused   put back  reported
 *   polled     waiting   rejected    .          .         .         .         .
 *   waiting    .         .           in flight  .         .         .         .
 *   in flight  .         .           .          done      rejected  waiting   .
 *   rejected   .         .           .          .         .         .         done
 *   done       .         .           .          .         .         .         .
 */
#ifndef FEEDS_CORE_MESSAGE_STATE_H
#define FEEDS_CORE_MESSAGE_STATE_H

enum message_state {
    MESSAGE_POLLED,
    MESSAGE_WAITING,   /* in its lane */
    MESSAGE_IN_FLIGHT, /* with the sink */
    MESSAGE_REJECTED,  /* its error record is on the way to the error topic */
    MESSAGE_DONE,      /* its offset may be stored as soon as every lower one may */
    MESSAGE_STATE_COUNT,
};

enum message_event {
    EVENT_DECODED,
    EVENT_UNDECODABLE, /* or a range of messages that is gone: nothing for the target */
    EVENT_SUBMITTED,
    EVENT_CONFIRMED, /* the sink: the effect is in the target */
    EVENT_REFUSED,   /* this record's own fault, or its attempts are used up */
    EVENT_PUT_BACK,  /* outage, overload, unknown outcome: not this record's fault, or not yet */
    EVENT_REPORTED,  /* the error topic acknowledged the record */
    MESSAGE_EVENT_COUNT,
};

/* The next state. An event that the table does not have for the state is a bug in the caller:
 * MESSAGE_STATE_COUNT is returned, which no caller may store. */
enum message_state message_next(enum message_state state, enum message_event event);

#endif
