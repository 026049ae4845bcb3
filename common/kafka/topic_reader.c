#include "kafka/topic_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct place {
    bool ended;       /* it was read to its end once */
    bool at_end;      /* it is there now */
    int64_t position; /* of the next message */
};

struct topic_reader {
    struct kafka_options options; /* first: the handle's opaque (kafka/client.h) */
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *message; /* lent out */
    struct place *places;        /* by partition */
    int partitions, open_ends;   /* open_ends: partitions not yet read to their end */
};

/* librdkafka's low-level consumer knows no groups, and so asks for no rights on one. */
static const struct kafka_property properties[] = {
    {"enable.partition.eof", "true"},
    /* A reader of failures needs no 64 MB of them in advance. */
    {"queued.max.messages.kbytes", "8192"},
    {NULL, NULL},
};

/* Rows of a transaction that was ended are sent anew: read as well, they would come twice. */
static const struct kafka_property required[] = {
    {"isolation.level", "read_committed"},
    {NULL, NULL},
};

static int make_handle(struct topic_reader *reader, const char *topic, struct reason *reason)
{
    rd_kafka_conf_t *conf = kafka_conf(&reader->options, reason);
    if (conf == NULL)
        return -1;
    if (kafka_conf_defaults(conf, &reader->options, properties, reason) != 0 ||
        kafka_conf_require(conf, &reader->options, required, reason) != 0) {
        rd_kafka_conf_destroy(conf);
        return -1;
    }
    rd_kafka_conf_set_opaque(conf, reader);
    reader->client = kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
    if (reader->client == NULL)
        return -1;
    reader->queue = rd_kafka_queue_new(reader->client);
    reader->topic = rd_kafka_topic_new(reader->client, topic, NULL);
    if (reader->topic != NULL)
        return 0;
    reason_set(reason, "topic %s: %s", topic, rd_kafka_err2str(rd_kafka_last_error()));
    return -1;
}

struct topic_reader *topic_reader_new(const struct kafka_options *options, const char *topic,
                                      struct reason *reason)
{
    struct topic_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    reader->options = *options;
    if (make_handle(reader, topic, reason) == 0)
        return reader;
    topic_reader_free(reader);
    return NULL;
}

static enum topic_open classify(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return TOPIC_OPENED;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return TOPIC_ABSENT;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return TOPIC_REFUSED;
    default:
        return TOPIC_AWAY;
    }
}

/* How many partitions there are. */
static enum topic_open ask(struct topic_reader *reader, int timeout_ms, struct reason *reason)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(reader->client, 0, reader->topic, &metadata, timeout_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
        error = metadata->topics[0].err;
        reader->partitions = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    enum topic_open opened = classify(error);
    if (opened == TOPIC_OPENED && reader->partitions == 0)
        opened = TOPIC_AWAY;
    if (opened != TOPIC_OPENED)
        reason_set(reason, "topic %s: %s", rd_kafka_topic_name(reader->topic),
                   rd_kafka_err2str(error));
    return opened;
}

enum topic_open topic_reader_open(struct topic_reader *reader, int timeout_ms,
                                  struct reason *reason)
{
    enum topic_open opened = ask(reader, timeout_ms, reason);
    if (opened != TOPIC_OPENED)
        return opened;
    reader->places = calloc((size_t)reader->partitions, sizeof *reader->places);
    if (reader->places == NULL) {
        reason_set(reason, "out of memory");
        return TOPIC_REFUSED;
    }
    for (int i = 0; i < reader->partitions; i++)
        reader->places[i].position = -1;
    reader->open_ends = reader->partitions;
    for (int32_t i = 0; i < reader->partitions; i++)
        if (rd_kafka_consume_start_queue(reader->topic, i, RD_KAFKA_OFFSET_BEGINNING,
                                         reader->queue) != 0) {
            reason_set(reason, "topic %s, partition %d: %s", rd_kafka_topic_name(reader->topic),
                       (int)i, rd_kafka_err2str(rd_kafka_last_error()));
            return TOPIC_REFUSED;
        }
    return TOPIC_OPENED;
}

static struct place *place_of(const struct topic_reader *reader, int32_t partition)
{
    bool known = reader->places != NULL && partition >= 0 && partition < reader->partitions;
    return known ? &reader->places[partition] : NULL;
}

static enum topic_reading note_end(struct topic_reader *reader, const rd_kafka_message_t *message)
{
    struct place *place = place_of(reader, message->partition);
    if (place == NULL)
        return READING_NOTHING;
    bool before = place->ended;
    *place = (struct place){.ended = true, .at_end = true, .position = message->offset};
    return before || --reader->open_ends > 0 ? READING_NOTHING : READING_END;
}

static void note_message(struct topic_reader *reader, const rd_kafka_message_t *message)
{
    struct place *place = place_of(reader, message->partition);
    if (place == NULL)
        return;
    place->at_end = false;
    place->position = message->offset + 1;
}

static void fill(const rd_kafka_message_t *raw, struct topic_message *message)
{
    int64_t timestamp = rd_kafka_message_timestamp(raw, NULL);
    *message = (struct topic_message){
        .partition = raw->partition,
        .offset = raw->offset,
        .timestamp_ms = timestamp < 0 ? 0 : timestamp,
        .key = raw->key,
        .key_len = raw->key == NULL ? 0 : raw->key_len,
        .value = raw->payload,
        .value_len = raw->payload == NULL ? 0 : raw->len,
    };
}

static void give_back(struct topic_reader *reader)
{
    if (reader->message != NULL)
        rd_kafka_message_destroy(reader->message);
    reader->message = NULL;
}

enum topic_reading topic_reader_next(struct topic_reader *reader, int timeout_ms,
                                     struct topic_message *message, struct reason *reason)
{
    give_back(reader);
    rd_kafka_poll(reader->client, 0); /* log lines */
    reader->message = rd_kafka_consume_queue(reader->queue, timeout_ms);
    if (reader->message == NULL)
        return READING_NOTHING;
    switch (reader->message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        fill(reader->message, message);
        note_message(reader, reader->message);
        return READING_MESSAGE;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return note_end(reader, reader->message);
    default:
        reason_set(reason, "topic %s: %s", rd_kafka_topic_name(reader->topic),
                   rd_kafka_message_errstr(reader->message));
        return classify(reader->message->err) == TOPIC_REFUSED ? READING_REFUSED : READING_FAILED;
    }
}

int64_t topic_reader_position(const struct topic_reader *reader, int32_t partition)
{
    const struct place *place = place_of(reader, partition);
    return place == NULL ? -1 : place->position;
}

bool topic_reader_at_end(const struct topic_reader *reader, int32_t partition)
{
    const struct place *place = place_of(reader, partition);
    return place != NULL && place->at_end;
}

void topic_reader_rest(struct topic_reader *reader, int ms)
{
    rd_kafka_poll(reader->client, ms);
}

void topic_reader_free(struct topic_reader *reader)
{
    if (reader == NULL)
        return;
    give_back(reader);
    for (int32_t i = 0; reader->places != NULL && i < reader->partitions; i++)
        (void)rd_kafka_consume_stop(reader->topic, i);
    if (reader->topic != NULL)
        rd_kafka_topic_destroy(reader->topic);
    if (reader->queue != NULL)
        rd_kafka_queue_destroy(reader->queue);
    if (reader->client != NULL)
        rd_kafka_destroy(reader->client);
    free(reader->places);
    free(reader);
}
