#include "kafka/topics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ERROR_SIZE 512
/* Between two looks for a new topic that the brokers do not all know yet. */
#define LOOK_AGAIN_MS 50
/* One look; the deadline is the caller's. */
#define LOOK_MS 2000
/* A segment that is written to is not compacted, and this much is read by who reads it all. */
#define COMPACTED_SEGMENT_BYTES "8388608"

enum found {
    FOUND,
    FOUND_SOON, /* exists, without a leader yet */
    FOUND_MISSING,
    FOUND_AWAY,
    FOUND_REFUSED,
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int left_ms(int64_t deadline)
{
    int64_t left = deadline - now_ms();
    return left < 0 ? 0 : (int)left;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000000L}, NULL);
}

static enum found found_error(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return FOUND;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return FOUND_MISSING;
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        return FOUND_SOON;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        return FOUND_REFUSED;
    default:
        return FOUND_AWAY;
    }
}

static enum found found_topic(const struct rd_kafka_metadata_topic *topic)
{
    enum found found = found_error(topic->err);
    for (int i = 0; found == FOUND && i < topic->partition_cnt; i++)
        if (topic->partitions[i].leader < 0)
            found = FOUND_SOON;
    return found == FOUND && topic->partition_cnt == 0 ? FOUND_SOON : found;
}

/* Asks for this one topic: not for all of a cluster that may have thousands, and without creating
 * it (allow.auto.create.topics=false, kafka/client.c). */
static enum found look(rd_kafka_t *client, const char *name, int timeout_ms, struct reason *reason)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    rd_kafka_resp_err_t error = topic == NULL
                                    ? RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION
                                    : rd_kafka_metadata(client, 0, topic, &metadata, timeout_ms);
    enum found found = found_error(error);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        found = metadata->topic_cnt == 1 ? found_topic(&metadata->topics[0]) : FOUND_MISSING;
        if (metadata->topic_cnt == 1)
            error = metadata->topics[0].err;
        rd_kafka_metadata_destroy(metadata);
    }
    if (found != FOUND)
        reason_set(reason, "topic %s: %s", name, rd_kafka_err2str(error));
    if (topic != NULL)
        rd_kafka_topic_destroy(topic);
    return found;
}

static rd_kafka_NewTopic_t *new_topic(const struct topic_spec *spec, struct reason *reason)
{
    char error[ERROR_SIZE], retention[32];
    /* -1: the broker's default replication (KIP-464, brokers since 2.4). */
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(spec->name, spec->partitions, -1, error, sizeof error);
    if (topic == NULL) {
        reason_set(reason, "topic %s: %s", spec->name, error);
        return NULL;
    }
    if (spec->compacted) {
        rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
        rd_kafka_NewTopic_set_config(topic, "segment.bytes", COMPACTED_SEGMENT_BYTES);
        return topic;
    }
    snprintf(retention, sizeof retention, "%" PRId64, spec->retention_ms);
    rd_kafka_NewTopic_set_config(topic, "retention.ms", retention);
    return topic;
}

static enum topics_result created(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return TOPICS_OK;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        return TOPICS_REFUSED;
    default:
        /* INVALID_REPLICATION_FACTOR too: in a cluster that is starting, brokers are missing. */
        return TOPICS_AWAY;
    }
}

static enum topics_result creation_answer(rd_kafka_event_t *event, const char *name,
                                          struct reason *reason)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    const char *text = NULL;
    if (event != NULL) {
        error = rd_kafka_event_error(event);
        text = rd_kafka_event_error_string(event);
    }
    size_t count = 0;
    const rd_kafka_CreateTopics_result_t *result =
        event == NULL ? NULL : rd_kafka_event_CreateTopics_result(event);
    const rd_kafka_topic_result_t **topics =
        result == NULL ? NULL : rd_kafka_CreateTopics_result_topics(result, &count);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && count == 1) {
        error = rd_kafka_topic_result_error(topics[0]);
        text = rd_kafka_topic_result_error_string(topics[0]);
    }
    if (created(error) != TOPICS_OK)
        reason_set(reason, "topic %s cannot be created: %s", name,
                   text != NULL && *text != '\0' ? text : rd_kafka_err2str(error));
    return created(error);
}

static enum topics_result create(rd_kafka_t *client, const struct topic_spec *spec, int timeout_ms,
                                 struct reason *reason)
{
    rd_kafka_NewTopic_t *topic = new_topic(spec, reason);
    if (topic == NULL)
        return TOPICS_REFUSED;
    char error[ERROR_SIZE];
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, error, sizeof error);
    rd_kafka_CreateTopics(client, &topic, 1, options, queue);
    /* It answers within its own time-out. */
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + LOOK_MS);
    enum topics_result result = creation_answer(event, spec->name, reason);
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    return result;
}

static enum topics_result ensure(rd_kafka_t *client, const struct topic_spec *spec,
                                 int64_t deadline, struct reason *reason)
{
    bool made = false;
    do {
        int left = left_ms(deadline);
        switch (look(client, spec->name, at_most(left, LOOK_MS), reason)) {
        case FOUND:
            return TOPICS_OK;
        case FOUND_REFUSED:
            return TOPICS_REFUSED;
        case FOUND_MISSING:
            /* Existence comes first: who may not create topics can still use those that are. */
            if (!made) {
                enum topics_result result = create(client, spec, left_ms(deadline), reason);
                if (result != TOPICS_OK)
                    return result;
                made = true;
            }
            break;
        case FOUND_SOON:
        case FOUND_AWAY:
            break;
        }
        rest();
    } while (left_ms(deadline) > 0);
    return TOPICS_AWAY;
}

enum topics_result topics_ensure(rd_kafka_t *client, const struct topic_spec *specs, size_t count,
                                 int timeout_ms, struct reason *reason)
{
    int64_t deadline = now_ms() + timeout_ms;
    for (size_t i = 0; i < count; i++) {
        enum topics_result result = ensure(client, &specs[i], deadline, reason);
        if (result != TOPICS_OK)
            return result;
    }
    return TOPICS_OK;
}
