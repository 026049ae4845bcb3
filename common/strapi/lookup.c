#include "strapi/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strapi/lookup_filter.h"
#include "strapi/verdict.h"

struct lookup {
    const struct target *target;
    struct http_client *http;
    int64_t timeout_ms;
    void (*done)(void *arg, struct lookup *lookup, enum lookup_result result);
    void *arg;

    char *texts;                             /* of the keys */
    struct lookup_key keys[LOOKUP_KEYS_MAX]; /* each with its field's name */
    size_t count;
    struct answer_entry entries[LOOKUP_KEYS_MAX];
    bool several[LOOKUP_KEYS_MAX];
    struct answer_page pages[LOOKUP_PAGES_MAX]; /* own what entries borrow */
    size_t page_count;
    struct outcome outcome;
};

static void take_page(void *arg, const struct http_response *response);

static int ask_next_page(struct lookup *lookup, struct reason *reason)
{
    /* Three bytes for each of a key, which may be one long one. */
    struct buffer url = BUFFER_INIT(LOOKUP_URL_MAX + 3 * lookup->keys[0].text.len);
    int result = -1;

    if (lookup_add_url(lookup->target, lookup->keys, lookup->count, lookup->page_count + 1, &url) !=
        0)
        reason_set(reason, "the look-up's URL does not fit");
    else
        result = http_client_start(lookup->http,
                                   &(struct http_request){.method = "GET",
                                                          .url = url.data,
                                                          .timeout_ms = lookup->timeout_ms,
                                                          .done = take_page,
                                                          .arg = lookup},
                                   reason);
    buffer_release(&url);
    return result;
}

static void fail(struct lookup *lookup, enum lookup_result result, const char *sentence)
{
    lookup->outcome.verdict = VERDICT_OUTAGE;
    lookup->outcome.route = ROUTE_LOOKUP;
    failure_set(&lookup->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "GET %s: %s",
                lookup->target->path, sentence);
    lookup->done(lookup->arg, lookup, result);
}

static bool is_ascii(char byte)
{
    return (unsigned char)byte < 0x80;
}

static char folded(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* Whether a database may take one for the other: case, blanks at the end, accents (so that two
 * texts are alike from their first character that is not ASCII). MySQL's and SQLite's collations
 * answer `$in` with such entries: they are not ours, and no sign that the filter was dropped. */
static bool alike(const struct value *key, const char *text, size_t len)
{
    size_t i = 0, key_len = key->len;

    while (key_len > 0 && key->text[key_len - 1] == ' ')
        key_len--;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    for (; i < key_len && i < len; i++) {
        if (!is_ascii(key->text[i]) || !is_ascii(text[i]))
            return true;
        if (folded(key->text[i]) != folded(text[i]))
            return false;
    }
    return key_len == len || (i < key_len ? !is_ascii(key->text[i]) : !is_ascii(text[i]));
}

static bool was_asked_for(const struct lookup *lookup, const struct lookup_key *key)
{
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup_same_field(lookup->target, &lookup->keys[i], key) &&
            alike(&lookup->keys[i].text, key->text.text, key->text.len))
            return true;
    return false;
}

size_t lookup_place(const struct lookup *lookup, const struct lookup_key *key)
{
    size_t i = 0;

    while (i < lookup->count &&
           (!lookup_same_field(lookup->target, &lookup->keys[i], key) ||
            lookup->keys[i].text.len != key->text.len ||
            memcmp(lookup->keys[i].text.text, key->text.text, key->text.len) != 0))
        i++;
    return i;
}

/* Puts the entry where its key stands. Pages come in order of id, so the first is the oldest. */
static void place(struct lookup *lookup, const struct answer_entry *entry,
                  const struct lookup_key *key)
{
    size_t i = lookup_place(lookup, key);

    if (i == lookup->count)
        return;
    if (lookup->entries[i].fields == NULL)
        lookup->entries[i] = *entry;
    else if (strcmp(lookup->entries[i].address, entry->address) != 0)
        lookup->several[i] = true;
}

/* What the entry has in a field as text, a number (`id`) in `digits`; VALUE_NULL when it is empty,
 * VALUE_ABSENT when it is nothing that can be asked for. */
static struct value text_in(const struct answer_entry *entry, const char *field,
                            char digits[VALUE_DIGITS_SIZE])
{
    const json_t *there = answer_entry_member(entry, field);

    if (json_is_string(there))
        return (struct value){
            .kind = VALUE_TEXT, .text = json_string_value(there), .len = json_string_length(there)};
    if (!json_is_integer(there) || strcmp(field, "id") != 0)
        return (struct value){.kind = json_is_null(there) ? VALUE_NULL : VALUE_ABSENT};
    int len =
        snprintf(digits, VALUE_DIGITS_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(there));
    return (struct value){.kind = VALUE_TEXT, .text = digits, .len = (size_t)len};
}

enum placed { PLACED, NO_TEXT, NOT_ASKED_FOR };

/* By each field that was asked for. */
static enum placed place_entry(struct lookup *lookup, const struct answer_entry *entry)
{
    char digits[VALUE_DIGITS_SIZE];
    enum placed result = NOT_ASKED_FOR;

    for (size_t i = 0; i < lookup->count; i++) {
        const char *field = lookup_field_of(lookup->target, &lookup->keys[i]);
        struct lookup_key key = {field, text_in(entry, field, digits)};

        if (lookup_group_of(lookup->target, lookup->keys, i) != i)
            continue;
        if (key.text.kind == VALUE_ABSENT)
            return NO_TEXT;
        if (key.text.kind != VALUE_NULL && !was_asked_for(lookup, &key))
            continue;
        result = PLACED;
        if (key.text.kind == VALUE_TEXT)
            place(lookup, entry, &key);
    }
    return result;
}

/* NULL, or what is wrong with the page. */
static const char *place_all(struct lookup *lookup, const json_t *items, enum lookup_result *result)
{
    size_t i;
    json_t *item;

    json_array_foreach(items, i, item)
    {
        struct answer_entry entry;

        if (!answer_entry_read(item, &entry))
            return "its entries are neither Strapi 4's nor Strapi 5's";
        switch (place_entry(lookup, &entry)) {
        case PLACED:
            break;
        case NO_TEXT:
            return "the field of the key is no text in Strapi";
        case NOT_ASKED_FOR:
            *result = LOOKUP_UNFILTERED;
            return "Strapi answers with entries that were not asked for: it drops the filter "
                   "(`arrayLimit` of strapi::query, or an old version)";
        }
    }
    return NULL;
}

static void take_page(void *arg, const struct http_response *response)
{
    struct lookup *lookup = arg;
    struct answer_page *page = &lookup->pages[lookup->page_count];
    enum lookup_result result = LOOKUP_FAILED;
    struct reason reason = REASON_INIT;

    if (response->end != HTTP_ANSWERED || response->status < 200 || response->status > 299 ||
        !answer_page_read(response->body, response->body_len, page)) {
        verdict_of(ROUTE_LOOKUP, "GET", lookup->target->path, response, lookup->timeout_ms,
                   &lookup->outcome);
        lookup->done(lookup->arg, lookup, LOOKUP_FAILED);
        return;
    }
    lookup->page_count++;
    const char *wrong = place_all(lookup, page->entries, &result);
    if (wrong != NULL)
        fail(lookup, result, wrong);
    else if (page->page_count <= (json_int_t)lookup->page_count)
        lookup->done(lookup->arg, lookup, LOOKUP_OK);
    else if (lookup->page_count == LOOKUP_PAGES_MAX)
        fail(lookup, LOOKUP_FAILED, "thousands of entries have these keys");
    else if (ask_next_page(lookup, &reason) != 0)
        fail(lookup, LOOKUP_FAILED, reason.text);
}

static int copy_keys(struct lookup *lookup, const struct lookup_key *keys)
{
    size_t size = 1;

    for (size_t i = 0; i < lookup->count; i++)
        size += keys[i].text.len;
    char *at = lookup->texts = malloc(size);
    if (at == NULL)
        return -1;
    for (size_t i = 0; i < lookup->count; i++) {
        lookup->keys[i] = keys[i];
        lookup->keys[i].text.text = memcpy(at, keys[i].text.text, keys[i].text.len);
        at += keys[i].text.len;
    }
    return 0;
}

struct lookup *lookup_new(const struct lookup_request *request, struct reason *reason)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    *lookup = (struct lookup){.target = request->target,
                              .http = request->http,
                              .timeout_ms = request->timeout_ms,
                              .done = request->done,
                              .arg = request->arg,
                              .count = request->count};
    int failed = copy_keys(lookup, request->keys);
    if (failed != 0)
        reason_set(reason, "out of memory");
    else
        failed = ask_next_page(lookup, reason);
    if (failed != 0) {
        lookup_free(lookup);
        return NULL;
    }
    return lookup;
}

struct answer_entry lookup_entry(const struct lookup *lookup, size_t i)
{
    return lookup->entries[i];
}

bool lookup_several(const struct lookup *lookup, size_t i)
{
    return lookup->several[i];
}

struct value lookup_doubled(const struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->several[i])
            return lookup->keys[i].text;
    return (struct value){.kind = VALUE_ABSENT};
}

const struct outcome *lookup_outcome(const struct lookup *lookup)
{
    return &lookup->outcome;
}

void lookup_free(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    http_client_cancel(lookup->http, lookup);
    for (size_t i = 0; i < lookup->page_count; i++)
        answer_page_release(&lookup->pages[i]);
    free(lookup->texts);
    free(lookup);
}
