#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "strapi/answer.h"

/* The bodies are those of Strapi 5.54 and 4.26, as they sent them. */

static struct answer_error error_of(const char *body)
{
    struct answer_error error;
    answer_error_read(body, strlen(body), &error);
    return error;
}

static void one_refused_field(void **state)
{
    (void)state;
    struct answer_error error = error_of(
        "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\",\"message\":\"name "
        "must "
        "be defined.\",\"details\":{\"errors\":[{\"path\":[\"name\"],\"message\":\"name must be "
        "defined.\",\"name\":\"ValidationError\"}]}}}");
    assert_true(error.is_strapis);
    assert_string_equal(error.name, "ValidationError");
    assert_string_equal(error.message, "name must be defined.");
    assert_string_equal(error.field, "name");
    assert_string_equal(error.value, "");
    assert_string_equal(error.unknown_key, "");
}

static void several_refused_fields_are_all_told(void **state)
{
    (void)state;
    struct answer_error error = error_of(
        "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\",\"message\":\"2 "
        "errors "
        "occurred\",\"details\":{\"errors\":[{\"path\":[\"stock\",\"parts\",0],\"message\":\"must "
        "be "
        "a number\",\"value\":null},{\"path\":[\"status\"],\"message\":\"must be one of safe\","
        "\"value\":\"x\"}]}}}");
    assert_string_equal(error.message, "must be a number; must be one of safe");
    assert_string_equal(error.field, "stock.parts.0");
}

static void the_value_is_told(void **state)
{
    (void)state;
    struct answer_error error = error_of(
        "{\"error\":{\"name\":\"ValidationError\",\"message\":\"no\",\"details\":{"
        "\"errors\":[{\"path\":[\"status\"],\"message\":\"no\",\"value\":\"x\\u0007y\"}]}}}");
    assert_string_equal(error.value, "x\\x07y");
}

static void an_unknown_key(void **state)
{
    (void)state;
    struct answer_error error =
        error_of("{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\","
                 "\"message\":\"Invalid "
                 "key nope\",\"details\":{\"key\":\"nope\",\"path\":null,\"source\":\"body\"}}}");
    assert_string_equal(error.unknown_key, "nope");
    assert_string_equal(error.field, "");
}

static void an_unknown_key_of_strapi_4(void **state)
{
    (void)state;
    struct answer_error error =
        error_of("{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\","
                 "\"message\":\"Invalid parameter documentId\",\"details\":{}}}");
    assert_string_equal(error.unknown_key, "documentId");
    assert_string_equal(error.field, "");
}

static void refused_fields_of_strapi_4(void **state)
{
    (void)state;
    struct answer_error error = error_of(
        "{\"data\":null,\"error\":{\"status\":400,\"name\":\"ValidationError\",\"message\":"
        "\"status must be one of the following values: safe, danger, empty, \",\"details\":"
        "{\"errors\":[{\"path\":[\"status\"],\"message\":\"status must be one of the following "
        "values: safe, danger, empty, \",\"name\":\"ValidationError\"}]}}}");
    assert_string_equal(error.message,
                        "status must be one of the following values: safe, danger, empty, ");
    assert_string_equal(error.field, "status");
    assert_string_equal(error.value, "");
    assert_string_equal(error.unknown_key, "");
}

static void what_is_not_strapis(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "Method Not Allowed",
                                         "<html></html>",
                                         "[]",
                                         "{}",
                                         "{\"error\":\"no\"}",
                                         "null",
                                         "7",
                                         "{\"error\":{\"message\":\"x\"}}",
                                         "{\"error\":{\"name\":7}}",
                                         "{\"error\":"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_false(error_of(bodies[i]).is_strapis);
}

static void hostile_details_do_no_harm(void **state)
{
    (void)state;
    static const char *const details[] = {"null",
                                          "7",
                                          "{}",
                                          "{\"errors\":{}}",
                                          "{\"errors\":[]}",
                                          "{\"errors\":[7]}",
                                          "{\"errors\":[{\"path\":7,\"value\":{}}]}",
                                          "{\"errors\":[{\"path\":[null,{},[]]},{}]}"};
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        char body[256];
        snprintf(body, sizeof body, "{\"error\":{\"name\":\"E\",\"message\":null,\"details\":%s}}",
                 details[i]);
        struct answer_error error = error_of(body);
        assert_true(error.is_strapis);
        assert_string_equal(error.message, "");
    }
}

static void a_page(void **state)
{
    (void)state;
    static const char body[] =
        "{\"data\":[{\"id\":1,\"documentId\":\"thsp57o0n7ashruiycgix8jx\",\"name\":\"n\"}],"
        "\"meta\":{"
        "\"pagination\":{\"page\":1,\"pageSize\":100,\"pageCount\":3,\"total\":201}}}";
    struct answer_page page;
    struct answer_entry entry;

    assert_true(answer_page_read(body, strlen(body), &page));
    assert_int_equal(page.page_count, 3);
    assert_true(answer_entry_read(json_array_get(page.entries, 0), &entry));
    assert_string_equal(entry.address, "thsp57o0n7ashruiycgix8jx");
    assert_string_equal(json_string_value(json_object_get(entry.fields, "name")), "n");
    answer_page_release(&page);
}

static void an_entry_of_either_version(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address;
        int version;
    } cases[] = {
        {"{\"id\":3,\"documentId\":\"ttpmpbbhbie89lnfbn9ffv1t\",\"barcode\":\"002\",\"updatedAt\":"
         "\"2026-11-21T17:09:15.325Z\",\"publishedAt\":null}",
         "ttpmpbbhbie89lnfbn9ffv1t", 5},
        {"{\"id\":3,\"attributes\":{\"barcode\":\"002\",\"updatedAt\":\"2026-11-21T17:09:15.325Z\","
         "\"publishedAt\":null}}",
         "3", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_auto_t *item = json_loads(cases[i].text, 0, NULL);
        struct answer_entry entry;
        assert_true(answer_entry_read(item, &entry));
        assert_string_equal(entry.address, cases[i].address);
        assert_int_equal(entry.version, cases[i].version);
        assert_int_equal(json_integer_value(answer_entry_member(&entry, "id")), 3);
        assert_string_equal(json_string_value(answer_entry_member(&entry, "barcode")), "002");
        assert_null(answer_entry_member(&entry, "nope"));
        assert_string_equal(answer_updated_at(&entry), "2026-11-21T17:09:15.325Z");
        assert_true(answer_is_draft(&entry));
    }
}

static void what_is_no_entry(void **state)
{
    (void)state;
    static const char *const items[] = {"7",
                                        "null",
                                        "[]",
                                        "{}",
                                        "{\"id\":3}",
                                        "{\"id\":3,\"name\":\"a\"}",
                                        "{\"documentId\":\"\"}",
                                        "{\"documentId\":7}",
                                        "{\"id\":\"3\",\"attributes\":{}}",
                                        "{\"id\":3,\"attributes\":[]}",
                                        "{\"attributes\":{}}"};
    struct answer_entry entry;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        json_auto_t *item = json_loads(items[i], JSON_DECODE_ANY, NULL);
        assert_non_null(item);
        assert_false(answer_entry_read(item, &entry));
    }
    assert_false(answer_entry_read(NULL, &entry));
}

static void a_document_that_is_too_long_is_no_entry(void **state)
{
    (void)state;
    struct answer_entry entry;
    char long_id[ANSWER_ADDRESS_MAX + 1];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[ANSWER_ADDRESS_MAX] = '\0';
    json_auto_t *item = json_pack("{s:s}", "documentId", long_id);
    assert_false(answer_entry_read(item, &entry));
    json_object_set_new(item, "documentId", json_string(long_id + 1));
    assert_true(answer_entry_read(item, &entry));
    assert_string_equal(entry.address, long_id + 1);
}

static void when_it_was_written(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"data\":{\"id\":1,\"documentId\":\"vwn0uoc6hp6pw4pnbnktczss\",\"barcode\":\"001\","
        "\"updatedAt\":\"2026-11-21T17:09:14.797Z\"},\"meta\":{}}",
        "{\"data\":{\"id\":1,\"attributes\":{\"barcode\":\"001\",\"updatedAt\":"
        "\"2026-11-21T17:09:14.797Z\"}},\"meta\":{}}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char *time = answer_written_at(bodies[i], strlen(bodies[i]));
        assert_string_equal(time, "2026-11-21T17:09:14.797Z");
        answer_time_free(time);
        assert_true(answer_is_written(bodies[i], strlen(bodies[i])));
    }
    assert_null(answer_written_at("{\"data\":null}", 13));
}

static void what_is_no_page(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", "[]", "{}", "{\"data\":null}", "{\"data\":{}}", "<!doctype html>", "{\"data\":[]"};
    struct answer_page page;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_false(answer_page_read(bodies[i], strlen(bodies[i]), &page));
}

static void what_confirms_a_write(void **state)
{
    (void)state;
    assert_true(answer_is_written("{\"data\":{\"id\":1}}", 17));
    assert_false(answer_is_written("{\"data\":null}", 13));
    assert_false(answer_is_written("{\"ok\":true}", 11));
    assert_false(answer_is_written("", 0));
    /* U+0000 may stand in a text of somebody else's database. */
    assert_true(answer_is_written("{\"data\":{\"a\":\"\\u0000\"}}", 23));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_refused_field),
        cmocka_unit_test(several_refused_fields_are_all_told),
        cmocka_unit_test(the_value_is_told),
        cmocka_unit_test(an_unknown_key),
        cmocka_unit_test(an_unknown_key_of_strapi_4),
        cmocka_unit_test(refused_fields_of_strapi_4),
        cmocka_unit_test(what_is_not_strapis),
        cmocka_unit_test(hostile_details_do_no_harm),
        cmocka_unit_test(a_page),
        cmocka_unit_test(an_entry_of_either_version),
        cmocka_unit_test(what_is_no_entry),
        cmocka_unit_test(a_document_that_is_too_long_is_no_entry),
        cmocka_unit_test(when_it_was_written),
        cmocka_unit_test(what_is_no_page),
        cmocka_unit_test(what_confirms_a_write),
    };
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
