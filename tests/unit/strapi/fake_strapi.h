/* A small Strapi 5 in the test's own process: one collection in memory, with what was measured of the
 * real one, and ways to misbehave. */
#ifndef FEEDS_TESTS_FAKE_STRAPI_H
#define FEEDS_TESTS_FAKE_STRAPI_H

#include <jansson.h>

#include "../http/tiny_server.h"

struct fake {
    struct tiny_server server;
    json_t *entries;    /* an array of objects */
    const char *unique; /* the field that has a unique index; NULL: none */
    int made;           /* entries, ever; the next id */
    int look_ups, posts, puts;
    int largest_look_up;   /* keys */
    const char *poison;    /* a look-up with this key is answered with 500 */
    const char *killer;    /* the connection of a look-up with this key is closed */
    int filter_limit;      /* with more keys than this the filter is dropped */
    int uri_limit;         /* with more keys than this: 414 */
    const char *all;       /* every request: this status line */
    const char *posts_get; /* every POST: this status line */
    const char *puts_get;  /* every PUT: this status line */
    const char *above_get; /* every PUT of a stock_available above `maximum`: this status line */
    int maximum;
    const char *headers; /* of these; "" when NULL */
    int swallow_posts;   /* so many POSTs are done, and the connection closed without an answer */
    int swallow_puts;    /* so many PUTs, likewise */
    int break_puts;      /* so many PUTs are not done, and the connection closed */
    int deaf_puts;       /* so many PUTs find nothing: 404 */
    int false_writes;    /* so many POSTs and PUTs are confirmed, and rolled back */
    int writes;          /* ever; the clock of updatedAt */
    bool silent;         /* never answers */
};

static inline const char *fake_status_body(const char *status)
{
    static char body[256];
    snprintf(
        body, sizeof body,
        "{\"data\":null,\"error\":{\"status\":%.3s,\"name\":\"SomeError\",\"message\":\"%s\"}}",
        status, status + 4);
    return body;
}

static inline enum tiny_next fake_fail(const struct fake *fake, int fd, const char *status)
{
    tiny_reply(fd, status, fake->headers ? fake->headers : "", fake_status_body(status));
    return TINY_KEEP;
}

static inline void fake_unescape(const char *from, size_t len, char *to)
{
    for (size_t i = 0; i < len; i++) {
        if (from[i] == '%') {
            const char digits[] = {from[i + 1], from[i + 2], '\0'};
            *to++ = (char)strtol(digits, NULL, 16);
            i += 2;
        } else {
            *to++ = from[i];
        }
    }
    *to = '\0';
}

/* The next key asked for, and the field it is of, from *at on; false at the end. */
static inline bool fake_next_key(const char **at, char field[64], char *key)
{
    const char *found = strstr(*at, "][$in]["), *start = found;

    if (found == NULL)
        return false;
    while (start[-1] != '[')
        start--;
    snprintf(field, 64, "%.*s", (int)(found - start), start);
    const char *value = strchr(found, '=') + 1;
    size_t len = strcspn(value, "&");
    fake_unescape(value, len, key);
    *at = value + len;
    return true;
}

/* A member as a filter has it; numbers as text. */
static inline const char *fake_text(const json_t *entry, const char *member, char digits[32])
{
    const json_t *value = json_object_get(entry, member);

    if (!json_is_integer(value))
        return json_string_value(value);
    snprintf(digits, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return digits;
}

static inline int fake_count_keys(const char *target)
{
    char field[64], key[4096];
    int count = 0;

    while (fake_next_key(&target, field, key))
        count++;
    return count;
}

/* Whether one of the keys is that text, of whatever field. */
static inline bool fake_asked(const char *target, const char *wanted)
{
    char field[64], key[4096];

    while (fake_next_key(&target, field, key))
        if (strcmp(key, wanted) == 0)
            return true;
    return false;
}

static inline bool fake_is_wanted(const char *target, const json_t *entry)
{
    char field[64], key[4096], digits[32];

    while (fake_next_key(&target, field, key)) {
        const char *there = fake_text(entry, field, digits);
        if (there != NULL && strcmp(key, there) == 0)
            return true;
    }
    return false;
}

static inline json_t *fake_find(const struct fake *fake, const char *member, const char *value)
{
    size_t i;
    json_t *entry;
    json_array_foreach(fake->entries, i, entry)
    {
        const char *there = json_string_value(json_object_get(entry, member));
        if (there != NULL && strcmp(there, value) == 0)
            return entry;
    }
    return NULL;
}

static inline enum tiny_next fake_look_up(struct fake *fake, const struct tiny_request *request)
{
    const char *page_at = strstr(request->target, "pagination[page]=");
    long page = page_at ? strtol(page_at + 17, NULL, 10) : 1, size = 100, total = 0;
    int keys = fake_count_keys(request->target);
    json_t *chosen = json_array(), *entry, *answer;
    size_t i;

    fake->look_ups++;
    if (keys > fake->largest_look_up)
        fake->largest_look_up = keys;
    json_array_foreach(fake->entries, i, entry)
    {
        bool wanted = keys == 0 || (fake->filter_limit && keys > fake->filter_limit) ||
                      fake_is_wanted(request->target, entry);
        if (wanted && total++ / size == page - 1)
            json_array_append(chosen, entry);
    }
    answer = json_pack("{s:o,s:{s:{s:i,s:i,s:i,s:i}}}", "data", chosen, "meta", "pagination",
                       "page", (int)page, "pageSize", (int)size, "pageCount",
                       (int)((total + size - 1) / size), "total", (int)total);
    char *text = json_dumps(answer, 0);
    tiny_reply(request->fd, "200 OK", "", text);
    free(text);
    json_decref(answer);
    return TINY_KEEP;
}

static inline enum tiny_next fake_reply_entry(const struct tiny_request *request,
                                              const char *status, json_t *entry)
{
    json_t *answer = json_pack("{s:O}", "data", entry);
    char *text = json_dumps(answer, 0);
    tiny_reply(request->fd, status, "", text);
    free(text);
    json_decref(answer);
    return TINY_KEEP;
}

static inline void fake_stamp(struct fake *fake, json_t *entry)
{
    char at[40];

    snprintf(at, sizeof at, "2026-11-21T%02d:%02d:%02d.000Z", fake->writes / 3600 % 24,
             fake->writes / 60 % 60, fake->writes % 60);
    fake->writes++;
    json_object_set_new(entry, "updatedAt", json_string(at));
}

static inline json_t *fake_add(struct fake *fake, json_t *fields)
{
    json_t *entry = json_deep_copy(fields);
    char id[32];

    fake_stamp(fake, entry);

    snprintf(id, sizeof id, "doc%d", ++fake->made);
    json_object_set_new(entry, "documentId", json_string(id));
    json_object_set_new(entry, "id", json_integer(fake->made));
    json_array_append_new(fake->entries, entry);
    return entry;
}

static inline enum tiny_next fake_create(struct fake *fake, const struct tiny_request *request)
{
    json_t *body = json_loads(request->body, 0, NULL), *data = json_object_get(body, "data");
    const char *key =
        fake->unique != NULL ? json_string_value(json_object_get(data, fake->unique)) : NULL;
    enum tiny_next next;

    fake->posts++;
    if (fake->posts_get) {
        next = fake_fail(fake, request->fd, fake->posts_get);
    } else if (fake->unique != NULL &&
               (key == NULL || fake_find(fake, fake->unique, key) != NULL)) {
        next = fake_fail(fake, request->fd, "500 Internal Server Error");
    } else {
        json_t *entry = json_incref(fake_add(fake, data));
        if (fake->false_writes-- > 0)
            json_array_remove(fake->entries, json_array_size(fake->entries) - 1);
        next = fake->swallow_posts-- > 0 ? TINY_CLOSE
                                         : fake_reply_entry(request, "201 Created", entry);
        json_decref(entry);
    }
    json_decref(body);
    return next;
}

/* What stands behind the collection's path. */
static inline json_t *fake_addressed(const struct fake *fake, const struct tiny_request *request)
{
    char id[64];
    size_t len = strcspn(request->target, "?"), start = len;

    while (request->target[start - 1] != '/')
        start--;
    snprintf(id, sizeof id, "%.*s", (int)(len - start), request->target + start);
    return fake_find(fake, "documentId", id);
}

static inline bool fake_is_above(const struct fake *fake, const struct tiny_request *request)
{
    json_auto_t *body = json_loads(request->body, 0, NULL);
    const json_t *level = json_object_get(json_object_get(body, "data"), "stock_available");

    return fake->above_get && json_integer_value(level) > fake->maximum;
}

static inline enum tiny_next fake_update(struct fake *fake, const struct tiny_request *request)
{
    json_t *entry = fake_addressed(fake, request);

    fake->puts++;
    if (fake_is_above(fake, request))
        return fake_fail(fake, request->fd, fake->above_get);
    if (fake->puts_get)
        return fake_fail(fake, request->fd, fake->puts_get);
    if (fake->break_puts-- > 0)
        return TINY_CLOSE;
    if (entry == NULL || fake->deaf_puts-- > 0)
        return fake_fail(fake, request->fd, "404 Not Found");

    json_t *body = json_loads(request->body, 0, NULL), *updated = json_deep_copy(entry);
    json_object_update(updated, json_object_get(body, "data"));
    fake_stamp(fake, updated);
    if (fake->false_writes-- <= 0)
        json_object_update(entry, updated);
    enum tiny_next next =
        fake->swallow_puts-- > 0 ? TINY_CLOSE : fake_reply_entry(request, "200 OK", updated);
    json_decref(updated);
    json_decref(body);
    return next;
}

static inline enum tiny_next fake_answer(void *arg, const struct tiny_request *request)
{
    struct fake *fake = arg;
    bool is_get = strcmp(request->method, "GET") == 0;
    int keys = fake_count_keys(request->target);

    if (fake->silent)
        return TINY_HANG;
    if (is_get && fake->killer && fake_asked(request->target, fake->killer))
        return TINY_CLOSE;
    if (fake->all || (is_get && fake->poison && fake_asked(request->target, fake->poison))) {
        fake->look_ups += is_get;
        return fake_fail(fake, request->fd, fake->all ? fake->all : "500 Internal Server Error");
    }
    if (fake->uri_limit && keys > fake->uri_limit)
        return fake_fail(fake, request->fd, "414 URI Too Long");
    if (is_get)
        return fake_look_up(fake, request);
    return strcmp(request->method, "POST") == 0 ? fake_create(fake, request)
                                                : fake_update(fake, request);
}

static inline void fake_start(struct fake *fake)
{
    *fake = (struct fake){.entries = json_array(), .unique = "barcode"};
    tiny_start(&fake->server, fake_answer, fake);
}

static inline void fake_stop(struct fake *fake)
{
    tiny_stop(&fake->server);
    json_decref(fake->entries);
}

#endif
