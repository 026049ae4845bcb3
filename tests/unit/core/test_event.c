/* The event's table, in the producer and in the consumer: above all what its JSON may be. */
#include "messages.h"

#include "core/json_text.h"
#include "entities/entities.h"

#define COUNT(cases) (sizeof(cases) / sizeof(cases)[0])
#define SCSI         "{\"circuit\":\"SCSI\"}"

static const struct row_case taken_rows[] = {
    TAKEN_ROW(CELLS("You can't index the port", SCSI),
              "{\"value\":\"You can't index the port\",\"metadata\":" SCSI "}", NULL),
    TAKEN_ROW(CELLS("a", NULL), "{\"value\":\"a\"}", NULL),
    TAKEN_ROW(CELLS("a", ""), "{\"value\":\"a\"}", NULL),
    TAKEN_ROW(CELLS("a", "{}"), "{\"value\":\"a\",\"metadata\":{}}", NULL),
    TAKEN_ROW(CELLS("a", " { \"x\" : \"y;z\" } "),
              "{\"value\":\"a\",\"metadata\":{ \"x\" : \"y;z\" }}", NULL),
    TAKEN_ROW(CELLS("a", "null"), "{\"value\":\"a\",\"metadata\":null}", NULL),
    /* Numbers as they are written: jansson would make 0.10000000000000001 and 1000.0 of these. */
    TAKEN_ROW(
        CELLS("a", "{\"a\":1.0,\"b\":0.1,\"c\":1E3,\"d\":9223372036854775807,\"e\":-0}"),
        "{\"value\":\"a\",\"metadata\":{\"a\":1.0,\"b\":0.1,\"c\":1E3,\"d\":9223372036854775807,"
        "\"e\":-0}}",
        NULL),
    /* One line, also when it came from a file of several. */
    TAKEN_ROW(CELLS("a", "{\"a\":\r\n[1,\n2]}"), "{\"value\":\"a\",\"metadata\":{\"a\":  [1, 2]}}",
              NULL),
    TAKEN_ROW(CELLS("a", "{\"a\":\"\\n\\ud83d\\ude00\xC3\xA9\"}"),
              "{\"value\":\"a\",\"metadata\":{\"a\":\"\\n\\ud83d\\ude00\xC3\xA9\"}}", NULL),
};

static const struct row_case refused_rows[] = {
    REFUSED_ROW(CELLS("", SCSI), "value: required, but empty", ERROR_MISSING_FIELD),
    REFUSED_ROW(
        CELLS("a", "oops"),
        "metadata: not a JSON object, at line 1, column 4 (byte 4): invalid token near 'oops': "
        "\"oops\"",
        ERROR_BAD_JSON),
    REFUSED_ROW(
        CELLS("a", "{\"a\":1"),
        "metadata: not a JSON object, at line 1, column 6 (byte 6): '}' expected near end of file: "
        "\"{\"a\":1\"",
        ERROR_BAD_JSON),
    REFUSED_ROW(
        CELLS("a", "{} {}"),
        "metadata: not a JSON object, at line 1, column 4 (byte 4): end of file expected near '{': "
        "\"{} {}\"",
        ERROR_BAD_JSON),
    REFUSED_ROW(
        CELLS("a", " "),
        "metadata: not a JSON object, at line 1, column 1 (byte 1): unexpected token near end of "
        "file: \" \"",
        ERROR_BAD_JSON),
    REFUSED_ROW(CELLS("a", "[1]"), "metadata: an array where an object is expected: \"[1]\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("a", "12"), "metadata: a number where an object is expected: \"12\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("a", "\"{}\""), "metadata: text where an object is expected: \"{}\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("a", "{\"a\":1,\"a\":2}"),
                "metadata: the same member twice, at line 1, column 10 (byte 10): \"a\"",
                ERROR_DUPLICATE_MEMBER),
    REFUSED_ROW(
        CELLS("a", "{\"a\":9223372036854775808}"),
        "metadata: at line 1, column 24 (byte 24): too big integer near '9223372036854775808': "
        "\"{\"a\":9223372036854775808}\"",
        ERROR_OUT_OF_RANGE),
    REFUSED_ROW(CELLS("a", "{\"a\":1e400}"),
                "metadata: at line 1, column 10 (byte 10): real number overflow near '1e400': "
                "\"{\"a\":1e400}\"",
                ERROR_OUT_OF_RANGE),
    REFUSED_ROW(
        CELLS("a", "{\"a\":\"\\u0000\"}"),
        "metadata: at line 1, column 13 (byte 13): a text with U+0000: \"{\"a\":\"\\u0000\"}\"",
        ERROR_NUL_BYTE),
    REFUSED_ROW(
        CELLS("a", "{\"a\":\"\\ud800\"}"),
        "metadata: at line 1, column 13 (byte 13): invalid Unicode '\\uD800' near '\"\\ud800\"': "
        "\"{\"a\":\"\\ud800\"}\"",
        ERROR_BAD_ENCODING),
};

static const struct message_case taken_messages[] = {
    TAKEN("{\"value\":\"a\",\"metadata\":" SCSI "}", "{\"value\":\"a\",\"metadata\":" SCSI "}"),
    /* As the reference sends it: JSON in a string. */
    TAKEN("{\"value\":\"a\",\"metadata\":\"{\\\"circuit\\\":\\\"SCSI\\\"}\"}",
          "{\"value\":\"a\",\"metadata\":" SCSI "}"),
    TAKEN("{\"metadata\":\" {\\\"a\\\":1.0} \",\"value\":\"a\"}",
          "{\"value\":\"a\",\"metadata\":{\"a\":1.0}}"),
    TAKEN("{\"value\":\"a\",\"metadata\":\"\"}", "{\"value\":\"a\"}"),
    TAKEN("{\"value\":\"a\",\"metadata\":\"null\"}", "{\"value\":\"a\",\"metadata\":null}"),
    TAKEN("{\"value\":\"a\",\"metadata\":null}", "{\"value\":\"a\",\"metadata\":null}"),
    TAKEN("{\"value\":\"a\",\"metadata\":{\"n\":9007199254740993,\"r\":1.5}}",
          "{\"value\":\"a\",\"metadata\":{\"n\":9007199254740993,\"r\":1.5}}"),
    TAKEN("{\"value\":\"a\",\"id\":7}", "{\"value\":\"a\"}"),
};

static const struct message_case refused_messages[] = {
    REFUSED("{\"metadata\":{}}", "value: required, but not given", ERROR_MISSING_FIELD),
    REFUSED("{\"value\":7}", "value: a number where text is expected (put it in quotes): \"7\"",
            ERROR_INVALID_FIELD),
    REFUSED("{\"value\":\"a\",\"metadata\":[]}",
            "metadata: an array where an object is expected: \"[]\"", ERROR_INVALID_FIELD),
    REFUSED("{\"value\":\"a\",\"metadata\":true}",
            "metadata: true where an object is expected: \"true\"", ERROR_INVALID_FIELD),
    REFUSED("{\"value\":\"a\",\"metadata\":\"oops\"}",
            "metadata: not a JSON object, at line 1, column 4 (byte 4): invalid token near 'oops': "
            "\"oops\"",
            ERROR_BAD_JSON),
    REFUSED("{\"value\":\"a\",\"metadata\":\"{\\\"a\\\":1,\\\"a\\\":1}\"}",
            "metadata: the same member twice, at line 1, column 10 (byte 10): \"a\"",
            ERROR_DUPLICATE_MEMBER),
    REFUSED("{\"value\":\"a\",\"metadata\":{\"a\":1,\"a\":1}}",
            "the same member twice, at line 1, column 34 (byte 34): \"a\"", ERROR_DUPLICATE_MEMBER),
};

static void rows(void **state)
{
    (void)state;
    assert_rows(&entity_event, taken_rows, COUNT(taken_rows), true);
    assert_rows(&entity_event, refused_rows, COUNT(refused_rows), false);
}

static void messages(void **state)
{
    (void)state;
    assert_messages(&entity_event, taken_messages, COUNT(taken_messages), true);
    assert_messages(&entity_event, refused_messages, COUNT(refused_messages), false);
}

/* As text it is one more level when it is a member of the message; the limit is the same. */
static struct buffer nested(const char *front, const char *back, size_t levels)
{
    struct buffer text = BUFFER_INIT(100000);
    buffer_add_text(&text, front);
    buffer_add_text(&text, "{\"]}\\\"{\":");
    for (size_t i = 1; i < levels; i++)
        buffer_add_byte(&text, '[');
    if (levels == 1)
        buffer_add_byte(&text, '1');
    for (size_t i = 1; i < levels; i++)
        buffer_add_byte(&text, ']');
    buffer_add_byte(&text, '}');
    buffer_add_text(&text, back);
    return text;
}

static void a_nesting_bomb_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t levels;
        const char *sentence;
    } cases[] = {
        {1, NULL},
        {JSON_VALUE_DEPTH_MAX, NULL},
        {JSON_VALUE_DEPTH_MAX + 1, "metadata: nested deeper than 256 levels"},
        {40000, "maximum parsing depth reached"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer cell = nested("", "", cases[i].levels);
        struct buffer message = nested("{\"value\":\"a\",\"metadata\":", "}", cases[i].levels);
        struct row row = {.cells = {{.data = "a", .len = 1}, {.data = cell.data, .len = cell.len}}};
        struct record record;
        struct failure failures[2] = {{.code = ERROR_CODE_COUNT}, {.code = ERROR_CODE_COUNT}};
        int results[] = {check_row(&entity_event, &row, &record, &failures[0]), 0};
        record_release(&record);
        results[1] = decode_text(&entity_event, message.data, &record, &failures[1]);
        record_release(&record);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(results[k], cases[i].sentence == NULL ? 0 : -1);
            if (results[k] == 0)
                continue;
            assert_int_equal(failures[k].code, ERROR_TOO_DEEP);
            assert_non_null(strstr(failures[k].reason.text, cases[i].sentence));
        }
        buffer_release(&cell);
        buffer_release(&message);
    }
}

static void an_object_over_the_ceiling_leaves_nothing(void **state)
{
    (void)state;
    struct record record;
    struct failure failure;
    struct buffer out = BUFFER_INIT(30);
    assert_int_equal(decode_text(&entity_event, taken_messages[0].message, &record, &failure), 0);
    assert_int_equal(encode_record(&record, &out), -1);
    assert_int_equal(out.len, 0);
    record_release(&record);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(messages),
        cmocka_unit_test(a_nesting_bomb_is_refused),
        cmocka_unit_test(an_object_over_the_ceiling_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
