/* A librdkafka configuration with what every handle of ours has, and any property the operator
 * passes through (-X name=value, RDKAFKA_<NAME>), which wins. */
#ifndef FEEDS_KAFKA_CLIENT_H
#define FEEDS_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"

/* Borrowed for as long as the handle made with it lives. */
struct kafka_options {
    const char *brokers;           /* "host:port,host:port" */
    const char *client_id;         /* the program's name */
    const char *const *properties; /* "name=value" */
    size_t property_count;
    /* librdkafka's own log lines and errors (level as in syslog), from the thread that polls. */
    void (*log)(void *arg, int level, const char *text);
    void *log_arg;
};

/* A configuration that the caller hands to rd_kafka_new() or destroys. NULL with a reason that names
 * the property and its value when librdkafka refuses it. A handle that wants log lines sets an
 * opaque whose first member is a struct kafka_options. */
rd_kafka_conf_t *kafka_conf(const struct kafka_options *options, struct reason *reason);
/* Sets one property unless the operator has passed it through, under whichever of its names. 0, or
 * -1 with a reason. */
int kafka_conf_default(rd_kafka_conf_t *conf, const struct kafka_options *options, const char *name,
                       const char *value, struct reason *reason);

struct kafka_property {
    const char *name, *value;
};
/* The same for a table of them, which ends with a NULL name. */
int kafka_conf_defaults(rd_kafka_conf_t *conf, const struct kafka_options *options,
                        const struct kafka_property *properties, struct reason *reason);
/* Sets what our promises stand on. -1 with a reason if the operator passed another value. */
int kafka_conf_require(rd_kafka_conf_t *conf, const struct kafka_options *options,
                       const struct kafka_property *properties, struct reason *reason);
/* rd_kafka_new(), which takes the configuration in either case, and its log lines on the queue that
 * the owner polls. NULL with a reason. */
/* Whether librdkafka makes a handle of it (some properties only fit together, files must be there); it
 * is thrown away at once. Consumes the configuration. 0, or -1 with a reason. */
int kafka_try(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct reason *reason);
rd_kafka_t *kafka_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct reason *reason);
/* The cluster's own id, which no two clusters share. Waits; NULL when nobody tells. The caller frees it. */
char *kafka_cluster_id(rd_kafka_t *client, int timeout_ms);
/* Milliseconds by a clock that nobody sets. */
int64_t kafka_now_ms(void);
/* Passes a line to the options' log(), if there is one. */
void kafka_log(const struct kafka_options *options, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
