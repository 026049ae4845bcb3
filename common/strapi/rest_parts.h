/* The parts of the REST sink: rest_sink.c (the port, settling), rest_batch.c (jobs in one look-up),
 * rest_lookups.c (looking up before), rest_writes.c (jobs with something to write), rest_confirms.c
 * (looking up after). For these files only.
 *
 * A job is in exactly one place: waiting → a batch → queued → on the way → written → a batch →
 * settled; it may go to settled from each. */
#ifndef FEEDS_STRAPI_REST_PARTS_H
#define FEEDS_STRAPI_REST_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/limiter.h"
#include "strapi/lookup.h"
#include "strapi/rest_sink.h"

/* Linked by job->next. */
struct job_queue {
    struct job *first, **end;
    size_t count;
};

void job_queue_init(struct job_queue *queue);
void job_queue_push(struct job_queue *queue, struct job *job);
void job_queue_push_front(struct job_queue *queue, struct job *job);
/* NULL when empty. */
struct job *job_queue_pop(struct job_queue *queue);

/* Jobs in one look-up. */
struct batch {
    struct rest_sink *sink;
    bool confirms; /* it looks at what was written */
    struct lookup *lookup;
    struct job *jobs[LOOKUP_KEYS_MAX];
    size_t count;
    LIST_ENTRY(batch) link;
};

/* A job with something to write. */
struct rest_write {
    struct rest_sink *sink;
    struct job *job;
    enum route route;
    bool withheld;
    struct buffer body;
    struct buffer url;
    size_t in_flight; /* requests on the way when it started */
    TAILQ_ENTRY(rest_write) link;
};

TAILQ_HEAD(write_list, rest_write);

struct rest_sink {
    struct rest_options options;
    struct sink_events events;
    struct limiter limiter;
    bool blocked[ROUTE_COUNT];
    size_t held;      /* jobs it has */
    size_t in_flight; /* requests: look-ups and writes */

    struct job_queue waiting; /* to be looked up */
    LIST_HEAD(, batch) batches;
    size_t batch_count;
    size_t batch_max;     /* keys in the next look-up, 1..batch_ceiling */
    size_t batch_ceiling; /* what this Strapi was seen to take, at most LOOKUP_KEYS_MAX */
    size_t failures;      /* look-ups that failed since one succeeded */

    struct write_list queued;
    size_t queued_count;
    struct write_list on_the_way;

    struct job_queue written; /* Strapi says so; their outcome is filled */
    int64_t written_ms;       /* since when at least one of them waits */
    size_t confirm_count;     /* batches on the way that look whether it is so */

    struct job_queue settled; /* their outcome is filled, the loop does not know it yet */
    bool settling;
    bool told_doubled, told_unfiltered;
    int64_t tell_patience_ms; /* not before then */
};

/* The job leaves: rest_flush() will tell the loop. */
void rest_settle(struct rest_sink *sink, struct job *job);
void rest_not_reached(struct rest_sink *sink, struct job *job, enum route route);
/* Every job of which nothing was sent: NOT_REACHED. */
void rest_give_back(struct rest_sink *sink);
/* What an answer says about all: patience, or an outage. After the job it was for was settled. */
void rest_heed(struct rest_sink *sink, const struct outcome *outcome);
/* Tells the loop. It may call the port from there. */
void rest_flush(struct rest_sink *sink);

/* Takes the first jobs of the queue, as many as fit but count at most, into a look-up that ends in
 * done(batch, ...). 0, or -1 when there is no memory for it now: they stay in the queue. */
int rest_batch_start(struct rest_sink *sink, struct job_queue *from, size_t count, bool confirms,
                     void (*done)(void *, struct lookup *, enum lookup_result));
/* Its look-up has ended: it counts no more. */
void rest_batch_forget(struct batch *batch);
void rest_batch_settle(struct batch *batch, const struct outcome *outcome);
/* Before rest_flush(): its jobs must still be there. */
void rest_batch_free(struct batch *batch);

void rest_lookups_start(struct rest_sink *sink, int64_t now_ms);
void rest_lookups_give_back(struct rest_sink *sink);
void rest_lookups_free(struct rest_sink *sink);

/* Queues what the record wants of the entry (NULL: there is none), or settles the job. */
void rest_write_decide(struct rest_sink *sink, struct job *job, const struct answer_entry *entry);
void rest_writes_start(struct rest_sink *sink, int64_t now_ms);
/* Of one route; ROUTE_COUNT: of all. Probes stay where `probes` is false. */
void rest_writes_give_back(struct rest_sink *sink, enum route route, bool probes);
void rest_writes_free(struct rest_sink *sink);

/* Strapi answered that the job's record is written; body is its answer. */
void rest_confirm(struct rest_sink *sink, struct job *job, const char *body, size_t len);
void rest_confirms_start(struct rest_sink *sink, int64_t now_ms);
void rest_confirms_free(struct rest_sink *sink);

#endif
