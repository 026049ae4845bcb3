/* Which sink it is: what the ingest plugin says of itself, and what is there where it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../http/tiny_server.h"
#include "entities/entities.h"
#include "strapi/target_report.h"

#define DEADLINE_MS 5000

#define PRODUCT_FIELDS                                                                             \
    "\"fields\":[\"name\",\"description\",\"stock_available\",\"barcode\",\"status\",\"image\"]"
#define INFO(api, types, unusable)                                                                 \
    "{\"plugin\":\"ingest\",\"version\":\"1.2.3\",\"api\":" api ",\"strapi\":5,\"limits\":{"       \
    "\"items\":700,\"bytes\":5000000,\"rejects\":900},\"types\":{" types                           \
    "},\"unusable\":{" unusable "}}"
#define PRODUCT "\"product\":{\"effect\":\"upsert\",\"key\":\"barcode\"," PRODUCT_FIELDS "}"
#define EVENT   "\"event\":{\"effect\":\"append\",\"fields\":[\"value\",\"metadata\",\"ingest_id\"]}"
#define STOCK                                                                                      \
    "\"stock\":{\"effect\":\"adjust\",\"key\":\"barcode\",\"field\":\"stock_"                      \
    "available\"," PRODUCT_FIELDS "}"
#define ALL INFO("1", PRODUCT "," EVENT "," STOCK, "")

/* A Strapi with the collections, and something at /api/ingest. */
struct scene {
    struct tiny_server server;
    struct http_client *http;
    const char *status, *info;
    int asked, collections; /* requests for the plugin, and for the rest */
};

static enum tiny_next play(void *arg, const struct tiny_request *request)
{
    struct scene *scene = arg;

    if (strcmp(request->target, "/api/ingest") == 0) {
        scene->asked++;
        tiny_reply(request->fd, scene->status, "", scene->info);
        return TINY_KEEP;
    }
    scene->collections++;
    tiny_reply(request->fd, "200 OK", "",
               "{\"data\":[],\"meta\":{\"pagination\":{\"page\":1,\"pageSize\":1,\"pageCount\":0,"
               "\"total\":0}}}");
    return TINY_KEEP;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    tiny_start(&scene->server, play, scene);
    scene->http = http_client_new(4, NULL);
    scene->status = "200 OK";
    scene->info = ALL;
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

static enum target_result check(struct scene *scene, const struct entity *entity,
                                enum sink_choice choice, struct target *target,
                                struct reason *reason)
{
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%d/", scene->server.port);
    *reason = (struct reason)REASON_INIT;
    assert_int_equal(target_init(target, entity, url, 0, reason), 0);
    target->choice = choice;
    return target_check(target, scene->http, DEADLINE_MS, NULL, 0, reason);
}

static void its_word_is_enough(void **state)
{
    static const struct entity *const all[] = {&entity_product, &entity_event, &entity_stock};
    struct scene *scene = *state;
    struct target target;
    struct reason reason;

    for (size_t i = 0; i < 3; i++) {
        for (int choice = SINK_AUTO; choice <= SINK_INGEST; choice += SINK_INGEST - SINK_AUTO) {
            assert_int_equal(check(scene, all[i], (enum sink_choice)choice, &target, &reason),
                             TARGET_OK);
            assert_true(target.ingests);
            assert_int_equal(target.version, 5);
            assert_int_equal(target.ingest.items, 700);
            assert_int_equal(target.ingest.bytes, 5000000);
            assert_string_equal(target.ingest.version, "1.2.3");
            assert_int_equal(target.identity, i == 1);
            assert_non_null(strstr(target_promise(&target), "once"));
            assert_int_equal(target_warnings(&target, all[i], &reason), 0);
        }
    }
    assert_int_equal(scene->collections, 0);
    assert_int_equal(check(scene, &entity_product, SINK_REST, &target, &reason), TARGET_OK);
    assert_false(target.ingests);
    assert_int_equal(scene->asked, 6);
}

struct answer {
    const char *status, *info;
    enum target_result with_auto, with_ingest;
    bool by_rest; /* SINK_AUTO goes on with plain REST */
    const char *says;
};

static const struct answer answers[] = {
    {"404 Not Found", "{}", TARGET_OK, TARGET_MISCONFIGURED, true, "plugins/ingest"},
    {"405 Method Not Allowed", "", TARGET_OK, TARGET_MISCONFIGURED, true, "SINK=rest"},
    {"302 Found", "", TARGET_OK, TARGET_MISCONFIGURED, true, "302"},
    {"200 OK", "<html>", TARGET_OK, TARGET_MISCONFIGURED, true, "200"},
    {"200 OK", "{\"data\":[]}", TARGET_OK, TARGET_MISCONFIGURED, true, "is not the ingest plugin"},
    {"200 OK", INFO("1", EVENT, "\"product\":\"it is localized\""), TARGET_OK, TARGET_MISCONFIGURED,
     true, "it is localized"},
    {"200 OK", INFO("1", EVENT, ""), TARGET_OK, TARGET_MISCONFIGURED, true, "not among its types"},
    /* A connection that breaks in the middle of the head looks like this. */
    {"200 OK", "", TARGET_AWAY, TARGET_AWAY, false, "nothing in it"},
    {"401 Unauthorized", "{}", TARGET_AWAY, TARGET_AWAY, false, "API token"},
    {"500 Internal Server Error", "{}", TARGET_AWAY, TARGET_AWAY, false, "500"},
    {"403 Forbidden", "{}", TARGET_MISCONFIGURED, TARGET_MISCONFIGURED, false, "SINK=rest"},
    {"200 OK", INFO("2", PRODUCT, ""), TARGET_MISCONFIGURED, TARGET_MISCONFIGURED, false,
     "version 2 of its API"},
    {"200 OK", INFO("1", "\"product\":{\"effect\":\"append\"}", ""), TARGET_MISCONFIGURED,
     TARGET_MISCONFIGURED, false, "configured otherwise"},
    {"200 OK", INFO("1", "\"product\":{\"effect\":\"upsert\",\"key\":\"name\"}", ""),
     TARGET_MISCONFIGURED, TARGET_MISCONFIGURED, false, "configured otherwise"},
    {"200 OK",
     INFO("1",
          "\"product\":{\"effect\":\"upsert\",\"key\":\"barcode\",\"fields\":[\"name\",\"barcode\","
          "\"stock_available\"]}",
          ""),
     TARGET_MISCONFIGURED, TARGET_MISCONFIGURED, false, "has no field description,status"},
};

static void what_is_there_instead(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        scene->status = answers[i].status;
        scene->info = answers[i].info;
        scene->collections = 0;
        assert_int_equal(check(scene, &entity_product, SINK_AUTO, &target, &reason),
                         answers[i].with_auto);
        assert_false(target.ingests);
        assert_int_equal(scene->collections > 0, answers[i].by_rest);
        assert_int_equal(target.ingest_missing[0] != '\0', answers[i].by_rest);
        assert_int_equal(check(scene, &entity_product, SINK_INGEST, &target, &reason),
                         answers[i].with_ingest);
        assert_false(target.ingests);
        if (strstr(reason.text, answers[i].says) == NULL)
            fail_msg("%zu: %s", i, reason.text);
    }
}

static void an_older_one_does_not_tell_its_fields(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;

    scene->info = INFO("1", "\"event\":{\"effect\":\"append\"}", "");
    assert_int_equal(check(scene, &entity_event, SINK_INGEST, &target, &reason), TARGET_OK);
    assert_false(target.identity);
}

static void fields_may_be_ignored(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;
    char url[64];

    scene->info = INFO("1",
                       "\"product\":{\"effect\":\"upsert\",\"key\":\"barcode\",\"fields\":["
                       "\"name\",\"description\",\"barcode\",\"stock_available\"]}",
                       "");
    assert_int_equal(check(scene, &entity_product, SINK_AUTO, &target, &reason),
                     TARGET_MISCONFIGURED);
    assert_non_null(strstr(reason.text, "IGNORE_FIELDS"));
    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->server.port);
    uint32_t status =
        UINT32_C(1) << entity_index(&entity_product, entity_field(&entity_product, "status", 6));
    target_init(&target, &entity_product, url, status, &reason);
    target.choice = SINK_AUTO;
    assert_int_equal(target_check(&target, scene->http, DEADLINE_MS, NULL, 0, &reason), TARGET_OK);
    assert_true(target.ingests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(its_word_is_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_instead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_one_does_not_tell_its_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_may_be_ignored, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
