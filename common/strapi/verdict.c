#include "strapi/verdict.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "strapi/answer.h"

/* A 429 that does not say how long. */
#define PATIENCE_MS     2000
#define PATIENCE_MIN_MS 1000
/* "Retry-After: 86400" is asked again sooner: nobody would see why nothing happens. */
#define PATIENCE_MAX_MS (10 * 60 * 1000)
/* After a broken connection the request may still be at work. */
#define REST_MS 1000

/* What the body is. */
enum kind {
    KIND_DATA = 1,        /* what a success looks like on this route */
    KIND_UNKNOWN_KEY = 2, /* Strapi's error "Invalid key x" */
    KIND_ERROR = 4,       /* another error of Strapi's */
    KIND_FOREIGN = 8,     /* not from Strapi, or from something in front of it */
    KIND_ANY = 15,
};

enum { LOOKUP = 1 << ROUTE_LOOKUP, CREATE = 1 << ROUTE_CREATE, UPDATE = 1 << ROUTE_UPDATE };
enum { WRITE = CREATE | UPDATE, ALL = LOOKUP | CREATE | UPDATE };

struct rule {
    int from, to;
    unsigned routes, kinds;
    bool told_when; /* only with Retry-After */
    enum verdict verdict;
    enum error_code code;
    const char *advice;
};

#define LARGE  ERROR_BODY_TOO_LARGE
#define FAILED ERROR_ATTEMPTS_EXHAUSTED

/* The first rule that fits holds. */
static const struct rule rules[] = {
    {200, 299, ALL, KIND_DATA, false, VERDICT_DONE, 0, ""},
    {200, 399, ALL, KIND_ANY, false, VERDICT_OUTAGE, FAILED,
     "that is not how Strapi answers: is STRAPI_URL right?"},
    /* Our bodies hold the entity's fields only, so it is the same for every record. */
    {400, 400, ALL, KIND_UNKNOWN_KEY, false, VERDICT_OUTAGE, FAILED,
     "the content type lacks this field: add it in Strapi, or leave it out with IGNORE_FIELDS"},
    {400, 400, WRITE, KIND_ERROR, false, VERDICT_REJECT, ERROR_REFUSED, ""},
    {401, 401, ALL, KIND_ANY, false, VERDICT_OUTAGE, FAILED,
     "the API token is not accepted: make one " ANSWER_TOKENS_PLACE " and set STRAPI_TOKEN"},
    {403, 403, LOOKUP, KIND_ANY, false, VERDICT_OUTAGE, FAILED,
     "the API token may not read: tick `find` of this content type " ANSWER_TOKENS_PLACE},
    {403, 403, CREATE, KIND_ANY, false, VERDICT_RETRY, FAILED,
     "the API token may not create: tick `create` of this content type " ANSWER_TOKENS_PLACE},
    {403, 403, UPDATE, KIND_ANY, false, VERDICT_RETRY, FAILED,
     "the API token may not update: tick `update` of this content type " ANSWER_TOKENS_PLACE},
    /* The entry was there a moment ago: deleted in between. The next look-up will tell. */
    {404, 404, UPDATE, KIND_ERROR, false, VERDICT_UNKNOWN, FAILED,
     "the entry is gone since it was looked up"},
    /* Measured: GET of a collection that is not there is 404, POST and PUT are 405. */
    {404, 405, ALL, KIND_ANY, false, VERDICT_OUTAGE, FAILED,
     "there is no such collection, or this route of it is switched off: does the content type "
     "exist, and is STRAPI_URL right?"},
    {413, 413, ALL, KIND_ANY, false, VERDICT_REJECT, LARGE,
     "more than Strapi or a proxy in front of it takes in one request (Strapi: 1 MiB, `jsonLimit` "
     "of strapi::body)"},
    /* A look-up's URL depends on the key; a write's does not, nor do its headers. */
    {414, 414, LOOKUP, KIND_ANY, false, VERDICT_REJECT, LARGE, "the key is too long for a URL"},
    {431, 431, LOOKUP, KIND_ANY, false, VERDICT_REJECT, LARGE, "the key is too long for a URL"},
    {429, 429, ALL, KIND_ANY, false, VERDICT_LATER, FAILED, "it asks for patience"},
    /* Database errors (a unique index, a value the column does not take, the database away) all
     * look like this and say no more: the loop compares with other records. */
    {500, 500, ALL, KIND_ANY, false, VERDICT_RETRY, FAILED, "Strapi's log says why"},
    {503, 503, ALL, KIND_ANY, true, VERDICT_LATER, FAILED, "it asks for patience"},
    {500, 599, LOOKUP, KIND_ANY, false, VERDICT_OUTAGE, FAILED, "Strapi is not there just now"},
    {500, 599, WRITE, KIND_ANY, false, VERDICT_UNKNOWN, FAILED, "it may have been written"},
    /* What nobody expects is compared with other records too. */
    {0, 999, ALL, KIND_ANY, false, VERDICT_RETRY, FAILED, ""},
};

static bool is_data(enum route route, const struct http_response *response)
{
    struct answer_page page;

    if (route != ROUTE_LOOKUP)
        return answer_is_written(response->body, response->body_len);
    if (!answer_page_read(response->body, response->body_len, &page))
        return false;
    answer_page_release(&page);
    return true;
}

static enum kind kind_of(enum route route, const struct http_response *response,
                         struct answer_error *error)
{
    if (response->status < 300) {
        *error = (struct answer_error){0};
        return is_data(route, response) ? KIND_DATA : KIND_FOREIGN;
    }
    answer_error_read(response->body, response->body_len, error);
    if (!error->is_strapis)
        return KIND_FOREIGN;
    return error->unknown_key[0] ? KIND_UNKNOWN_KEY : KIND_ERROR;
}

static const struct rule *find_rule(enum route route, enum kind kind,
                                    const struct http_response *response)
{
    const struct rule *rule = rules;

    while (response->status < rule->from || response->status > rule->to ||
           !(rule->routes & 1U << route) || !(rule->kinds & kind) ||
           (rule->told_when && response->retry_after_ms < 0))
        rule++;
    return rule;
}

static void explain(const struct rule *rule, const char *method, const char *path,
                    const struct http_response *response, const struct answer_error *error,
                    struct failure *failure)
{
    char words[400];
    const char *link = rule->advice[0] ? "; " : "";

    if (rule->verdict == VERDICT_REJECT && error->is_strapis && rule->code == ERROR_REFUSED) {
        failure_set(failure, rule->code, error->field, NULL, 0, "Strapi refuses it: %s",
                    error->message);
        memcpy(failure->value, error->value, sizeof failure->value);
        return;
    }
    answer_quote(response, error, words, sizeof words);
    failure_set(failure, rule->code, error->unknown_key[0] ? error->unknown_key : NULL, NULL, 0,
                "%s %s was answered with %d, %s%s%s", method, path, response->status, words, link,
                rule->advice);
}

static int64_t delay_of(enum verdict verdict, const struct http_response *response)
{
    int64_t told =
        response->retry_after_ms < PATIENCE_MAX_MS ? response->retry_after_ms : PATIENCE_MAX_MS;
    if (verdict == VERDICT_LATER && told < 0)
        return PATIENCE_MS;
    /* "Retry-After: 0" must not become a loop without a pause. */
    if (verdict == VERDICT_LATER)
        return told < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : told;
    return verdict == VERDICT_UNKNOWN ? REST_MS : 0;
}

static void judge_answer(enum route route, const char *method, const char *path,
                         const struct http_response *response, struct outcome *outcome)
{
    struct answer_error error;
    enum kind kind = kind_of(route, response, &error);
    const struct rule *rule = find_rule(route, kind, response);

    outcome->verdict = rule->verdict;
    outcome->delay_ms = delay_of(rule->verdict, response);
    outcome->http_method = method;
    outcome->http_status = response->status;
    snprintf(outcome->http_path, sizeof outcome->http_path, "%s", path);
    outcome->http_body_len = text_clean(response->body, response->body_len, outcome->http_body,
                                        sizeof outcome->http_body);
    if (rule->verdict != VERDICT_DONE)
        explain(rule, method, path, response, &error, &outcome->failure);
}

static void judge_silence(const struct http_response *response, int64_t request_timeout_ms,
                          const char *method, const char *path, struct outcome *outcome)
{
    if (response->end == HTTP_NOT_SENT) {
        outcome->verdict = VERDICT_OUTAGE;
        failure_set(&outcome->failure, FAILED, NULL, NULL, 0, "Strapi is out of reach: %s",
                    response->reason.text);
        return;
    }
    /* Entries with long texts: fewer of them are asked for at a time. */
    if (response->end == HTTP_TOO_LONG && outcome->route == ROUTE_LOOKUP) {
        outcome->verdict = VERDICT_REJECT;
        failure_set(&outcome->failure, LARGE, NULL, NULL, 0, "%s %s: %s", method, path,
                    response->reason.text);
        return;
    }
    outcome->verdict = VERDICT_UNKNOWN;
    outcome->target_died = response->end != HTTP_TOO_LONG;
    outcome->delay_ms = response->end == HTTP_TIMED_OUT ? request_timeout_ms : REST_MS;
    failure_set(&outcome->failure, FAILED, NULL, NULL, 0, "%s %s was sent and not answered: %s",
                method, path, response->reason.text);
}

void verdict_of(enum route route, const char *method, const char *path,
                const struct http_response *response, int64_t request_timeout_ms,
                struct outcome *outcome)
{
    outcome->route = route;
    outcome->target_died = false;
    outcome->delay_ms = 0;
    outcome->failure = (struct failure){0};
    outcome->http_method = NULL;
    outcome->http_status = 0;
    outcome->http_path[0] = outcome->http_body[0] = '\0';
    outcome->http_body_len = 0;
    if (response->end == HTTP_ANSWERED)
        judge_answer(route, method, path, response, outcome);
    else
        judge_silence(response, request_timeout_ms, method, path, outcome);
}
