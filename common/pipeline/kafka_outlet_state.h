/* What kafka_outlet.c, kafka_resend.c, kafka_claim.c and kafka_entry.c share: the outlet's state. For
 * these files only. */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H

#include "pipeline/kafka_link.h"
#include "pipeline/kafka_outlet.h"
#include "pipeline/outlet_window.h"
#include "pipeline/patience.h"

/* The feed's record in the progress topic. */
struct kafka_entry {
    bool claimed;        /* rows may be sent, and the record tells how far they are */
    unsigned on_its_way; /* writings that are not reported yet, of earlier feeds as well */
    bool failed;         /* the last one did not come to pass */
    bool too_large;      /* and why: the topic takes no record of that size */
    struct reason why;
    char id[FEED_RUN_SIZE];
    struct feed_progress progress; /* as it was written last */
    int64_t written_ms;            /* when that was */
};

struct kafka_outlet {
    struct kafka_link link;
    struct kafka_outlet_settings settings;
    struct feed_name feed; /* its id is the entry's once that is claimed */
    struct buffer layout;  /* its */
    struct kafka_entry entry;
    struct outlet_window window;
    struct patience patience;
    unsigned rows;       /* since the last poll */
    bool ledger_ready;   /* the progress topic is there, and as it has to be */
    bool feed_failed;    /* a record about a feed itself was given out, and has had its time */
    enum exit_code code; /* once set, nothing more is taken */
};

/* Nothing more is taken; the first code counts. */
void kafka_outlet_end(struct kafka_outlet *kafka, enum exit_code code);
/* Serves reports for up to wait_ms; then sees whether to go on. */
void kafka_outlet_wait_turn(struct kafka_outlet *kafka, int wait_ms);
void kafka_outlet_wait_until_all_back(struct kafka_outlet *kafka);
/* What cannot be handed to librdkafka now is in `again`, so that it is counted as unconfirmed. */
void kafka_outlet_transmit(struct kafka_outlet *kafka, struct ticket *ticket);
/* The ticket (NULL: out of memory) into the window, and out. */
enum exit_code kafka_outlet_take(struct kafka_outlet *kafka, struct ticket *ticket);

/* kafka_resend.c: everything that came back goes out again, in the order of its rows. More may come
 * back while it does: that is the next round's. */
void kafka_outlet_send_again(struct kafka_outlet *kafka);

/* kafka_claim.c: the port's claim(). The link is open. */
enum exit_code kafka_claim(struct kafka_outlet *kafka, struct outlet_claim *claim);

/* kafka_entry.c. */

/* Makes sure of the progress topic. */
enum exit_code kafka_entry_open(struct kafka_outlet *kafka);
/* Writes the record, and waits until it is there. */
enum exit_code kafka_entry_put(struct kafka_outlet *kafka, enum feed_state state);
/* Writes another's record of the same run, which ours has hidden; waits likewise. */
void kafka_entry_put_back(struct kafka_outlet *kafka, const struct feed_progress *record);
/* Without waiting: writes it anew when it is time. */
void kafka_entry_refresh(struct kafka_outlet *kafka);
/* After the last report, or when there will be none: what became of the feed. */
void kafka_entry_close(struct kafka_outlet *kafka, bool complete);
/* Kafka's report of it. */
void kafka_entry_report(struct kafka_outlet *kafka, enum delivery delivery, const char *why);

#endif
