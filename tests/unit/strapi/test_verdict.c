#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "strapi/verdict.h"

#define TIMEOUT_MS 30000

#define ERROR_BODY(status, name, message)                                                          \
    "{\"data\":null,\"error\":{\"status\":" #status ",\"name\":\"" name                            \
    "\",\"message\":\"" message "\",\"details\":{}}}"
#define FORBIDDEN   ERROR_BODY(403, "ForbiddenError", "Forbidden")
#define INTERNAL    ERROR_BODY(500, "InternalServerError", "Internal Server Error")
#define NOT_FOUND   ERROR_BODY(404, "NotFoundError", "Not Found")
#define INVALID     ERROR_BODY(400, "ValidationError", "name must be defined.")
#define UNKNOWN_KEY ERROR_BODY(400, "ValidationError", "Invalid key nope")
#define ENTRY       "{\"data\":{\"id\":1,\"documentId\":\"d\"},\"meta\":{}}"
#define PAGE        "{\"data\":[],\"meta\":{\"pagination\":{\"pageCount\":0}}}"
#define HTML        "<!DOCTYPE html><html><title>Welcome</title>"

struct expected {
    enum route route;
    int status;
    const char *body;
    int64_t retry_after_ms;
    enum verdict verdict;
    enum error_code code;
    int64_t delay_ms;
    const char *says; /* part of the sentence */
};

#define GIVEN_UP ERROR_ATTEMPTS_EXHAUSTED

static const struct expected answers[] = {
    {ROUTE_CREATE, 201, ENTRY, -1, VERDICT_DONE, 0, 0, ""},
    {ROUTE_CREATE, 200, ENTRY, -1, VERDICT_DONE, 0, 0, ""},
    {ROUTE_UPDATE, 200, ENTRY, -1, VERDICT_DONE, 0, 0, ""},
    {ROUTE_LOOKUP, 200, PAGE, -1, VERDICT_DONE, 0, 0, ""},
    /* not Strapi */
    {ROUTE_LOOKUP, 200, HTML, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "is STRAPI_URL right?"},
    {ROUTE_CREATE, 200, HTML, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "<!DOCTYPE html>"},
    {ROUTE_CREATE, 204, "", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "an empty body"},
    {ROUTE_CREATE, 200, PAGE, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "STRAPI_URL"},
    {ROUTE_UPDATE, 200, "{\"ok\":true}", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "{\"ok\":true}"},
    {ROUTE_LOOKUP, 301, "", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "answered with 301"},
    {ROUTE_CREATE, 302, HTML, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "STRAPI_URL"},
    /* this record */
    {ROUTE_CREATE, 400, INVALID, -1, VERDICT_REJECT, ERROR_REFUSED, 0, "name must be defined."},
    {ROUTE_UPDATE, 400, INVALID, -1, VERDICT_REJECT, ERROR_REFUSED, 0, "name must be defined."},
    {ROUTE_CREATE, 413, "", -1, VERDICT_REJECT, ERROR_BODY_TOO_LARGE, 0, "jsonLimit"},
    {ROUTE_UPDATE, 413, HTML, -1, VERDICT_REJECT, ERROR_BODY_TOO_LARGE, 0, "413"},
    {ROUTE_LOOKUP, 413, "", -1, VERDICT_REJECT, ERROR_BODY_TOO_LARGE, 0, ""},
    {ROUTE_LOOKUP, 414, "", -1, VERDICT_REJECT, ERROR_BODY_TOO_LARGE, 0, "key is too long"},
    {ROUTE_LOOKUP, 431, "", -1, VERDICT_REJECT, ERROR_BODY_TOO_LARGE, 0, "key is too long"},
    /* this record or the target */
    {ROUTE_CREATE, 400, "bad request", -1, VERDICT_RETRY, GIVEN_UP, 0, "bad request"},
    {ROUTE_LOOKUP, 400, INVALID, -1, VERDICT_RETRY, GIVEN_UP, 0, "400"},
    {ROUTE_CREATE, 403, FORBIDDEN, -1, VERDICT_RETRY, GIVEN_UP, 0, "tick `create`"},
    {ROUTE_UPDATE, 403, FORBIDDEN, -1, VERDICT_RETRY, GIVEN_UP, 0, "tick `update`"},
    {ROUTE_CREATE, 500, INTERNAL, -1, VERDICT_RETRY, GIVEN_UP, 0, "InternalServerError"},
    {ROUTE_UPDATE, 500, "", -1, VERDICT_RETRY, GIVEN_UP, 0, "500"},
    {ROUTE_LOOKUP, 500, INTERNAL, -1, VERDICT_RETRY, GIVEN_UP, 0, "500"},
    {ROUTE_CREATE, 414, "", -1, VERDICT_RETRY, GIVEN_UP, 0, "414"},
    {ROUTE_CREATE, 431, "", -1, VERDICT_RETRY, GIVEN_UP, 0, "431"},
    {ROUTE_CREATE, 409, "", -1, VERDICT_RETRY, GIVEN_UP, 0, "409"},
    {ROUTE_CREATE, 422, INVALID, -1, VERDICT_RETRY, GIVEN_UP, 0, "422"},
    /* the target */
    {ROUTE_CREATE, 400, UNKNOWN_KEY, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "nope: "},
    {ROUTE_LOOKUP, 400, UNKNOWN_KEY, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "IGNORE_FIELDS"},
    {ROUTE_LOOKUP, 401, "", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "STRAPI_TOKEN"},
    {ROUTE_CREATE, 401, FORBIDDEN, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "API Tokens"},
    {ROUTE_LOOKUP, 403, FORBIDDEN, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "tick `find`"},
    {ROUTE_LOOKUP, 404, NOT_FOUND, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "no such collection"},
    {ROUTE_CREATE, 404, NOT_FOUND, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "no such collection"},
    {ROUTE_CREATE, 405, "Method Not Allowed", -1, VERDICT_OUTAGE, GIVEN_UP, 0,
     "no such collection"},
    {ROUTE_UPDATE, 405, "Method Not Allowed", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "switched off"},
    {ROUTE_UPDATE, 404, HTML, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "STRAPI_URL"},
    {ROUTE_LOOKUP, 502, HTML, -1, VERDICT_OUTAGE, GIVEN_UP, 0, "502"},
    {ROUTE_LOOKUP, 503, "", -1, VERDICT_OUTAGE, GIVEN_UP, 0, "503"},
    /* patience */
    {ROUTE_CREATE, 429, "", 7000, VERDICT_LATER, GIVEN_UP, 7000, "429"},
    {ROUTE_LOOKUP, 429, "", 0, VERDICT_LATER, GIVEN_UP, 1000, "429"},
    {ROUTE_CREATE, 429, "", -1, VERDICT_LATER, GIVEN_UP, 2000, "429"},
    {ROUTE_UPDATE, 503, "", 3000, VERDICT_LATER, GIVEN_UP, 3000, "503"},
    {ROUTE_LOOKUP, 503, "", 86400000, VERDICT_LATER, GIVEN_UP, 600000, "503"},
    /* nobody knows */
    {ROUTE_UPDATE, 404, NOT_FOUND, -1, VERDICT_UNKNOWN, GIVEN_UP, 1000, "gone"},
    {ROUTE_CREATE, 502, HTML, -1, VERDICT_UNKNOWN, GIVEN_UP, 1000, "may have been written"},
    {ROUTE_CREATE, 503, "", -1, VERDICT_UNKNOWN, GIVEN_UP, 1000, "503"},
    {ROUTE_UPDATE, 504, "", -1, VERDICT_UNKNOWN, GIVEN_UP, 1000, "504"},
};

static void check(const struct expected *expected)
{
    const struct http_response response = {.end = HTTP_ANSWERED,
                                           .status = expected->status,
                                           .body = expected->body,
                                           .body_len = strlen(expected->body),
                                           .retry_after_ms = expected->retry_after_ms};
    struct outcome outcome = {.how = DONE_UPDATED, .left_alone = true};

    verdict_of(expected->route, "POST", "/api/things", &response, TIMEOUT_MS, &outcome);

    if (outcome.verdict != expected->verdict)
        fail_msg("%d on route %d: verdict %d, not %d", expected->status, (int)expected->route,
                 (int)outcome.verdict, (int)expected->verdict);
    assert_int_equal(outcome.route, expected->route);
    assert_int_equal(outcome.delay_ms, expected->delay_ms);
    assert_false(outcome.target_died);
    assert_int_equal(outcome.http_status, expected->status);
    assert_string_equal(outcome.http_method, "POST");
    assert_string_equal(outcome.http_path, "/api/things");
    assert_string_equal(outcome.http_body, expected->body);
    assert_int_equal(outcome.how, DONE_UPDATED);
    assert_true(outcome.left_alone);
    if (expected->verdict == VERDICT_DONE)
        return;
    assert_int_equal(outcome.failure.code, expected->code);
    if (strstr(outcome.failure.reason.text, expected->says) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", expected->says, outcome.failure.reason.text);
}

static void every_answer_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        check(&answers[i]);
}

static void no_status_is_left_out(void **state)
{
    (void)state;
    for (int status = 100; status < 1000; status++)
        for (int route = 0; route < ROUTE_COUNT; route++) {
            const struct http_response response = {
                .end = HTTP_ANSWERED, .status = status, .body = "", .retry_after_ms = -1};
            struct outcome outcome;
            verdict_of((enum route)route, "GET", "/", &response, TIMEOUT_MS, &outcome);
            assert_int_not_equal(outcome.verdict, VERDICT_DONE);
            assert_true(outcome.failure.reason.text[0] != '\0');
        }
}

static void no_answer(void **state)
{
    (void)state;
    static const struct {
        enum http_end end;
        enum route route;
        enum verdict verdict;
        bool died;
        int64_t delay_ms;
    } cases[] = {
        {HTTP_NOT_SENT, ROUTE_CREATE, VERDICT_OUTAGE, false, 0},
        {HTTP_BROKEN, ROUTE_CREATE, VERDICT_UNKNOWN, true, 1000},
        {HTTP_TIMED_OUT, ROUTE_CREATE, VERDICT_UNKNOWN, true, TIMEOUT_MS},
        {HTTP_TOO_LONG, ROUTE_CREATE, VERDICT_UNKNOWN, false, 1000},
        /* What a 413 is: the look-up is made smaller. */
        {HTTP_TOO_LONG, ROUTE_LOOKUP, VERDICT_REJECT, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_response response = {
            .end = cases[i].end, .body = "", .retry_after_ms = -1, .reason = {"it is so"}};
        struct outcome outcome = {.http_method = "x", .http_status = 7};
        verdict_of(cases[i].route, "POST", "/api/things", &response, TIMEOUT_MS, &outcome);
        assert_int_equal(outcome.verdict, cases[i].verdict);
        assert_int_equal(outcome.target_died, cases[i].died);
        assert_int_equal(outcome.delay_ms, cases[i].delay_ms);
        assert_null(outcome.http_method);
        assert_int_equal(outcome.http_status, 0);
        assert_non_null(strstr(outcome.failure.reason.text, "it is so"));
    }
}

static void a_refusal_names_field_and_value(void **state)
{
    (void)state;
    static const char body[] =
        "{\"error\":{\"name\":\"ValidationError\",\"message\":\"status must be one of safe\","
        "\"details\":{\"errors\":[{\"path\":[\"status\"],\"message\":\"status must be one of "
        "safe\","
        "\"value\":\"x\"}]}}}";
    const struct http_response response = {.end = HTTP_ANSWERED,
                                           .status = 400,
                                           .body = body,
                                           .body_len = strlen(body),
                                           .retry_after_ms = -1};
    struct outcome outcome;
    verdict_of(ROUTE_CREATE, "POST", "/api/things", &response, TIMEOUT_MS, &outcome);
    assert_string_equal(outcome.failure.field, "status");
    assert_string_equal(outcome.failure.value, "x");
    assert_string_equal(outcome.failure.reason.text,
                        "status: Strapi refuses it: status must be one of safe");
}

static void long_and_wild_bodies_are_cut(void **state)
{
    (void)state;
    char body[5000];
    memset(body, 0xC3, sizeof body);
    const struct http_response response = {.end = HTTP_ANSWERED,
                                           .status = 500,
                                           .body = body,
                                           .body_len = sizeof body,
                                           .retry_after_ms = -1};
    struct outcome outcome;
    verdict_of(ROUTE_CREATE, "POST", "/api/things", &response, TIMEOUT_MS, &outcome);
    assert_in_range(outcome.http_body_len, 1000, 2048);
    assert_int_equal(strlen(outcome.http_body), outcome.http_body_len);
}

static void a_redirect_says_where_to(void **state)
{
    (void)state;
    const struct http_response response = {.end = HTTP_ANSWERED,
                                           .status = 308,
                                           .body = "",
                                           .retry_after_ms = -1,
                                           .redirect = "https://a.example/api/things"};
    struct outcome outcome;
    verdict_of(ROUTE_LOOKUP, "GET", "/api/things", &response, TIMEOUT_MS, &outcome);
    assert_non_null(strstr(outcome.failure.reason.text, "https://a.example/api/things"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_verdict),
        cmocka_unit_test(no_status_is_left_out),
        cmocka_unit_test(no_answer),
        cmocka_unit_test(a_refusal_names_field_and_value),
        cmocka_unit_test(long_and_wild_bodies_are_cut),
        cmocka_unit_test(a_redirect_says_where_to),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
