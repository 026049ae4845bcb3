/* Commits, and when not to send one.
 *
 * Measured with librdkafka 2.0.2 and Kafka 4.3: a broker answers a connection's requests in their
 * order, so that a commit sent behind our own JoinGroup waits until the other members have joined
 * as well (up to their heartbeat interval), and is then refused with ILLEGAL_GENERATION. librdkafka
 * takes that for our own exclusion: it forgets the new generation, fails the SyncGroup and reports
 * the whole assignment as lost. With a commit a second, nearly every cooperative rebalance ended
 * so. Therefore nothing is committed from our JoinGroup to the answer to our SyncGroup. librdkafka
 * does not tell its join state, but an interceptor sees the requests pass. A commit that is asked for
 * in the moment before a JoinGroup is sent would go out behind it: what makes a member join is the
 * answer to a heartbeat, or its own release of partitions, and for a moment after either nothing is
 * committed.
 *
 * Who waits for that moment to end has to say so (kafka_consumer_poll_in()). Heartbeats come once a
 * second, and so do the turns of an idle loop, by timers that hardly drift: when a turn came into such
 * a moment the next ones did as well, and what was done last was committed minutes later (measured:
 * one process in twenty, up to 117 s). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka/consumer_state.h"

/* KIP-35 numbers of the requests. */
#define API_JOIN_GROUP  11
#define API_HEARTBEAT   12
#define API_LEAVE_GROUP 13
#define API_SYNC_GROUP  14

/* From a heartbeat's answer to the JoinGroup that it may cause. */
#define QUIET_MS 50
/* Between two looks whether a join is over. */
#define JOIN_STEP_MS 10
/* Between two attempts to send what had to wait, or failed. */
#define FLUSH_EVERY_MS 1000

void consumer_quiet(struct kafka_consumer *consumer)
{
    atomic_store(&consumer->quiet_until_ms, kafka_now_ms() + QUIET_MS);
}

static bool may_commit(const struct kafka_consumer *consumer)
{
    return !atomic_load(&consumer->joining) &&
           kafka_now_ms() >= atomic_load(&consumer->quiet_until_ms);
}

static rd_kafka_resp_err_t on_request(rd_kafka_t *client, int fd, const char *broker,
                                      int32_t broker_id, int16_t api, int16_t version, int32_t id,
                                      size_t size, void *opaque)
{
    (void)client, (void)fd, (void)broker, (void)broker_id, (void)version, (void)id, (void)size;
    struct kafka_consumer *consumer = opaque;
    if (api == API_JOIN_GROUP) {
        atomic_store(&consumer->joining, true);
        atomic_store(&consumer->unsettled, true);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* A join that fails is followed by the next one, and in the end by a SyncGroup. */
static rd_kafka_resp_err_t on_response(rd_kafka_t *client, int fd, const char *broker,
                                       int32_t broker_id, int16_t api, int16_t version, int32_t id,
                                       size_t size, int64_t round_trip, rd_kafka_resp_err_t error,
                                       void *opaque)
{
    (void)client, (void)fd, (void)broker, (void)broker_id, (void)version, (void)id, (void)size;
    (void)round_trip, (void)error;
    struct kafka_consumer *consumer = opaque;
    if (api == API_HEARTBEAT)
        consumer_quiet(consumer);
    if (api == API_SYNC_GROUP)
        atomic_store(&consumer->joining, false);
    if (api == API_LEAVE_GROUP)
        atomic_store(&consumer->left, true);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque,
                                  char *error, size_t size)
{
    (void)conf, (void)error, (void)size;
    rd_kafka_interceptor_add_on_request_sent(client, "joins", on_request, opaque);
    return rd_kafka_interceptor_add_on_response_received(client, "joins", on_response, opaque);
}

void consumer_watch_joins(struct kafka_consumer *consumer, rd_kafka_conf_t *conf)
{
    rd_kafka_conf_interceptor_add_on_new(conf, "joins", on_new, consumer);
}

bool consumer_wait_joined(const struct kafka_consumer *consumer, int timeout_ms)
{
    int64_t deadline = kafka_now_ms() + timeout_ms;
    while (!may_commit(consumer) && kafka_now_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = JOIN_STEP_MS * 1000000L}, NULL);
    return may_commit(consumer);
}

/* The group counts us out, now and for every later commit. REBALANCE_IN_PROGRESS does not mean
 * that: the member shall join again and keeps what it has. */
static bool is_fenced(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
           error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
           error == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST;
}

/* The call may succeed while a single partition was refused. */
static rd_kafka_resp_err_t first_error(rd_kafka_resp_err_t error,
                                       const rd_kafka_topic_partition_list_t *offsets)
{
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && offsets != NULL && i < offsets->cnt; i++)
        error = offsets->elems[i].err;
    return error;
}

void consumer_add_offset(rd_kafka_topic_partition_list_t *list, const char *topic,
                         int32_t partition, int64_t offset, const char *note)
{
    rd_kafka_topic_partition_t *added = rd_kafka_topic_partition_list_add(list, topic, partition);
    added->offset = offset;
    if (note == NULL)
        return;
    /* librdkafka frees it with the list. Without memory for a note the offset still counts. */
    added->metadata = strdup(note);
    added->metadata_size = added->metadata == NULL ? 0 : strlen(note);
}

static void hold_again(struct kafka_consumer *consumer, const rd_kafka_topic_partition_t *offset)
{
    struct consumer_partition *partition = consumer_partition(consumer, offset->partition);
    /* One that was overtaken by a later commit must not undo it. */
    if (partition != NULL && partition->asked == offset->offset)
        partition->held = true;
}

void consumer_commit_answered(rd_kafka_t *client, rd_kafka_resp_err_t error,
                              rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)client;
    struct kafka_consumer *consumer = opaque;
    error = first_error(error, offsets);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        consumer->unanswered = false;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET)
        return;
    kafka_log(&consumer->options, 4, "commit to topic %s: %s", consumer->topic,
              rd_kafka_err2str(error));
    for (int i = 0; !is_fenced(error) && offsets != NULL && i < offsets->cnt; i++)
        hold_again(consumer, &offsets->elems[i]);
}

/* An asynchronous commit is taken note of here and sent when it may be. */
static void hold(struct kafka_consumer *consumer, const struct kafka_position *positions,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct consumer_partition *partition = consumer_partition(consumer, positions[i].partition);
        if (partition == NULL)
            continue; /* somebody else's by now */
        partition->asked = positions[i].offset;
        free(partition->note);
        partition->note = positions[i].note == NULL ? NULL : strdup(positions[i].note);
        partition->held = true;
    }
}

static rd_kafka_topic_partition_list_t *take_held(struct kafka_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(0);
    for (size_t i = 0; i < consumer->partition_room; i++) {
        struct consumer_partition *partition = &consumer->partitions[i];
        if (!partition->held)
            continue;
        consumer_add_offset(list, consumer->topic, (int32_t)i, partition->asked, partition->note);
        partition->held = false;
    }
    return list;
}

static rd_kafka_resp_err_t send_held(struct kafka_consumer *consumer)
{
    if (!may_commit(consumer))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *list = take_held(consumer);
    if (list->cnt > 0) {
        error = rd_kafka_commit(consumer->client, list, 1);
        consumer->flush_ms = kafka_now_ms() + FLUSH_EVERY_MS;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

static bool holds_commits(const struct kafka_consumer *consumer)
{
    for (size_t i = 0; i < consumer->partition_room; i++)
        if (consumer->partitions[i].held)
            return true;
    return false;
}

int64_t kafka_consumer_poll_in(const struct kafka_consumer *consumer)
{
    if (atomic_load(&consumer->joining) || !holds_commits(consumer))
        return INT64_MAX;
    int64_t due = atomic_load(&consumer->quiet_until_ms);
    if (due < consumer->flush_ms)
        due = consumer->flush_ms;
    int64_t left = due - kafka_now_ms();
    return left > 0 ? left : 0;
}

void consumer_flush_commits(struct kafka_consumer *consumer)
{
    if (kafka_now_ms() < consumer->flush_ms)
        return;
    rd_kafka_resp_err_t error = send_held(consumer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        kafka_log(&consumer->options, 4, "commit to topic %s: %s", consumer->topic,
                  rd_kafka_err2str(error));
}

static void on_answer(rd_kafka_t *client, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)client;
    *(rd_kafka_resp_err_t *)opaque = first_error(error, offsets);
}

static rd_kafka_topic_partition_list_t *
make_list(struct kafka_consumer *consumer, const struct kafka_position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        struct consumer_partition *partition = consumer_partition(consumer, positions[i].partition);
        if (partition != NULL)
            partition->held = false; /* this one is later */
        consumer_add_offset(list, consumer->topic, positions[i].partition, positions[i].offset,
                            positions[i].note);
    }
    return list;
}

/* Not rd_kafka_commit(): while the coordinator is away that waits for the session time-out. */
static rd_kafka_resp_err_t commit_and_wait(struct kafka_consumer *consumer,
                                           const struct kafka_position *positions, size_t count)
{
    int64_t deadline = kafka_now_ms() + KAFKA_COMMIT_MS;
    if (!consumer_wait_joined(consumer, KAFKA_COMMIT_MS))
        return RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    rd_kafka_topic_partition_list_t *list = make_list(consumer, positions, count);
    rd_kafka_resp_err_t answer = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client);
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(consumer->client, list, queue, on_answer, &answer);
    int64_t left = deadline - kafka_now_ms();
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_queue_poll_callback(queue, left > 0 ? (int)left : 0);
    /* A late answer finds no queue, and so not our stack. */
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    consumer->unanswered = answer == RD_KAFKA_RESP_ERR__TIMED_OUT;
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? answer : error;
}

int kafka_consumer_commit(struct kafka_consumer *consumer, const struct kafka_position *positions,
                          size_t count, bool synchronous, bool *fenced, struct reason *reason)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (count > 0 && synchronous) {
        error = commit_and_wait(consumer, positions, count);
    } else {
        hold(consumer, positions, count);
        error = send_held(consumer);
    }
    *fenced = is_fenced(error);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    reason_set(reason, "commit to topic %s: %s", consumer->topic, rd_kafka_err2str(error));
    return -1;
}
