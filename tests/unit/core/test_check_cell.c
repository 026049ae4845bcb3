#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"
#include "entities/entities.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static const char *const sizes[] = {"small", "large", NULL};
static const struct field width = {
    .name = "width", .type = FIELD_INTEGER, .minimum = -10, .maximum = 2000};
static const struct field any_number = {
    .name = "any", .type = FIELD_INTEGER, .minimum = INT64_MIN, .maximum = INT64_MAX};
static const struct field size = {.name = "size", .type = FIELD_CHOICE, .choices = sizes};
static const struct field title = {
    .name = "title", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max_units = 5};
static const struct field note = {.name = "note", .type = FIELD_TEXT};
static const struct field number = {
    .name = "number", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY};

static const struct {
    const struct field *field;
    const char *bytes;
    size_t len;
    int64_t integer;
} numbers[] = {
    {&width, BYTES("0"), 0},
    {&width, BYTES("12"), 12},
    {&width, BYTES("007"), 7},
    {&width, BYTES("00000000000000000000000000000042"), 42},
    {&width, BYTES("-10"), -10},
    {&width, BYTES("-0"), 0},
    {&width, BYTES("2000"), 2000},
    {&any_number, BYTES("9223372036854775807"), INT64_MAX},
    {&any_number, BYTES("-9223372036854775808"), INT64_MIN},
};

static const struct {
    const struct field *field;
    const char *bytes;
    size_t len;
    enum error_code code;
    const char *sentence;
} refused[] = {
    {&width, BYTES("12x"), ERROR_INVALID_FIELD, "width: not a whole number: \"12x\""},
    {&width, BYTES("three"), ERROR_INVALID_FIELD, "width: not a whole number: \"three\""},
    {&width, BYTES("-"), ERROR_INVALID_FIELD, "width: not a whole number: \"-\""},
    {&width, BYTES("--1"), ERROR_INVALID_FIELD, "width: not a whole number: \"--1\""},
    {&width, BYTES("1-"), ERROR_INVALID_FIELD, "width: not a whole number: \"1-\""},
    {&width, BYTES("0x10"), ERROR_INVALID_FIELD, "width: not a whole number: \"0x10\""},
    {&width, BYTES("1\n"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a space behind): \"1\\x0A\""},
    {&width, BYTES(" 7"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a space in front): \" 7\""},
    {&width,
     BYTES("\xC2\xA0"
           "7"),
     ERROR_INVALID_FIELD,
     "width: not a whole number (it has a space in front): \"\xC2\xA0"
     "7\""},
    {&width, BYTES("7 "), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a space behind): \"7 \""},
    {&width, BYTES("   "), ERROR_INVALID_FIELD, "width: not a whole number (it is blank): \"   \""},
    {&width, BYTES("1 000"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a space inside): \"1 000\""},
    {&width, BYTES("+7"), ERROR_INVALID_FIELD,
     "width: not a whole number (write it without the plus sign): \"+7\""},
    {&width, BYTES("1e3"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has an exponent): \"1e3\""},
    {&width, BYTES("1.5E+2"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has an exponent): \"1.5E+2\""},
    {&width, BYTES("e"), ERROR_INVALID_FIELD, "width: not a whole number: \"e\""},
    {&width, BYTES("1.5"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a decimal point): \"1.5\""},
    {&width, BYTES("1.0"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a decimal point): \"1.0\""},
    {&width, BYTES("1,5"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a comma): \"1,5\""},
    {&width, BYTES("7,00"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a comma; a producer takes it with --decimal-comma): "
     "\"7,00\""},
    {&width, BYTES("1.234,00"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a comma): \"1.234,00\""},
    {&width, BYTES(",00"), ERROR_INVALID_FIELD,
     "width: not a whole number (it has a comma): \",00\""},
    {&width, BYTES("\xD9\xA1"), ERROR_INVALID_FIELD, "width: not a whole number: \"\xD9\xA1\""},
    {&width, BYTES("1\0"), ERROR_NUL_BYTE, "width: U+0000 at byte 2: \"1\\x00\""},
    {&width, BYTES("-11"), ERROR_OUT_OF_RANGE, "width: not between -10 and 2000: \"-11\""},
    {&width, BYTES("2001"), ERROR_OUT_OF_RANGE, "width: not between -10 and 2000: \"2001\""},
    {&width, BYTES("99999999999999999999"), ERROR_OUT_OF_RANGE,
     "width: not between -10 and 2000: \"99999999999999999999\""},
    /* 2^64 + 5: a sum that wraps around would be 5. */
    {&width, BYTES("18446744073709551621"), ERROR_OUT_OF_RANGE,
     "width: not between -10 and 2000: \"18446744073709551621\""},
    {&any_number, BYTES("9223372036854775808"), ERROR_OUT_OF_RANGE,
     "any: not between -9223372036854775808 and 9223372036854775807: \"9223372036854775808\""},
    {&any_number, BYTES("-9223372036854775809"), ERROR_OUT_OF_RANGE,
     "any: not between -9223372036854775808 and 9223372036854775807: \"-9223372036854775809\""},
    {&size, BYTES("medium"), ERROR_BAD_CHOICE, "size: not one of small, large: \"medium\""},
    {&size, BYTES("smal"), ERROR_BAD_CHOICE, "size: not one of small, large: \"smal\""},
    {&size, BYTES("Small"), ERROR_BAD_CHOICE,
     "size: not one of small, large (the case differs: did you mean \"small\"?): \"Small\""},
    {&size, BYTES(" large"), ERROR_BAD_CHOICE,
     "size: not one of small, large (the space around it differs: did you mean \"large\"?): "
     "\" large\""},
    {&title, BYTES(""), ERROR_MISSING_FIELD, "title: required, but empty"},
    {&title, BYTES("abcdef"), ERROR_TOO_LONG,
     "title: 6 characters where 5 are allowed (most emoji count as two): \"abcdef\""},
    {&title, BYTES("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), ERROR_TOO_LONG,
     "title: 6 characters where 5 are allowed (most emoji count as two): "
     "\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\""},
    {&note, BYTES("a\0b"), ERROR_NUL_BYTE, "note: U+0000 at byte 2: \"a\\x00b\""},
    {&note, BYTES("Caf\xE9"), ERROR_BAD_ENCODING,
     "note: not UTF-8 at byte 4 (the bytes would be valid Windows-1252): \"Caf\\xE9\""},
    {&note, BYTES("Caf\x81"), ERROR_BAD_ENCODING, "note: not UTF-8 at byte 4: \"Caf\\x81\""},
    {&note, BYTES("\xE9\x01"), ERROR_BAD_ENCODING, "note: not UTF-8 at byte 1: \"\\xE9\\x01\""},
    {&note, BYTES("\xE9\0"), ERROR_BAD_ENCODING, "note: not UTF-8 at byte 1: \"\\xE9\\x00\""},
    {&note, BYTES("\xED\xA0\xBD"), ERROR_BAD_ENCODING,
     "note: not UTF-8 at byte 1 (the bytes would be valid Windows-1252): \"\\xED\\xA0\\xBD\""},
    {&number, BYTES("4,0064E+12"), ERROR_INVALID_FIELD,
     "number: a spreadsheet has rounded it: make its column text there, enter it again: "
     "\"4,0064E+12\""},
    {&number, BYTES("4.0064E+12"), ERROR_INVALID_FIELD,
     "number: a spreadsheet has rounded it: make its column text there, enter it again: "
     "\"4.0064E+12\""},
    {&number, BYTES("1E+12"), ERROR_INVALID_FIELD,
     "number: a spreadsheet has rounded it: make its column text there, enter it again: "
     "\"1E+12\""},
    {&number, BYTES("  \t"), ERROR_MISSING_FIELD, "number: required, but blank: \"  \\x09\""},
    {&number, BYTES("\xE3\x80\x80"), ERROR_MISSING_FIELD,
     "number: required, but blank: \"\xE3\x80\x80\""},
};

static const struct {
    const struct field *field;
    const char *bytes;
    size_t len;
} texts[] = {
    {&size, BYTES("small")},
    {&size, BYTES("large")},
    {&title, BYTES("abcde")},
    {&title, BYTES("     ")}, /* blank, and no key: byte for byte */
    {&title, BYTES("\xF0\x9F\x98\x80\xF0\x9F\x98\x80x")},
    {&title, BYTES("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC")},
    {&note, BYTES(" not trimmed \r\n")},
    {&note, BYTES("e\xCC\x81 is not \xC3\xA9")},
    {&note, BYTES("\xEF\xBF\xBF\x01\x1F\x7F\xC2\x85")},
    {&number, BYTES("0007")},
    {&number, BYTES(" 7")},
    {&number, BYTES("1E12")}, /* nobody rounded these */
    {&number, BYTES("E+12")},
    {&number, BYTES("1E+")},
    {&number, BYTES("1E+1x")},
    {&number, BYTES("1,2")},
    {&title, BYTES("1E+12")}, /* names no entry */
};

static void numbers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct cell cell = {.data = numbers[i].bytes, .len = numbers[i].len};
        struct value value;
        struct failure failure;
        assert_int_equal(check_cell(numbers[i].field, cell, &value, &failure), 0);
        assert_int_equal(value.kind, VALUE_INTEGER);
        assert_true(value.integer == numbers[i].integer);
    }
}

static void bad_cells_are_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct cell cell = {.data = refused[i].bytes, .len = refused[i].len};
        struct value value;
        struct failure failure;
        if (check_cell(refused[i].field, cell, &value, &failure) != -1)
            fail_msg("taken: %s", refused[i].sentence);
        assert_string_equal(failure.reason.text, refused[i].sentence);
        assert_string_equal(error_code_name(failure.code), error_code_name(refused[i].code));
        assert_string_equal(failure.field, refused[i].field->name);
    }
}

static void text_is_taken_byte_for_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct cell cell = {.data = texts[i].bytes, .len = texts[i].len};
        struct value value;
        struct failure failure;
        assert_int_equal(check_cell(texts[i].field, cell, &value, &failure), 0);
        assert_int_equal(value.kind, VALUE_TEXT);
        assert_ptr_equal(value.text, texts[i].bytes);
        assert_int_equal(value.len, texts[i].len);
    }
}

static void an_empty_cell_is_not_given(void **state)
{
    (void)state;
    static const struct field *const optional[] = {&width, &size, &note};
    static const struct cell cells[] = {{.data = ""}, {.data = NULL}};
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct value value = {.kind = VALUE_TEXT};
            struct failure failure;
            assert_int_equal(check_cell(optional[i], cells[k], &value, &failure), 0);
            assert_int_equal(value.kind, VALUE_ABSENT);
        }
    }
    struct value value;
    struct failure failure;
    assert_int_equal(check_cell(&title, cells[1], &value, &failure), -1);
    assert_int_equal(failure.code, ERROR_MISSING_FIELD);
    assert_string_equal(failure.reason.text, "title: required, but not given");
}

static struct cell cell_of(const char *text)
{
    return (struct cell){.data = text, .len = strlen(text)};
}

static void a_row_becomes_a_record(void **state)
{
    (void)state;
    struct row row = {.cells = {cell_of("Salad"), cell_of(""), cell_of("29"), cell_of("0184170613"),
                                cell_of("danger")}};
    struct record record;
    struct failure failure;
    assert_int_equal(check_row(&entity_product, &row, &record, &failure), 0);
    assert_ptr_equal(record.entity, &entity_product);
    assert_null(record.root);
    assert_ptr_equal(record.values[0].text, row.cells[0].data);
    assert_int_equal(record.values[1].kind, VALUE_ABSENT);
    assert_int_equal(record.values[2].integer, 29);
    assert_string_equal(record_key(&record).text, "0184170613");
    assert_int_equal(record.values[4].len, 6);
}

static void a_row_is_refused_for_its_first_bad_cell(void **state)
{
    (void)state;
    struct row row = {.cells = {cell_of("Salad"), cell_of(""), cell_of("2147483648"), cell_of(""),
                                cell_of("Safe")}};
    struct record record;
    struct failure failure;
    assert_int_equal(check_row(&entity_product, &row, &record, &failure), -1);
    assert_string_equal(failure.field, "stock_available");
    assert_string_equal(failure.reason.text,
                        "stock_available: not between 0 and 2147483647: \"2147483648\"");
    assert_null(record.entity);
    row.cells[2] = cell_of("2147483647");
    assert_int_equal(check_row(&entity_product, &row, &record, &failure), -1);
    assert_string_equal(failure.reason.text, "barcode: required, but empty");
    row.cells[3] = cell_of("1");
    assert_int_equal(check_row(&entity_product, &row, &record, &failure), -1);
    assert_int_equal(failure.code, ERROR_BAD_CHOICE);
    assert_non_null(strstr(failure.reason.text, "did you mean \"safe\"?"));
}

static void short_text_ends_at_255(void **state)
{
    (void)state;
    char name[257];
    memset(name, 'n', sizeof name);
    struct value value;
    struct failure failure;
    const struct field *field = &entity_product.fields[0];
    assert_int_equal(check_cell(field, (struct cell){.data = name, .len = 255}, &value, &failure),
                     0);
    assert_int_equal(check_cell(field, (struct cell){.data = name, .len = 256}, &value, &failure),
                     -1);
    assert_int_equal(failure.code, ERROR_TOO_LONG);
    assert_non_null(strstr(failure.reason.text, "256 characters where 255 are allowed"));
    assert_true(strlen(failure.reason.text) < REASON_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(bad_cells_are_refused_with_a_sentence),
        cmocka_unit_test(text_is_taken_byte_for_byte),
        cmocka_unit_test(an_empty_cell_is_not_given),
        cmocka_unit_test(a_row_becomes_a_record),
        cmocka_unit_test(a_row_is_refused_for_its_first_bad_cell),
        cmocka_unit_test(short_text_ends_at_255),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
