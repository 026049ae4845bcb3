/* The life of a partition that is ours, as one table: from the assignment to where reading begins, and
 * until it goes. docs/architecture.md draws it.
 *
 *               attach     locate    check     report     align     start     read     fence   leave
 *   assigned    attaching  locating  .         .          .         .         .        .       going
 *   attaching   .          locating  .         .          .         .         .        fenced  going
 *   locating    .          .         .         reporting  aligning  starting  .        fenced  going
 *   checking    .          .         .         reporting  aligning  starting  .        fenced  going
 *   reporting   .          .         .         .          aligning  starting  .        fenced  going
 *   aligning    .          .         .         .          .         starting  .        fenced  going
 *   starting    .          .         .         .          .         .         reading  fenced  going
 *   reading     .          .         checking  .          .         .         .        fenced  going
 *   fenced      attaching  .         .         .          .         .         .        .       going
 *   going       .          .         .         .          .         .         .        .       .
 */
#ifndef FEEDS_CORE_PARTITION_STATE_H
#define FEEDS_CORE_PARTITION_STATE_H

enum partition_state {
    PARTITION_ASSIGNED,
    PARTITION_ATTACHING, /* the target is asked where it stands, and keeps everybody else out */
    PARTITION_LOCATING,  /* Kafka is asked where the group stands, and what the log holds */
    PARTITION_CHECKING,  /* Kafka is asked whether the log is still the one that was read */
    PARTITION_REPORTING, /* what the log has lost is on its way to the error topic */
    PARTITION_ALIGNING,  /* the target's position is moved */
    PARTITION_STARTING,  /* librdkafka is told to fetch it: not while the group rebalances */
    PARTITION_READING,
    PARTITION_FENCED, /* the target takes nothing more of it: the group is asked whose it is */
    PARTITION_GOING,  /* revoked: what is out comes back */
    PARTITION_STATE_COUNT,
};

/* What is done next. */
enum partition_step {
    STEP_ATTACH, /* a target that keeps positions */
    STEP_LOCATE,
    STEP_CHECK, /* the log may not be the one that was read any more */
    STEP_REPORT,
    STEP_ALIGN,
    STEP_START,
    STEP_READ,
    STEP_FENCE,
    STEP_LEAVE,
    PARTITION_STEP_COUNT,
};

/* The next state. A step that the table does not have for the state is a bug in the caller:
 * PARTITION_STATE_COUNT is returned, which no caller may store. */
enum partition_state partition_next(enum partition_state state, enum partition_step step);

#endif
