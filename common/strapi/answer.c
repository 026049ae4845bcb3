#include "strapi/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/text.h"
#include "http/http_client.h"

/* Refused details are joined up to this many; Strapi lists every one. */
#define ERRORS_TOLD 3

static json_t *load(const char *body, size_t len)
{
    return json_loadb(body, len, JSON_ALLOW_NUL, NULL);
}

bool answer_page_read(const char *body, size_t len, struct answer_page *page)
{
    json_t *root = load(body, len);
    const json_t *entries = json_object_get(root, "data");
    const json_t *count =
        json_object_get(json_object_get(json_object_get(root, "meta"), "pagination"), "pageCount");

    if (!json_is_array(entries)) {
        json_decref(root);
        return false;
    }
    *page =
        (struct answer_page){.root = root,
                             .entries = entries,
                             .page_count = json_is_integer(count) ? json_integer_value(count) : 1};
    return true;
}

void answer_page_release(struct answer_page *page)
{
    json_decref(page->root);
    *page = (struct answer_page){0};
}

/* Strapi 5 addresses entries by documentId: GET and PUT by the numeric id are a 404. */
static bool read_document(const json_t *item, struct answer_entry *entry)
{
    const json_t *document = json_object_get(item, ANSWER_DOCUMENT_FIELD);
    size_t len = json_string_length(document);

    if (!json_is_string(document) || len == 0 || len >= sizeof entry->address)
        return false;
    *entry = (struct answer_entry){.fields = item, .id = json_object_get(item, "id"), .version = 5};
    memcpy(entry->address, json_string_value(document), len);
    return true;
}

static bool read_attributes(const json_t *item, struct answer_entry *entry)
{
    const json_t *attributes = json_object_get(item, "attributes"),
                 *id = json_object_get(item, "id");

    if (!json_is_object(attributes) || !json_is_integer(id))
        return false;
    *entry = (struct answer_entry){.fields = attributes, .id = id, .version = 4};
    snprintf(entry->address, sizeof entry->address, "%" JSON_INTEGER_FORMAT,
             json_integer_value(id));
    return true;
}

bool answer_entry_read(const json_t *item, struct answer_entry *entry)
{
    return read_document(item, entry) || read_attributes(item, entry);
}

const json_t *answer_entry_member(const struct answer_entry *entry, const char *name)
{
    return strcmp(name, "id") == 0 ? entry->id : json_object_get(entry->fields, name);
}

bool answer_is_draft(const struct answer_entry *entry)
{
    return json_is_null(json_object_get(entry->fields, ANSWER_PUBLISHED_FIELD));
}

bool answer_is_written(const char *body, size_t len)
{
    json_auto_t *root = load(body, len);
    return json_is_object(json_object_get(root, "data"));
}

const char *answer_updated_at(const struct answer_entry *entry)
{
    return json_string_value(json_object_get(entry->fields, ANSWER_TIME_FIELD));
}

char *answer_written_at(const char *body, size_t len)
{
    json_auto_t *root = load(body, len);
    struct answer_entry entry;
    const char *time =
        answer_entry_read(json_object_get(root, "data"), &entry) ? answer_updated_at(&entry) : NULL;
    return time != NULL ? strdup(time) : NULL;
}

char *answer_written_address(const char *body, size_t len)
{
    json_auto_t *root = load(body, len);
    struct answer_entry entry;

    return answer_entry_read(json_object_get(root, "data"), &entry) ? strdup(entry.address) : NULL;
}

void answer_time_free(char *time)
{
    free(time);
}

static void show(const json_t *text, char *out, size_t size)
{
    text_show(json_string_value(text), json_string_length(text), out, size);
}

/* details.errors[].path: the way to the field, names and array places. */
static void show_path(const json_t *path, char *out, size_t size)
{
    struct buffer joined = BUFFER_INIT(1024);
    size_t i;
    json_t *step;

    json_array_foreach(path, i, step)
    {
        /* Over the ceiling it is cut: nobody reads such a path. */
        if (i > 0)
            buffer_add_byte(&joined, '.');
        if (json_is_integer(step))
            buffer_addf(&joined, "%" JSON_INTEGER_FORMAT, json_integer_value(step));
        else if (json_is_string(step))
            buffer_add(&joined, json_string_value(step), json_string_length(step));
    }
    text_show(joined.data, joined.len, out, size);
    buffer_release(&joined);
}

/* With more than one the message only says "2 errors occurred". */
static void join_messages(const json_t *errors, char *out, size_t size)
{
    struct buffer joined = BUFFER_INIT(4096);
    size_t i;
    json_t *each;

    json_array_foreach(errors, i, each)
    {
        const json_t *message = json_object_get(each, "message");
        if (i == ERRORS_TOLD || !json_is_string(message))
            break;
        if (i > 0)
            buffer_add_text(&joined, "; ");
        buffer_add(&joined, json_string_value(message), json_string_length(message));
    }
    if (joined.len > 0)
        text_show(joined.data, joined.len, out, size);
    buffer_release(&joined);
}

static void read_details(const json_t *errors, struct answer_error *error)
{
    const json_t *first = json_array_get(errors, 0);

    show_path(json_object_get(first, "path"), error->field, sizeof error->field);
    show(json_object_get(first, "value"), error->value, sizeof error->value);
    if (json_array_size(errors) > 1)
        join_messages(errors, error->message, sizeof error->message);
}

/* Measured: {"name":"ValidationError","message":"Invalid key nope","details":{"key":"nope",
 * "path":null,"source":"body"}}, source "query" with "param":"fields" or "filters"; one key at a
 * time. Strapi 4: "Invalid parameter nope" with "details":{}, of a query only. */
static void read_unknown_key(struct answer_error *error)
{
    static const char *const words[] = {"Invalid key ", "Invalid parameter "};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *key = error->message + strlen(words[i]);
        if (strncmp(error->message, words[i], strlen(words[i])) == 0)
            text_show(key, strlen(key), error->unknown_key, sizeof error->unknown_key);
    }
}

void answer_error_read(const char *body, size_t len, struct answer_error *error)
{
    json_auto_t *root = load(body, len);
    const json_t *given = json_object_get(root, "error");

    *error = (struct answer_error){.is_strapis = json_is_string(json_object_get(given, "name"))};
    if (!error->is_strapis)
        return;
    show(json_object_get(given, "name"), error->name, sizeof error->name);
    show(json_object_get(given, "message"), error->message, sizeof error->message);
    read_unknown_key(error);
    read_details(json_object_get(json_object_get(given, "details"), "errors"), error);
}

void answer_quote(const struct http_response *response, const struct answer_error *error,
                  char *words, size_t size)
{
    if (error->is_strapis)
        snprintf(words, size, "%s: %s", error->name, error->message);
    else if (response->redirect != NULL)
        snprintf(words, size, "go to %s", response->redirect);
    else if (response->body_len == 0)
        snprintf(words, size, "an empty body");
    else
        text_show(response->body, response->body_len, words, size < 100 ? size : 100);
}
