/* Which Strapi answers: told from what 4.26 and 5.54 answer, as it was recorded. */
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

#define EMPTY                                                                                      \
    "{\"data\":[],\"meta\":{\"pagination\":{\"page\":1,\"pageSize\":1,\"pageCount\":0,\"total\":0" \
    "}}}"
#define PAGE(entry)                                                                                \
    "{\"data\":[" entry "],\"meta\":{\"pagination\":{\"page\":1,\"pageSize\":1,\"pageCount\":1,"   \
    "\"total\":1}}}"

static const char entry_of_5[] =
    PAGE("{\"id\":1,\"documentId\":\"vwn0uoc6hp6pw4pnbnktczss\",\"name\":\"a\",\"description\":"
         "null,\"stock_available\":5,\"barcode\":\"001\",\"status\":\"safe\",\"publishedAt\":"
         "\"2026-11-21T17:09:14.791Z\"}");
static const char draft_of_5[] =
    PAGE("{\"id\":3,\"documentId\":\"ttpmpbbhbie89lnfbn9ffv1t\",\"publishedAt\":null}");
static const char entry_of_4[] =
    PAGE("{\"id\":1,\"attributes\":{\"name\":\"a\",\"barcode\":\"001\"}}");

/* A collection of a Strapi. */
struct scene {
    struct tiny_server server;
    struct http_client *http;
    int version;
    bool drafts, entries;
    const char *lacking; /* a field of the schema's that is not there */
    bool says_nothing;   /* fields that are not there are no fault to it */
    char asked[2][8192]; /* the last request for fields, and for drafts */
};

static bool asks_for(const struct tiny_request *request, const char *field)
{
    char wanted[64];

    snprintf(wanted, sizeof wanted, "=%s&", field);
    return strstr(request->target, wanted) != NULL;
}

static const char *unknown_field(const struct scene *scene, const struct tiny_request *request)
{
    if (scene->lacking && asks_for(request, scene->lacking))
        return scene->lacking;
    if (scene->version == 4 && asks_for(request, "documentId"))
        return "documentId";
    if (scene->version == 4 && !scene->drafts && asks_for(request, "publishedAt"))
        return "publishedAt";
    return NULL;
}

static void refuse(const struct scene *scene, const struct tiny_request *request, const char *field)
{
    char body[256];

    if (scene->version == 4)
        snprintf(body, sizeof body,
                 "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\","
                 "\"message\":\"Invalid parameter %s\",\"details\":{}}}",
                 field);
    else
        snprintf(body, sizeof body,
                 "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\","
                 "\"message\":\"Invalid key %s\",\"details\":{\"key\":\"%s\",\"path\":null,"
                 "\"source\":\"query\",\"param\":\"fields\"}}}",
                 field, field);
    tiny_reply(request->fd, "400 Bad Request", "", body);
}

static enum tiny_next play(void *arg, const struct tiny_request *request)
{
    struct scene *scene = arg;
    bool for_drafts = strstr(request->target, "status=draft") != NULL;
    const char *unknown = scene->says_nothing ? NULL : unknown_field(scene, request);
    const char *body = EMPTY;

    snprintf(scene->asked[for_drafts], sizeof scene->asked[0], "%s", request->target);
    if (unknown != NULL) {
        refuse(scene, request, unknown);
        return TINY_KEEP;
    }
    if (for_drafts)
        body = scene->drafts && scene->entries ? draft_of_5 : EMPTY;
    else if (scene->entries)
        body = scene->version == 4 ? entry_of_4 : scene->drafts ? EMPTY : entry_of_5;
    tiny_reply(request->fd, "200 OK", "", body);
    return TINY_KEEP;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    tiny_start(&scene->server, play, scene);
    scene->http = http_client_new(4, NULL);
    scene->version = 5;
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
                                struct target *target, struct reason *reason)
{
    char url[64];

    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->server.port);
    *reason = (struct reason)REASON_INIT;
    assert_int_equal(target_init(target, entity, url, 0, reason), 0);
    return target_check(target, scene->http, DEADLINE_MS, NULL, 0, reason);
}

static struct target found(struct scene *scene, const struct entity *entity)
{
    struct target target;
    struct reason reason;

    if (check(scene, entity, &target, &reason) != TARGET_OK)
        fail_msg("%s", reason.text);
    return target;
}

static void the_version_and_drafts(void **state)
{
    struct scene *scene = *state;
    static const struct {
        int version;
        bool drafts, entries;
        const char *word;
    } cases[] = {
        {5, false, true, "off"}, {5, true, true, "on"},       {5, false, false, "unknown"},
        {4, false, true, "off"}, {4, true, true, "on"},       {4, false, false, "off"},
        {4, true, false, "on"},  {5, true, false, "unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene->version = cases[i].version;
        scene->drafts = cases[i].drafts;
        scene->entries = cases[i].entries;
        struct target target = found(scene, &entity_product);
        assert_int_equal(target.version, cases[i].version);
        assert_string_equal(target_drafts_word(&target), cases[i].word);
        assert_int_equal(target.drafts, strcmp(cases[i].word, "on") == 0);
    }
}

static void an_older_strapi_4_shows_itself_by_its_entries(void **state)
{
    struct scene *scene = *state;
    scene->version = 4;
    scene->says_nothing = scene->entries = true;
    assert_int_equal(found(scene, &entity_product).version, 4);
}

static void what_is_written_is_asked_for(void **state)
{
    struct scene *scene = *state;
    found(scene, &entity_product);
    assert_string_equal(scene->asked[0],
                        "/api/products?fields[0]=name&fields[1]=description&fields[2]="
                        "stock_available&fields[3]=barcode&fields[4]=status&fields[5]=documentId&"
                        "fields[6]=publishedAt&pagination[page]=1&pagination[pageSize]=1");
    assert_string_equal(scene->asked[1],
                        "/api/products?status=draft&filters[publishedAt][$null]=true&fields[0]="
                        "publishedAt&pagination[page]=1&pagination[pageSize]=1");
}

static void a_missing_field_of_strapi_4(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;
    scene->version = 4;
    scene->lacking = "status";
    assert_int_equal(check(scene, &entity_product, &target, &reason), TARGET_MISCONFIGURED);
    assert_string_equal(reason.text,
                        "/api/products has no field status: add what is missing in Strapi "
                        "(Content-Type Builder), or leave it out with IGNORE_FIELDS=status");
}

static void what_cannot_be_left_out_is_not_said_to_be(void **state)
{
    struct scene *scene = *state;
    struct target target;
    struct reason reason;
    scene->lacking = "barcode";
    assert_int_equal(check(scene, &entity_product, &target, &reason), TARGET_MISCONFIGURED);
    assert_null(strstr(reason.text, "IGNORE_FIELDS"));
    scene->lacking = "stock_available";
    assert_int_equal(check(scene, &entity_stock, &target, &reason), TARGET_MISCONFIGURED);
    assert_non_null(strstr(reason.text, "has no field stock_available: add"));
    assert_null(strstr(reason.text, "IGNORE_FIELDS"));
}

static void an_identity_may_be_missing(void **state)
{
    struct scene *scene = *state;
    struct reason warnings[TARGET_WARNINGS_MAX];

    for (int version = 4; version <= 5; version++) {
        scene->version = version;
        scene->lacking = NULL;
        struct target target = found(scene, &entity_event);
        assert_true(target.identity);
        assert_int_equal(target_warnings(&target, &entity_event, warnings), 0);
        scene->lacking = "ingest_id";
        target = found(scene, &entity_event);
        assert_false(target.identity);
        assert_int_equal(target_warnings(&target, &entity_event, warnings), 1);
        assert_non_null(strstr(warnings[0].text, "/api/events has no field ingest_id: "));
    }
}

static void a_ledger_may_be_missing(void **state)
{
    struct scene *scene = *state;
    struct reason warnings[TARGET_WARNINGS_MAX];

    for (int version = 4; version <= 5; version++) {
        scene->version = version;
        scene->lacking = NULL;
        struct target target = found(scene, &entity_stock);
        assert_ptr_equal(target.entity, &entity_product);
        assert_true(target.ledger);
        assert_int_equal(target_warnings(&target, &entity_stock, warnings), 0);
        scene->lacking = "stock_ledger";
        target = found(scene, &entity_stock);
        assert_false(target.ledger);
        assert_int_equal(target_warnings(&target, &entity_stock, warnings), 1);
        assert_non_null(strstr(warnings[0].text, "/api/products has no field stock_ledger: "));
    }
}

/* What movements have nothing to do with may be missing. */
static void of_what_is_moved_little_is_needed(void **state)
{
    struct scene *scene = *state;
    scene->lacking = "description";
    found(scene, &entity_stock);
    assert_string_equal(scene->asked[0],
                        "/api/products?fields[0]=stock_available&fields[1]=barcode&fields[2]="
                        "stock_ledger&fields[3]=documentId&fields[4]=publishedAt&"
                        "pagination[page]=1&pagination[pageSize]=1");
}

static void ids_that_change_are_warned_of(void **state)
{
    struct scene *scene = *state;
    struct reason warnings[TARGET_WARNINGS_MAX];
    scene->drafts = scene->entries = true;

    struct target target = found(scene, &entity_stock);
    assert_int_equal(target_warnings(&target, &entity_stock, warnings), 2);
    assert_non_null(strstr(warnings[0].text, "none is published"));
    assert_non_null(strstr(warnings[1].text, "by id are refused (unstable_id)"));
    target = found(scene, &entity_product);
    assert_int_equal(target_warnings(&target, &entity_product, warnings), 1);
    scene->version = 4;
    target = found(scene, &entity_stock);
    assert_int_equal(target_warnings(&target, &entity_stock, warnings), 1);
    assert_non_null(strstr(warnings[0].text, "a change of a published one is seen at once"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_version_and_drafts),
        TEST(an_older_strapi_4_shows_itself_by_its_entries),
        TEST(what_is_written_is_asked_for),
        TEST(a_missing_field_of_strapi_4),
        TEST(what_cannot_be_left_out_is_not_said_to_be),
        TEST(an_identity_may_be_missing),
        TEST(a_ledger_may_be_missing),
        TEST(of_what_is_moved_little_is_needed),
        TEST(ids_that_change_are_warned_of),
    };
    return cmocka_run_group_tests_name("target kinds", tests, NULL, NULL);
}
