#include "strapi/lookup_filter.h"

#include <string.h>

#include "http/http_url.h"

/* Brackets and the dollar stand as they are, as Strapi's documentation writes them: escaped, 100
 * keys would not fit. What comes from a record is always escaped. */
static int add_head(const struct target *target, size_t page, struct buffer *url)
{
    return buffer_addf(url, "%s?", target->collection_url) != 0 ||
                   target_add_fields(target, url) != 0 ||
                   target_add_drafts(target, TARGET_READS, url) != 0 ||
                   buffer_addf(url, "&sort=id:asc&pagination[page]=%zu&pagination[pageSize]=%d",
                               page, LOOKUP_KEYS_MAX) != 0
               ? -1
               : 0;
}

const char *lookup_field_of(const struct target *target, const struct lookup_key *key)
{
    return key->by != NULL ? key->by : entity_key(target->entity)->name;
}

bool lookup_same_field(const struct target *target, const struct lookup_key *one,
                       const struct lookup_key *other)
{
    return strcmp(lookup_field_of(target, one), lookup_field_of(target, other)) == 0;
}

size_t lookup_group_of(const struct target *target, const struct lookup_key *keys, size_t i)
{
    size_t first = 0;

    while (!lookup_same_field(target, &keys[first], &keys[i]))
        first++;
    return first;
}

static bool is_one_group(const struct target *target, const struct lookup_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!lookup_same_field(target, &keys[0], &keys[i]))
            return false;
    return true;
}

/* Keys of several fields: whatever has one of them. */
static int add_key(const struct target *target, const struct lookup_key *keys, size_t i, bool mixed,
                   struct buffer *url)
{
    const char *field = lookup_field_of(target, &keys[i]);
    int failed = mixed ? buffer_addf(url, "&filters[$or][%zu][%s][$in][%zu]=",
                                     lookup_group_of(target, keys, i), field, i)
                       : buffer_addf(url, "&filters[%s][$in][%zu]=", field, i);

    return failed != 0 || http_url_add_escaped(url, keys[i].text.text, keys[i].text.len) != 0 ? -1
                                                                                              : 0;
}

size_t lookup_fit(const struct target *target, const struct lookup_key *keys, size_t count)
{
    struct buffer url = BUFFER_INIT(LOOKUP_URL_MAX);
    bool mixed = !is_one_group(target, keys, count);
    size_t fit = 0;

    if (add_head(target, LOOKUP_PAGES_MAX, &url) == 0)
        while (fit < count && fit < LOOKUP_KEYS_MAX && add_key(target, keys, fit, mixed, &url) == 0)
            fit++;
    buffer_release(&url);
    /* One key alone may be as long as it is: Strapi's answer is about this record then. */
    return fit > 0 ? fit : 1;
}

int lookup_add_url(const struct target *target, const struct lookup_key *keys, size_t count,
                   size_t page, struct buffer *url)
{
    bool mixed = !is_one_group(target, keys, count);

    if (add_head(target, page, url) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (add_key(target, keys, i, mixed, url) != 0)
            return -1;
    return 0;
}
