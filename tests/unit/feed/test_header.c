/* The header: which delimiter, which column is which field, and what is said when it will not do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "feed/header.h"

static const char *const also_id[] = {"ean code", NULL}, *const also_text[] = {"full text", NULL};
static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY, .also = also_id},
    {.name = "text", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .also = also_text},
    {.name = "n", .type = FIELD_INTEGER},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};

struct good {
    const char *bytes;
    char given, delimiter;
    size_t columns;
    int fields[6];
    const char *unknown; /* the end of the sentence */
};

static const struct good good[] = {
    {"id,text,n", 0, ',', 3, {0, 1, 2}, NULL},
    {"n;text;id", 0, ';', 3, {2, 1, 0}, NULL},
    {"id\ttext", 0, '\t', 2, {0, 1}, NULL},
    {"id|text|n\r\n", 0, '|', 3, {0, 1, 2}, NULL},
    {" id , \"text\" ,\" n \"", 0, ',', 3, {0, 1, 2}, NULL},
    {"id;text;a,b,c,d,e", 0, ';', 3, {0, 1, -1}, "a,b,c,d,e"},
    {"id,text,,x,,", 0, ',', 4, {0, 1, -1, -1}, "(no name), x"},
    {"error,row,id,text", 0, ',', 4, {-1, -1, 0, 1}, NULL},
    {"id^text^n", '^', '^', 3, {0, 1, 2}, NULL},
    {"id,text,x\xFF,x\xFF", 0, ',', 4, {0, 1, -1, -1}, "x\\xFF, x\\xFF"},
    {"id,text,N", 0, ',', 3, {0, 1, -1}, "N"},
};

static void check_good(const struct good *expected)
{
    struct header header;
    struct failure failure;
    struct reason unknown;
    header_init(&header, &thing);
    if (header_read(&header, expected->bytes, strlen(expected->bytes), expected->given, &failure) !=
        0)
        fail_msg("%s: %s", expected->bytes, failure.reason.text);
    assert_int_equal(header.delimiter, expected->delimiter);
    assert_int_equal(header.columns, expected->columns);
    for (size_t i = 0; i < header.columns; i++)
        assert_int_equal(header.fields[i], expected->fields[i]);
    assert_int_equal(header_unknown(&header, &unknown), expected->unknown != NULL);
    if (expected->unknown != NULL)
        assert_string_equal(strrchr(unknown.text, ':') + 2, expected->unknown);
    header_release(&header);
}

static void headers_that_will_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check_good(&good[i]);
}

static void headers_that_will_not_do(void **state)
{
    static const struct {
        const char *bytes;
        char given;
        const char *sentence;
    } bad[] = {
        {"id,n", 0,
         "the header lacks the column text; if it has another name: --map text=COLUMN; found: id, "
         "n; "
         "expected: id, text, n"},
        {"a;b", 0,
         "the header lacks the columns id, text; if it has another name: --map "
         "id=COLUMN,text=COLUMN; "
         "found: a, b; expected: id, text, n"},
        {"Id,TEXT", 0,
         "the header lacks the columns id, text (upper and lower case count); are these they? "
         "--map "
         "id=Id,text=TEXT; found: Id, TEXT; expected: id, text, n"},
        {"id,text,id", 0,
         "the header has the column id 2 times; found: id, text, id; expected: id, text, n"},
        {"id;text", ',',
         "the header lacks the columns id, text; if it has another name: --map "
         "id=COLUMN,text=COLUMN; "
         "found: id;text; expected: id, text, n"},
        {"id,\"text", 0,
         "a quote in the header is not closed, or stands where none may; found: id; expected: id, "
         "text, n"},
        {"EAN-Code;Full text", 0,
         "the header lacks the columns id, text; are these they? --map 'id=EAN-Code,text=Full "
         "text'; "
         "found: EAN-Code, Full text; expected: id, text, n"},
        {"EAN-Code;Gr\xF6\xDF"
         "e",
         0,
         "the header lacks the columns id, text; the header is not UTF-8 (it would be valid "
         "Windows-1252: --encoding windows-1252); found: EAN-Code, Gr\\xF6\\xDFe; expected: id, "
         "text, n"},
        {",,,", 0,
         "the header lacks the columns id, text; if it has another name: --map "
         "id=COLUMN,text=COLUMN; "
         "found: ,,,; expected: id, text, n"},
        {"\xEF\xBB\xBFid,text", 0,
         "the header lacks the column id; if it has another name: --map id=COLUMN; found: "
         "\\xEF\\xBB\\xBFid, text; expected: id, text, n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct header header;
        struct failure failure;
        header_init(&header, &thing);
        assert_int_equal(
            header_read(&header, bad[i].bytes, strlen(bad[i].bytes), bad[i].given, &failure), -1);
        assert_int_equal(failure.code, ERROR_BAD_HEADER);
        assert_string_equal(failure.reason.text, bad[i].sentence);
        header_release(&header);
    }
}

static void too_many_columns(void **state)
{
    struct buffer bytes = BUFFER_INIT(1024 * 1024);
    struct header header;
    struct failure failure;
    (void)state;
    assert_int_equal(buffer_add_text(&bytes, "id,text"), 0);
    for (size_t i = 2; i < HEADER_COLUMNS_MAX; i++)
        assert_int_equal(buffer_add_text(&bytes, ",x"), 0);
    header_init(&header, &thing);
    assert_int_equal(header_read(&header, bytes.data, bytes.len, '\0', &failure), 0);
    assert_int_equal(header.columns, HEADER_COLUMNS_MAX);
    assert_int_equal(buffer_add_text(&bytes, ",x"), 0);
    assert_int_equal(header_read(&header, bytes.data, bytes.len, '\0', &failure), -1);
    assert_non_null(strstr(failure.reason.text, "too many columns"));
    header_release(&header);
    buffer_release(&bytes);
}

static void one_of_the_addresses_is_needed(void **state)
{
    (void)state;
    static const struct field addressed[] = {
        {.name = "n", .type = FIELD_INTEGER, .flags = FIELD_REQUIRED},
        {.name = "id", .type = FIELD_INTEGER, .address = ADDRESS_NUMBER},
        {.name = "code", .type = FIELD_TEXT, .address = ADDRESS_KEY},
    };
    static const struct entity move = {
        .name = "move", .effect = EFFECT_ADJUST, .fields = addressed, .field_count = 3};
    static const char *const headers[] = {"n,id", "code,n", "n,code,id", "n,other"};
    for (size_t i = 0; i < 4; i++) {
        struct header header;
        struct failure failure;
        header_init(&header, &move);
        int result = header_read(&header, headers[i], strlen(headers[i]), '\0', &failure);
        assert_int_equal(result, i < 3 ? 0 : -1);
        if (result != 0)
            assert_string_equal(failure.reason.text,
                                "the header has none of the columns id, code; if it has another "
                                "name: --map FIELD=COLUMN; found: n, other; "
                                "expected: n, id, code");
        header_release(&header);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_will_do),
        cmocka_unit_test(headers_that_will_not_do),
        cmocka_unit_test(too_many_columns),
        cmocka_unit_test(one_of_the_addresses_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
