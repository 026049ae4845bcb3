/* The parts of the REST sink: rest_sink.c (the port, settling), rest_run.c (what moves through it),
 * rest_batch.c (runs in one look-up), rest_lookups.c (looking up before), rest_writes.c (runs with
 * something to write), rest_confirms.c (looking up after); and what each effect makes of it:
 * rest_upsert.c, rest_append.c, rest_adjust.c, rest_address.c. For these files only.
 *
 * A run is in exactly one place: waiting → a batch → queued → on the way → written → a batch → ended;
 * it may end from each. */
#ifndef FEEDS_STRAPI_REST_PARTS_H
#define FEEDS_STRAPI_REST_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/job_queue.h"
#include "core/limiter.h"
#include "core/message_identity.h"
#include "strapi/lookup.h"
#include "strapi/rest_sink.h"

/* Jobs in a run. */
#define REST_RUN_MAX LOOKUP_KEYS_MAX

/* Jobs that were handed over together: what is looked up, written and confirmed at a time. */
struct rest_run {
    struct rest_sink *sink;
    struct job_queue jobs; /* in their order; never empty while the run is in a place */
    bool resolves;         /* each job asks which entry it is about; nothing is written */
    size_t asked;          /* the first jobs, those that its batch asks for */
    char identity[MESSAGE_IDENTITY_SIZE]; /* APPEND: of its message */

    enum route route; /* of the write */
    bool left_alone;
    struct buffer body;
    struct buffer url;
    size_t in_flight; /* requests on the way when its write started */
    char *written_at; /* when, as the answer says; or NULL */
    TAILQ_ENTRY(rest_run) link;
};

TAILQ_HEAD(run_list, rest_run);

struct run_queue {
    struct run_list list;
    size_t count;
};

void run_queue_init(struct run_queue *queue);
void run_queue_push(struct run_queue *queue, struct rest_run *run);
void run_queue_push_front(struct run_queue *queue, struct rest_run *run);
void run_queue_remove(struct run_queue *queue, struct rest_run *run);
/* NULL when empty. */
struct rest_run *run_queue_first(const struct run_queue *queue);
/* Runs and their memory; the jobs are not settled. */
void run_queue_free(struct run_queue *queue);

/* NULL when out of memory. */
struct rest_run *rest_run_new(struct rest_sink *sink, struct job *first);
const struct job *rest_run_head(const struct rest_run *run);
/* Each of its jobs leaves with the outcome; the run is gone. It must be in no queue. */
void rest_run_end(struct rest_run *run, const struct outcome *outcome);
/* Each with the outcome that it has. */
void rest_run_end_filled(struct rest_run *run);
void rest_run_not_reached(struct rest_run *run, enum route route);
/* Those that were asked for leave with the outcome, the others as not reached. */
void rest_run_end_asked(struct rest_run *run, const struct outcome *outcome);

/* What differs between the effects. */
struct rest_effect {
    bool takes_oldest; /* of several entries with one key; else it does not matter */
    struct value (*lane)(struct rest_sink *sink, const struct message *message);
    struct value (*waiting_lane)(struct rest_sink *sink,
                                 const struct message *message); /* or NULL */
    /* A run was handed over. May settle jobs of it, even all. */
    void (*begin)(struct rest_run *run);
    /* What the run, or each job of one that resolves, is looked up by; a text VALUE_ABSENT: not at all.
     * Borrowed. */
    struct lookup_key (*key)(const struct rest_run *run, const struct message *message,
                             char digits[VALUE_DIGITS_SIZE]);
    /* A job of a run that resolves (or NULL: none does): fills its outcome. The entry with its key,
     * or NULL; `several` have it. */
    void (*resolve)(struct rest_sink *sink, struct job *job, const struct answer_entry *entry,
                    bool several);
    /* Ends the run, or hands it to rest_write(). The entry it is about, or NULL. */
    void (*decide)(struct rest_run *run, const struct answer_entry *entry);
    /* The write leaves. NULL: nothing but message->written is to be noted. */
    void (*sending)(struct rest_run *run);
    /* It was not confirmed: what that means for the messages, and for the outcome. */
    void (*failed)(struct rest_run *run, struct outcome *outcome);
    /* Strapi says it is done: keeps what is_there() needs. 0, or -1 when the answer lacks it. */
    int (*answered)(struct rest_run *run, const char *body, size_t len);
    bool (*is_there)(const struct rest_run *run, const struct answer_entry *entry);
};

extern const struct rest_effect rest_upsert, rest_append, rest_adjust;

/* Runs in one look-up. */
struct batch {
    struct rest_sink *sink;
    bool confirms; /* it looks at what was written */
    struct lookup *lookup;
    struct run_queue runs;
    size_t key_count;
    LIST_ENTRY(batch) link;
};

struct rest_sink {
    struct rest_options options;
    const struct rest_effect *effect;
    struct sink_events events;
    struct limiter limiter;
    struct buffer lane; /* the text of the last answer of lane() */
    bool blocked[ROUTE_COUNT];
    size_t held;       /* runs it has */
    size_t in_flight;  /* requests: look-ups and writes */
    uint64_t attempts; /* writes sent, ever */

    struct run_queue waiting; /* to be looked up */
    LIST_HEAD(, batch) batches;
    size_t batch_count;
    size_t batch_max;     /* keys in the next look-up, 1..batch_ceiling */
    size_t batch_ceiling; /* what this Strapi was seen to take, at most LOOKUP_KEYS_MAX */
    size_t failures;      /* look-ups that failed since one succeeded */

    struct run_queue queued; /* to be written */
    struct run_queue on_the_way;

    struct run_queue written; /* Strapi says so; their outcome is filled */
    int64_t written_ms;       /* since when at least one of them waits */
    size_t confirm_count;     /* batches on the way that look whether it is so */

    struct job_queue settled; /* their outcome is filled, the loop does not know it yet */
    bool settling;
    bool told_doubled, told_unfiltered;
    int64_t tell_patience_ms; /* not before then */
};

/* The job leaves: rest_flush() will tell the loop. */
void rest_settle(struct rest_sink *sink, struct job *job);
/* DONE by what its look-up shows. */
void rest_settle_done(struct rest_sink *sink, struct job *job, bool left_alone);
void rest_not_reached(struct rest_sink *sink, struct job *job, enum route route);
/* Every run of which nothing was sent: NOT_REACHED. */
void rest_give_back(struct rest_sink *sink);
/* What an answer says about all: patience, or an outage. After the job it was for was settled. */
void rest_heed(struct rest_sink *sink, const struct outcome *outcome);
/* Ends the run with an OUTAGE of ours: no memory, or the like. */
void rest_run_end_outage(struct rest_run *run, const char *why);
/* Tells the loop. It may call the port from there. */
void rest_flush(struct rest_sink *sink);

/* One that asks whether the target heals, and one whose look-up failed before, go alone. */
bool rest_goes_alone(const struct job *job);
/* Takes from the queue what one look-up can hold, `max` keys at most, of the first run and those
 * behind it; it ends in done(batch, ...). 0, or -1 when there is no memory for it now: they stay in
 * the queue. */
int rest_batch_start(struct rest_sink *sink, struct run_queue *from, size_t max, bool confirms,
                     void (*done)(void *, struct lookup *, enum lookup_result));
/* Its look-up has ended: it counts no more. */
void rest_batch_forget(struct batch *batch);
/* What the run's first job is looked up by, and where that stands in the look-up of its batch. */
struct lookup_key rest_run_key(const struct rest_run *run, char digits[VALUE_DIGITS_SIZE]);
size_t rest_batch_place(const struct batch *batch, const struct rest_run *run);
/* The next run leaves the batch; NULL when none is left. */
struct rest_run *rest_batch_pop(struct batch *batch);
void rest_batch_end(struct batch *batch, const struct outcome *outcome);
/* Runs that are still in it are freed, their jobs not settled. */
void rest_batch_free(struct batch *batch);

/* Look-ups of what waits, as far as there is room. Each ends in the effect's resolve() or decide(). */
void rest_lookups_start(struct rest_sink *sink, int64_t now_ms);
/* What is being looked up: NOT_REACHED, whatever the answer will be. */
void rest_lookups_give_back(struct rest_sink *sink);
void rest_lookups_free(struct rest_sink *sink);

/* Sends run->body, as soon as there is room: a create (entry: NULL) or an update of the entry. */
void rest_write(struct rest_run *run, const struct answer_entry *entry);
void rest_write_too_large(struct rest_run *run);
void rest_writes_start(struct rest_sink *sink, int64_t now_ms);
/* Of one route; ROUTE_COUNT: of all. Probes stay where `probes` is false. */
void rest_writes_give_back(struct rest_sink *sink, enum route route, bool probes);
void rest_writes_free(struct rest_sink *sink);
/* Whether the write that came to this may have been done. */
bool rest_may_be_written(const struct outcome *outcome);

/* Strapi answered that the run is written. */
void rest_confirm(struct rest_run *run);
void rest_confirms_start(struct rest_sink *sink, int64_t now_ms);
/* rest_effect.answered and is_there by the time of the last write. */
int rest_keep_time(struct rest_run *run, const char *body, size_t len);
bool rest_is_as_new(const struct rest_run *run, const struct answer_entry *entry);

/* rest_adjust's parts for messages of which the entry is not known yet (rest_address.c). */
bool rest_address_needed(const struct message *message);
void rest_address_begin(struct rest_run *run);
struct lookup_key rest_address_key(const struct message *message, char digits[VALUE_DIGITS_SIZE]);
void rest_address_resolve(struct rest_sink *sink, struct job *job, const struct answer_entry *entry,
                          bool several);
/* The entry is not there: MISSING. */
void rest_address_missing(struct rest_sink *sink, struct job *job);
struct value rest_address_lane(struct rest_sink *sink, const struct message *message);
/* What an entry is looked up by when its address is known: "documentId", or "id". */
const char *rest_entry_field(const struct rest_sink *sink);

#endif
