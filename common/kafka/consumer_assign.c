/* Which partitions are ours: the rebalance callback and what belongs to it. */
#include <stdlib.h>
#include <string.h>

#include "kafka/consumer_state.h"

/* librdkafka's own thread answers; no broker is asked. */
#define SEEK_MS 1000

struct consumer_partition *consumer_partition(const struct kafka_consumer *consumer, int32_t number)
{
    if (number < 0 || (size_t)number >= consumer->partition_room ||
        consumer->partitions[number].queue == NULL)
        return NULL;
    return &consumer->partitions[number];
}

static int make_room(struct kafka_consumer *consumer, int32_t number)
{
    size_t room = (size_t)number + 1;
    if (room <= consumer->partition_room)
        return 0;
    struct consumer_partition *partitions =
        realloc(consumer->partitions, room * sizeof *partitions);
    if (partitions == NULL)
        return -1;
    memset(partitions + consumer->partition_room, 0,
           (room - consumer->partition_room) * sizeof *partitions);
    consumer->partitions = partitions;
    consumer->partition_room = room;
    return 0;
}

static void close_queue(struct kafka_consumer *consumer, int32_t number)
{
    struct consumer_partition *partition = consumer_partition(consumer, number);
    if (partition == NULL)
        return;
    rd_kafka_queue_io_event_enable(partition->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(partition->queue);
    free(partition->note);
    *partition = (struct consumer_partition){0};
}

void consumer_drop_queues(struct kafka_consumer *consumer)
{
    for (size_t i = 0; i < consumer->partition_room; i++)
        close_queue(consumer, (int32_t)i);
}

/* Takes the partition's messages out of the main queue. It must happen inside the callback that
 * assigns, and before it does: measured with 2.0.2, a moment later a hundred messages had gone there
 * already. The partition's queue stays out of it also when it is assigned anew. */
static int open_queue(struct kafka_consumer *consumer, int32_t partition)
{
    close_queue(consumer, partition);
    if (make_room(consumer, partition) != 0)
        return -1;
    rd_kafka_queue_t *queue =
        rd_kafka_queue_get_partition(consumer->client, consumer->topic, partition);
    if (queue == NULL)
        return -1;
    rd_kafka_queue_forward(queue, NULL);
    rd_kafka_queue_io_event_enable(queue, consumer->wake_fd, "p", 1);
    consumer->partitions[partition].queue = queue;
    return 0;
}

static void fail(struct kafka_consumer *consumer, const char *why)
{
    if (!consumer->closing)
        consumer->events.failed(consumer->events.arg, why);
}

/* Frees the error. */
static void fail_with(struct kafka_consumer *consumer, rd_kafka_error_t *error)
{
    if (error == NULL)
        return;
    /* A handle in a fatal state says so at every call; error_cb has told it once. */
    if (!rd_kafka_error_is_fatal(error))
        fail(consumer, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

static bool is_cooperative(const struct kafka_consumer *consumer)
{
    return strcmp(rd_kafka_rebalance_protocol(consumer->client), "COOPERATIVE") == 0;
}

/* NULL assigns nothing, which an eager protocol calls unassigning everything. */
static void assign_all(struct kafka_consumer *consumer,
                       const rd_kafka_topic_partition_list_t *partitions)
{
    rd_kafka_resp_err_t error = rd_kafka_assign(consumer->client, partitions);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__FATAL)
        fail(consumer, rd_kafka_err2str(error));
}

static void unassign(struct kafka_consumer *consumer,
                     const rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++)
        close_queue(consumer, partitions->elems[i].partition);
    if (is_cooperative(consumer))
        fail_with(consumer, rd_kafka_incremental_unassign(consumer->client, partitions));
    else
        assign_all(consumer, NULL);
}

typedef void (*partitions_told)(struct kafka_consumer *, const int32_t *, size_t, bool);

static void tell_assigned(struct kafka_consumer *consumer, const int32_t *numbers, size_t count,
                          bool lost)
{
    (void)lost;
    consumer->events.assigned(consumer->events.arg, numbers, count);
}

static void tell_revoked(struct kafka_consumer *consumer, const int32_t *numbers, size_t count,
                         bool lost)
{
    consumer->events.revoked(consumer->events.arg, numbers, count, lost);
}

static void tell(struct kafka_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions,
                 bool lost, partitions_told told)
{
    size_t count = (size_t)partitions->cnt;
    int32_t *numbers = calloc(count + 1, sizeof *numbers);
    if (numbers == NULL) {
        fail(consumer, "out of memory");
        return;
    }
    for (size_t i = 0; i < count; i++)
        numbers[i] = partitions->elems[i].partition;
    told(consumer, numbers, count, lost);
    free(numbers);
}

/* Any offset will do: the partitions are paused until kafka_consumer_start(). Without one librdkafka
 * would ask for the group's, and stop the partition when there is none. */
static void assign_paused(struct kafka_consumer *consumer,
                          rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++)
        partitions->elems[i].offset = 0;
    if (is_cooperative(consumer))
        fail_with(consumer, rd_kafka_incremental_assign(consumer->client, partitions));
    else
        assign_all(consumer, partitions);
    rd_kafka_pause_partitions(consumer->client, partitions);
}

static void take_on(struct kafka_consumer *consumer, rd_kafka_topic_partition_list_t *partitions)
{
    bool failed = false;
    for (int i = 0; i < partitions->cnt; i++)
        failed |= open_queue(consumer, partitions->elems[i].partition) != 0;
    assign_paused(consumer, partitions);
    /* Too late for us, but a message must not get onto the main queue even now: serving that queue's
     * callbacks would end in an assertion of librdkafka's. */
    if (consumer->closing) {
        consumer_drop_queues(consumer);
        return;
    }
    if (failed)
        fail(consumer, "a partition's queue cannot be opened");
    tell(consumer, partitions, false, tell_assigned);
}

/* librdkafka waits for the unassignment as long as it has to: the member stays one, and its
 * heartbeats go on (measured, 2.0.2). */
static void give_up(struct kafka_consumer *consumer,
                    const rd_kafka_topic_partition_list_t *partitions)
{
    if (consumer->closing || partitions->cnt == 0) {
        unassign(consumer, partitions);
        return;
    }
    bool lost = rd_kafka_assignment_lost(consumer->client) != 0;
    if (consumer->leaving != NULL)
        rd_kafka_topic_partition_list_destroy(consumer->leaving);
    consumer->leaving = rd_kafka_topic_partition_list_copy(partitions);
    tell(consumer, partitions, lost, tell_revoked);
}

void consumer_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t event,
                        rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    (void)client;
    struct kafka_consumer *consumer = opaque;
    /* librdkafka joins again only after our answer. */
    atomic_store(&consumer->unsettled, false);
    consumer->joined = true;
    switch (event) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
        take_on(consumer, partitions);
        break;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        give_up(consumer, partitions);
        break;
    default:
        /* librdkafka's rule: a rebalance that failed is answered by assigning nothing. */
        kafka_log(&consumer->options, 3, "rebalance: %s", rd_kafka_err2str(event));
        unassign(consumer, partitions);
        break;
    }
}

/* Stops it and starts it anew. What is revoked meanwhile would take our unassigning for its answer, so
 * not while a rebalance may be under way. */
static bool assign_anew(struct kafka_consumer *consumer,
                        const rd_kafka_topic_partition_list_t *partition)
{
    if (atomic_load(&consumer->unsettled) || consumer->leaving != NULL)
        return false;
    if (!is_cooperative(consumer)) {
        fail(consumer, "the log does not have the offset; the next start finds another one");
        return false;
    }
    fail_with(consumer, rd_kafka_incremental_unassign(consumer->client, partition));
    fail_with(consumer, rd_kafka_incremental_assign(consumer->client, partition));
    return true;
}

/* Seeking costs nothing, but is refused (_STATE) for a partition that librdkafka has stopped because of
 * its offset (measured, 2.0.2). */
bool kafka_consumer_start(struct kafka_consumer *consumer, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->topic, partition)->offset = offset;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer->client, list, SEEK_MS);
    bool started = error == NULL && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_destroy(error);
    if (!started) {
        list->elems[0].offset = offset;
        list->elems[0].err = RD_KAFKA_RESP_ERR_NO_ERROR;
        started = assign_anew(consumer, list);
    }
    if (started)
        rd_kafka_resume_partitions(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return started;
}

void kafka_consumer_release(struct kafka_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *leaving = consumer->leaving;
    if (leaving == NULL)
        return;
    consumer->leaving = NULL;
    unassign(consumer, leaving);
    /* The next join follows. */
    consumer_quiet(consumer);
    rd_kafka_topic_partition_list_destroy(leaving);
}
