#include "kafka/topic_ends.h"

#include <stdlib.h>

int topic_ends_left_ms(int64_t deadline)
{
    int64_t left = deadline - kafka_now_ms();
    return left < 1 ? 1 : (int)left;
}

/* A handle of its own that subscribes to nothing: librdkafka asks for the ends with the handle's
 * isolation level, and a read_committed one is told the last stable offset, which an open transaction
 * holds back. Set on top of what the operator passes: it is not about what is read. */
rd_kafka_t *topic_ends_handle(const struct kafka_options *options, const char *group,
                              struct reason *reason)
{
    struct kafka_options silent = *options;
    silent.log = NULL;
    rd_kafka_conf_t *conf = kafka_conf(&silent, reason);
    if (conf == NULL)
        return NULL;
    if (rd_kafka_conf_set(conf, "isolation.level", "read_uncommitted", NULL, 0) ==
            RD_KAFKA_CONF_OK &&
        (group == NULL || rd_kafka_conf_set(conf, "group.id", group, NULL, 0) == RD_KAFKA_CONF_OK))
        return kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
    reason_set(reason, "Kafka client: isolation.level or group.id is not taken");
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

/* One side of all partitions (RD_KAFKA_OFFSET_BEGINNING, _END). A time is asked for, as which the
 * protocol takes these two. Not rd_kafka_query_watermark_offsets(), which asks for both sides with a
 * request each: when one fails and the answers come together, it returns success, and the one side as
 * both (2.0.2). A partition would seem to be empty. */
static rd_kafka_resp_err_t ask_side(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list,
                                    int64_t side, int timeout_ms)
{
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = side;
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list, timeout_ms);
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        error = list->elems[i].err;
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR && list->elems[i].offset < 0)
            error = RD_KAFKA_RESP_ERR__PARTIAL;
    }
    return error;
}

static rd_kafka_resp_err_t ask_sides(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list,
                                     int64_t deadline, struct kafka_end *ends)
{
    rd_kafka_resp_err_t error =
        ask_side(client, list, RD_KAFKA_OFFSET_BEGINNING, topic_ends_left_ms(deadline));
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        ends[i].low = list->elems[i].offset;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        error = ask_side(client, list, RD_KAFKA_OFFSET_END, topic_ends_left_ms(deadline));
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        ends[i].high = list->elems[i].offset;
    return error;
}

rd_kafka_resp_err_t topic_ends(rd_kafka_t *client, const char *topic, int64_t deadline,
                               struct kafka_end **ends, size_t *count)
{
    *ends = NULL;
    rd_kafka_resp_err_t error =
        count_partitions(client, topic, topic_ends_left_ms(deadline), count);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || *count == 0)
        return error;
    *ends = calloc(*count, sizeof **ends);
    if (*ends == NULL)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)*count);
    for (size_t i = 0; i < *count; i++) {
        (*ends)[i].partition = (int32_t)i;
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)i);
    }
    error = ask_sides(client, list, deadline, *ends);
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}
