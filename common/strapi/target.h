/* Which Strapi this is, whether it has what we write, and how its collection is addressed. */
#ifndef FEEDS_STRAPI_TARGET_H
#define FEEDS_STRAPI_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/reason.h"
#include "http/http_client.h"

struct target {
    const struct entity *entity; /* of the collection: an ADJUST's target, else the messages' own */
    /* What target_check() found: */
    int version;   /* of Strapi: 4 or 5 */
    bool drafts;   /* Draft & Publish is on: look-ups ask for drafts, writes publish nothing */
    bool identity; /* APPEND: there is a field for the message's identity */
    bool ledger;   /* ADJUST: there is a field for the ledger */
    char collection_url[512]; /* "http://127.0.0.1:1337/api/products" */
    char path[256];           /* "/api/products", for messages */
    uint32_t ignored;         /* a bit for each field of the entity that is left out */
    bool is_local;            /* the URL says localhost: wrong in most containers */
};

enum target_result {
    TARGET_OK,
    TARGET_AWAY,          /* out of reach, 401, 403, 5xx: worth waiting for */
    TARGET_MISCONFIGURED, /* no such collection, a field is missing: a person must act */
};

/* Builds the addresses from STRAPI_URL ("http://host:1337", with or without a final slash, a path
 * in front of /api, and /api itself). -1 with a reason when it is not such a URL. */
int target_init(struct target *target, const struct entity *entity, const char *strapi_url,
                uint32_t ignored, struct reason *reason);

/* Whether the field is one we read and write. */
bool target_has(const struct target *target, size_t field);
/* Appends "fields[0]=a&fields[1]=b": exactly the fields we write. 0 or -1 (the ceiling). */
int target_add_fields(const struct target *target, struct buffer *url);

/* Asks the collection for exactly the fields we write, pageSize=1: it writes nothing, so whether
 * the token may create and update shows only with the first record. Waits for the answer; returns
 * TARGET_AWAY early when one of fds becomes readable (a signal). The reason names what is missing
 * or refused (every missing field, not only the first) and how to mend it. */
enum target_result target_check(const struct target *target, struct http_client *http,
                                int64_t timeout_ms, const int *fds, size_t fd_count,
                                struct reason *reason);

#endif
