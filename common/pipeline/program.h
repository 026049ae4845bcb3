/* What every program of the suite has: brokers, topics, logging, patience. */
#ifndef FEEDS_PIPELINE_PROGRAM_H
#define FEEDS_PIPELINE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error_record.h"
#include "kafka/client.h"
#include "kafka/topics.h"
#include "pipeline/log_throttle.h"
#include "service/health.h"
#include "service/options.h"

/* RDKAFKA_SASL_PASSWORD sets librdkafka's sasl.password. (Not KAFKA_: Kubernetes fills that.) */
#define PROGRAM_PROPERTY_PREFIX "RDKAFKA_"

/* Bytes of all RDKAFKA_ variables together: a key in PEM has 2 to 4 KiB, a chain of certificates more.
 */
#define PROGRAM_ENVIRONMENT_MAX (64 * 1024)

struct program_settings {
    const char *brokers, *broker_1, *broker_2, *broker_3;
    struct option_list properties; /* -X name=value */
    const char *error_topic;
    int64_t partitions;
    int64_t topic_retention_ms;
    int64_t give_up_after_ms; /* -1: never */
    const char *log_level, *log_format;
    const char *instance; /* host name and process id unless set */
    bool check_config;
};

/* The options of struct program_settings; a program's settings struct must begin with one. */
extern const struct option program_options[];
extern const size_t program_option_count;

/* What becomes of librdkafka's log lines. */
struct program_kafka_log {
    struct log_throttle throttle;
    char last[256]; /* the last warning or error: why a broker is out of reach */
    bool waiting;   /* in program_topics(), which says it in its own words */
};

/* A started program: what settings became. It must not be moved: the Kafka options point into it. */
struct program {
    const char *name;
    const struct program_settings *settings;
    struct kafka_options kafka; /* borrows from here */
    char brokers[1024];
    char instance[128];
    char environment[PROGRAM_ENVIRONMENT_MAX]; /* RDKAFKA_<NAME>, each as "name=value" */
    size_t environment_len;
    const char *properties[2 * OPTION_LIST_MAX];
    struct program_kafka_log kafka_log;
    struct health *health; /* kept while it waits and works; NULL for none. Not owned */
};

/* Sets up log, signals and the Kafka options (BROKERS, else BROKER_1..3 joined, else localhost:9092;
 * RDKAFKA_*, -X, which librdkafka is asked whether it takes them). 0, or -1 with a reason: exit 78. */
int program_start(struct program *program, const char *name,
                  const struct program_settings *settings, struct reason *reason);

/* 0, or -1 with a reason when Kafka would not take the name of the topic or of the error topic, or both
 * are one: exit 78. topic may be NULL (the monitor). */
int program_check_topic(const struct program *program, const char *topic, struct reason *reason);
/* The same for one topic more, which comes from this variable, and must be neither of those two. */
int program_check_other_topic(const struct program *program, const char *topic,
                              const char *variable, const char *name, struct reason *reason);
/* What --check-config prints: the values in force, and the names of the RDKAFKA_ variables. */
void program_print(const struct program *program, const struct options_spec *spec);

/* service, instance and version of an error record. */
void program_sign(const struct program *program, struct error_record *record);

/* Makes sure of the topics, waiting for brokers up to GIVE_UP_AFTER with one clear sentence a
 * minute at most. Returns 0, or the exit code. The entity's topic gets retention TOPIC_RETENTION,
 * the error topic is kept for ever. topic may be NULL (the monitor). */
int program_topics(const struct program *program, rd_kafka_t *client, const char *topic);
/* The same for topics of any other kind. */
int program_topics_ensure(const struct program *program, rd_kafka_t *client,
                          const struct topic_spec *specs, size_t count);

#endif
