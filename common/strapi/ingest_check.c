#include "strapi/ingest_check.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "strapi/answer.h"
#include "strapi/verdict.h"

/* What is not said. */
#define ITEMS_DEFAULT 500
#define BYTES_DEFAULT (1024 * 1024)

struct sight {
    const struct target *target;
    int64_t timeout_ms;
    int status;
    bool empty;
    json_t *body;
    struct outcome outcome;
};

static void take(void *arg, const struct http_response *response)
{
    struct sight *sight = arg;

    sight->status = response->end == HTTP_ANSWERED ? response->status : 0;
    sight->empty = response->body_len == 0;
    sight->body =
        json_loadb(response->body != NULL ? response->body : "", response->body_len, 0, NULL);
    /* Who is away, and why: the same words as of any look-up. */
    verdict_of(ROUTE_LOOKUP, "GET", sight->target->ingest_path, response, sight->timeout_ms,
               &sight->outcome);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static const char *effect_word(enum effect effect)
{
    static const char *const words[] = {
        [EFFECT_UPSERT] = "upsert", [EFFECT_APPEND] = "append", [EFFECT_ADJUST] = "adjust"};

    return words[effect];
}

static bool has_field(const json_t *fields, const char *name)
{
    size_t i;
    json_t *each;

    json_array_foreach(fields, i, each)
    {
        const char *there = json_string_value(each);
        if (there != NULL && strcmp(there, name) == 0)
            return true;
    }
    return false;
}

/* "a,b": the fields that we write, and that it does not have. */
static void list_missing(const struct target *target, const json_t *fields, struct buffer *names)
{
    for (size_t i = 0; i < target->entity->field_count; i++) {
        const char *name = target->entity->fields[i].name;
        /* Over the ceiling the list is cut: it is for people. */
        if (target_has(target, i) && !has_field(fields, name) &&
            buffer_addf(names, "%s%s", names->len ? "," : "", name) != 0)
            break;
    }
}

/* An older plugin does not list the fields: then each message shows what is missing. */
static bool lacks_fields(const struct target *target, const json_t *type, struct reason *reason)
{
    const json_t *fields = json_object_get(type, "fields");
    struct buffer missing = BUFFER_INIT(256);
    bool any;

    if (!json_is_array(fields))
        return false;
    list_missing(target, fields, &missing);
    any = missing.len > 0;
    if (any)
        reason_set(reason,
                   "%s has no field %s: add what is missing in Strapi (Content-Type Builder)%s",
                   target->path, missing.data,
                   target->adjustment == NULL ? ", or leave it out with IGNORE_FIELDS" : "");
    buffer_release(&missing);
    return any;
}

/* Whether the plugin does with these messages what we would. */
static bool is_another(const struct target *target, const struct entity *messages,
                       const json_t *type, struct reason *reason)
{
    const struct field *key = entity_key(target->entity);
    const char *effect = text_of(type, "effect"), *there = text_of(type, "key");
    const char *level = target->adjustment != NULL ? target->adjustment->level : "";

    if (strcmp(effect, effect_word(messages->effect)) == 0 &&
        (key == NULL || strcmp(there, key->name) == 0) &&
        strcmp(text_of(type, "field"), level) == 0)
        return false;
    reason_set(reason,
               "the ingest plugin is configured otherwise for %s: %s by \"%s\" of \"%s\", and this "
               "program wants %s by \"%s\" of \"%s\"",
               messages->name, effect, there, text_of(type, "field"), effect_word(messages->effect),
               key != NULL ? key->name : "", level);
    return true;
}

static size_t limit_of(const json_t *body, const char *name, size_t otherwise)
{
    const json_t *number = json_object_get(json_object_get(body, "limits"), name);

    return json_integer_value(number) > 0 ? (size_t)json_integer_value(number) : otherwise;
}

static void note(struct target *target, const json_t *body, const json_t *type)
{
    const json_t *fields = json_object_get(type, "fields");
    const struct entity *entity = target->entity;

    target->ingests = true;
    target->ingest = (struct ingest_about){.items = limit_of(body, "items", ITEMS_DEFAULT),
                                           .bytes = limit_of(body, "bytes", BYTES_DEFAULT)};
    snprintf(target->ingest.version, sizeof target->ingest.version, "%s", text_of(body, "version"));
    target->version = (int)json_integer_value(json_object_get(body, "strapi"));
    target->identity = entity->effect == EFFECT_APPEND && entity->identity != NULL &&
                       has_field(fields, entity->identity);
}

static enum ingest_presence judge_type(struct target *target, const struct entity *messages,
                                       const json_t *body, struct reason *reason)
{
    const json_t *type = json_object_get(json_object_get(body, "types"), messages->name);
    const char *why = text_of(json_object_get(body, "unusable"), messages->name);

    if (!json_is_object(type)) {
        reason_set(reason, "the ingest plugin does not take %s: %s", messages->name,
                   why[0] ? why : "it is not among its types");
        return INGEST_IS_UNUSABLE;
    }
    if (is_another(target, messages, type, reason) || lacks_fields(target, type, reason))
        return INGEST_IS_ODD;
    note(target, body, type);
    return INGEST_IS_THERE;
}

static enum ingest_presence judge_body(struct target *target, const struct entity *messages,
                                       const json_t *body, struct reason *reason)
{
    json_int_t api = json_integer_value(json_object_get(body, "api"));

    /* A content type may have that name. */
    if (strcmp(text_of(body, "plugin"), "ingest") != 0) {
        reason_set(reason, "what answers at %s is not the ingest plugin", target->ingest_path);
        return INGEST_IS_MISSING;
    }
    if (api != INGEST_API) {
        reason_set(reason,
                   "the ingest plugin %s speaks version %lld of its API, and this program %d: use "
                   "those of one release",
                   text_of(body, "version"), (long long)api, INGEST_API);
        return INGEST_IS_ODD;
    }
    return judge_type(target, messages, body, reason);
}

/* Where there is no plugin Strapi says 404; what else may stand there answers as it likes. */
static bool is_away(int status)
{
    return status == 0 || status == 401 || status == 408 || status == 429 || status >= 500;
}

static enum ingest_presence judge(struct target *target, const struct entity *messages,
                                  const struct sight *sight, struct reason *reason)
{
    if (sight->status == 200 && json_is_object(sight->body))
        return judge_body(target, messages, sight->body, reason);
    if (sight->status == 403) {
        reason_set(reason,
                   "the API token may not use the ingest plugin: tick info, session, position and "
                   "batch of Ingest " ANSWER_TOKENS_PLACE ", or set SINK=rest");
        return INGEST_IS_FORBIDDEN;
    }
    if (is_away(sight->status)) {
        *reason = sight->outcome.failure.reason;
        return sight->status == 0 ? INGEST_IS_OUT_OF_REACH : INGEST_IS_AWAY;
    }
    /* A page may stand there, but not nothing: libcurl takes a head that was cut off for an answer. */
    if (sight->status == 200 && sight->empty) {
        reason_set(reason, "GET %s was answered with 200, and nothing in it", target->ingest_path);
        return INGEST_IS_AWAY;
    }
    reason_set(reason, "Strapi has no ingest plugin (GET %s was answered with %d)",
               target->ingest_path, sight->status);
    return INGEST_IS_MISSING;
}

enum ingest_presence ingest_check(struct target *target, const struct entity *messages,
                                  const struct target_asker *asker, struct reason *reason)
{
    struct sight sight = {.target = target, .timeout_ms = asker->timeout_ms};
    enum ingest_presence presence = INGEST_IS_AWAY;

    target->ingests = false;
    if (target_ask(asker, target->ingest_url, take, &sight, reason) == 0)
        presence = judge(target, messages, &sight, reason);
    json_decref(sight.body);
    return presence;
}
