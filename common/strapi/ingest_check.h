/* Whether a Strapi has the ingest plugin, and whether it takes what we write (docs/ingest-api.md). */
#ifndef FEEDS_STRAPI_INGEST_CHECK_H
#define FEEDS_STRAPI_INGEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/reason.h"
#include "strapi/target.h"
#include "strapi/target_ask.h"

/* The API that is spoken here. */
#define INGEST_API 1

enum ingest_presence {
    INGEST_IS_THERE,        /* target->ingest, version and identity are filled */
    INGEST_IS_MISSING,      /* there is no such plugin */
    INGEST_IS_UNUSABLE,     /* it is there, and does not take this content type */
    INGEST_IS_FORBIDDEN,    /* 403 */
    INGEST_IS_ODD,          /* another API, or a field is missing: a person must act */
    INGEST_IS_AWAY,         /* 401, 5xx */
    INGEST_IS_OUT_OF_REACH, /* nothing answered */
};

/* Asks GET /api/ingest for the content type of `messages`. The reason says why it is not there, what it
 * lacks, and how to mend it. */
enum ingest_presence ingest_check(struct target *target, const struct entity *messages,
                                  const struct target_asker *asker, struct reason *reason);

#endif
