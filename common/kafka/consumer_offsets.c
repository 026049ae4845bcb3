/* What the brokers know: committed offsets, watermarks. */
#include <stdlib.h>
#include <string.h>

#include "kafka/consumer_state.h"

int kafka_consumer_committed(struct kafka_consumer *consumer, struct kafka_position *positions,
                             size_t count, int timeout_ms, struct reason *reason)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, consumer->topic, positions[i].partition);
    rd_kafka_resp_err_t error = rd_kafka_committed(consumer->client, list, timeout_ms);
    for (size_t i = 0; i < count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        int64_t offset = list->elems[i].offset;
        positions[i].offset = offset < 0 ? -1 : offset;
        error = list->elems[i].err;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    reason_set(reason, "committed offsets of topic %s: %s", consumer->topic,
               rd_kafka_err2str(error));
    return -1;
}

int64_t kafka_consumer_high(struct kafka_consumer *consumer, int32_t partition)
{
    int64_t low, high;
    rd_kafka_resp_err_t error =
        rd_kafka_get_watermark_offsets(consumer->client, consumer->topic, partition, &low, &high);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : -1;
}

static int left_ms(int64_t deadline)
{
    int64_t left = deadline - consumer_now_ms();
    return left < 1 ? 1 : (int)left;
}

/* A handle of its own, in no group: librdkafka asks for the ends with the handle's isolation level,
 * and a read_committed one is told the last stable offset, which an open transaction holds back. */
static rd_kafka_t *uncommitted_reader(const struct kafka_consumer *consumer, struct reason *reason)
{
    static const struct kafka_property uncommitted[] = {{"isolation.level", "read_uncommitted"},
                                                        {NULL, NULL}};
    struct kafka_options silent = consumer->options;
    silent.log = NULL;
    rd_kafka_conf_t *conf = kafka_conf(&silent, reason);
    if (conf == NULL)
        return NULL;
    if (kafka_conf_require(conf, &silent, uncommitted, reason) == 0)
        return kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static rd_kafka_resp_err_t count_partitions(rd_kafka_t *client, const char *name, int timeout_ms,
                                            size_t *count)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    if (topic == NULL)
        return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, timeout_ms);
    rd_kafka_topic_destroy(topic);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error;
    *count = 0;
    error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata->topic_cnt == 1) {
        error = metadata->topics[0].err;
        *count = (size_t)metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return error;
}

static rd_kafka_resp_err_t ask_ends(rd_kafka_t *client, const char *topic, int64_t deadline,
                                    struct kafka_end **ends, size_t *count)
{
    rd_kafka_resp_err_t error = count_partitions(client, topic, left_ms(deadline), count);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error;
    *ends = calloc(*count + 1, sizeof **ends);
    if (*ends == NULL)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    for (size_t i = 0; i < *count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        struct kafka_end *end = &(*ends)[i];
        end->partition = (int32_t)i;
        error = rd_kafka_query_watermark_offsets(client, topic, end->partition, &end->low,
                                                 &end->high, left_ms(deadline));
    }
    return error;
}

int kafka_consumer_ends(struct kafka_consumer *consumer, struct kafka_end **ends, size_t *count,
                        int timeout_ms, struct reason *reason)
{
    *ends = NULL;
    rd_kafka_t *reader = uncommitted_reader(consumer, reason);
    if (reader == NULL)
        return -1;
    rd_kafka_resp_err_t error =
        ask_ends(reader, consumer->topic, consumer_now_ms() + timeout_ms, ends, count);
    rd_kafka_destroy(reader);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    free(*ends);
    *ends = NULL;
    reason_set(reason, "ends of topic %s: %s", consumer->topic, rd_kafka_err2str(error));
    return -1;
}
