/* Which Strapi this is, whether it has what we write, and how its collection is addressed. What
 * differs between Strapi 4 and 5, and with Draft & Publish, in what they are asked is here and
 * nowhere else (what differs in what they answer: answer.h). */
#ifndef FEEDS_STRAPI_TARGET_H
#define FEEDS_STRAPI_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/reason.h"
#include "http/http_client.h"
#include "strapi/answer.h"

enum sink_choice { SINK_AUTO, SINK_REST, SINK_INGEST };

/* What the ingest plugin says of itself. */
struct ingest_about {
    size_t items, bytes; /* of a batch at most */
    char version[32];
};

struct target {
    const struct entity *messages; /* what is delivered */
    enum sink_choice choice;       /* SINK_REST: the plugin is not asked for */
    const struct entity *entity; /* of the collection: an ADJUST's target, else the messages' own */
    const struct adjustment *adjustment; /* ADJUST: what is moved; else NULL */
    /* What target_check() found: */
    int version;       /* of Strapi: 4 or 5 */
    bool drafts;       /* Draft & Publish is on: look-ups see drafts, writes publish nothing */
    bool drafts_known; /* false: Strapi 5 shows it by its entries only, and there are none */
    bool identity;     /* APPEND: there is a field for the message's identity */
    bool ledger;       /* ADJUST: there is a field for the ledger */
    char collection_url[512]; /* "http://127.0.0.1:1337/api/products" */
    char path[256];           /* "/api/products", for messages */
    char ingest_url[512];     /* "http://127.0.0.1:1337/api/ingest" */
    char ingest_path[256];
    bool ingests;                     /* target_check() found the plugin, and it shall be used */
    struct ingest_about ingest;       /* then */
    char ingest_missing[REASON_SIZE]; /* why it is not, with SINK_AUTO; or "" */
    uint32_t ignored;                 /* a bit for each field of the entity that is left out */
    bool is_local;                    /* the URL says localhost: wrong in most containers */
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

/* Whether the field (of target->entity) is one we read or write. */
bool target_has(const struct target *target, size_t field);
/* Appends "fields[0]=a&fields[1]=b": what a look-up reads, and the time of the last write
 * (ANSWER_TIME_FIELD). Of an UPSERT what is written, because it is compared; of an APPEND the
 * identity, of an ADJUST the natural key, the level and the ledger. 0 or -1 (the ceiling). */
int target_add_fields(const struct target *target, struct buffer *url);

enum target_use { TARGET_READS, TARGET_WRITES };

/* Appends what the URL of a look-up, or of a create or update, says about drafts: "&status=draft" or
 * the like, perhaps nothing. Behind at least one parameter. 0 or -1. */
int target_add_drafts(const struct target *target, enum target_use use, struct buffer *url);
/* body: {"data":{...}} of a create. Adds what keeps the new entry a draft, where Strapi wants that in
 * the body. 0 or -1. */
int target_keep_draft(const struct target *target, struct buffer *body);
/* Whether its entries have a documentId, by which they are addressed then; else by their id. */
bool target_has_documents(const struct target *target);
/* Whether the entry's numeric id is not its own for good: Strapi 5 gives an entry another one each
 * time it is published. `entry` as a look-up found it, or NULL when it is not known yet. */
bool target_id_may_change(const struct target *target, const struct answer_entry *entry);

/* Asks the collection for exactly the fields we read or write, pageSize=1, which Strapi it is, and
 * whether it keeps drafts; notes that in the target. It writes nothing, so whether the token may
 * create and update shows only with the first record. Waits for the answers; returns TARGET_AWAY
 * early when one of fds becomes readable (a signal). The reason names what is missing or refused
 * (every missing field, not only the first) and how to mend it. An identity or a ledger that is not
 * there is no fault: target_report.h says what it costs.
 *
 * Unless target->choice is SINK_REST the ingest plugin is asked for first. If it is there and takes our
 * content type, its answer is enough: the token need not be allowed to read the collection. If it is not,
 * SINK_AUTO goes on with plain REST, and SINK_INGEST is TARGET_MISCONFIGURED. A token that may not use it
 * (403) is TARGET_MISCONFIGURED with both: nobody shall find out later that it was plain REST. */
enum target_result target_check(struct target *target, struct http_client *http, int64_t timeout_ms,
                                const int *fds, size_t fd_count, struct reason *reason);

#endif
