/* --watch DIR: every file that is dropped into a folder is ingested once, the oldest first.
 *
 * This process looks into the folder and knows no Kafka; each file gets a process of its own
 * (watched_feed.h), because librdkafka's threads do not live through a fork, and because a crash then costs
 * that file only. The exit code of that process says what becomes of the file:
 *
 *     0, 65                 through: done/, duplicate/ or failed/
 *     64, 78                the configuration is wrong: we end with it, too
 *     else, or killed       it stays, and is tried again after a pause
 */
#ifndef FEEDS_PIPELINE_WATCH_H
#define FEEDS_PIPELINE_WATCH_H

#include "pipeline/filing.h"
#include "pipeline/watch_table.h"
#include "service/health.h"

#define WATCH_PARALLEL_MAX 64

struct watch_options {
    const struct filing *filing;
    const char *topic;     /* of the reports that count, when files stay */
    unsigned parallel;     /* files at a time */
    int64_t still_ms;      /* how long a file must stand still to be complete */
    int64_t list_every_ms; /* how often the folder is listed */
    bool until_idle;       /* work off what is there, each file once, and end */
    struct health *health;
    /* One file, in a process of its own. */
    enum exit_code (*work)(void *arg, const char *name, enum watch_end *end);
    void *arg;
};

/* Until a signal: EXIT_INTERRUPTED, when all children have ended. With until_idle the worst code of all
 * files. Says on stderr what goes on. */
enum exit_code watch_run(const struct watch_options *options);

#endif
