#include "kafka/consumer.h"

#include <stdlib.h>
#include <string.h>

#include "kafka/consumer_state.h"

/* A seek that makes a stray message come again. */
#define SEEK_MS 5000
/* One wait for the answers of a leaving consumer. */
#define LEAVE_STEP_MS 50

static const struct kafka_property defaults[] = {
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"isolation.level", "read_committed"},
    /* How soon a member learns that another one joins or leaves; until all know, the group waits.
     * librdkafka's default is 3 s. */
    {"heartbeat.interval.ms", "1000"},
    /* What is fetched ahead, per partition. librdkafka's 64 MiB and 100,000 messages are meant for
     * readers a thousand times faster than Strapi. */
    {"queued.min.messages", "1000"},
    {"queued.max.messages.kbytes", "4096"},
    {NULL, NULL},
};

/* Without the first three an offset could be stored before its message is done. The last: where the log
 * does not have the offset, librdkafka asks instead of choosing another one, which would skip messages
 * silently, or read a log again that is known. */
static const struct kafka_property required[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "error"},
    {NULL, NULL},
};

static bool needs_person(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
           error == RD_KAFKA_RESP_ERR_INVALID_GROUP_ID ||
           error == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT ||
           error == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL;
}

static bool is_unknown(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

static void tell_error(struct kafka_consumer *consumer, rd_kafka_resp_err_t error, const char *text)
{
    if (is_unknown(error) && !consumer->closing)
        consumer->events.doubted(consumer->events.arg);
    if (needs_person(error) && !consumer->closing)
        consumer->events.failed(consumer->events.arg, text);
    else
        kafka_log(&consumer->options, 4, "%s", text);
}

static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    struct kafka_consumer *consumer = opaque;
    char fatal[512];
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
        tell_error(consumer, (rd_kafka_resp_err_t)code, text);
        return;
    }
    rd_kafka_fatal_error(client, fatal, sizeof fatal);
    if (!consumer->closing)
        consumer->events.failed(consumer->events.arg, fatal);
}

static rd_kafka_conf_t *make_conf(const struct kafka_options *options, const char *group,
                                  struct reason *reason)
{
    const struct kafka_property own[] = {{"group.id", group}, {NULL, NULL}};
    rd_kafka_conf_t *conf = kafka_conf(options, reason);
    if (conf == NULL)
        return NULL;
    if (kafka_conf_defaults(conf, options, defaults, reason) == 0 &&
        kafka_conf_defaults(conf, options, own, reason) == 0 &&
        kafka_conf_require(conf, options, required, reason) == 0)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

int kafka_consumer_check(const struct kafka_options *options, const char *group,
                         struct reason *reason)
{
    rd_kafka_conf_t *conf = make_conf(options, group, reason);
    return conf == NULL ? -1 : kafka_try(RD_KAFKA_CONSUMER, conf, reason);
}

static int subscribe(struct kafka_consumer *consumer, struct reason *reason)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, consumer->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    reason_set(reason, "subscribe to topic %s: %s", consumer->topic, rd_kafka_err2str(error));
    return -1;
}

static int start(struct kafka_consumer *consumer, const struct consumer_options *options,
                 struct reason *reason)
{
    rd_kafka_conf_t *conf = make_conf(&options->kafka, options->group, reason);
    if (conf == NULL)
        return -1;
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_rebalance_cb(conf, consumer_rebalance);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_offset_commit_cb(conf, consumer_commit_answered);
    consumer_watch_joins(consumer, conf);
    consumer->client = kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
    if (consumer->client == NULL)
        return -1;
    /* Errors, log lines and commit answers on the same queue as the rebalances. */
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->main = rd_kafka_queue_get_consumer(consumer->client);
    rd_kafka_queue_io_event_enable(consumer->main, consumer->wake_fd, "m", 1);
    return subscribe(consumer, reason);
}

struct kafka_consumer *kafka_consumer_new(const struct consumer_options *options,
                                          const struct consumer_events *events,
                                          struct reason *reason)
{
    struct kafka_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    *consumer = (struct kafka_consumer){.options = options->kafka,
                                        .events = *events,
                                        .topic = strdup(options->topic),
                                        .wake_fd = options->wake_fd};
    if (consumer->topic == NULL)
        reason_set(reason, "out of memory");
    else if (start(consumer, options, reason) == 0)
        return consumer;
    kafka_consumer_free(consumer);
    return NULL;
}

/* A message on the main queue cannot happen while forwarding is off (consumer_assign.c). Should it
 * happen, it must not be lost: the partition is read again from there. */
static void seek_back(struct kafka_consumer *consumer, const rd_kafka_message_t *message)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->topic, message->partition)->offset =
        message->offset;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer->client, list, SEEK_MS);
    kafka_log(&consumer->options, 3, "a message on the main queue, partition %d offset %lld: %s",
              (int)message->partition, (long long)message->offset,
              error == NULL ? "read again" : rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
}

void kafka_consumer_poll(struct kafka_consumer *consumer)
{
    rd_kafka_message_t *message;
    while ((message = rd_kafka_consumer_poll(consumer->client, 0)) != NULL) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            seek_back(consumer, message);
        else
            tell_error(consumer, message->err, rd_kafka_message_errstr(message));
        rd_kafka_message_destroy(message);
    }
    consumer_flush_commits(consumer);
}

/* With auto.offset.reset=error the partition is not fetched any more after the first of them. */
static bool is_astray(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
           error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || is_unknown(error);
}

enum take_result kafka_consumer_take(struct kafka_consumer *consumer, int32_t partition,
                                     struct kafka_message *message, int64_t *end)
{
    struct consumer_partition *ours = consumer_partition(consumer, partition);
    rd_kafka_message_t *raw;
    while (ours != NULL && (raw = rd_kafka_consume_queue(ours->queue, 0)) != NULL) {
        if (raw->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            *message = (struct kafka_message){
                .raw = raw, .timestamp_ms = rd_kafka_message_timestamp(raw, NULL)};
            return TAKE_MESSAGE;
        }
        rd_kafka_resp_err_t error = raw->err;
        *end = raw->offset;
        if (error != RD_KAFKA_RESP_ERR__PARTITION_EOF &&
            error != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
            tell_error(consumer, error, rd_kafka_message_errstr(raw));
        rd_kafka_message_destroy(raw);
        if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            return TAKE_END;
        if (is_astray(error))
            return TAKE_ASTRAY;
    }
    return TAKE_NOTHING;
}

void kafka_message_free(struct kafka_message *message)
{
    if (message->raw != NULL)
        rd_kafka_message_destroy(message->raw);
    message->raw = NULL;
}

const char *kafka_message_header(const struct kafka_message *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value = NULL;
    size_t len;
    if (rd_kafka_message_headers(message->raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    /* librdkafka ends every value with a NUL of its own; one inside cuts it short. */
    return value;
}

/* A join is waited for: measured with 2.0.2, a member that closes in the middle of one (also while
 * it rests before the next attempt) does not tell the group, and every rebalance then waits for it
 * until its session runs out (45 s). */
static void wait_for_join(struct kafka_consumer *consumer, int64_t deadline)
{
    while (atomic_load(&consumer->unsettled) && kafka_now_ms() < deadline)
        rd_kafka_queue_poll_callback(consumer->main, LEAVE_STEP_MS);
}

static bool has_partitions(const struct kafka_consumer *consumer)
{
    for (size_t i = 0; i < consumer->partition_room; i++)
        if (consumer->partitions[i].queue != NULL)
            return true;
    return false;
}

/* Measured with 2.0.2: a member without partitions closes without a LeaveGroup, and the group waits
 * for it like for one that closes in a join. Unsubscribing first sends it. */
static void leave_empty_handed(struct kafka_consumer *consumer, int64_t deadline)
{
    rd_kafka_unsubscribe(consumer->client);
    while (!atomic_load(&consumer->left) && kafka_now_ms() < deadline)
        rd_kafka_queue_poll_callback(consumer->main, LEAVE_STEP_MS);
}

/* Whether the handle may be destroyed. Not rd_kafka_consumer_close(), which waits without a limit.
 */
static bool leave(struct kafka_consumer *consumer, bool empty_handed)
{
    if (consumer->unanswered)
        return false;
    wait_for_join(consumer, kafka_now_ms() + KAFKA_JOIN_MS);
    int64_t deadline = kafka_now_ms() + KAFKA_LEAVE_MS;
    /* A LeaveGroup would only wait behind the JoinGroup; and destroying the handle between the
     * answer to a JoinGroup and the assignment fails an assertion in librdkafka's sticky assignor. */
    if (atomic_load(&consumer->unsettled))
        return false;
    if (empty_handed && consumer->joined)
        leave_empty_handed(consumer, deadline);
    rd_kafka_error_destroy(rd_kafka_consumer_close_queue(consumer->client, consumer->main));
    while (!rd_kafka_consumer_closed(consumer->client) && kafka_now_ms() < deadline)
        rd_kafka_queue_poll_callback(consumer->main, LEAVE_STEP_MS);
    return rd_kafka_consumer_closed(consumer->client);
}

void kafka_consumer_free(struct kafka_consumer *consumer)
{
    if (consumer == NULL)
        return;
    consumer->closing = true;
    if (consumer->client != NULL) {
        kafka_consumer_release(consumer);
        bool empty_handed = !has_partitions(consumer);
        consumer_drop_queues(consumer);
        /* librdkafka's destroy waits for answers that a hanging broker owes (measured: 5 s for a
         * LeaveGroup, 60 s for a commit). The process is ending: it takes the handle along. */
        if (!leave(consumer, empty_handed))
            return;
        rd_kafka_queue_destroy(consumer->main);
        rd_kafka_destroy_flags(consumer->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    free(consumer->partitions);
    free(consumer->topic);
    free(consumer);
}
