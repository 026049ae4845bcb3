#include "kafka/topic_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_SIZE 512
/* The request's own time-out ends it; this is for what comes behind. */
#define ANSWER_MS 2000

/* What the broker's answer says of the one topic asked about; NULL with a reason. */
static const char *find_setting(rd_kafka_event_t *event, const char *name, struct reason *reason)
{
    size_t resources = 0, entries = 0;
    const rd_kafka_DescribeConfigs_result_t *result =
        event == NULL ? NULL : rd_kafka_event_DescribeConfigs_result(event);
    reason_set(reason, "%s", event == NULL ? "no answer" : rd_kafka_event_error_string(event));
    if (result == NULL)
        return NULL;
    const rd_kafka_ConfigResource_t **resource =
        rd_kafka_DescribeConfigs_result_resources(result, &resources);
    if (resources != 1)
        return NULL;
    rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resource[0]);
    reason_set(reason, "%s",
               error == RD_KAFKA_RESP_ERR_NO_ERROR ? "not told" : rd_kafka_err2str(error));
    const rd_kafka_ConfigEntry_t **entry = rd_kafka_ConfigResource_configs(resource[0], &entries);
    for (size_t i = 0; i < entries; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entry[i]), name) == 0)
            return rd_kafka_ConfigEntry_value(entry[i]);
    return NULL;
}

static rd_kafka_event_t *describe(rd_kafka_t *client, rd_kafka_queue_t *queue, const char *topic,
                                  int timeout_ms)
{
    char error[ERROR_SIZE];
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, error, sizeof error);
    rd_kafka_DescribeConfigs(client, &resource, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + ANSWER_MS);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_AdminOptions_destroy(options);
    return event;
}

int topic_setting(rd_kafka_t *client, const char *topic, const char *name, int timeout_ms,
                  char value[TOPIC_VALUE_SIZE], struct reason *reason)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_event_t *event = describe(client, queue, topic, timeout_ms);
    const char *found = find_setting(event, name, reason);
    if (found != NULL)
        snprintf(value, TOPIC_VALUE_SIZE, "%s", found);
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    if (found != NULL)
        return 0;
    reason_prefix(reason, "topic %s: %s", topic, name);
    return -1;
}

int64_t topic_message_bytes(rd_kafka_t *client, const char *topic, int timeout_ms)
{
    char value[TOPIC_VALUE_SIZE];
    if (topic_setting(client, topic, "max.message.bytes", timeout_ms, value, NULL) != 0)
        return -1;
    return strtoll(value, NULL, 10);
}

int topic_partitions(rd_kafka_t *client, const char *name, int timeout_ms, struct reason *reason)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int partitions = -1;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    rd_kafka_resp_err_t error = topic == NULL
                                    ? RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION
                                    : rd_kafka_metadata(client, 0, topic, &metadata, timeout_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            partitions = metadata->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(metadata);
    }
    if (topic != NULL)
        rd_kafka_topic_destroy(topic);
    if (partitions < 0)
        reason_set(reason, "topic %s: its partitions are not known (%s)", name,
                   rd_kafka_err2str(error));
    return partitions;
}
