/* The parts of the ingest sink: ingest_sink.c (the port), ingest_settle.c (what becomes of jobs),
 * ingest_session.c (whose a partition is, and where it stands), ingest_send.c (batches), ingest_knock.c (empty
 * ones), ingest_wording.c (what all requests have in common). Modules of their own, which know nothing of these:
 * ingest_batch.h (a body, and its results), ingest_answer.h (what a status means), ingest_limit.h (how much goes
 * into one). For these files only. */
#ifndef FEEDS_STRAPI_INGEST_PARTS_H
#define FEEDS_STRAPI_INGEST_PARTS_H

#include <sys/queue.h>

#include "core/backoff.h"
#include "strapi/ingest_answer.h"
#include "strapi/ingest_batch.h"
#include "strapi/ingest_limit.h"
#include "strapi/ingest_sink.h"

/* What a partition needs next, of the target or of the loop. */
enum ingest_stage {
    STAGE_SESSION, /* to be taken over */
    STAGE_MOVE,    /* its position to be moved */
    STAGE_READY,   /* batches */
    STAGE_FENCED,  /* attach() again, or detach() */
};

/* The one request on the way. */
enum ingest_asking {
    ASKING_NOTHING,
    ASKING_SESSION,
    ASKING_MOVE,
    ASKING_KNOCK, /* an empty batch; the jobs wait for it, and nothing of them was sent */
    ASKING_BATCH, /* with all of the jobs */
    ASKING_LOOK,  /* a session, which tells whether the one job was applied */
};

/* Its jobs are with the target. */
static inline bool ingest_has_jobs_out(enum ingest_asking asking)
{
    return asking == ASKING_BATCH || asking == ASKING_LOOK;
}

/* A place of MAX_IN_FLIGHT is taken. */
static inline bool ingest_is_busy(enum ingest_asking asking)
{
    return asking == ASKING_KNOCK || ingest_has_jobs_out(asking);
}

struct ingest_partition {
    struct ingest_sink *sink;
    LIST_ENTRY(ingest_partition) link;
    int32_t number;
    bool gone; /* detached; stays until its batch is answered */
    enum ingest_stage stage;
    enum ingest_asking asking;

    struct backoff backoff;
    int64_t idle_at_ms; /* nothing was sent until then: asked whether it is still where it was */
    int64_t ask_at_ms;  /* no session, move or idle confirmation before then */
    int64_t epoch;
    int64_t next;      /* the target's position as heard last; -1: it has none */
    int64_t confirm;   /* by the loop: everything below is done; -1: nothing said */
    int64_t confirmed; /* what of that the target has heard */
    char fingerprint[SINK_FINGERPRINT_SIZE]; /* of the last message below `next`; "" when unknown */
    struct {
        int64_t next;
        char fingerprint[SINK_FINGERPRINT_SIZE];
        enum sink_move why;
    } move;

    struct job_queue jobs; /* the run that was submitted, as far as it is not settled */
    struct buffer body;
    int64_t sent_first, sent_next, sent_confirm; /* what the batch on the way says */
    struct ingest_limit limit;
    bool shaken;   /* a batch failed: knock before the next one */
    bool well;     /* the last knock passed, and no batch was sent since */
    bool was_well; /* of the batch on the way: a knock passed right before it */
    bool full;     /* it is to hear first what is confirmed */
};

struct ingest_sink {
    struct ingest_sink_options options;
    struct sink_events events;
    struct sink_attachments attachments;
    struct sink_ops ops;
    struct ingest_rules rules;
    struct buffer place, manner, member; /* parts of the bodies */
    char batch_url[512], session_url[512], position_url[512];
    char batch_path[256], session_path[256], position_path[256];
    enum route route;
    bool blocked;
    size_t batch_bytes;
    size_t busy;             /* batches, and the knocks before them, on the way */
    int64_t closed_until_ms; /* the target asked for silence */
    int64_t tell_at_ms;      /* not before then */
    char lane[16];
    LIST_HEAD(, ingest_partition) partitions;
    struct job_queue settled; /* their outcome is filled, the loop does not know it yet */
    bool settling;
};

/* The partition that is attached, or NULL. */
struct ingest_partition *ingest_find(const struct ingest_sink *sink, int32_t number);
/* Sends what is due. */
void ingest_go(struct ingest_partition *partition, int64_t now_ms);

/* ingest_settle.c. The job leaves with the outcome, at the next ingest_flush(). */
void ingest_settle_job(struct ingest_sink *sink, struct job *job, const struct outcome *outcome);
/* The next of the partition's jobs does. */
void ingest_settle(struct ingest_partition *partition, const struct outcome *outcome);
/* All of them do; nothing of them was written. Not before delay_ms from now. */
void ingest_not_reached(struct ingest_partition *partition, int64_t delay_ms);
/* The first one leaves with the verdict, the others as not reached. */
void ingest_settle_first(struct ingest_partition *partition, const struct outcome *outcome,
                         enum verdict verdict);
/* Tells the loop. */
void ingest_flush(struct ingest_sink *sink);
/* The target asks for patience. */
void ingest_heed(struct ingest_sink *sink, const struct ingest_answer *answer);

/* ingest_sink.c. POSTs the partition's body; `done` gets the partition. False when it could not even be started: then it
 * is as if the target were away. */
bool ingest_post(struct ingest_partition *partition, enum ingest_asking asking, const char *url,
                 const char *type, const char *body, size_t len,
                 void (*done)(void *, const struct http_response *));
/* A request has ended. False when the partition is gone, and was forgotten: settle its jobs before. */
bool ingest_ended(struct ingest_partition *partition);

/* ingest_wording.c: the parts of the bodies, and the URLs. 0, or -1 when they do not fit. */
int ingest_write_parts(struct ingest_sink *sink);

/* ingest_session.c */
struct ingest_partition *ingest_attach(struct ingest_sink *sink, int32_t number, int64_t now_ms);
void ingest_move(struct ingest_partition *partition, int64_t next, const char *fingerprint,
                 enum sink_move why, int64_t now_ms);
void ingest_detach(struct ingest_partition *partition);
void ingest_forget(struct ingest_partition *partition);
void ingest_ask_session(struct ingest_partition *partition);
void ingest_ask_move(struct ingest_partition *partition);
/* The same as a session, for a job that only looks (job->look). */
void ingest_look(struct ingest_partition *partition);
/* Everything of the partition has been settled: the loop is told. The partition may be gone then. */
void ingest_fence(struct ingest_partition *partition, const char *why);

/* ingest_send.c */
void ingest_send(struct ingest_partition *partition);
/* Where we have read from without leaving anything out. With `next` unknown that is the first job's message:
 * there must be one. */
int64_t ingest_first_offset(const struct ingest_partition *partition);
/* The body's items with the envelope in front; what is the same for all batches of the partition is filled in. */
bool ingest_post_batch(struct ingest_partition *partition, enum ingest_asking asking,
                       struct ingest_envelope envelope,
                       void (*done)(void *, const struct http_response *));
/* As an outcome that the loop can use. */
void ingest_read_batch_answer(const struct ingest_sink *sink, const struct http_response *response,
                              struct ingest_answer *answer);
/* What the target has now, by its answer of 200. */
void ingest_note_position(struct ingest_partition *partition, const json_t *body);

/* ingest_knock.c */
void ingest_knock(struct ingest_partition *partition);

#endif
