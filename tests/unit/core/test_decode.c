#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/decode.h"
#include "entities/entities.h"

#define BYTES(literal) (literal), sizeof(literal) - 1
#define REST           "\"name\":\"Salad\",\"barcode\":\"1\""

static int decode(const char *text, struct record *record, struct failure *failure)
{
    return decode_message(&entity_product, text, strlen(text), record, failure);
}

static void a_producers_message(void **state)
{
    (void)state;
    struct record record;
    struct failure failure;
    static const char message[] = "{\"name\":\"Salad\",\"description\":\"\xE2\x80\xA6\","
                                  "\"stock_available\":29,\"barcode\":\"0184170613\","
                                  "\"status\":\"danger\"}";
    assert_int_equal(decode(message, &record, &failure), 0);
    assert_ptr_equal(record.entity, &entity_product);
    assert_string_equal(record.values[0].text, "Salad");
    assert_string_equal(record.values[1].text, "\xE2\x80\xA6");
    assert_int_equal(record.values[2].integer, 29);
    assert_string_equal(record_key(&record).text, "0184170613");
    assert_string_equal(record.values[4].text, "danger");
    record_release(&record);
}

static void lenient_forms_and_unknown_members(void **state)
{
    (void)state;
    struct record record;
    struct failure failure;
    static const char message[] = " {\"newer\":{\"x\":[1,null]}, \"stock_available\":\"29\","
                                  "\"description\":null," REST "}\r\n";
    assert_int_equal(decode(message, &record, &failure), 0);
    assert_int_equal(record.values[2].kind, VALUE_INTEGER);
    assert_int_equal(record.values[2].integer, 29);
    assert_int_equal(record.values[1].kind, VALUE_NULL);
    assert_int_equal(record.values[4].kind, VALUE_ABSENT);
    record_release(&record);
}

static const struct {
    const char *bytes;
    size_t len;
    enum error_code code;
    const char *sentence;
} refused[] = {
    {NULL, 0, ERROR_UNDECODABLE, "the message has no value (a tombstone)"},
    {BYTES(""), ERROR_UNDECODABLE, "the message is empty"},
    {BYTES("  "), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 2 (byte 2): '[' or '{' expected near end of file"},
    {BYTES("poison"), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 6 (byte 6): '[' or '{' expected near 'poison'"},
    {BYTES("12"), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 2 (byte 2): '[' or '{' expected near '12'"},
    {BYTES("[1]"), ERROR_UNDECODABLE, "a JSON array, not an object"},
    {BYTES("{\"name\":\"x\""), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 11 (byte 11): '}' expected near end of file"},
    {BYTES("{\n \"name\":\xC3\xA9}"), ERROR_UNDECODABLE,
     "not a JSON object, at line 2, column 9 (byte 12): invalid token near '\xC3\xA9'"},
    {BYTES("{} {}"), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 4 (byte 4): end of file expected near '{'"},
    {BYTES("\0\0\0\1abc"), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 1 (byte 1): '[' or '{' expected near end of file"},
    {BYTES("{\"a\":\"x\x1B[2J\"}"), ERROR_UNDECODABLE,
     "not a JSON object, at line 1, column 7 (byte 7): control character 0x1b near '\"x'"},
    {BYTES("{\"a\":1,\"a\":2}"), ERROR_DUPLICATE_MEMBER,
     "the same member twice, at line 1, column 10 (byte 10): \"a\""},
    {BYTES("{\"o\":{\"a\\\"b\":1, \"a\\\"b\" : 2}}"), ERROR_DUPLICATE_MEMBER,
     "the same member twice, at line 1, column 22 (byte 22): \"a\\\"b\""},
    {BYTES("{\"\":1,\"\":2}"), ERROR_DUPLICATE_MEMBER,
     "the same member twice, at line 1, column 8 (byte 8): \"\""},
    {BYTES("{\"\xC3\xA9\":1,\"\xC3\xA9\":2}"), ERROR_DUPLICATE_MEMBER,
     "the same member twice, at line 1, column 10 (byte 12): \"\xC3\xA9\""},
    {BYTES("{\"a\":99999999999999999999}"), ERROR_OUT_OF_RANGE,
     "at line 1, column 25 (byte 25): too big integer near '99999999999999999999'"},
    {BYTES("{\"a\":1e999}"), ERROR_OUT_OF_RANGE,
     "at line 1, column 10 (byte 10): real number overflow near '1e999'"},
    {BYTES("{\"a\":\"\\u0000\"}"), ERROR_NUL_BYTE,
     "at line 1, column 13 (byte 13): a text with U+0000"},
    {BYTES("{\"a\\u0000\":1}"), ERROR_NUL_BYTE,
     "at line 1, column 10 (byte 10): a text with U+0000"},
    {BYTES("{\"a\":\"\\ud800\"}"), ERROR_BAD_ENCODING,
     "at line 1, column 13 (byte 13): invalid Unicode '\\uD800' near '\"\\ud800\"'"},
    {BYTES("{\"a\":\"\\udc00\\ud800\"}"), ERROR_BAD_ENCODING,
     "at line 1, column 19 (byte 19): invalid Unicode '\\uDC00' near '\"\\udc00\\ud800\"'"},
    {BYTES("{\"a\":\"\xE9\"}"), ERROR_BAD_ENCODING,
     "not UTF-8 at byte 7 (the bytes would be valid Windows-1252): \"{\"a\":\"\\xE9\"}\""},
    {BYTES("{\"a\":\"\xED\xA0\x80\x81\"}"), ERROR_BAD_ENCODING,
     "not UTF-8 at byte 7: \"{\"a\":\"\\xED\\xA0\\x80\\x81\"}\""},
    {BYTES("{}"), ERROR_MISSING_FIELD, "name: required, but not given"},
    {BYTES("{\"name\":\"x\",\"barcode\":7}"), ERROR_INVALID_FIELD,
     "barcode: a number where text is expected (put it in quotes): \"7\""},
    {BYTES("{" REST ",\"stock_available\":-1}"), ERROR_OUT_OF_RANGE,
     "stock_available: not between 0 and 2147483647: \"-1\""},
    {BYTES("{" REST ",\"stock_available\":\"12x\"}"), ERROR_INVALID_FIELD,
     "stock_available: not a whole number: \"12x\""},
    {BYTES("{" REST ",\"status\":\"gone\"}"), ERROR_BAD_CHOICE,
     "status: not one of safe, danger, empty: \"gone\""},
};

static void poison_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct record record = {.entity = &entity_product};
        struct failure failure;
        if (decode_message(&entity_product, refused[i].bytes, refused[i].len, &record, &failure) !=
            -1)
            fail_msg("taken: %s", refused[i].sentence);
        assert_string_equal(failure.reason.text, refused[i].sentence);
        assert_string_equal(error_code_name(failure.code), error_code_name(refused[i].code));
        assert_null(record.root);
        assert_null(record.entity);
    }
}

static void a_long_duplicate_is_named_too(void **state)
{
    (void)state;
    char message[300];
    struct record record;
    struct failure failure;
    snprintf(message, sizeof message, "{\"%0100d\":1,\"%0100d\":2}", 7, 7);
    assert_int_equal(decode(message, &record, &failure), -1);
    assert_int_equal(failure.code, ERROR_DUPLICATE_MEMBER);
    assert_int_equal(strlen(failure.value), 100);
}

static void a_deep_message_is_refused(void **state)
{
    (void)state;
    struct buffer message = BUFFER_INIT(100000);
    struct record record;
    struct failure failure;
    buffer_add_text(&message, "{\"a\":");
    for (int i = 0; i < 5000; i++)
        buffer_add_byte(&message, '[');
    assert_int_equal(decode(message.data, &record, &failure), -1);
    assert_int_equal(failure.code, ERROR_TOO_DEEP);
    buffer_release(&message);
}

/* Whatever the bytes: an answer, and no harm (the sanitizers watch). */
static void every_beginning_and_every_changed_byte(void **state)
{
    (void)state;
    static const char message[] = "{\"name\":\"S\\u00e9\xC3\xA9\",\"stock_available\":\"29\","
                                  "\"barcode\":\"1\",\"x\":[1.5,true,null,{\"a\":{}}]}";
    for (size_t i = 0; i < sizeof message - 1; i++) {
        for (int byte = -1; byte < 256; byte++) {
            char changed[sizeof message];
            struct record record;
            struct failure failure;
            memcpy(changed, message, sizeof message);
            changed[i] = (char)byte;
            size_t len = byte < 0 ? i : sizeof message - 1;
            if (decode_message(&entity_product, changed, len, &record, &failure) == 0)
                record_release(&record);
            else
                assert_true(strlen(failure.reason.text) > 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producers_message),
        cmocka_unit_test(lenient_forms_and_unknown_members),
        cmocka_unit_test(poison_is_refused_with_a_sentence),
        cmocka_unit_test(a_long_duplicate_is_named_too),
        cmocka_unit_test(a_deep_message_is_refused),
        cmocka_unit_test(every_beginning_and_every_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
