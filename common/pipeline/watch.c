#include "pipeline/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "core/text.h"
#include "pipeline/exit_rank.h"
#include "pipeline/watch_folder.h"
#include "pipeline/watch_recall.h"
#include "service/clock.h"
#include "service/file_writer.h"
#include "service/log.h"
#include "service/signals.h"
#include "service/worker.h"

/* The health file has to be kept fresh. */
#define TURN_MAX_MS 2000
/* How a worker says what becomes of its file. */
#define NOTE_HANDLED 'h'
#define NOTE_CHANGED 'c'

struct job {
    struct worker worker;
    struct watch_file *file; /* NULL: this place is free */
};

struct watch {
    const struct watch_options *options;
    struct watch_folder folder;
    struct watch_table table;
    struct job jobs[WATCH_PARALLEL_MAX];
    unsigned running;
    int64_t list_at_ms;
    bool away;            /* the folder is not there, which was said */
    bool litter;          /* a child was killed */
    int stops;            /* signals that were passed on */
    enum exit_code code;  /* what ends us */
    enum exit_code worst; /* of all files */
};

/* The worker's side. */

struct errand {
    const struct watch_options *options;
    const char *name;
};

static int run_errand(void *arg, void (*say)(char note))
{
    const struct errand *errand = arg;
    enum watch_end end = WATCH_END_STAYS;
    enum exit_code code = errand->options->work(errand->options->arg, errand->name, &end);
    if (end != WATCH_END_STAYS)
        say(end == WATCH_END_CHANGED ? NOTE_CHANGED : NOTE_HANDLED);
    return (int)code;
}

/* Ours. */

static void say_file(enum log_level level, const char *event, const struct watch_file *file,
                     const char *why)
{
    char shown[4 * WATCH_NAME_SIZE];
    text_show(file->name, strlen(file->name), shown, sizeof shown);
    log_event(level, event, "file", shown, "why", why, NULL);
}

static uint32_t random_number(void)
{
    uint32_t number;
    /* Without one the pause is the shortest. */
    return getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number ? number : 0;
}

static struct job *free_job(struct watch *watch)
{
    for (unsigned i = 0; i < watch->options->parallel; i++)
        if (watch->jobs[i].file == NULL)
            return &watch->jobs[i];
    return NULL;
}

static bool is_ending(const struct watch *watch)
{
    return watch->code != EXIT_ALL_ACCOUNTED;
}

/* A look right before the file is taken: whether it is still what the table says, and nobody writes it. */
static bool is_complete(struct watch *watch, struct watch_file *file, int64_t now_ms)
{
    char path[FILING_PATH_SIZE];
    struct feed_file which;
    bool is_written =
        filing_path(path, watch->folder.path, file->name) == 0 && file_has_writer(path);
    if (is_written)
        watch_table_written(file, now_ms);
    /* In this order: what was written in between shows. */
    if (file_identify(path, &which) == 0 && feed_file_equal(&which, &file->which))
        return !is_written;
    char *name = strdup(file->name);
    if (name != NULL)
        watch_folder_look(&watch->folder, &watch->table, name, false, now_ms);
    free(name);
    return false;
}

static void start(struct watch *watch, struct job *job, struct watch_file *file, int64_t now_ms)
{
    struct errand errand = {watch->options, file->name};
    struct reason reason = REASON_INIT;
    watch_table_started(file);
    if (worker_start(&job->worker, run_errand, &errand, &reason) == 0) {
        job->file = file;
        watch->running++;
        return;
    }
    say_file(LOG_ERROR_LEVEL, "watch", file, reason.text);
    watch->worst = exit_worse(watch->worst, EXIT_BUG);
    watch_table_ended(&watch->table, file, WATCH_END_STAYS, now_ms, random_number());
}

static void start_all(struct watch *watch, int64_t now_ms)
{
    struct job *job;
    struct watch_file *file;
    while (!is_ending(watch) && (job = free_job(watch)) != NULL &&
           (file = watch_table_next(&watch->table, now_ms)) != NULL)
        if (is_complete(watch, file, now_ms))
            start(watch, job, file, now_ms);
}

static enum exit_code code_of(const struct worker_end *end)
{
    return end->exit_code < 0 ? EXIT_BUG : (enum exit_code)end->exit_code;
}

static void say_stays(const struct watch_file *file, const struct worker_end *ended, bool again)
{
    struct reason why = REASON_INIT;
    if (ended->exit_code >= 0)
        reason_set(&why, "exit code %d", ended->exit_code);
    else
        reason_set(&why, "killed by signal %d", ended->signal);
    reason_set(&why, "%s: the file stays where it is%s", why.text,
               again ? ", and is tried again" : "");
    say_file(LOG_WARN_LEVEL, "stays", file, why.text);
}

/* What has the name now, where files stay: of a changed one it is this that nobody takes. */
static void learn_changed(const struct watch *watch, struct watch_file *file)
{
    char path[FILING_PATH_SIZE];
    if (filing_path(path, watch->folder.path, file->name) == 0)
        (void)file_identify(path, &file->which);
}

/* Whether the next file would fare no better, and waiting does not help. */
static bool ends_us(const struct watch *watch, enum exit_code code)
{
    return code == EXIT_CONFIGURATION || code == EXIT_BAD_USAGE ||
           (watch->options->until_idle && code == EXIT_UNAVAILABLE);
}

static void settle(struct watch *watch, struct job *job, const struct worker_end *ended)
{
    struct watch_file *file = job->file;
    enum exit_code code = code_of(ended);
    enum watch_end end = job->worker.note == NOTE_HANDLED   ? WATCH_END_HANDLED
                         : job->worker.note == NOTE_CHANGED ? WATCH_END_CHANGED
                                                            : WATCH_END_STAYS;
    char *name = strdup(file->name);
    job->file = NULL;
    watch->running--;
    watch->worst = exit_worse(watch->worst, code);
    if (end == WATCH_END_STAYS && ends_us(watch, code))
        watch->code = exit_worse(watch->code, code);
    if (end == WATCH_END_STAYS)
        say_stays(file, ended, !is_ending(watch) && !watch->table.once);
    if (end == WATCH_END_CHANGED)
        learn_changed(watch, file);
    watch->litter |= ended->exit_code < 0;
    watch_table_ended(&watch->table, file, end, clock_now(), random_number());
    /* Another file may have come under its name meanwhile. */
    if (name != NULL)
        watch_folder_look(&watch->folder, &watch->table, name, false, clock_now());
    free(name);
}

static void reap(struct watch *watch)
{
    struct worker_end ended;
    for (unsigned i = 0; i < watch->options->parallel; i++) {
        struct job *job = &watch->jobs[i];
        if (job->file != NULL && worker_ended(&job->worker, &ended))
            settle(watch, job, &ended);
    }
    /* What a killed one has left unfinished: told from those of the others when there are none. */
    if (watch->litter && watch->running == 0) {
        filing_sweep(watch->options->filing);
        watch->litter = false;
    }
}

/* The folder is on a disk that is mounted again soon, perhaps. */
static void list(struct watch *watch, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    watch->list_at_ms = now_ms + watch->options->list_every_ms;
    bool away = watch_folder_list(&watch->folder, &watch->table, now_ms, &reason) != 0;
    if (away && watch->options->until_idle)
        watch->code = EXIT_NO_FEED;
    if (away && !watch->away)
        log_event(LOG_ERROR_LEVEL, "folder-away", "why", reason.text, "next", "waiting for it",
                  NULL);
    if (!away && watch->away)
        log_event(LOG_INFO_LEVEL, "folder-back", "folder", watch->folder.path, NULL);
    watch->away = away;
}

/* Each signal goes to everybody once: the second means "at once". */
static void pass_signals_on(struct watch *watch)
{
    int count = signals_count();
    if (count > 0)
        watch->code = exit_worse(watch->code, EXIT_INTERRUPTED);
    /* A setting that is wrong for one is wrong for all. */
    if (is_ending(watch) && count == 0)
        count = 1;
    for (; watch->stops < count; watch->stops++)
        for (unsigned i = 0; i < watch->options->parallel; i++)
            if (watch->jobs[i].file != NULL)
                worker_stop(&watch->jobs[i].worker);
}

static int pause_ms(const struct watch *watch, int64_t now_ms)
{
    int64_t until = watch->list_at_ms;
    int64_t due = watch_table_due(&watch->table);
    if (watch->running < watch->options->parallel && due < until)
        until = due;
    if (until > now_ms + TURN_MAX_MS)
        until = now_ms + TURN_MAX_MS;
    return until <= now_ms ? 0 : (int)(until - now_ms);
}

static void await(struct watch *watch, int64_t now_ms)
{
    struct pollfd fds[WATCH_PARALLEL_MAX + 2];
    nfds_t count = 0;
    /* It stays readable, once a signal came: then only the children are waited for. */
    if (!signals_stopping())
        fds[count++] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
    if (watch->folder.notify_fd >= 0 && !is_ending(watch))
        fds[count++] = (struct pollfd){.fd = watch->folder.notify_fd, .events = POLLIN};
    for (unsigned i = 0; i < watch->options->parallel; i++)
        if (watch->jobs[i].file != NULL)
            fds[count++] = (struct pollfd){.fd = watch->jobs[i].worker.fd, .events = POLLIN};
    (void)poll(fds, count, is_ending(watch) ? TURN_MAX_MS : pause_ms(watch, now_ms));
}

static bool is_idle(const struct watch *watch)
{
    return watch->options->until_idle && watch->running == 0 && !watch_table_busy(&watch->table);
}

static void turn(struct watch *watch)
{
    int64_t now_ms = clock_now();
    health_keep(watch->options->health, HEALTH_RUNNING, now_ms);
    reap(watch);
    pass_signals_on(watch);
    if (is_ending(watch))
        return;
    if (watch_folder_read(&watch->folder, &watch->table, now_ms) || now_ms >= watch->list_at_ms)
        list(watch, now_ms);
    start_all(watch, now_ms);
}

static void loop(struct watch *watch)
{
    for (;;) {
        turn(watch);
        if (watch->running == 0 && (is_ending(watch) || is_idle(watch)))
            return;
        await(watch, clock_now());
    }
}

/* A predecessor's children may be at their last words, after it was killed. */
static bool take_lock(struct watch *watch)
{
    bool said = false;
    struct pollfd signal = {.fd = signals_fd(), .events = POLLIN};
    while (!watch_folder_lock(&watch->folder)) {
        if (!said)
            log_event(LOG_WARN_LEVEL, "folder-taken", "folder", watch->folder.path, "why",
                      "another process works on this folder", "next", "waiting for its end", NULL);
        said = true;
        health_keep(watch->options->health, HEALTH_WAITING, clock_now());
        if (poll(&signal, 1, TURN_MAX_MS / 4) > 0 || signals_stopping())
            return false;
    }
    return true;
}

static void say_start(const struct watch *watch)
{
    char parallel[16], folder[FILING_PATH_SIZE];
    snprintf(parallel, sizeof parallel, "%u", watch->options->parallel);
    filing_folder(watch->options->filing, OUTCOME_DONE, folder);
    log_event(LOG_INFO_LEVEL, "watching", "folder", watch->folder.path, "reports", folder,
              "parallel", parallel, NULL);
}

enum exit_code watch_run(const struct watch_options *options)
{
    struct watch watch = {
        .options = options,
        .table = {.still_ms = options->still_ms,
                  .once = options->until_idle,
                  .in_place = filing_in_place(options->filing)},
    };
    watch_folder_init(&watch.folder, options->filing->folder);
    if (file_writer_setup() != 0) {
        watch.code = EXIT_BUG;
    } else if (take_lock(&watch)) {
        filing_sweep(options->filing);
        if (watch.table.in_place)
            watch_recall(options->filing, options->topic, &watch.table);
        say_start(&watch);
        loop(&watch);
    } else {
        watch.code = EXIT_INTERRUPTED;
    }
    watch_folder_release(&watch.folder);
    watch_table_release(&watch.table);
    return exit_worse(watch.code, options->until_idle ? watch.worst : EXIT_ALL_ACCOUNTED);
}
