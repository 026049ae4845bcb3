#include "kafka/topic_progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kafka/topic_ends.h"

/* For all that one question asks. */
#define QUESTION_MS 10000
/* Log lines of the handle are thrown away at least so often: nobody else takes them. */
#define IDLE_MS  10000
#define LEAVE_MS 500

enum stage { STAGE_IDLE, STAGE_ASKED, STAGE_ANSWERED };

struct topic_progress {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    enum stage stage;
    bool leaving, gone;
    /* The thread's while it is asked, the owner's else: */
    struct upstream_partition *partitions;
    size_t count;
    bool failed;
    struct reason reason;
    /* The thread's: */
    rd_kafka_t *client;
    char *topic;
    int wake_fd;
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

static void answer(struct topic_progress *progress)
{
    rd_kafka_resp_err_t error = look(progress);
    progress->failed = error != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (progress->failed)
        reason_set(&progress->reason, "topic %s, and who has read it: %s", progress->topic,
                   rd_kafka_err2str(error));
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Called and left with the lock held. */
static void serve(struct topic_progress *progress)
{
    pthread_mutex_unlock(&progress->lock);
    answer(progress);
    pthread_mutex_lock(&progress->lock);
    progress->stage = STAGE_ANSWERED;
    /* Who leaves does not listen, and may have closed it. A full pipe wakes as well. */
    if (!progress->leaving && write(progress->wake_fd, "t", 1) < 0)
        return;
}

static void *work(void *arg)
{
    struct topic_progress *progress = arg;
    pthread_mutex_lock(&progress->lock);
    while (!progress->leaving) {
        struct timespec until = in_ms(IDLE_MS);
        if (progress->stage == STAGE_ASKED)
            serve(progress);
        else
            pthread_cond_timedwait(&progress->changed, &progress->lock, &until);
        rd_kafka_poll(progress->client, 0);
    }
    progress->gone = true;
    pthread_cond_signal(&progress->changed);
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

/* Signals are the main thread's. */
static int start(struct topic_progress *progress, struct reason *reason)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&progress->thread, NULL, work, progress);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error == 0)
        return 0;
    reason_set(reason, "a thread cannot be started: %s", strerror(error));
    return -1;
}

/* Waits are measured by a clock that nobody sets. */
static void init_lock(struct topic_progress *progress)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&progress->lock, NULL);
    pthread_cond_init(&progress->changed, &steady);
    pthread_condattr_destroy(&steady);
}

static void release(struct topic_progress *progress)
{
    if (progress->client != NULL)
        rd_kafka_destroy_flags(progress->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    pthread_mutex_destroy(&progress->lock);
    pthread_cond_destroy(&progress->changed);
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
    init_lock(progress);
    progress->wake_fd = wake_fd;
    progress->topic = strdup(topic);
    if (progress->topic == NULL)
        reason_set(reason, "out of memory");
    else
        progress->client = topic_ends_handle(options, group, reason);
    if (progress->client != NULL && start(progress, reason) == 0)
        return progress;
    release(progress);
    return NULL;
}

void topic_progress_ask(struct topic_progress *progress)
{
    pthread_mutex_lock(&progress->lock);
    if (progress->stage == STAGE_IDLE) {
        progress->stage = STAGE_ASKED;
        pthread_cond_signal(&progress->changed);
    }
    pthread_mutex_unlock(&progress->lock);
}

enum progress_answer topic_progress_take(struct topic_progress *progress,
                                         struct upstream_sight *sight, struct reason *reason)
{
    pthread_mutex_lock(&progress->lock);
    bool answered = progress->stage == STAGE_ANSWERED;
    if (answered)
        progress->stage = STAGE_IDLE;
    pthread_mutex_unlock(&progress->lock);
    if (!answered)
        return PROGRESS_NONE;
    if (progress->failed) {
        *reason = progress->reason;
        return PROGRESS_FAILED;
    }
    sight->partitions = progress->partitions;
    sight->count = progress->count;
    return PROGRESS_SEEN;
}

/* Whether the thread is over. */
static bool leave(struct topic_progress *progress)
{
    struct timespec until = in_ms(LEAVE_MS);
    int error = 0;
    pthread_mutex_lock(&progress->lock);
    progress->leaving = true;
    pthread_cond_signal(&progress->changed);
    while (!progress->gone && error == 0)
        error = pthread_cond_timedwait(&progress->changed, &progress->lock, &until);
    bool gone = progress->gone;
    pthread_mutex_unlock(&progress->lock);
    return gone;
}

void topic_progress_free(struct topic_progress *progress)
{
    if (progress == NULL)
        return;
    if (!leave(progress)) {
        pthread_detach(progress->thread);
        return;
    }
    pthread_join(progress->thread, NULL);
    release(progress);
}
