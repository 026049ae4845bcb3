/* The life of a producer's transaction as one table; docs/architecture.md draws it.
 *
 *                opened  closed   written     committed  failed    doubtful  aborted  lost  recovered  left
 *   idle         open    .        .           .          .         .         .        lost  .          idle
 *   open         .       closing  .           .          aborting  .         .        lost  .          idle
 *   closing      .       .        committing  .          aborting  .         .        lost  .          idle
 *   committing   .       .        .           idle       aborting  lost      .        lost  .          idle
 *   aborting     .       .        .           .          .         .         idle     lost  .          idle
 *   lost         .       .        .           .          .         .         .        lost  idle       idle
 *
 * Without transactions (TRANSACTIONS=false) rows go the same way in batches, of which each is closed by the
 * feed's progress; then nothing is ever doubtful, aborted or lost. */
#ifndef FEEDS_CORE_TRANSACTION_STATE_H
#define FEEDS_CORE_TRANSACTION_STATE_H

enum transaction_state {
    TRANSACTION_IDLE, /* none is open: everything that was sent is committed, or will be sent anew */
    TRANSACTION_OPEN, /* takes rows */
    TRANSACTION_CLOSING, /* takes no more: what comes is for the next one. Its last rows are on their way */
    TRANSACTION_COMMITTING, /* the progress is in it, and Kafka is asked to commit */
    TRANSACTION_ABORTING,   /* nothing of it will be there */
    TRANSACTION_LOST, /* the handle is of no use: a new one has to be made, and to look at what the
                               progress says, before anybody knows what is committed */
    TRANSACTION_STATE_COUNT,
};

enum transaction_event {
    TRANSACTION_WAS_OPENED,
    TRANSACTION_WAS_CLOSED,  /* enough rows, enough time, or the feed's end */
    TRANSACTION_WAS_WRITTEN, /* its rows, and the progress is on its way */
    TRANSACTION_WAS_COMMITTED,
    TRANSACTION_HAS_FAILED,  /* and nothing was committed */
    TRANSACTION_IS_DOUBTFUL, /* an error, after the commit was perhaps asked for */
    TRANSACTION_WAS_ABORTED,
    TRANSACTION_WAS_LOST, /* fenced, timed out, or another fatal error */
    TRANSACTION_WAS_RECOVERED,
    TRANSACTION_WAS_LEFT, /* its feed was given up, and the next one begins */
    TRANSACTION_EVENT_COUNT,
};

/* The next state. An event that the table does not have for the state is a bug in the caller:
 * TRANSACTION_STATE_COUNT is returned, which no caller may store. */
enum transaction_state transaction_next(enum transaction_state state, enum transaction_event event);

#endif
