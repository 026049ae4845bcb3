#include "kafka/topic_progress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/asker.h"
#include "kafka/topic_ends.h"

/* For all that one question asks. */
#define QUESTION_MS 10000

struct topic_progress {
    struct asker *asker;
    /* The thread's while it is asked, the owner's else: */
    struct upstream_partition *partitions;
    size_t count;
    bool failed;
    struct reason reason;
    /* The thread's: */
    rd_kafka_t *client;
    char *topic;
};

static rd_kafka_topic_partition_list_t *list_of(const char *topic, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)i);
    return list;
}

/* The group's offsets, which are added to the partitions. */
static rd_kafka_resp_err_t ask_committed(struct topic_progress *progress, int64_t deadline)
{
    rd_kafka_topic_partition_list_t *list = list_of(progress->topic, progress->count);
    rd_kafka_resp_err_t error =
        rd_kafka_committed(progress->client, list, topic_ends_left_ms(deadline));
    for (size_t i = 0; i < progress->count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        int64_t offset = list->elems[i].offset;
        progress->partitions[i].committed = offset < 0 ? -1 : offset;
        error = list->elems[i].err;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

static int keep(struct topic_progress *progress, const struct kafka_end *ends, size_t count)
{
    struct upstream_partition *partitions =
        realloc(progress->partitions, (count + 1) * sizeof *partitions);
    if (partitions == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        partitions[i] =
            (struct upstream_partition){.low = ends[i].low, .end = ends[i].high, .committed = -1};
    progress->partitions = partitions;
    progress->count = count;
    return 0;
}

static bool is_absent(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

/* One question. The ends first: what is committed later is rather more than less. */
static rd_kafka_resp_err_t look(struct topic_progress *progress)
{
    int64_t deadline = kafka_now_ms() + QUESTION_MS;
    struct kafka_end *ends = NULL;
    size_t count = 0;
    rd_kafka_resp_err_t error =
        topic_ends(progress->client, progress->topic, deadline, &ends, &count);
    if (is_absent(error)) {
        progress->count = 0;
        error = RD_KAFKA_RESP_ERR_NO_ERROR;
    } else if (error == RD_KAFKA_RESP_ERR_NO_ERROR && count == 0) {
        error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE; /* it is being made */
    } else if (error == RD_KAFKA_RESP_ERR_NO_ERROR && keep(progress, ends, count) != 0) {
        error = RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    } else if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = ask_committed(progress, deadline);
    }
    free(ends);
    return error;
}

static void answer(void *arg)
{
    struct topic_progress *progress = arg;
    rd_kafka_resp_err_t error = look(progress);
    progress->failed = error != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (progress->failed)
        reason_set(&progress->reason, "topic %s, and who has read it: %s", progress->topic,
                   rd_kafka_err2str(error));
}

/* Nobody else takes the handle's log lines: they are thrown away. */
static void idle(void *arg)
{
    struct topic_progress *progress = arg;
    rd_kafka_poll(progress->client, 0);
}

static void release(struct topic_progress *progress)
{
    if (progress->client != NULL)
        rd_kafka_destroy_flags(progress->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(progress->partitions);
    free(progress->topic);
    free(progress);
}

struct topic_progress *topic_progress_new(const struct kafka_options *options, const char *topic,
                                          const char *group, int wake_fd, struct reason *reason)
{
    struct topic_progress *progress = calloc(1, sizeof *progress);
    if (progress == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    progress->topic = strdup(topic);
    if (progress->topic == NULL)
        reason_set(reason, "out of memory");
    else
        progress->client = topic_ends_handle(options, group, reason);
    if (progress->client != NULL)
        progress->asker = asker_new(&(struct asker_work){answer, idle, progress}, wake_fd, reason);
    if (progress->asker != NULL)
        return progress;
    release(progress);
    return NULL;
}

void topic_progress_ask(struct topic_progress *progress)
{
    if (asker_is_free(progress->asker))
        asker_ask(progress->asker);
}

enum progress_answer topic_progress_take(struct topic_progress *progress,
                                         struct upstream_sight *sight, struct reason *reason)
{
    if (!asker_take(progress->asker))
        return PROGRESS_NONE;
    if (progress->failed) {
        *reason = progress->reason;
        return PROGRESS_FAILED;
    }
    sight->partitions = progress->partitions;
    sight->count = progress->count;
    return PROGRESS_SEEN;
}

void topic_progress_free(struct topic_progress *progress)
{
    if (progress != NULL && asker_free(progress->asker))
        release(progress);
}
