#include "kafka/feed_watch.h"

#include <stdlib.h>
#include <string.h>

#include "core/feed_progress.h"

/* Feeds to one topic that are under way at the same time; of more, the latest ones are known. */
#define FEEDS_MAX 256
/* Records taken in one turn at most. */
#define TURN_MAX 1000

struct moving_feed {
    char id[FEED_RUN_SIZE];
    int64_t seen_ms; /* when its last record came */
};

struct feed_watch {
    struct kafka_options options; /* first: the handle's opaque (kafka/client.h) */
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    char *target;
    bool known;
    struct moving_feed feeds[FEEDS_MAX];
    size_t count;
};

static const struct kafka_property properties[] = {
    {"enable.partition.eof", "true"},
    {"queued.max.messages.kbytes", "1024"},
    /* librdkafka takes an unknown topic for one that was made just now, for 30 s by default. */
    {"topic.metadata.propagation.max.ms", "1000"},
    {NULL, NULL},
};

/* What is not committed was not sent. */
static const struct kafka_property required[] = {
    {"isolation.level", "read_committed"},
    {NULL, NULL},
};

/* librdkafka tells it of a queue's topic in this way only (2.0.2), and again with every look. */
static void on_error(rd_kafka_t *client, int code, const char *text, void *opaque)
{
    struct feed_watch *watch = opaque;
    (void)client;
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        watch->known = true;
    else
        kafka_log(&watch->options, 4, "%s", text);
}

static int make_handle(struct feed_watch *watch, struct reason *reason)
{
    rd_kafka_conf_t *conf = kafka_conf(&watch->options, reason);
    if (conf == NULL)
        return -1;
    if (kafka_conf_defaults(conf, &watch->options, properties, reason) != 0 ||
        kafka_conf_require(conf, &watch->options, required, reason) != 0) {
        rd_kafka_conf_destroy(conf);
        return -1;
    }
    rd_kafka_conf_set_opaque(conf, watch);
    rd_kafka_conf_set_error_cb(conf, on_error);
    watch->client = kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
    return watch->client == NULL ? -1 : 0;
}

/* One partition, as everybody knows who writes it: no need to ask, which would block. */
static int start(struct feed_watch *watch, const char *progress_topic, int wake_fd,
                 struct reason *reason)
{
    watch->queue = rd_kafka_queue_new(watch->client);
    if (wake_fd >= 0)
        rd_kafka_queue_io_event_enable(watch->queue, wake_fd, "f", 1);
    watch->topic = rd_kafka_topic_new(watch->client, progress_topic, NULL);
    if (watch->topic != NULL &&
        rd_kafka_consume_start_queue(watch->topic, 0, RD_KAFKA_OFFSET_BEGINNING, watch->queue) == 0)
        return 0;
    reason_set(reason, "topic %s: %s", progress_topic, rd_kafka_err2str(rd_kafka_last_error()));
    return -1;
}

struct feed_watch *feed_watch_new(const struct kafka_options *options, const char *progress_topic,
                                  const char *target_topic, int wake_fd, struct reason *reason)
{
    struct feed_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL || (watch->target = strdup(target_topic)) == NULL) {
        reason_set(reason, "out of memory");
        free(watch);
        return NULL;
    }
    watch->options = *options;
    if (make_handle(watch, reason) == 0 && start(watch, progress_topic, wake_fd, reason) == 0)
        return watch;
    feed_watch_free(watch);
    return NULL;
}

static size_t find(const struct feed_watch *watch, const char *id, size_t len)
{
    size_t i = 0;
    while (i < watch->count &&
           (strlen(watch->feeds[i].id) != len || memcmp(watch->feeds[i].id, id, len) != 0))
        i++;
    return i;
}

static void forget(struct feed_watch *watch, size_t i)
{
    size_t behind = watch->count - i - 1;
    memmove(&watch->feeds[i], &watch->feeds[i + 1], behind * sizeof watch->feeds[0]);
    watch->count--;
}

static void take(struct feed_watch *watch, const rd_kafka_message_t *message, int64_t now_ms)
{
    struct feed_progress progress;
    size_t len = feed_key_run(message->key, message->key_len, watch->target);
    if (len == 0 || len >= FEED_RUN_SIZE)
        return;
    size_t i = find(watch, message->key, len);
    if (i < watch->count)
        forget(watch, i);
    if (feed_progress_read(message->payload, message->len, &progress) != 0 ||
        progress.state != FEED_STARTED)
        return;
    if (watch->count == FEEDS_MAX)
        forget(watch, 0);
    struct moving_feed *feed = &watch->feeds[watch->count++];
    *feed = (struct moving_feed){.seen_ms = now_ms};
    memcpy(feed->id, message->key, len);
}

void feed_watch_turn(struct feed_watch *watch, int64_t now_ms)
{
    rd_kafka_message_t *message;
    rd_kafka_poll(watch->client, 0); /* log lines */
    for (int i = 0; i < TURN_MAX; i++) {
        message = rd_kafka_consume_queue(watch->queue, 0);
        if (message == NULL)
            return;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            take(watch, message, now_ms);
        else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            watch->known = true;
        rd_kafka_message_destroy(message);
    }
}

bool feed_watch_moving(const struct feed_watch *watch, int64_t now_ms)
{
    /* The latest record is last. */
    return !watch->known ||
           (watch->count > 0 && now_ms - watch->feeds[watch->count - 1].seen_ms < FEED_MOVING_MS);
}

void feed_watch_free(struct feed_watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->topic != NULL) {
        (void)rd_kafka_consume_stop(watch->topic, 0);
        rd_kafka_topic_destroy(watch->topic);
    }
    if (watch->queue != NULL)
        rd_kafka_queue_destroy(watch->queue);
    if (watch->client != NULL)
        rd_kafka_destroy(watch->client);
    free(watch->target);
    free(watch);
}
