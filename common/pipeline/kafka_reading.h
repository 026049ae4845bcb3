/* What the progress topic says of a feed, and of others that are like it. For the outlet's files only. */
#ifndef FEEDS_PIPELINE_KAFKA_READING_H
#define FEEDS_PIPELINE_KAFKA_READING_H

#include "core/feed_alike.h"
#include "core/feed_runs.h"
#include "kafka/feed_ledger.h"
#include "pipeline/kafka_outlet_state.h"

struct kafka_reading {
    struct kafka_outlet *kafka;
    struct feed_ledger *ledger;
    struct feed_runs runs;
    struct feed_alike alike;
    const char *properties[2 * OPTION_LIST_MAX + 1];
    struct kafka_options options;
};

/* Reads nothing yet. The feed's name and the sample (NULL: none is compared) are borrowed. On failure the
 * outlet is to end; it is said. To be closed in either case, and not moved. */
enum exit_code kafka_reading_open(struct kafka_reading *reading, struct kafka_outlet *kafka,
                                  const struct feed_sample *sample);
/* As far as it is not hidden behind an open transaction: perhaps one that a dead run of this feed has left
 * open. False: there is no going on. */
bool kafka_reading_to_edge(struct kafka_reading *reading);
/* Up to what was in the topic when it was called. Likewise. */
bool kafka_reading_to_end(struct kafka_reading *reading);
/* What comes within OUTLET_WAIT_MS. Likewise. */
bool kafka_reading_look(struct kafka_reading *reading);
void kafka_reading_close(struct kafka_reading *reading);

#endif
