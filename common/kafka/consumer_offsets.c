/* What the brokers know: committed offsets, watermarks. */
#include <stdlib.h>
#include <string.h>

#include "kafka/consumer_state.h"
#include "kafka/topic_ends.h"

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

int kafka_consumer_ends(struct kafka_consumer *consumer, struct kafka_end **ends, size_t *count,
                        int timeout_ms, struct reason *reason)
{
    *ends = NULL;
    rd_kafka_t *reader = topic_ends_handle(&consumer->options, NULL, reason);
    if (reader == NULL)
        return -1;
    rd_kafka_resp_err_t error =
        topic_ends(reader, consumer->topic, kafka_now_ms() + timeout_ms, ends, count);
    rd_kafka_destroy(reader);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    free(*ends);
    *ends = NULL;
    reason_set(reason, "ends of topic %s: %s", consumer->topic, rd_kafka_err2str(error));
    return -1;
}

static rd_kafka_topic_partition_list_t *
list_of_ends(const char *topic, const struct kafka_end *ends, size_t count, const char *note)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        consumer_add_offset(list, topic, ends[i].partition, ends[i].high, note);
    return list;
}

static bool has_offset(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset >= 0)
            return true;
    return false;
}

/* The group's offsets are asked for before the ends are committed, and with the same answer again by
 * whoever starts at the same time: two that commit ends differ by what came in between, which is
 * after the start of both. */
static rd_kafka_resp_err_t commit_ends(rd_kafka_t *client, const char *topic,
                                       const struct kafka_end *ends, size_t count, const char *note,
                                       int64_t deadline)
{
    rd_kafka_topic_partition_list_t *asked = list_of_ends(topic, ends, count, NULL);
    rd_kafka_topic_partition_list_t *list = list_of_ends(topic, ends, count, note);
    rd_kafka_resp_err_t error = rd_kafka_committed(client, asked, topic_ends_left_ms(deadline));
    for (int i = 0; i < asked->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        error = asked->elems[i].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && !has_offset(asked))
        error = rd_kafka_commit(client, list, 0);
    rd_kafka_topic_partition_list_destroy(asked);
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

int kafka_group_start_at_end(const struct consumer_options *options, const char *note,
                             int timeout_ms, struct reason *reason)
{
    int64_t deadline = kafka_now_ms() + timeout_ms;
    struct kafka_end *ends = NULL;
    size_t count = 0;
    rd_kafka_t *client = topic_ends_handle(&options->kafka, options->group, reason);
    if (client == NULL)
        return -1;
    rd_kafka_resp_err_t error = topic_ends(client, options->topic, deadline, &ends, &count);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        error = commit_ends(client, options->topic, ends, count, note, deadline);
    free(ends);
    rd_kafka_destroy(client);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    reason_set(reason, "group %s, topic %s: %s", options->group, options->topic,
               rd_kafka_err2str(error));
    return -1;
}
