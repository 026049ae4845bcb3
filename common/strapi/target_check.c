#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "strapi/answer.h"
#include "strapi/ingest_check.h"
#include "strapi/target.h"
#include "strapi/target_ask.h"
#include "strapi/verdict.h"

#define CHECK_URL_MAX 4096
/* The entity's, and those of the optional ones that are not the entity's. */
#define WISHES_MAX (ENTITY_FIELDS_MAX + 4)

/* A field that the content type is asked for. */
struct wish {
    const char *name;
    bool optional; /* that it is missing is no fault, and tells something */
    bool missing;
};

/* One question at a time, and what came of it. */
struct question {
    const struct target *target;
    struct target_asker asker;
    struct wish wishes[WISHES_MAX];
    size_t wish_count;

    struct outcome outcome;
    struct answer_error error;
    bool any_entry;
    int entry_version; /* that its form tells; 0 when there is none */
};

static void wish(struct question *question, const char *name, bool optional)
{
    question->wishes[question->wish_count++] = (struct wish){.name = name, .optional = optional};
}

/* Strapi 4 knows no documentId, and publishedAt only with Draft & Publish; 5 has both, always. */
static void make_wishes(struct question *question)
{
    const struct target *target = question->target;
    const struct entity *entity = target->entity;

    for (size_t i = 0; i < entity->field_count; i++)
        if (target_has(target, i))
            wish(question, entity->fields[i].name, false);
    if (entity->effect == EFFECT_APPEND && entity->identity != NULL)
        wish(question, entity->identity, true);
    if (target->adjustment != NULL && target->adjustment->ledger != NULL)
        wish(question, target->adjustment->ledger, true);
    wish(question, ANSWER_DOCUMENT_FIELD, true);
    wish(question, ANSWER_PUBLISHED_FIELD, true);
}

/* The wish of that name that Strapi is still asked for, or NULL. */
static struct wish *open_wish(struct question *question, const char *name)
{
    for (size_t i = 0; i < question->wish_count; i++)
        if (!question->wishes[i].missing && strcmp(question->wishes[i].name, name) == 0)
            return &question->wishes[i];
    return NULL;
}

static bool is_there(struct question *question, const char *name)
{
    return name != NULL && open_wish(question, name) != NULL;
}

static void look_at_entry(struct question *question, const struct http_response *response)
{
    struct answer_page page;
    struct answer_entry entry;

    question->any_entry = false;
    question->entry_version = 0;
    if (!answer_page_read(response->body, response->body_len, &page))
        return;
    question->any_entry = json_array_size(page.entries) > 0;
    if (answer_entry_read(json_array_get(page.entries, 0), &entry))
        question->entry_version = entry.version;
    answer_page_release(&page);
}

static void take_answer(void *arg, const struct http_response *response)
{
    struct question *question = arg;

    verdict_of(ROUTE_LOOKUP, "GET", question->target->path, response, question->asker.timeout_ms,
               &question->outcome);
    answer_error_read(response->body, response->body_len, &question->error);
    look_at_entry(question, response);
}

static int ask_for_wishes(struct question *question, struct reason *reason)
{
    struct buffer url = BUFFER_INIT(CHECK_URL_MAX);
    int failed = buffer_addf(&url, "%s?", question->target->collection_url);

    for (size_t i = 0, asked = 0; i < question->wish_count && !failed; i++)
        if (!question->wishes[i].missing)
            failed = buffer_addf(&url, "fields[%zu]=%s&", asked++, question->wishes[i].name);
    if (failed || buffer_add_text(&url, "pagination[page]=1&pagination[pageSize]=1") != 0) {
        reason_set(reason, "out of memory");
        failed = -1;
    }
    if (!failed)
        failed = target_ask(&question->asker, url.data, take_answer, question, reason);
    buffer_release(&url);
    return failed;
}

static bool in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

/* Nothing answered: a common reason. */
static void tell_container(const struct target *target, struct reason *reason)
{
    if (target->is_local && in_container())
        reason_set(reason,
                   "%s (in a container localhost is the container itself: "
                   "host.docker.internal is the machine it runs on)",
                   reason->text);
}

static enum target_result judge(const struct question *question, struct reason *reason)
{
    const struct outcome *outcome = &question->outcome;
    int status = outcome->http_status;

    if (outcome->verdict == VERDICT_DONE)
        return TARGET_OK;
    *reason = outcome->failure.reason;
    if (status == 0 && outcome->verdict == VERDICT_OUTAGE)
        tell_container(question->target, reason);
    /* A page may stand there, but not nothing: libcurl takes a head that was cut off for an answer. */
    if (status == 200 && outcome->http_body_len == 0)
        return TARGET_AWAY;
    return (status >= 200 && status <= 400) || status == 404 || status == 405 ? TARGET_MISCONFIGURED
                                                                              : TARGET_AWAY;
}

/* Whether IGNORE_FIELDS takes the field of that name: of an ADJUST none, each is needed. */
static bool may_be_ignored(const struct target *target, const char *name)
{
    const struct field *field = entity_field(target->entity, name, strlen(name));

    return target->adjustment == NULL && field != NULL &&
           !(field->flags & (FIELD_KEY | FIELD_REQUIRED));
}

/* "a,b": the missing fields, all or only those that may be ignored. */
static void list_missing(const struct question *question, bool ignorable, struct buffer *names)
{
    for (size_t i = 0; i < question->wish_count; i++) {
        const struct wish *each = &question->wishes[i];
        if (!each->missing || each->optional ||
            (ignorable && !may_be_ignored(question->target, each->name)))
            continue;
        /* Over the ceiling the list is cut: it is for people. */
        if (buffer_addf(names, "%s%s", names->len ? "," : "", each->name) != 0)
            break;
    }
}

/* false: nothing is. */
static bool tell_missing(const struct question *question, struct reason *reason)
{
    struct buffer missing = BUFFER_INIT(256), ignorable = BUFFER_INIT(256);

    list_missing(question, false, &missing);
    list_missing(question, true, &ignorable);
    bool any = missing.len > 0;
    if (any)
        reason_set(reason,
                   "%s has no field %s: add what is missing in Strapi (Content-Type Builder)%s%s",
                   question->target->path, missing.data,
                   ignorable.len > 0 ? ", or leave it out with IGNORE_FIELDS=" : "",
                   ignorable.len > 0 ? ignorable.data : "");
    buffer_release(&missing);
    buffer_release(&ignorable);
    return any;
}

/* Strapi names one unknown field at a time: it is noted and not asked for again, until Strapi is
 * content, so that a person hears of all of them at once. */
static enum target_result ask_for_fields(struct question *question, struct reason *reason)
{
    struct wish *unknown;

    do {
        if (ask_for_wishes(question, reason) != 0)
            return TARGET_AWAY;
        unknown = open_wish(question, question->error.unknown_key);
        if (unknown != NULL)
            unknown->missing = true;
    } while (unknown != NULL);
    enum target_result result = judge(question, reason);
    return tell_missing(question, reason) ? TARGET_MISCONFIGURED : result;
}

static void note(struct question *question, struct target *target)
{
    const struct entity *entity = target->entity;
    /* An older Strapi 4 may be silent about fields that it does not have; its entries show it. */
    bool is_five = is_there(question, ANSWER_DOCUMENT_FIELD) && question->entry_version != 4;

    target->version = is_five ? 5 : 4;
    target->identity =
        is_there(question, entity->effect == EFFECT_APPEND ? entity->identity : NULL);
    target->ledger =
        is_there(question, target->adjustment != NULL ? target->adjustment->ledger : NULL);
    target->drafts = !is_five && is_there(question, ANSWER_PUBLISHED_FIELD);
    /* Without Draft & Publish all entries were asked for; with it, those that are published. */
    target->drafts_known = !is_five || question->any_entry;
}

/* Strapi 5 has publishedAt in every content type and takes status=draft everywhere. But where Draft &
 * Publish is on each entry has a draft, and where it is off none has. */
static enum target_result ask_for_drafts(struct question *question, struct target *target,
                                         struct reason *reason)
{
    static const char drafts[] =
        "?status=draft&filters[" ANSWER_PUBLISHED_FIELD "][$null]=true"
        "&fields[0]=" ANSWER_PUBLISHED_FIELD "&pagination[page]=1&pagination[pageSize]=1";
    struct buffer url = BUFFER_INIT(CHECK_URL_MAX);
    int failed =
        buffer_add_text(&url, target->collection_url) != 0 || buffer_add_text(&url, drafts);

    if (failed)
        reason_set(reason, "out of memory");
    else
        failed = target_ask(&question->asker, url.data, take_answer, question, reason);
    buffer_release(&url);
    if (failed)
        return TARGET_AWAY;
    target->drafts = question->any_entry;
    target->drafts_known = target->drafts_known || question->any_entry;
    return judge(question, reason);
}

/* SINK_AUTO without the plugin is plain REST; SINK_INGEST has no other way. */
static enum target_result do_without(struct target *target, struct reason *reason)
{
    if (target->choice == SINK_AUTO) {
        snprintf(target->ingest_missing, sizeof target->ingest_missing, "%s", reason->text);
        return TARGET_OK;
    }
    reason_set(
        reason,
        "SINK=ingest, and %s: copy strapi-project/src/plugins/ingest to Strapi's src/plugins and "
        "enable it in config/plugins.js (its README says how), or set SINK=rest",
        reason->text);
    return TARGET_MISCONFIGURED;
}

static enum target_result ask_for_plugin(struct target *target, const struct target_asker *asker,
                                         struct reason *reason)
{
    target->ingest_missing[0] = '\0';
    switch (ingest_check(target, target->messages, asker, reason)) {
    case INGEST_IS_THERE:
        return TARGET_OK;
    case INGEST_IS_MISSING:
    case INGEST_IS_UNUSABLE:
        return do_without(target, reason);
    case INGEST_IS_FORBIDDEN:
    case INGEST_IS_ODD:
        return TARGET_MISCONFIGURED;
    case INGEST_IS_OUT_OF_REACH:
        tell_container(target, reason);
        break;
    case INGEST_IS_AWAY:
        break;
    }
    return TARGET_AWAY;
}

static enum target_result ask_for_collection(struct question *question, struct target *target,
                                             struct reason *reason)
{
    enum target_result result;

    make_wishes(question);
    result = ask_for_fields(question, reason);
    if (result != TARGET_OK)
        return result;
    note(question, target);
    return target->version < 5 ? result : ask_for_drafts(question, target, reason);
}

enum target_result target_check(struct target *target, struct http_client *http, int64_t timeout_ms,
                                const int *fds, size_t fd_count, struct reason *reason)
{
    struct question question = {
        .target = target,
        .asker = {.http = http, .timeout_ms = timeout_ms, .fds = fds, .fd_count = fd_count}};
    enum target_result result = TARGET_OK;
    struct reason unheard;

    if (reason == NULL)
        reason = &unheard;
    if (target->choice != SINK_REST)
        result = ask_for_plugin(target, &question.asker, reason);
    if (result != TARGET_OK || target->ingests)
        return result;
    return ask_for_collection(&question, target, reason);
}
