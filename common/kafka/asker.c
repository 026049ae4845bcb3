#include "kafka/asker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MS  10000
#define LEAVE_MS 500

enum stage { STAGE_IDLE, STAGE_ASKED, STAGE_ANSWERED };

struct asker {
    struct asker_work work;
    int wake_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    enum stage stage;
    bool leaving, gone;
};

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
static void serve(struct asker *asker)
{
    pthread_mutex_unlock(&asker->lock);
    asker->work.ask(asker->work.arg);
    pthread_mutex_lock(&asker->lock);
    asker->stage = STAGE_ANSWERED;
    /* Who leaves does not listen, and may have closed it. A full pipe wakes as well. */
    if (!asker->leaving && write(asker->wake_fd, "t", 1) < 0)
        return;
}

static void *work(void *arg)
{
    struct asker *asker = arg;
    pthread_mutex_lock(&asker->lock);
    while (!asker->leaving) {
        struct timespec until = in_ms(IDLE_MS);
        if (asker->stage == STAGE_ASKED)
            serve(asker);
        else
            pthread_cond_timedwait(&asker->changed, &asker->lock, &until);
        asker->work.idle(asker->work.arg);
    }
    asker->gone = true;
    pthread_cond_signal(&asker->changed);
    pthread_mutex_unlock(&asker->lock);
    return NULL;
}

/* Signals are the main thread's. */
static int start(struct asker *asker, struct reason *reason)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&asker->thread, NULL, work, asker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error == 0)
        return 0;
    reason_set(reason, "a thread cannot be started: %s", strerror(error));
    return -1;
}

/* Waits are measured by a clock that nobody sets. */
static void init_lock(struct asker *asker)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&asker->lock, NULL);
    pthread_cond_init(&asker->changed, &steady);
    pthread_condattr_destroy(&steady);
}

static void release(struct asker *asker)
{
    pthread_mutex_destroy(&asker->lock);
    pthread_cond_destroy(&asker->changed);
    free(asker);
}

struct asker *asker_new(const struct asker_work *work_of, int wake_fd, struct reason *reason)
{
    struct asker *asker = calloc(1, sizeof *asker);
    if (asker == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    asker->work = *work_of;
    asker->wake_fd = wake_fd;
    init_lock(asker);
    if (start(asker, reason) == 0)
        return asker;
    release(asker);
    return NULL;
}

bool asker_is_free(struct asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    bool is_free = asker->stage == STAGE_IDLE;
    pthread_mutex_unlock(&asker->lock);
    return is_free;
}

void asker_ask(struct asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    asker->stage = STAGE_ASKED;
    pthread_cond_signal(&asker->changed);
    pthread_mutex_unlock(&asker->lock);
}

bool asker_take(struct asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    bool answered = asker->stage == STAGE_ANSWERED;
    if (answered)
        asker->stage = STAGE_IDLE;
    pthread_mutex_unlock(&asker->lock);
    return answered;
}

static bool leave(struct asker *asker)
{
    struct timespec until = in_ms(LEAVE_MS);
    int error = 0;
    pthread_mutex_lock(&asker->lock);
    asker->leaving = true;
    pthread_cond_signal(&asker->changed);
    while (!asker->gone && error == 0)
        error = pthread_cond_timedwait(&asker->changed, &asker->lock, &until);
    bool gone = asker->gone;
    pthread_mutex_unlock(&asker->lock);
    return gone;
}

bool asker_free(struct asker *asker)
{
    if (asker == NULL)
        return true;
    if (!leave(asker)) {
        pthread_detach(asker->thread);
        return false;
    }
    pthread_join(asker->thread, NULL);
    release(asker);
    return true;
}
