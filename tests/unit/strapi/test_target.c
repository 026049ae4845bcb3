#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../http/tiny_server.h"
#include "entities/entities.h"
#include "strapi/target.h"

#define DEADLINE_MS 5000

struct scene {
    struct tiny_server server;
    struct http_client *http;
    const char *status, *body;
    const char *lacking[4]; /* fields that this Strapi does not have */
    bool silent;
    char url[64];
};

static enum tiny_next play(void *arg, const struct tiny_request *request)
{
    struct scene *scene = arg;
    char field[64], body[256];

    if (scene->silent)
        return TINY_HANG;
    for (size_t i = 0; i < 4 && scene->lacking[i]; i++) {
        snprintf(field, sizeof field, "=%s&", scene->lacking[i]);
        if (strstr(request->target, field) == NULL)
            continue;
        snprintf(
            body, sizeof body,
            "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\",\"message\":"
            "\"Invalid key %s\",\"details\":{\"key\":\"%s\"}}}",
            scene->lacking[i], scene->lacking[i]);
        tiny_reply(request->fd, "400 Bad Request", "", body);
        return TINY_KEEP;
    }
    tiny_reply(request->fd, scene->status, "", scene->body);
    return TINY_KEEP;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    tiny_start(&scene->server, play, scene);
    scene->http = http_client_new(4, NULL);
    scene->status = "200 OK";
    scene->body = "{\"data\":[],\"meta\":{}}";
    snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d", scene->server.port);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    http_client_free(scene->http);
    tiny_stop(&scene->server);
    free(scene);
    return 0;
}

static enum target_result check(struct scene *scene, uint32_t ignored, struct reason *reason)
{
    struct target target;

    *reason = (struct reason)REASON_INIT;
    assert_int_equal(target_init(&target, &entity_product, scene->url, ignored, reason), 0);
    return target_check(&target, scene->http, DEADLINE_MS, NULL, 0, reason);
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url, *collection, *path;
        bool is_local;
    } cases[] = {
        {"http://strapi:1337", "http://strapi:1337/api/products", "/api/products", false},
        {"http://localhost:1337/", "http://localhost:1337/api/products", "/api/products", true},
        {"https://a.example/cms", "https://a.example/cms/api/products", "/cms/api/products", false},
        {"http://127.0.0.1/api/", "http://127.0.0.1/api/products", "/api/products", true},
        {"http://[::1]:1337", "http://[::1]:1337/api/products", "/api/products", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct target target;
        assert_int_equal(target_init(&target, &entity_product, cases[i].url, 0, NULL), 0);
        assert_string_equal(target.collection_url, cases[i].collection);
        assert_string_equal(target.path, cases[i].path);
        assert_int_equal(target.is_local, cases[i].is_local);
    }
}

static void what_is_no_address(void **state)
{
    (void)state;
    struct target target;
    struct reason reason = REASON_INIT;
    assert_int_equal(target_init(&target, &entity_product, "localhost:1337", 0, &reason), -1);
    assert_string_equal(reason.text,
                        "STRAPI_URL: \"localhost:1337\" is not a URL like http://host:1337");
    assert_int_equal(target_init(&target, &entity_product, "u:secret@x", 0, &reason), -1);
    assert_string_equal(reason.text, "STRAPI_URL: the value is not a URL like http://host:1337");
}

static void all_is_well(void **state)
{
    struct reason reason;
    assert_int_equal(check(*state, 0, &reason), TARGET_OK);
}

static void every_missing_field_is_named(void **state)
{
    struct scene *scene = *state;
    struct reason reason;
    scene->lacking[0] = "status";
    scene->lacking[1] = "description";

    assert_int_equal(check(scene, 0, &reason), TARGET_MISCONFIGURED);
    assert_non_null(strstr(reason.text, "IGNORE_FIELDS=status,description"));
    assert_int_equal(scene->server.requests, 3);
}

static void ignored_fields_are_not_asked_for(void **state)
{
    struct scene *scene = *state;
    struct reason reason;
    scene->lacking[0] = "status";
    assert_int_equal(check(scene, 1U << 4, &reason), TARGET_OK);
}

static void a_field_that_nobody_asked_for(void **state)
{
    struct scene *scene = *state;
    struct reason reason;
    scene->status = "400 Bad Request";
    scene->body =
        "{\"error\":{\"name\":\"ValidationError\",\"message\":\"Invalid key elsewhere\"}}";
    assert_int_equal(check(scene, 0, &reason), TARGET_MISCONFIGURED);
    assert_non_null(strstr(reason.text, "elsewhere"));
}

static void what_is_wrong_and_how_to_mend_it(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *status, *body;
        enum target_result result;
        const char *says;
    } cases[] = {
        {"401 Unauthorized", "{}", TARGET_AWAY, "STRAPI_TOKEN"},
        {"403 Forbidden", "{}", TARGET_AWAY, "tick `find`"},
        {"404 Not Found", "{}", TARGET_MISCONFIGURED, "no such collection"},
        {"405 Method Not Allowed", "no", TARGET_MISCONFIGURED, "no such collection"},
        {"200 OK", "<html>hello</html>", TARGET_MISCONFIGURED, "STRAPI_URL"},
        {"302 Found", "", TARGET_MISCONFIGURED, "STRAPI_URL"},
        {"500 Internal Server Error", "{}", TARGET_AWAY, "500"},
        {"502 Bad Gateway", "<html>", TARGET_AWAY, "502"},
        {"429 Too Many Requests", "", TARGET_AWAY, "429"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reason reason;
        scene->status = cases[i].status;
        scene->body = cases[i].body;
        assert_int_equal(check(scene, 0, &reason), cases[i].result);
        if (strstr(reason.text, cases[i].says) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", cases[i].says, reason.text);
    }
}

static void nobody_there(void **state)
{
    struct scene *scene = *state;
    struct reason reason;
    struct tiny_server gone;
    tiny_start(&gone, play, scene);
    snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d", gone.port);
    tiny_stop(&gone);
    assert_int_equal(check(scene, 0, &reason), TARGET_AWAY);
    assert_non_null(strstr(reason.text, "out of reach"));
}

static void a_signal_ends_the_wait(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;
    int ends[2];
    scene->silent = true;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    target_init(&target, &entity_product, scene->url, 0, NULL);

    assert_int_equal(target_check(&target, scene->http, DEADLINE_MS, ends, 1, &reason),
                     TARGET_AWAY);
    assert_int_equal(http_client_in_flight(scene->http), 0);
    close(ends[0]);
    close(ends[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(what_is_no_address),
        TEST(all_is_well),
        TEST(every_missing_field_is_named),
        TEST(ignored_fields_are_not_asked_for),
        TEST(a_field_that_nobody_asked_for),
        TEST(what_is_wrong_and_how_to_mend_it),
        TEST(nobody_there),
        TEST(a_signal_ends_the_wait),
    };
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
