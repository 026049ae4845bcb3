/* What the files of the outlet share (kafka_outlet.h lists them): its state. For these files only. */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H

#include "core/transaction_state.h"
#include "kafka/transaction.h"
#include "pipeline/kafka_link.h"
#include "pipeline/kafka_outlet.h"
#include "pipeline/outlet_window.h"
#include "pipeline/patience.h"

/* One wait: signals are seen to in between. */
#define OUTLET_WAIT_MS 100
/* Before what has failed is tried again. */
#define OUTLET_PAUSE_MS 1000

/* The feed's record in the progress topic. */
struct kafka_entry {
    bool claimed;        /* rows may be sent, and the record tells how far they are */
    unsigned on_its_way; /* writings that are not reported yet, of earlier feeds as well */
    bool failed;         /* the last one did not come to pass */
    bool too_large;      /* and why: the topic takes no record of that size */
    struct reason why;
    char id[FEED_RUN_SIZE];
    struct feed_progress progress;    /* as it was written last */
    bool is_sent;                     /* it is in the transaction */
    bool forget;                      /* the last writing was that there is none any more */
    int64_t written_ms;               /* when that was */
    const struct feed_sample *sample; /* goes with the first one; NULL: none, or done */
    /* What counts: the last one that was committed, or what an earlier run has left. */
    struct feed_progress committed;
};

/* Since the last commit. */
struct kafka_setback {
    unsigned times; /* it was tried in vain; 0: all is well */
    int64_t since_ms;
};

struct kafka_outlet {
    struct kafka_link link;
    struct kafka_outlet_settings settings;
    struct feed_name feed; /* its id is the entry's once that is claimed */
    const char *content;   /* its id before that: what it is, whichever run of it */
    struct buffer layout;  /* its */
    struct kafka_entry entry;
    struct outlet_window window;
    struct patience patience;
    struct kafka_setback setback;
    enum transaction_state state;
    int64_t opened_ms;   /* the transaction */
    int64_t now_ms;      /* at the last poll */
    struct reason why;   /* it failed, or was lost */
    bool broken;         /* it cannot be committed: something was not delivered */
    bool suspect;        /* something of a batch was too large, and nobody knows what */
    unsigned suspicions; /* how often since the last commit */
    bool committed;      /* what kafka_transaction_commit() was called for */
    bool asking;         /* a handle is being made ready */
    unsigned rows;       /* since the last poll */
    bool ledger_ready;   /* the progress topic is there, and as it has to be */
    bool dropped;        /* rows that were handed over will not be sent: the feed was changed */
    bool taken;          /* another process has the feed: what we have of it is dropped */
    enum exit_code code; /* once set, nothing more is taken... */
    int64_t drain_until; /* ... and until then what is there may be brought to an end; 0: not */
};

/* Nothing more is taken; the first code counts. */
void kafka_outlet_end(struct kafka_outlet *kafka, enum exit_code code);
/* The same, and why is said. */
void kafka_outlet_out_of_memory(struct kafka_outlet *kafka);
void kafka_outlet_misconfigured(struct kafka_outlet *kafka, const struct reason *reason);
/* Whether to go on waiting and trying. */
bool kafka_outlet_goes_on(const struct kafka_outlet *kafka);
/* Serves reports for up to wait_ms; then sees whether to go on. */
void kafka_outlet_wait_turn(struct kafka_outlet *kafka, int wait_ms);
/* The same until so much time is gone. */
void kafka_outlet_pause(struct kafka_outlet *kafka, int64_t ms);
/* Hands the ticket, which is in the window, to librdkafka. If it is not taken, it waits. */
void kafka_outlet_transmit(struct kafka_outlet *kafka, struct ticket *ticket);

/* kafka_transaction.c: the transaction's life. */

void kafka_transaction_event(struct kafka_outlet *kafka, enum transaction_event event);
/* What librdkafka's answer means for it; the reason is kept. */
void kafka_transaction_answer(struct kafka_outlet *kafka, enum txn_answer answer,
                              const struct reason *reason);
/* It cannot be committed any more. Without transactions what failed goes out again by itself. */
static inline bool kafka_transaction_is_broken(const struct kafka_outlet *kafka)
{
    return kafka->link.transactional && kafka->broken;
}
/* librdkafka takes no message for it: asks why, and does what follows. */
void kafka_transaction_broken(struct kafka_outlet *kafka);
/* Kafka does not let us have transactions: a person must act. */
void kafka_transaction_refused(struct kafka_outlet *kafka, const struct reason *reason);
/* Makes it take rows: brings a full one to its end, ends a failed one, and sends anew what was in that. */
void kafka_transaction_open(struct kafka_outlet *kafka);
/* Without waiting, if that can be: closes it when it has enough rows, or is old enough; commits it when its rows
 * are there. */
void kafka_transaction_turn(struct kafka_outlet *kafka);
/* One that is open or none: everything that was handed over, and the feed's record in this state. One that is
 * closed: brings it to its end. Until it is committed, or there is no going on; or until the handle is lost
 * while the feed is not claimed yet. True: committed. */
bool kafka_transaction_commit(struct kafka_outlet *kafka, enum feed_state state);
/* The transaction is committed: what was handed over counts. */
void kafka_transaction_done(struct kafka_outlet *kafka);

/* kafka_handle.c: a handle in the name of the run `id`, in place of the one that there is: no other can
 * commit behind it any more. True: there is. */
bool kafka_handle_open(struct kafka_outlet *kafka, const char *id, bool each_alone);

/* kafka_recovery.c: a new handle in place of a lost one; what was open when that happened is committed or is
 * to be sent anew, or the feed is taken. */
void kafka_recover(struct kafka_outlet *kafka);

/* kafka_setback.c: something keeps the rows from being committed. Says so, once. */
void kafka_setback(struct kafka_outlet *kafka, const char *event, const char *why,
                   const char *next);
/* There was a commit. */
void kafka_setback_over(struct kafka_outlet *kafka);

/* kafka_resend.c: everything that waits goes out, in the order of its rows, in another form where it has to. */
void kafka_outlet_send_waiting(struct kafka_outlet *kafka);
/* Asks for the topics' limits anew, and notes what is over them. */
void kafka_outlet_size_up(struct kafka_outlet *kafka);
/* After a failure that a pause may mend: a topic was deleted, most likely. */
void kafka_outlet_mend(struct kafka_outlet *kafka);

/* kafka_claim.c: the port's claim(). The link is open. */
enum exit_code kafka_claim(struct kafka_outlet *kafka, const struct outlet_wish *wish,
                           struct outlet_claim *claim);

/* kafka_entry.c. */

/* Makes sure of the progress topic. */
enum exit_code kafka_entry_open(struct kafka_outlet *kafka);
/* The feed's record, as it is now and in that state. */
void kafka_entry_describe(struct kafka_outlet *kafka, enum feed_state state);
/* Hands it to librdkafka: on_its_way until its report comes. False: it was not taken, and what follows from that
 * is seen to. */
bool kafka_entry_send(struct kafka_outlet *kafka);
/* The last one was not delivered: pauses, and makes sure of the topic anew. */
void kafka_entry_mend(struct kafka_outlet *kafka);
/* Writes another's record of the same run, which ours has hidden, and waits until it is there. */
void kafka_entry_put_back(struct kafka_outlet *kafka, const struct feed_progress *record);
/* Whether it is time to write it anew. */
bool kafka_entry_is_due(struct kafka_outlet *kafka);
/* Kafka's report of it. dropped: its transaction is aborted, and nothing follows. */
void kafka_entry_report(struct kafka_outlet *kafka, enum delivery delivery, bool dropped,
                        const char *why);

#endif
