/* What the parts of the consumer's loop say to each other: every callback of the dispatch, of Kafka
 * and of the error topic, in one place; and what comes before the loop. For deliver*.c
 * only. */
#ifndef FEEDS_PIPELINE_DELIVER_PORTS_H
#define FEEDS_PIPELINE_DELIVER_PORTS_H

#include "pipeline/deliver.h"

/* NULL when out of memory. */
struct dispatch *deliver_dispatch(struct deliver *deliver);
struct dead_letters *deliver_letters(struct deliver *deliver);
struct partitions_options deliver_partitions_options(struct deliver *deliver);
struct consumer_events deliver_consumer_events(struct deliver *deliver);
struct producer_events deliver_producer_events(struct deliver *deliver);

/* deliver_start.c: joins the group (BEGINNING, --until-end). 0, or the exit code. */
int deliver_join(struct deliver *deliver);

#endif
