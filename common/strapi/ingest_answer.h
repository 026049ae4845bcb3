/* What the ingest plugin says, and what it means when it says nothing (docs/ingest-api.md). Where an
 * HTTP status of the plugin becomes a decision: one table.
 *
 * The plugin writes all of a request or nothing, and what is sent again does nothing twice. So whatever
 * got no answer, or one that cannot be read, is simply sent again. */
#ifndef FEEDS_STRAPI_INGEST_ANSWER_H
#define FEEDS_STRAPI_INGEST_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/sink.h"
#include "http/http_client.h"

enum ingest_meaning {
    INGEST_OK,        /* 200: `body` says more */
    INGEST_AWAY,      /* nobody is there, or lets us in, or answers as the plugin does */
    INGEST_LATER,     /* it asks for patience: delay_ms */
    INGEST_FENCED,    /* the epoch, or the position, is not what we think: nothing more goes */
    INGEST_FULL,      /* too many refused ones are not confirmed */
    INGEST_TOO_LARGE, /* more than somebody on the way takes */
    INGEST_FAILED,    /* one of the items may be the reason; nothing was written */
    INGEST_UNKNOWN,   /* it was sent, and nobody knows */
};

struct ingest_answer {
    enum ingest_meaning meaning;
    int64_t delay_ms; /* LATER */
    bool locked;      /* LATER: only what this request was about is taken */
    bool died;        /* UNKNOWN: the connection broke, or nothing came in time */
    bool slow;        /* UNKNOWN: nothing came in time */
    json_t *body;     /* OK: an object; else NULL */
    /* For whoever is told: failure (not OK) and the http members; the rest is nothing. */
    struct outcome outcome;
};

/* Of a POST to `path`. To be released. */
void ingest_answer_read(const char *path, const struct http_response *response,
                        struct ingest_answer *answer);
/* A 200 with a body that is none of the plugin's: from here on it says AWAY. */
void ingest_answer_is_foreign(struct ingest_answer *answer);
void ingest_answer_release(struct ingest_answer *answer);

/* {"epoch","next_offset","confirmed","fingerprint"}: what is not there, or null, is -1 or "". */
struct sink_position ingest_answer_position(const json_t *body);
/* A whole number, or -1. */
int64_t ingest_answer_number(const json_t *body, const char *name);

#endif
