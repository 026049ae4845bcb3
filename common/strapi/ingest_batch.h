/* A batch for the ingest plugin: jobs → the lines of its body, and the answer → an outcome for each job.
 * Pure; docs/ingest-api.md has the format.
 *
 *     ingest_batch_begin(&body)
 *     while (ingest_batch_add(&rules, &body, message) == 0) ...
 *     ingest_batch_end(&rules, &body, &envelope, &bytes, &len)        send bytes
 *     ingest_batch_settle(...)                                        when it was answered */
#ifndef FEEDS_STRAPI_INGEST_BATCH_H
#define FEEDS_STRAPI_INGEST_BATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/job_queue.h"
#include "core/message.h"
#include "strapi/target.h"

/* Room for the envelope's line in front of the items; what a topic and a group can be called fits. */
#define INGEST_ENVELOPE_MAX 8192

/* What is the same in all batches. */
struct ingest_rules {
    const struct entity *entity; /* of the messages */
    uint32_t ignored;            /* a bit for each of its fields that is left out */
    bool identity;               /* APPEND: the content type has a field for it */
    const char *place;           /* `"cluster":"...","group":"...","topic":"..."` */
    const char *manner;          /* `,"content_type":"...","on_existing":...`: the envelope's end */
};

struct ingest_envelope {
    int32_t partition;
    int64_t epoch, first, next;
    int64_t known;           /* the position as the target told it last; -1: none */
    int64_t confirmed;       /* -1: nothing is */
    const char *fingerprint; /* kept with `next`; "": none is said */
};

/* Whether items carry a fingerprint each: the batch may stop in front of one. */
bool ingest_batch_may_stop(const struct ingest_rules *rules);
/* Empties the body, and leaves room for the envelope. 0, or -1 when out of memory. */
int ingest_batch_begin(struct buffer *body);
/* 0, or -1 when it would pass the buffer's ceiling: nothing was added. */
int ingest_batch_add(const struct ingest_rules *rules, struct buffer *body,
                     const struct message *message);
/* Where the finished body begins, in the buffer. NULL when the envelope does not fit. */
const char *ingest_batch_end(const struct ingest_rules *rules, struct buffer *body,
                             const struct ingest_envelope *envelope, size_t *len);

/* Fills the outcome of each job (in the order of its item) from an answer of 200. `answered` has the
 * http members, and the route. False when that is no answer to these items: nothing is filled. */
bool ingest_batch_settle(const json_t *answer, struct job *first, size_t count,
                         const struct outcome *answered);
/* REJECT, as the plugin said it ({"code","message","path"}). */
void ingest_batch_refuse(const json_t *error, const struct message *message,
                         const struct outcome *answered, struct outcome *outcome);

#endif
