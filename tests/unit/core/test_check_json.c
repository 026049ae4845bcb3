#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"

static const char *const sizes[] = {"small", "large", NULL};
static const struct field width = {
    .name = "width", .type = FIELD_INTEGER, .minimum = 0, .maximum = 100};
static const struct field depth = {
    .name = "depth", .type = FIELD_INTEGER, .flags = FIELD_LENIENT, .minimum = 0, .maximum = 100};
static const struct field size = {.name = "size", .type = FIELD_CHOICE, .choices = sizes};
static const struct field note = {.name = "note", .type = FIELD_TEXT};
static const struct field title = {
    .name = "title", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max_units = 5};
static const struct field must = {
    .name = "must", .type = FIELD_INTEGER, .flags = FIELD_REQUIRED | FIELD_LENIENT, .maximum = 9};

#define ABSENT "(absent)"
#define CLEARS "(null)"

static const struct {
    const struct field *field;
    const char *json;
    const char *expected; /* the value as text */
} taken[] = {
    {&width, "12", "12"},
    {&width, "0", "0"},
    {&width, "-0", "0"},
    {&width, "null", CLEARS},
    {&depth, "12", "12"},
    {&depth, "\"12\"", "12"},
    {&depth, "\"007\"", "7"},
    {&depth, "\"\"", ABSENT},
    {&size, "\"small\"", "small"},
    {&size, "\"\"", ABSENT},
    {&size, "null", CLEARS},
    {&note, "\"\"", ""},
    {&note, "\"a\\tb \\ud83d\\ude00\"", "a\tb \xF0\x9F\x98\x80"},
    {&note, "null", CLEARS},
    {&title, "\"abcde\"", "abcde"},
    {&must, "\"9\"", "9"},
};

static const struct {
    const struct field *field;
    const char *json;
    enum error_code code;
    const char *sentence;
} refused[] = {
    {&width, "\"12\"", ERROR_INVALID_FIELD, "width: text where a whole number is expected: \"12\""},
    {&width, "\"\"", ERROR_INVALID_FIELD, "width: text where a whole number is expected: \"\""},
    {&width, "1.0", ERROR_INVALID_FIELD,
     "width: a number with a fraction or an exponent where a whole number is expected (write 1): "
     "\"1.0\""},
    {&width, "-7.0", ERROR_INVALID_FIELD,
     "width: a number with a fraction or an exponent where a whole number is expected (write -7): "
     "\"-7.0\""},
    {&width, "7.5", ERROR_INVALID_FIELD,
     "width: a number with a fraction or an exponent where a whole number is expected: \"7.5\""},
    {&width, "1e300", ERROR_INVALID_FIELD,
     "width: a number with a fraction or an exponent where a whole number is expected: "
     "\"1.0000000000000001e300\""},
    {&width, "1e3", ERROR_INVALID_FIELD,
     "width: a number with a fraction or an exponent where a whole number is expected (write "
     "1000): \"1000.0\""},
    {&width, "true", ERROR_INVALID_FIELD, "width: true where a whole number is expected: \"true\""},
    {&width, "[1]", ERROR_INVALID_FIELD,
     "width: an array where a whole number is expected: \"[1]\""},
    {&width, "101", ERROR_OUT_OF_RANGE, "width: not between 0 and 100: \"101\""},
    {&width, "-1", ERROR_OUT_OF_RANGE, "width: not between 0 and 100: \"-1\""},
    {&depth, "\"12x\"", ERROR_INVALID_FIELD, "depth: not a whole number: \"12x\""},
    {&depth, "\" 1\"", ERROR_INVALID_FIELD,
     "depth: not a whole number (it has a space in front): \" 1\""},
    {&depth, "\"1\\u0000\"", ERROR_NUL_BYTE, "depth: U+0000 at byte 2: \"1\\x00\""},
    {&depth, "\"101\"", ERROR_OUT_OF_RANGE, "depth: not between 0 and 100: \"101\""},
    {&depth, "false", ERROR_INVALID_FIELD,
     "depth: false where a whole number is expected: \"false\""},
    {&size, "\"Large\"", ERROR_BAD_CHOICE,
     "size: not one of small, large (the case differs: did you mean \"large\"?): \"Large\""},
    /* Quotes alone would not make a choice of it. */
    {&size, "1", ERROR_INVALID_FIELD, "size: a number where text is expected: \"1\""},
    {&note, "12", ERROR_INVALID_FIELD,
     "note: a number where text is expected (put it in quotes): \"12\""},
    {&note, "{\"a\":1}", ERROR_INVALID_FIELD,
     "note: an object where text is expected: \"{\"a\":1}\""},
    {&note, "\"a\\u0000\"", ERROR_NUL_BYTE, "note: U+0000 at byte 2: \"a\\x00\""},
    {&title, "\"abcdef\"", ERROR_TOO_LONG,
     "title: 6 characters where 5 are allowed (most emoji count as two): \"abcdef\""},
    {&title, "\"\"", ERROR_MISSING_FIELD, "title: required, but empty"},
    {&title, "null", ERROR_MISSING_FIELD, "title: required, but null"},
    {&title, NULL, ERROR_MISSING_FIELD, "title: required, but not given"},
    {&must, "\"\"", ERROR_MISSING_FIELD, "must: required, but empty"},
    {&must, "null", ERROR_MISSING_FIELD, "must: required, but null"},
};

/* NULL where there is no such member. */
static json_t *parse(const char *json)
{
    if (json == NULL)
        return NULL;
    json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static void assert_value(const struct value *value, const char *expected)
{
    char text[32] = "";
    switch (value->kind) {
    case VALUE_ABSENT:
        assert_string_equal(ABSENT, expected);
        return;
    case VALUE_NULL:
        assert_string_equal(CLEARS, expected);
        return;
    case VALUE_INTEGER:
        snprintf(text, sizeof text, "%lld", (long long)value->integer);
        assert_string_equal(text, expected);
        return;
    case VALUE_JSON:
        fail();
        return;
    case VALUE_TEXT:
        assert_int_equal(value->len, strlen(expected));
        assert_memory_equal(value->text, expected, value->len);
        return;
    }
    fail();
}

static void what_fits_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        json_t *json = parse(taken[i].json);
        struct value value;
        struct failure failure;
        if (check_json(taken[i].field, json, &value, &failure) != 0)
            fail_msg("%s", failure.reason.text);
        assert_value(&value, taken[i].expected);
        json_decref(json);
    }
}

static void what_does_not_fit_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        json_t *json = parse(refused[i].json);
        struct value value;
        struct failure failure;
        if (check_json(refused[i].field, json, &value, &failure) != -1)
            fail_msg("taken: %s", refused[i].sentence);
        assert_string_equal(failure.reason.text, refused[i].sentence);
        assert_string_equal(error_code_name(failure.code), error_code_name(refused[i].code));
        assert_string_equal(failure.field, refused[i].field->name);
        json_decref(json);
    }
}

static void a_missing_member_is_absent(void **state)
{
    (void)state;
    struct value value = {.kind = VALUE_TEXT};
    struct failure failure;
    assert_int_equal(check_json(&width, NULL, &value, &failure), 0);
    assert_int_equal(value.kind, VALUE_ABSENT);
}

static void a_large_value_is_quoted_in_part(void **state)
{
    (void)state;
    json_t *array = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(array, json_integer(i));
    struct value value;
    struct failure failure;
    assert_int_equal(check_json(&note, array, &value, &failure), -1);
    assert_memory_equal(failure.value, "[0,1,2,", 7);
    assert_int_equal(strlen(failure.value), FAILURE_VALUE_MAX);
    assert_string_equal(failure.value + FAILURE_VALUE_MAX - 3, "...");
    json_decref(array);

    /* One long text inside: jansson hands it over in one piece. */
    char text[1000];
    memset(text, 'x', sizeof text);
    array = json_pack("[s#]", text, (int)sizeof text);
    assert_int_equal(check_json(&note, array, &value, &failure), -1);
    assert_memory_equal(failure.value, "[\"xxx", 5);
    assert_string_equal(failure.value + FAILURE_VALUE_MAX - 6, "xxx...");
    json_decref(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_taken),
        cmocka_unit_test(what_does_not_fit_is_refused_with_a_sentence),
        cmocka_unit_test(a_missing_member_is_absent),
        cmocka_unit_test(a_large_value_is_quoted_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
