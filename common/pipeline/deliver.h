/* The consumer's one loop: Kafka's queues in, the sink out, in one thread with one blocking call.
 */
#ifndef FEEDS_PIPELINE_DELIVER_H
#define FEEDS_PIPELINE_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sink.h"
#include "http/http_client.h"
#include "kafka/consumer.h"
#include "kafka/error_topic.h"
#include "pipeline/dead_letters.h"
#include "pipeline/dispatch.h"
#include "pipeline/headway.h"
#include "pipeline/intake.h"
#include "pipeline/parent_wait.h"
#include "pipeline/partitions.h"
#include "pipeline/patience.h"
#include "pipeline/program.h"
#include "service/secret.h"
#include "service/wake.h"

struct deliver_options {
    const struct program *program;
    const struct entity *entity;
    const char *topic, *group;
    bool beginning, until_end;
    bool skip_lost;      /* ON_LOST_OFFSETS=skip */
    bool reset_position; /* --reset-position */
    bool fallback;       /* SINK=auto, and Strapi has no ingest plugin */
    unsigned max_attempts;
    int64_t lone_retry_ms;
    int64_t drain_ms;
    size_t window_messages, window_bytes;
    struct parent_options parents; /* ADJUST; else no topic. wake_fd is the loop's own */
};

/* What the loop holds. The parts are public to deliver*.c and consumer_main.c only. */
struct deliver {
    struct deliver_options options;
    struct wake wake;
    struct kafka_producer *producer; /* of error records */
    struct error_topic *error_topic;
    struct kafka_consumer *consumer;
    struct log_survey *survey;
    char *cluster; /* its id: part of the name of a target's positions; NULL: nobody told */
    struct dispatch *dispatch;
    struct dead_letters *letters;
    struct partitions partitions;
    struct parent_wait *parents; /* ADJUST, else NULL */
    struct intake intake;
    struct headway headway;
    struct http_client *http;
    struct secret *token;
    int64_t last_turn_ms;
    struct patience kafka;   /* how long the brokers have been out of reach */
    int64_t outage_since_ms; /* an announced outage; 0: none */
    int64_t drain_until_ms;  /* stopping; 0: not */
    bool failed;             /* Kafka says that it cannot go on */
    bool refused;            /* it must not go on as it is configured */
    int exit_code;
};

/* Opens Kafka's side: topics, error producer. 0, or the exit code, said in the log. The sink is
 * given by deliver_use() before deliver_run(). */
int deliver_open(struct deliver *deliver, const struct deliver_options *options,
                 struct http_client *http, struct secret *token);
void deliver_use(struct deliver *deliver, struct sink sink);
/* For a sink whose target keeps positions: whom its adapter answers. Their name is deliver->cluster, the
 * group, the topic and the partition; who writes is the program's instance (struct program). */
struct sink_attachments deliver_attachments(struct deliver *deliver);
/* Joins the group and works until the end, a signal, or a failure. Returns the exit code. */
int deliver_run(struct deliver *deliver);
/* After the sink is gone. */
void deliver_close(struct deliver *deliver);

#endif
