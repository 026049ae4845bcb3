/* Strapi's bodies → entries and errors. What differs between Strapi 4 and 5 in what they answer is
 * here and nowhere else (what differs in what they are asked: target.h). Measured on 4.26 and 5.54. */
#ifndef FEEDS_STRAPI_ANSWER_H
#define FEEDS_STRAPI_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"

struct http_response; /* http/http_client.h */

/* The field in which Strapi keeps when an entry was last written; to be asked for by name. */
#define ANSWER_TIME_FIELD "updatedAt"

/* One page of a collection: {"data":[...],"meta":{"pagination":{"page","pageSize","pageCount"}}} */
struct answer_page {
    json_t *root;          /* owns the rest */
    const json_t *entries; /* an array */
    json_int_t page_count; /* 1 when Strapi does not say */
};

/* false: not a page of Strapi's; nothing to release then. */
bool answer_page_read(const char *body, size_t len, struct answer_page *page);
void answer_page_release(struct answer_page *page);

/* An address is a documentId, 24 letters and digits, or on Strapi 4 the numeric id. */
#define ANSWER_ADDRESS_MAX 256

/* One entry:
 *     Strapi 5   {"id":7,"documentId":"thsp57o0n7ashruiycgix8jx","name":"a",...}
 *     Strapi 4   {"id":7,"attributes":{"name":"a",...}}
 * The JSON is borrowed. */
struct answer_entry {
    const json_t *fields;             /* an object: the content type's fields by name */
    const json_t *id;                 /* the number; NULL when it does not say */
    int version;                      /* of the Strapi that answers so: 4 or 5 */
    char address[ANSWER_ADDRESS_MAX]; /* what stands behind the collection's path to name it */
};

/* false: not an entry of either version. */
bool answer_entry_read(const json_t *item, struct answer_entry *entry);
/* A member of the entry by the name that a filter has for it: a field, `id` or `documentId`; the
 * same whatever Strapi's version. Borrowed, NULL when it is not there. */
const json_t *answer_entry_member(const struct answer_entry *entry, const char *name);

/* The field that is null in a draft; to be asked for by name. Strapi 5 has it in every content type,
 * 4 where Draft & Publish is on. */
#define ANSWER_PUBLISHED_FIELD "publishedAt"
/* Strapi 5's name for an entry. */
#define ANSWER_DOCUMENT_FIELD "documentId"

/* Whether the entry is a draft; false when nobody asked for the field. */
bool answer_is_draft(const struct answer_entry *entry);

/* When Strapi last wrote it ("2026-11-21T08:00:00.000Z"), or NULL when it does not say. Borrowed.
 */
const char *answer_updated_at(const struct answer_entry *entry);

/* Whether the body confirms a write: {"data":{...}}. */
bool answer_is_written(const char *body, size_t len);
/* Its time, to be freed with answer_time_free(), or NULL when it does not say. */
char *answer_written_at(const char *body, size_t len);
void answer_time_free(char *time);
/* What names the entry that was written, to be freed; NULL when it does not say. */
char *answer_written_address(const char *body, size_t len);

/* {"data":null,"error":{"status","name","message","details":{...}}} */
struct answer_error {
    bool is_strapis;                   /* false: no error body of Strapi's, and all below is "" */
    char name[64];                     /* ValidationError */
    char message[256];                 /* what is wrong; several are joined by "; " */
    char field[FAILURE_FIELD_MAX];     /* the first field it is about, a path joined by dots */
    char value[FAILURE_VALUE_MAX + 1]; /* what Strapi did not like there, when it is text */
    char unknown_key[64]; /* "Invalid key x": a field that the content type does not have. Strapi 4
                             says so of what is asked for, and drops it from what is written */
};

void answer_error_read(const char *body, size_t len, struct answer_error *error);

/* What the answer said, in words of the one who said it: "Bad Gateway", or how a page begins. */
void answer_quote(const struct http_response *response, const struct answer_error *error,
                  char *words, size_t size);

/* Where a person finds what a token may do. */
#define ANSWER_TOKENS_PLACE "(Strapi's admin panel, Settings, API Tokens)"

#endif
