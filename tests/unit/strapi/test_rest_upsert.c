#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/decode.h"
#include "entities/entities.h"
#include "strapi/rest_upsert.h"

struct example {
    const char *record;
    const char *entry; /* NULL: none */
    struct upsert_rules rules;
    enum upsert_action action;
    const char *body;
    bool left_alone;
};

#define STATUS_IGNORED (1U << 4)

static const struct example examples[] = {
    /* no entry: everything that is given */
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3,\"status\":\"safe\"}",
     NULL,
     {0},
     UPSERT_CREATE,
     "{\"data\":{\"name\":\"n\",\"stock_available\":3,\"barcode\":\"07\",\"status\":\"safe\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"description\":null}",
     NULL,
     {0},
     UPSERT_CREATE,
     "{\"data\":{\"name\":\"n\",\"description\":null,\"barcode\":\"07\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"status\":\"safe\"}",
     NULL,
     {.ignored = STATUS_IGNORED},
     UPSERT_CREATE,
     "{\"data\":{\"name\":\"n\",\"barcode\":\"07\"}}",
     false},
    {"{\"name\":\"\\\"q\\\"\\n\",\"barcode\":\"07\"}",
     NULL,
     {0},
     UPSERT_CREATE,
     "{\"data\":{\"name\":\"\\\"q\\\"\\n\",\"barcode\":\"07\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     NULL,
     {.on_existing = ON_EXISTING_REJECT},
     UPSERT_CREATE,
     "{\"data\":{\"name\":\"n\",\"barcode\":\"07\"}}",
     false},

    /* an entry: what changed, and never the key */
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":\"n\",\"barcode\":\"07\"}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    {"{\"name\":\"m\",\"barcode\":\"07\",\"status\":\"safe\"}",
     "{\"name\":\"n\",\"barcode\":\"07\",\"status\":\"safe\"}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"m\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":\"n \",\"barcode\":\"07\"}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"n\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":\"N\",\"barcode\":\"07\"}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"n\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":7}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"n\"}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"n\"}}",
     false},
    /* absent is not null */
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":\"n\",\"description\":\"d\"}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"description\":null}",
     "{\"name\":\"n\",\"description\":\"d\"}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"description\":null}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"description\":null}",
     "{\"name\":\"n\",\"description\":null}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"description\":null}",
     "{\"name\":\"n\"}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    /* ignored fields are not compared */
    {"{\"name\":\"n\",\"barcode\":\"07\",\"status\":\"safe\"}",
     "{\"name\":\"n\"}",
     {.ignored = STATUS_IGNORED},
     UPSERT_NOTHING,
     "",
     false},

    /* create-only fields */
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":4}",
     {0},
     UPSERT_NOTHING,
     "",
     true},
    {"{\"name\":\"m\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":4}",
     {0},
     UPSERT_UPDATE,
     "{\"data\":{\"name\":\"m\"}}",
     true},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":4}",
     {.update_create_only = true},
     UPSERT_UPDATE,
     "{\"data\":{\"stock_available\":3}}",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":3}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    /* a biginteger column */
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":\"3\"}",
     {0},
     UPSERT_NOTHING,
     "",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":\"03\"}",
     {0},
     UPSERT_NOTHING,
     "",
     true},

    /* skip and reject */
    {"{\"name\":\"m\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\"}",
     {.on_existing = ON_EXISTING_SKIP},
     UPSERT_NOTHING,
     "",
     false},
    {"{\"name\":\"m\",\"barcode\":\"07\"}",
     "{\"name\":\"n\"}",
     {.on_existing = ON_EXISTING_REJECT},
     UPSERT_EXISTS,
     "",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\",\"stock_available\":3}",
     "{\"name\":\"n\",\"stock_available\":4}",
     {.on_existing = ON_EXISTING_REJECT},
     UPSERT_EXISTS,
     "",
     false},
    {"{\"name\":\"n\",\"barcode\":\"07\"}",
     "{\"name\":\"n\",\"description\":\"d\"}",
     {.on_existing = ON_EXISTING_REJECT},
     UPSERT_NOTHING,
     "",
     false},
};

static void check(const struct example *example)
{
    struct record record = RECORD_INIT;
    struct failure failure;
    struct buffer body = BUFFER_INIT(1024);
    json_t *entry = example->entry ? json_loads(example->entry, 0, NULL) : NULL;
    bool left_alone = true;

    assert_int_equal(decode_message(&entity_product, example->record, strlen(example->record),
                                    &record, &failure),
                     0);
    enum upsert_action action = upsert_decide(&record, entry, &example->rules, &body, &left_alone);
    if (action != example->action)
        fail_msg("%s on %s: %d, not %d", example->record, example->entry, (int)action,
                 (int)example->action);
    assert_string_equal(body.data ? body.data : "", example->body);
    assert_int_equal(left_alone, example->left_alone);
    json_decref(entry);
    buffer_release(&body);
    record_release(&record);
}

static void every_case_decides_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        check(&examples[i]);
}

static void a_body_over_the_ceiling(void **state)
{
    (void)state;
    static const char message[] = "{\"name\":\"0123456789\",\"barcode\":\"07\"}";
    struct record record = RECORD_INIT;
    struct failure failure;
    struct upsert_rules rules = {0};
    bool left_alone;

    assert_int_equal(decode_message(&entity_product, message, strlen(message), &record, &failure),
                     0);
    for (size_t ceiling = 0; ceiling < 46; ceiling++) {
        struct buffer body = BUFFER_INIT(ceiling);
        enum upsert_action action = upsert_decide(&record, NULL, &rules, &body, &left_alone);
        assert_int_equal(action, ceiling < 45 ? UPSERT_TOO_LARGE : UPSERT_CREATE);
        buffer_release(&body);
    }
    record_release(&record);
}

/* Strapi is JavaScript: what it stored of 1.0 is 1, and the order of members is its own. */
static void objects_are_compared_as_strapi_has_them(void **state)
{
    (void)state;
    static const struct field fields[] = {
        {.name = "code", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
        {.name = "more", .type = FIELD_JSON, .flags = FIELD_LENIENT},
    };
    static const struct entity thing = {
        .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 2};
    static const struct {
        const char *more, *there;
        bool same;
    } cases[] = {
        {"{\"a\":1.0,\"b\":[1e2]}", "{\"b\":[100],\"a\":1}", true},
        {"\"{\\\"a\\\":1.0}\"", "{\"a\":1}", true},
        {"{\"n\":9007199254740993}", "{\"n\":9007199254740992}", true},
        {"{\"a\":1}", "{\"a\":2}", false},
        {"{\"a\":1}", "{\"a\":\"1\"}", false},
        {"{\"a\":1}", "\"{}\"", false},
        {"{}", "null", false},
        {"null", "null", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record record = RECORD_INIT;
        struct failure failure;
        struct upsert_rules rules = {0};
        struct buffer message = BUFFER_INIT(1000), body = BUFFER_INIT(1000);
        bool left_alone;
        json_t *entry =
            json_pack("{s:o}", "more", json_loads(cases[i].there, JSON_DECODE_ANY, NULL));
        assert_int_equal(buffer_addf(&message, "{\"code\":\"1\",\"more\":%s}", cases[i].more), 0);
        assert_int_equal(decode_message(&thing, message.data, message.len, &record, &failure), 0);
        if (upsert_decide(&record, entry, &rules, &body, &left_alone) !=
            (cases[i].same ? UPSERT_NOTHING : UPSERT_UPDATE))
            fail_msg("%s on %s", cases[i].more, cases[i].there);
        json_decref(entry);
        record_release(&record);
        buffer_release(&message);
        buffer_release(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_decides_as_it_should),
        cmocka_unit_test(a_body_over_the_ceiling),
        cmocka_unit_test(objects_are_compared_as_strapi_has_them),
    };
    return cmocka_run_group_tests_name("rest_upsert", tests, NULL, NULL);
}
