/* A look-up's URL: filters for keys of one field, or of several. For lookup.c only. */
#ifndef FEEDS_STRAPI_LOOKUP_FILTER_H
#define FEEDS_STRAPI_LOOKUP_FILTER_H

#include "strapi/lookup.h"

/* 10,000 entries for 100 keys: something is very wrong. */
#define LOOKUP_PAGES_MAX 100

/* The name of the key's field. */
const char *lookup_field_of(const struct target *target, const struct lookup_key *key);
bool lookup_same_field(const struct target *target, const struct lookup_key *one,
                       const struct lookup_key *other);
/* Where the first key of keys[i]'s field stands. */
size_t lookup_group_of(const struct target *target, const struct lookup_key *keys, size_t i);

/* Appends the URL of the page (1..). 0 or -1 (the ceiling). */
int lookup_add_url(const struct target *target, const struct lookup_key *keys, size_t count,
                   size_t page, struct buffer *url);

#endif
