#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "http/http_client.h"
#include "tiny_server.h"

#define DEADLINE_MS 10000

/* What one test's server does, and what it saw. */
struct scene {
    struct tiny_server server;
    struct http_client *client;
    const char *status, *headers, *body; /* what it answers */
    const char *raw;                     /* or this, as it is */
    int silent_from;                     /* closes without an answer from this request of a
                                            connection on; 0: never */
    bool dies;                           /* and nobody listens any more */
    enum tiny_next next;
    int posts;
    int last_connection;
    char seen_body[256];
    char seen_head[2048];
};

/* The last answer. */
struct result {
    int count;
    enum http_end end;
    int status;
    char body[128];
    char redirect[128];
    int64_t retry_after_ms;
    struct reason reason;
};

static enum tiny_next play(void *arg, const struct tiny_request *request)
{
    struct scene *scene = arg;

    scene->posts += strcmp(request->method, "POST") == 0;
    scene->last_connection = request->connection;
    snprintf(scene->seen_body, sizeof scene->seen_body, "%s", request->body);
    snprintf(scene->seen_head, sizeof scene->seen_head, "%s", request->head);
    if (scene->silent_from && request->number >= scene->silent_from) {
        if (scene->dies)
            shutdown(scene->server.listener, SHUT_RDWR);
        return TINY_CLOSE;
    }
    if (scene->raw != NULL)
        tiny_write(request->fd, scene->raw, strlen(scene->raw));
    else if (scene->status != NULL)
        tiny_reply(request->fd, scene->status, scene->headers, scene->body);
    return scene->next;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    *scene = (struct scene){.status = "200 OK", .headers = "", .body = "{}"};
    tiny_start(&scene->server, play, scene);
    scene->client = http_client_new(8, NULL);
    *state = scene;
    return scene->client == NULL;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    http_client_free(scene->client);
    tiny_stop(&scene->server);
    free(scene);
    return 0;
}

static void note(void *arg, const struct http_response *response)
{
    struct result *result = arg;

    result->count++;
    result->end = response->end;
    result->status = response->status;
    result->retry_after_ms = response->retry_after_ms;
    result->reason = response->reason;
    assert_int_equal(response->body[response->body_len], 0);
    snprintf(result->body, sizeof result->body, "%s", response->body);
    snprintf(result->redirect, sizeof result->redirect, "%s",
             response->redirect ? response->redirect : "");
}

static void start(struct scene *scene, const char *method, const char *url, const char *body,
                  int64_t timeout_ms, struct result *result)
{
    const struct http_request request = {.method = method,
                                         .url = url,
                                         .body = body,
                                         .body_len = body ? strlen(body) : 0,
                                         .timeout_ms = timeout_ms,
                                         .done = note,
                                         .arg = result};
    assert_int_equal(http_client_start(scene->client, &request, NULL), 0);
}

static const char *url_of(const struct scene *scene, const char *path)
{
    static char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", scene->server.port, path);
    return url;
}

static struct result ask(struct scene *scene, const char *method, const char *url, const char *body,
                         int64_t timeout_ms)
{
    struct result result = {0};

    start(scene, method, url, body, timeout_ms, &result);
    for (int turns = 0; result.count == 0; turns++) {
        assert_true(turns < 1000);
        http_client_wait(scene->client, NULL, 0, DEADLINE_MS);
    }
    assert_int_equal(http_client_in_flight(scene->client), 0);
    return result;
}

static struct result post(struct scene *scene)
{
    return ask(scene, "POST", url_of(scene, "/x"), "{\"a\":1}", DEADLINE_MS);
}

static void an_answer_arrives_whole(void **state)
{
    struct scene *scene = *state;
    scene->status = "201 Created";
    scene->body = "{\"data\":{}}";

    struct result result = post(scene);

    assert_int_equal(result.end, HTTP_ANSWERED);
    assert_int_equal(result.status, 201);
    assert_string_equal(result.body, "{\"data\":{}}");
    assert_int_equal(result.retry_after_ms, -1);
    assert_string_equal(scene->seen_body, "{\"a\":1}");
    assert_non_null(strstr(scene->seen_head, "Content-Type: application/json\r\n"));
    assert_null(strstr(scene->seen_head, "chunked"));
    assert_null(strstr(scene->seen_head, "Authorization"));
}

static void put_carries_its_body_too(void **state)
{
    struct scene *scene = *state;
    ask(scene, "PUT", url_of(scene, "/x"), "{\"b\":2}", DEADLINE_MS);
    assert_memory_equal(scene->seen_head, "PUT /x HTTP/1.1\r\n", 17);
    assert_string_equal(scene->seen_body, "{\"b\":2}");
}

static void large_bodies_wait_for_no_100_continue(void **state)
{
    struct scene *scene = *state;
    size_t len = 1100 * 1024;
    char *body = malloc(len + 1);
    memset(body, 'x', len);
    body[len] = '\0';

    struct result result = ask(scene, "POST", url_of(scene, "/x"), body, DEADLINE_MS);

    assert_int_equal(result.status, 200);
    assert_null(strstr(scene->seen_head, "Expect"));
    free(body);
}

static void the_token_goes_along_and_can_be_changed(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(http_client_token(scene->client, "first"), 0);
    post(scene);
    assert_non_null(strstr(scene->seen_head, "Authorization: Bearer first\r\n"));
    assert_int_equal(http_client_token(scene->client, "second"), 0);
    post(scene);
    assert_non_null(strstr(scene->seen_head, "Authorization: Bearer second\r\n"));
    assert_int_equal(http_client_token(scene->client, "x\r\nEvil: yes"), -1);
    assert_int_equal(http_client_token(scene->client, NULL), 0);
    post(scene);
    assert_null(strstr(scene->seen_head, "Authorization"));
}

static void the_token_is_hidden_in_what_is_answered(void **state)
{
    struct scene *scene = *state;
    struct result result;

    http_client_token(scene->client, "0123456789abcdef");
    scene->body = "00123456789abcdef, 0123456789abcde, 0123456789abcdef0123456789abcdef";
    result = post(scene);
    assert_string_equal(result.body,
                        "0****************, 0123456789abcde, ********************************");
    http_client_token(scene->client, "body");
    scene->body = "anybody: a short token is a word like any other";
    result = post(scene);
    assert_string_equal(result.body, scene->body);
}

static void a_401_is_an_answer_and_asked_once(void **state)
{
    struct scene *scene = *state;
    http_client_token(scene->client, "t");
    scene->status = "401 Unauthorized";
    scene->headers = "WWW-Authenticate: Bearer, Basic realm=\"x\"\r\n";

    assert_int_equal(post(scene).status, 401);
    assert_int_equal(scene->posts, 1);
}

static void connections_are_kept(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(post(scene).status, 200);
    assert_int_equal(scene->last_connection, 1);
    assert_int_equal(scene->posts, 5);
}

/* libcurl would send it again by itself: with POSTFIELDS this server sees the second POST twice or
 * more, and the client an ordinary answer. */
static void a_post_without_an_answer_is_not_sent_again(void **state)
{
    struct scene *scene = *state;
    scene->silent_from = 2;

    assert_int_equal(post(scene).end, HTTP_ANSWERED);
    struct result second = post(scene);

    assert_int_equal(second.end, HTTP_BROKEN);
    assert_string_equal(second.reason.text, "the connection was closed before an answer came");
    assert_int_equal(scene->posts, 2);
    /* And the client lives on, with a new connection. */
    assert_int_equal(post(scene).end, HTTP_ANSWERED);
}

/* libcurl's second attempt ends with "could not connect": what the first sent was sent. */
static void a_server_that_dies_with_a_post_in_hand(void **state)
{
    struct scene *scene = *state;
    scene->silent_from = 2;
    scene->dies = true;

    assert_int_equal(post(scene).end, HTTP_ANSWERED);
    assert_int_equal(post(scene).end, HTTP_BROKEN);
    assert_int_equal(scene->posts, 2);
    assert_int_equal(post(scene).end, HTTP_NOT_SENT);
}

static void the_first_post_of_a_connection_neither(void **state)
{
    struct scene *scene = *state;
    scene->silent_from = 1;
    assert_int_equal(post(scene).end, HTTP_BROKEN);
    assert_int_equal(scene->posts, 1);
}

static void no_answer_in_time(void **state)
{
    struct scene *scene = *state;
    scene->status = NULL;
    scene->next = TINY_HANG;

    struct result result = ask(scene, "POST", url_of(scene, "/x"), "{}", 100);

    assert_int_equal(result.end, HTTP_TIMED_OUT);
    assert_int_equal(scene->posts, 1);
    assert_true(result.reason.text[0] != '\0');
}

static void half_an_answer_is_none(void **state)
{
    struct scene *scene = *state;
    scene->raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    scene->next = TINY_CLOSE;

    assert_int_equal(post(scene).end, HTTP_BROKEN);
    assert_int_equal(scene->posts, 1);
}

static void refused_means_not_sent(void **state)
{
    struct scene *scene = *state;
    struct tiny_server gone;
    char url[64];
    tiny_start(&gone, play, scene);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", gone.port);
    tiny_stop(&gone);

    assert_int_equal(ask(scene, "POST", url, "{}", DEADLINE_MS).end, HTTP_NOT_SENT);
    assert_int_equal(ask(scene, "GET", "http://no-such-host.invalid/", NULL, DEADLINE_MS).end,
                     HTTP_NOT_SENT);
    assert_int_equal(ask(scene, "GET", "file:///etc/passwd", NULL, DEADLINE_MS).end, HTTP_NOT_SENT);
}

/* A listener that never answers the TLS greeting: something left this machine, but no request. */
static void a_failed_tls_greeting_means_not_sent(void **state)
{
    struct scene *scene = *state;
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", scene->server.port);
    assert_int_equal(ask(scene, "POST", url, "{}", 300).end, HTTP_NOT_SENT);
    assert_int_equal(scene->posts, 0);
}

static void a_redirect_is_an_answer(void **state)
{
    struct scene *scene = *state;
    scene->status = "301 Moved Permanently";
    scene->headers = "Location: https://elsewhere.example/x\r\n";

    struct result result = post(scene);

    assert_int_equal(result.status, 301);
    assert_string_equal(result.redirect, "https://elsewhere.example/x");
    assert_int_equal(scene->posts, 1);
}

static void retry_after_in_seconds(void **state)
{
    struct scene *scene = *state;
    scene->status = "429 Too Many Requests";
    scene->headers = "Retry-After: 7\r\n";
    assert_int_equal(post(scene).retry_after_ms, 7000);
    scene->headers = "Retry-After: 0\r\n";
    assert_int_equal(post(scene).retry_after_ms, 0);
    scene->headers = "Retry-After: 99999999999999999999\r\n";
    assert_true(post(scene).retry_after_ms >= 0);
    scene->headers = "Retry-After: soon\r\n";
    assert_true(post(scene).retry_after_ms >= -1);
}

static void retry_after_as_a_date(void **state)
{
    struct scene *scene = *state;
    time_t then = time(NULL) + 60;
    struct tm parts;
    char header[64];
    gmtime_r(&then, &parts);
    strftime(header, sizeof header, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    scene->status = "503 Service Unavailable";
    scene->headers = header;

    int64_t delay = post(scene).retry_after_ms;

    assert_in_range(delay, 55 * 1000, 60 * 1000);
}

static void other_descriptors_end_the_wait(void **state)
{
    struct scene *scene = *state;
    struct result result = {0};
    int ends[2];
    scene->status = NULL;
    scene->next = TINY_HANG;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);

    start(scene, "GET", url_of(scene, "/"), NULL, DEADLINE_MS, &result);
    struct pollfd watched = {.fd = ends[0], .events = POLLIN};
    while (poll(&watched, 1, 0) == 0 || scene->posts)
        http_client_wait(scene->client, ends, 1, DEADLINE_MS);
    http_client_wait(scene->client, ends, 1, DEADLINE_MS); /* returns at once */

    assert_int_equal(result.count, 0);
    assert_int_equal(http_client_in_flight(scene->client), 1);
    close(ends[0]);
    close(ends[1]);
}

static void cancelled_requests_never_call_back(void **state)
{
    struct scene *scene = *state;
    struct result dropped = {0}, kept = {0};

    start(scene, "GET", url_of(scene, "/a"), NULL, DEADLINE_MS, &dropped);
    start(scene, "GET", url_of(scene, "/b"), NULL, DEADLINE_MS, &kept);
    http_client_cancel(scene->client, &dropped);
    while (kept.count == 0)
        http_client_wait(scene->client, NULL, 0, DEADLINE_MS);

    assert_int_equal(dropped.count, 0);
    assert_int_equal(http_client_in_flight(scene->client), 0);
}

static void many_at_once_use_no_more_connections_than_allowed(void **state)
{
    struct scene *scene = *state;
    struct result results[40] = {0};
    for (size_t i = 0; i < 40; i++)
        start(scene, "POST", url_of(scene, "/"), "{}", DEADLINE_MS, &results[i]);
    while (http_client_in_flight(scene->client) > 0)
        http_client_wait(scene->client, NULL, 0, DEADLINE_MS);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(results[i].end, HTTP_ANSWERED);
    assert_int_equal(scene->posts, 40);
    assert_in_range(scene->server.connection_count, 1, 8);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_arrives_whole),
        TEST(put_carries_its_body_too),
        TEST(large_bodies_wait_for_no_100_continue),
        TEST(the_token_goes_along_and_can_be_changed),
        TEST(the_token_is_hidden_in_what_is_answered),
        TEST(a_401_is_an_answer_and_asked_once),
        TEST(connections_are_kept),
        TEST(a_post_without_an_answer_is_not_sent_again),
        TEST(a_server_that_dies_with_a_post_in_hand),
        TEST(the_first_post_of_a_connection_neither),
        TEST(no_answer_in_time),
        TEST(half_an_answer_is_none),
        TEST(refused_means_not_sent),
        TEST(a_failed_tls_greeting_means_not_sent),
        TEST(a_redirect_is_an_answer),
        TEST(retry_after_in_seconds),
        TEST(retry_after_as_a_date),
        TEST(other_descriptors_end_the_wait),
        TEST(cancelled_requests_never_call_back),
        TEST(many_at_once_use_no_more_connections_than_allowed),
    };
    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
