/* What kafka_outlet.c and kafka_resend.c share: the outlet's state. For these two files only. */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_STATE_H

#include "pipeline/kafka_link.h"
#include "pipeline/kafka_outlet.h"
#include "pipeline/outlet_window.h"
#include "pipeline/patience.h"

struct kafka_outlet {
    struct kafka_link link;
    struct feed_name feed;
    struct outlet_window window;
    struct patience patience;
    unsigned rows;       /* since the last poll */
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

#endif
