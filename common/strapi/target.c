#include "strapi/target.h"

#include <stdio.h>
#include <string.h>

#include "http/http_url.h"

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool names_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

/* Of the entry that is moved only the key and the level are our business. */
static void aim(struct target *target, const struct adjustment *adjustment)
{
    const struct entity *entity = adjustment->target;

    target->adjustment = adjustment;
    target->entity = entity;
    target->ignored = 0;
    for (size_t i = 0; i < entity->field_count; i++) {
        const struct field *field = &entity->fields[i];
        if (!(field->flags & FIELD_KEY) && strcmp(field->name, adjustment->level) != 0)
            target->ignored |= UINT32_C(1) << i;
    }
}

int target_init(struct target *target, const struct entity *entity, const char *strapi_url,
                uint32_t ignored, struct reason *reason)
{
    struct http_url url;

    *target = (struct target){
        .messages = entity, .choice = SINK_REST, .entity = entity, .ignored = ignored};
    if (entity->effect == EFFECT_ADJUST)
        aim(target, entity->adjustment);
    if (http_url_parse(strapi_url, &url, reason) != 0) {
        reason_prefix(reason, "STRAPI_URL");
        return -1;
    }
    target->is_local = names_this_machine(url.host);
    /* Some write it as they see it in their browser's address line. */
    const char *api = ends_with(url.path, "/api") ? "" : "/api";
    int url_len = snprintf(target->collection_url, sizeof target->collection_url, "%s%s/%s",
                           url.base, api, target->entity->collection);
    int path_len = snprintf(target->path, sizeof target->path, "%s%s/%s", url.path, api,
                            target->entity->collection);
    snprintf(target->ingest_url, sizeof target->ingest_url, "%s%s/ingest", url.base, api);
    snprintf(target->ingest_path, sizeof target->ingest_path, "%s%s/ingest", url.path, api);
    if (url_len >= (int)sizeof target->collection_url || path_len >= (int)sizeof target->path) {
        reason_set(reason, "STRAPI_URL: \"%s\" is too long", url.base);
        return -1;
    }
    return 0;
}

bool target_has(const struct target *target, size_t field)
{
    return (target->ignored >> field & 1) == 0;
}

static int add_field(struct buffer *url, size_t *count, const char *name)
{
    size_t i = (*count)++;
    return buffer_addf(url, "%sfields[%zu]=%s", i ? "&" : "", i, name);
}

/* Of an APPEND nothing is compared: to have found the identity is enough. */
static bool is_read(const struct target *target, size_t field)
{
    return target_has(target, field) && target->entity->effect != EFFECT_APPEND;
}

int target_add_fields(const struct target *target, struct buffer *url)
{
    const struct entity *entity = target->entity;
    size_t count = 0;
    int failed = 0;

    for (size_t i = 0; i < entity->field_count && !failed; i++)
        if (is_read(target, i))
            failed = add_field(url, &count, entity->fields[i].name);
    if (!failed && target->identity)
        failed = add_field(url, &count, entity->identity);
    if (!failed && target->ledger)
        failed = add_field(url, &count, target->adjustment->ledger);
    if (!failed && target->adjustment != NULL && target->version >= 5)
        failed = add_field(url, &count, ANSWER_PUBLISHED_FIELD);
    return failed ? -1 : add_field(url, &count, ANSWER_TIME_FIELD);
}

/* Strapi 5 is always asked for drafts, and written drafts: whether it keeps any does not show while
 * it has none, and without Draft & Publish it ignores the word (measured). */
int target_add_drafts(const struct target *target, enum target_use use, struct buffer *url)
{
    if (target->version >= 5)
        return buffer_add_text(url, "&status=draft");
    if (target->drafts && use == TARGET_READS)
        return buffer_add_text(url, "&publicationState=preview");
    return 0;
}

/* Strapi 4 publishes what is created, unless the body says otherwise. */
int target_keep_draft(const struct target *target, struct buffer *body)
{
    static const char end[] = "}}";

    if (!target->drafts || target->version >= 5)
        return 0;
    buffer_cut(body, body->len - (sizeof end - 1));
    return buffer_add_text(body, ",\"" ANSWER_PUBLISHED_FIELD "\":null}}");
}

bool target_has_documents(const struct target *target)
{
    return target->version >= 5;
}

bool target_id_may_change(const struct target *target, const struct answer_entry *entry)
{
    return target->version >= 5 && (target->drafts || (entry != NULL && answer_is_draft(entry)));
}
