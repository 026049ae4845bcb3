#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "strapi/answer.h"
#include "strapi/target.h"
#include "strapi/verdict.h"

#define CHECK_URL_MAX 4096

/* One question and what came of it. */
struct question {
    const struct target *target;
    int64_t timeout_ms;
    bool answered;
    struct outcome outcome;
    struct answer_error error;
};

static void take_answer(void *arg, const struct http_response *response)
{
    struct question *question = arg;

    question->answered = true;
    verdict_of(ROUTE_LOOKUP, "GET", question->target->path, response, question->timeout_ms,
               &question->outcome);
    answer_error_read(response->body, response->body_len, &question->error);
}

static bool any_readable(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pollfd watched = {.fd = fds[i], .events = POLLIN};
        if (poll(&watched, 1, 0) > 0)
            return true;
    }
    return false;
}

static int start(struct question *question, struct http_client *http, struct reason *reason)
{
    struct buffer url = BUFFER_INIT(CHECK_URL_MAX);
    int result = -1;

    if (buffer_addf(&url, "%s?", question->target->collection_url) != 0 ||
        target_add_fields(question->target, &url) != 0 ||
        buffer_add_text(&url, "&pagination[page]=1&pagination[pageSize]=1") != 0)
        reason_set(reason, "out of memory");
    else
        result = http_client_start(http,
                                   &(struct http_request){.method = "GET",
                                                          .url = url.data,
                                                          .timeout_ms = question->timeout_ms,
                                                          .done = take_answer,
                                                          .arg = question},
                                   reason);
    buffer_release(&url);
    return result;
}

/* 0 when an answer, or that there is none, is known. */
static int ask(struct question *question, struct http_client *http, const int *fds, size_t fd_count,
               struct reason *reason)
{
    question->answered = false;
    if (start(question, http, reason) != 0)
        return -1;
    while (!question->answered) {
        http_client_wait(http, fds, fd_count, question->timeout_ms);
        if (!question->answered && any_readable(fds, fd_count)) {
            http_client_cancel(http, question);
            reason_set(reason, "interrupted");
            return -1;
        }
    }
    return 0;
}

static bool in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

static enum target_result judge(const struct question *question, struct reason *reason)
{
    const struct outcome *outcome = &question->outcome;
    int status = outcome->http_status;

    if (outcome->verdict == VERDICT_DONE)
        return TARGET_OK;
    *reason = outcome->failure.reason;
    if (status == 0 && outcome->verdict == VERDICT_OUTAGE && question->target->is_local &&
        in_container())
        reason_set(reason,
                   "%s (in a container localhost is the container itself: "
                   "host.docker.internal is the machine it runs on)",
                   reason->text);
    return (status >= 200 && status <= 400) || status == 404 || status == 405 ? TARGET_MISCONFIGURED
                                                                              : TARGET_AWAY;
}

/* The bit of the field that Strapi says it does not have; 0 when it is none of those asked for. */
static uint32_t unknown_bit(const struct question *question)
{
    const struct entity *entity = question->target->entity;
    const char *name = question->error.unknown_key;
    const struct field *field = entity_field(entity, name, strlen(name));

    if (field == NULL || !target_has(question->target, entity_index(entity, field)))
        return 0;
    return UINT32_C(1) << entity_index(entity, field);
}

static void tell_missing(const struct target *target, const char *names, struct reason *reason)
{
    reason_set(reason,
               "%s has no field %s: add what is missing in Strapi (Content-Type Builder), or leave "
               "it out with IGNORE_FIELDS=%s",
               target->path, names, names);
}

/* Strapi names one unknown field at a time: it is noted and not asked for again, until Strapi is
 * content, so that a person hears of all of them at once. */
static enum target_result check(struct question *question, struct target *asked,
                                struct buffer *missing, struct http_client *http, const int *fds,
                                size_t fd_count, struct reason *reason)
{
    for (;;) {
        if (ask(question, http, fds, fd_count, reason) != 0)
            return TARGET_AWAY;
        uint32_t bit = unknown_bit(question);
        if (bit == 0)
            break;
        asked->ignored |= bit;
        if (buffer_addf(missing, "%s%s", missing->len ? "," : "", question->error.unknown_key))
            break;
    }
    enum target_result result = judge(question, reason);
    if (missing->len == 0)
        return result;
    tell_missing(asked, missing->data, reason);
    return TARGET_MISCONFIGURED;
}

enum target_result target_check(const struct target *target, struct http_client *http,
                                int64_t timeout_ms, const int *fds, size_t fd_count,
                                struct reason *reason)
{
    struct target asked = *target;
    struct question question = {.target = &asked, .timeout_ms = timeout_ms};
    struct buffer missing = BUFFER_INIT(256);
    struct reason unheard;

    enum target_result result =
        check(&question, &asked, &missing, http, fds, fd_count, reason != NULL ? reason : &unheard);
    buffer_release(&missing);
    return result;
}
