/* What the topic `feed-progress` says of one feed, and what follows from it for a run that is about
 * to begin. Pure: somebody else reads the topic, from its beginning to its end.
 *
 *     struct feed_runs runs = {.content = id, .name = NULL, .topic = "product"};
 *     feed_runs_add(&runs, key, key_len, value, value_len)        each record, in the topic's order
 *     choice = feed_runs_choose(&runs, &file, force);
 *     feed_runs_release(&runs); */
#ifndef FEEDS_CORE_FEED_RUNS_H
#define FEEDS_CORE_FEED_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/feed_progress.h"

/* Runs of one content that are remembered; of more, the latest ones. */
#define FEED_RUNS_MAX 1000

struct feed_run {
    char id[FEED_RUN_SIZE];
    uint64_t number;
    uint64_t changes; /* records of it that were read */
    struct feed_progress progress;
};

/* Two programs may begin the same run at the same moment. Without transactions, which would let only one of
 * them commit, both write that they do, and then read on up to their own record: who wrote first has the
 * feed. */
struct feed_bid {
    char id[FEED_RUN_SIZE];
    char claim[FEED_CLAIM_SIZE];
    bool seen;                  /* our own record was read */
    bool lost;                  /* another one was, in front of it */
    struct feed_progress rival; /* whoever has the feed: its last one in front of ours */
};

struct feed_runs {
    const char *content; /* the feed's identity */
    const char *name;    /* of the file, if only runs of files with this name count; else NULL */
    const char *topic;
    struct feed_run *items; /* the one whose record came last is last */
    size_t count;
    struct feed_bid bid;
};

enum feed_decision {
    FEED_SEND,      /* under a new name: feed_run_name() with this number */
    FEED_GO_ON,     /* under the name of the run `about`, behind what that has sent */
    FEED_SAME,      /* this very file was sent by `about` */
    FEED_DUPLICATE, /* another file with the same content was */
};

struct feed_choice {
    enum feed_decision decision;
    uint64_t run;
    const struct feed_run *about; /* valid until the next add */
};

/* 0, also for a record of another feed; -1 when out of memory. A record without a value makes its
 * run unknown. */
int feed_runs_add(struct feed_runs *runs, const char *key, size_t key_len, const char *value,
                  size_t value_len);
/* From here on the records of that run are looked at: those with this claim are ours. */
void feed_runs_bid(struct feed_runs *runs, const char *id, const char *claim);
/* The run with this name, or NULL. */
const struct feed_run *feed_runs_find(const struct feed_runs *runs, const char *id);
/* file: what is to be sent now. A run that did not end, of the same file or of none that was sent,
 * is gone on with; so is one that has sent no row at all, from its beginning. force: send it as a run of
 * its own. */
struct feed_choice feed_runs_choose(const struct feed_runs *runs, const struct feed_file *file,
                                    bool force);
void feed_runs_release(struct feed_runs *runs);

#endif
