/* A librdkafka configuration with what every handle of ours has, and any property the operator
 * passes through (-X name=value, RDKAFKA_<NAME>), which wins. */
#ifndef FEEDS_KAFKA_CLIENT_H
#define FEEDS_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#include "core/reason.h"

struct kafka_options {
    const char *brokers;   /* "host:port,host:port" */
    const char *client_id; /* the program's name */
    const char *const *properties; /* "name=value" */
    size_t property_count;
    /* librdkafka's own log lines and errors (level as in syslog), from the thread that polls. */
    void (*log)(void *arg, int level, const char *text);
    void *log_arg;
};

/* A configuration that the caller hands to rd_kafka_new() or destroys. NULL with a reason that names
 * the property and its value when librdkafka refuses it. */
rd_kafka_conf_t *kafka_conf(const struct kafka_options *options, struct reason *reason);
/* Sets one property unless the operator has passed it through. 0, or -1 with a reason. */
int kafka_conf_default(rd_kafka_conf_t *conf, const struct kafka_options *options,
                       const char *name, const char *value, struct reason *reason);

#endif
