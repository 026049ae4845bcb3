#include "strapi/ingest_answer.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "strapi/answer.h"

/* A 429 or a lock that does not say how long, and what is too short or too long to wait for. */
#define PATIENCE_MS     2000
#define PATIENCE_MIN_MS 200
#define PATIENCE_MAX_MS (10 * 60 * 1000)

struct rule {
    int from, to;
    const char *code; /* of the plugin's error; NULL: any, or none */
    bool told_when;   /* only with Retry-After */
    enum ingest_meaning meaning;
    const char *advice;
};

/* The first rule that fits holds. */
static const struct rule rules[] = {
    {200, 399, NULL, false, INGEST_AWAY,
     "that is not how the ingest plugin answers: is STRAPI_URL right?"},
    {400, 400, "unknown_type", false, INGEST_AWAY,
     "what was there when this program started is not there any more"},
    {400, 400, NULL, false, INGEST_FAILED, ""},
    {401, 401, NULL, false, INGEST_AWAY,
     "the API token is not accepted: make one " ANSWER_TOKENS_PLACE " and set STRAPI_TOKEN"},
    {403, 403, NULL, false, INGEST_AWAY,
     "the API token lacks a right: tick all of the ingest plugin's " ANSWER_TOKENS_PLACE},
    {404, 405, NULL, false, INGEST_AWAY,
     "the ingest plugin was there when this program started: put it back, or start anew without "
     "it"},
    {409, 409, "stale_epoch", false, INGEST_FENCED, ""},
    {409, 409, "gap", false, INGEST_FENCED, ""},
    {409, 409, "too_many_rejects", false, INGEST_FULL, ""},
    {409, 409, NULL, false, INGEST_AWAY, ""},
    {413, 413, NULL, false, INGEST_TOO_LARGE,
     "more than the plugin (`limits.bytes`) or a proxy in front of Strapi takes in one request"},
    {429, 429, NULL, false, INGEST_LATER, "it asks for patience"},
    {503, 503, "locked", false, INGEST_LATER, "somebody else holds a lock there"},
    {503, 503, NULL, true, INGEST_LATER, "it asks for patience"},
    {500, 500, NULL, false, INGEST_FAILED, "Strapi's log says why"},
    {501, 599, NULL, false, INGEST_UNKNOWN, "Strapi is not there just now, or it may be written"},
    /* A batch's address and headers are always the same: 414 and 431 do not come of an item's length. But they are
     * tried in smaller company like everything that is not understood. */
    {0, 999, NULL, false, INGEST_FAILED, ""},
};

static bool has_code(const json_t *body, const char *code)
{
    const json_t *details = json_object_get(json_object_get(body, "error"), "details");
    const char *said = json_string_value(json_object_get(details, "code"));

    return said != NULL && strcmp(said, code) == 0;
}

static const struct rule *find_rule(const struct http_response *response, const json_t *body)
{
    const struct rule *rule = rules;

    while (response->status < rule->from || response->status > rule->to ||
           (rule->code != NULL && !has_code(body, rule->code)) ||
           (rule->told_when && response->retry_after_ms < 0))
        rule++;
    return rule;
}

static void explain(const char *path, const struct http_response *response, const char *advice,
                    struct failure *failure)
{
    struct answer_error error;
    char words[400];

    answer_error_read(response->body, response->body_len, &error);
    answer_quote(response, &error, words, sizeof words);
    failure_set(failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                "POST %s was answered with %d, %s%s%s", path, response->status, words,
                advice[0] ? "; " : "", advice);
}

static int64_t patience(const struct http_response *response)
{
    int64_t told = response->retry_after_ms;

    if (told < 0)
        return PATIENCE_MS;
    if (told < PATIENCE_MIN_MS)
        return PATIENCE_MIN_MS;
    return told < PATIENCE_MAX_MS ? told : PATIENCE_MAX_MS;
}

static void read_answer(const char *path, const struct http_response *response,
                        struct ingest_answer *answer)
{
    struct outcome *outcome = &answer->outcome;
    json_t *body = json_loadb(response->body, response->body_len, 0, NULL);
    const struct rule *rule;

    outcome->http_method = "POST";
    outcome->http_status = response->status;
    snprintf(outcome->http_path, sizeof outcome->http_path, "%s", path);
    if (response->status == 200 && json_is_object(body)) {
        answer->body = body;
        return;
    }
    rule = find_rule(response, body);
    json_decref(body);
    answer->meaning = rule->meaning;
    answer->locked = rule->code != NULL;
    answer->delay_ms = rule->meaning == INGEST_LATER ? patience(response) : 0;
    outcome->http_body_len = text_clean(response->body, response->body_len, outcome->http_body,
                                        sizeof outcome->http_body);
    explain(path, response, rule->advice, &outcome->failure);
}

static void read_silence(const char *path, const struct http_response *response,
                         struct ingest_answer *answer)
{
    struct failure *failure = &answer->outcome.failure;

    if (response->end == HTTP_NOT_SENT) {
        answer->meaning = INGEST_AWAY;
        failure_set(failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "Strapi is out of reach: %s",
                    response->reason.text);
        return;
    }
    answer->meaning = INGEST_UNKNOWN;
    answer->died = response->end != HTTP_TOO_LONG;
    answer->slow = response->end == HTTP_TIMED_OUT;
    failure_set(failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                "POST %s was sent and not answered: %s", path, response->reason.text);
}

void ingest_answer_read(const char *path, const struct http_response *response,
                        struct ingest_answer *answer)
{
    *answer = (struct ingest_answer){.meaning = INGEST_OK};
    if (response->end == HTTP_ANSWERED)
        read_answer(path, response, answer);
    else
        read_silence(path, response, answer);
}

void ingest_answer_is_foreign(struct ingest_answer *answer)
{
    answer->meaning = INGEST_AWAY;
    failure_set(&answer->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                "POST %s was answered with 200, and not as the ingest plugin answers",
                answer->outcome.http_path);
}

void ingest_answer_release(struct ingest_answer *answer)
{
    json_decref(answer->body);
    answer->body = NULL;
}

int64_t ingest_answer_number(const json_t *body, const char *name)
{
    const json_t *number = json_object_get(body, name);

    return json_is_integer(number) ? json_integer_value(number) : -1;
}

struct sink_position ingest_answer_position(const json_t *body)
{
    const char *fingerprint = json_string_value(json_object_get(body, "fingerprint"));
    struct sink_position position = {.next = ingest_answer_number(body, "next_offset"),
                                     .confirmed = ingest_answer_number(body, "confirmed")};

    snprintf(position.fingerprint, sizeof position.fingerprint, "%s",
             fingerprint != NULL ? fingerprint : "");
    return position;
}
