/* How our producers are configured: what they have unless the operator says otherwise, and what he cannot
 * change. For producer.c, which has the handles. */
#ifndef FEEDS_KAFKA_PRODUCER_CONF_H
#define FEEDS_KAFKA_PRODUCER_CONF_H

#include <stdbool.h>

#include "kafka/client.h"

/* transactional_id: NULL without transactions. each_alone: every message in a request of its own. NULL
 * with a reason; else as kafka_conf(). */
rd_kafka_conf_t *producer_conf(const struct kafka_options *options, const char *transactional_id,
                               bool each_alone, struct reason *reason);

#endif
