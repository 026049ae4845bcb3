/* Which entries have these keys: many keys, few requests. */
#ifndef FEEDS_STRAPI_LOOKUP_H
#define FEEDS_STRAPI_LOOKUP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/record.h"
#include "core/sink.h"
#include "http/http_client.h"
#include "strapi/answer.h"
#include "strapi/target.h"

/* Measured: with more than 100 values in `$in` Strapi 5 answers 200 and drops the filter without a
 * word, so that any entry looks like the one asked for. */
#define LOOKUP_KEYS_MAX 100
/* Bytes. Node refuses 16 KiB of request line and headers (431); proxies refuse from 8. */
#define LOOKUP_URL_MAX (6 * 1024)

enum lookup_result {
    LOOKUP_OK,
    LOOKUP_FAILED,     /* `outcome` says what came */
    LOOKUP_UNFILTERED, /* entries came that nobody asked for: nothing of it can be trusted */
};

struct lookup;

struct lookup_key {
    const char *by;    /* the field: NULL for the natural key, else its name, or `id` or
                          `documentId`. Borrowed, for as long as the look-up */
    struct value text; /* of a number, as decimal text */
};

struct lookup_request {
    const struct target *target;   /* borrowed */
    struct http_client *http;      /* borrowed */
    int64_t timeout_ms;            /* a page */
    const struct lookup_key *keys; /* copied with their texts. Each once; of one field or several */
    size_t count;                  /* 1..lookup_fit() */
    /* Called once, never from within lookup_new(); may call lookup_free(). */
    void (*done)(void *arg, struct lookup *lookup, enum lookup_result result);
    void *arg;
};

/* How many of the first keys go into one look-up; at least 1. */
size_t lookup_fit(const struct target *target, const struct lookup_key *keys, size_t count);
/* Sends the request for the first page. NULL with a reason. */
struct lookup *lookup_new(const struct lookup_request *request, struct reason *reason);
/* Which of the keys that is; `count` when it is none of them. */
size_t lookup_place(const struct lookup *lookup, const struct lookup_key *key);
/* After LOOKUP_OK: the entry with keys[i]; its fields are NULL when there is none. Borrowed. Of
 * several entries with one key it is the oldest. */
struct answer_entry lookup_entry(const struct lookup *lookup, size_t i);
/* After LOOKUP_OK: whether several entries have keys[i]. */
bool lookup_several(const struct lookup *lookup, size_t i);
/* After LOOKUP_OK: the first key that several entries have, or VALUE_ABSENT. */
struct value lookup_doubled(const struct lookup *lookup);
/* After LOOKUP_FAILED and LOOKUP_UNFILTERED: verdict, failure, http members. */
const struct outcome *lookup_outcome(const struct lookup *lookup);
/* Drops the request if it is still in flight. NULL is fine. */
void lookup_free(struct lookup *lookup);

#endif
