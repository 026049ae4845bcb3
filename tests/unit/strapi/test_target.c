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
    assert_non_null(strstr(reason.text, "IGNORE_FIELDS=description,status"));
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

static const char *fields_of(const struct target *target, struct buffer *url)
{
    buffer_clear(url);
    assert_int_equal(target_add_fields(target, url), 0);
    return url->data;
}

static void what_a_look_up_reads(void **state)
{
    (void)state;
    struct buffer url = BUFFER_INIT(1024);
    struct target target;

    target_init(&target, &entity_product, "http://a", 1U << 1, NULL);
    assert_string_equal(fields_of(&target, &url),
                        "fields[0]=name&fields[1]=stock_available&fields[2]=barcode&fields[3]="
                        "status&fields[4]=updatedAt");
    target_init(&target, &entity_event, "http://a", 0, NULL);
    assert_string_equal(fields_of(&target, &url), "fields[0]=updatedAt");
    target.identity = true;
    assert_string_equal(fields_of(&target, &url), "fields[0]=ingest_id&fields[1]=updatedAt");
    target_init(&target, &entity_stock, "http://a", 0, NULL);
    target.version = 4;
    assert_string_equal(fields_of(&target, &url),
                        "fields[0]=stock_available&fields[1]=barcode&fields[2]=updatedAt");
    target.ledger = true;
    target.version = 5;
    assert_string_equal(fields_of(&target, &url),
                        "fields[0]=stock_available&fields[1]=barcode&fields[2]=stock_ledger&"
                        "fields[3]=publishedAt&fields[4]=updatedAt");
    buffer_release(&url);
}

static void what_is_said_of_drafts(void **state)
{
    (void)state;
    static const struct {
        int version;
        bool drafts;
        const char *reads, *writes, *body;
    } cases[] = {
        {4, false, "", "", "{\"data\":{\"a\":1}}"},
        {4, true, "&publicationState=preview", "", "{\"data\":{\"a\":1,\"publishedAt\":null}}"},
        {5, false, "&status=draft", "&status=draft", "{\"data\":{\"a\":1}}"},
        {5, true, "&status=draft", "&status=draft", "{\"data\":{\"a\":1}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct target target = {.version = cases[i].version, .drafts = cases[i].drafts};
        struct buffer reads = BUFFER_INIT(64), writes = BUFFER_INIT(64), body = BUFFER_INIT(64);
        buffer_add_text(&body, "{\"data\":{\"a\":1}}");
        assert_int_equal(target_add_drafts(&target, TARGET_READS, &reads), 0);
        assert_int_equal(target_add_drafts(&target, TARGET_WRITES, &writes), 0);
        assert_int_equal(target_keep_draft(&target, &body), 0);
        assert_string_equal(reads.data ? reads.data : "", cases[i].reads);
        assert_string_equal(writes.data ? writes.data : "", cases[i].writes);
        assert_string_equal(body.data, cases[i].body);
        buffer_release(&reads);
        buffer_release(&writes);
        buffer_release(&body);
    }
}

static void which_ids_change(void **state)
{
    (void)state;
    json_auto_t *draft = json_pack("{s:n}", "publishedAt"), *other = json_object();
    const struct answer_entry a_draft = {.fields = draft}, not_asked = {.fields = other};
    const struct target four = {.version = 4, .drafts = true}, five = {.version = 5};
    const struct target five_drafts = {.version = 5, .drafts = true};

    assert_false(target_id_may_change(&four, &a_draft));
    assert_false(target_id_may_change(&five, NULL));
    assert_false(target_id_may_change(&five, &not_asked));
    assert_true(target_id_may_change(&five, &a_draft));
    assert_true(target_id_may_change(&five_drafts, NULL));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(what_a_look_up_reads),
        cmocka_unit_test(what_is_said_of_drafts),
        cmocka_unit_test(which_ids_change),
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
