/* What the first bytes of a feed say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "feed/dialect.h"

#define BYTES(text) text, sizeof(text) - 1

static void files_that_are_no_text(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *seems;
    } files[] = {
        {BYTES("PK\x03\x04rest"), "Excel workbook"},
        {BYTES("\x1F\x8B\x08"), "gzip"},
        {BYTES("%PDF-1.7"), "PDF"},
        {BYTES("\x89PNG\r\n"), "PNG"},
        {BYTES("a\0b\0\n\0"), "--encoding utf-16le"},
        {BYTES("\0a\0b\0\n"), "--encoding utf-16be"},
        {BYTES("a,b\0c\nd,e\n"), "binary"},
        {BYTES("a,b\nd\0\0\0\0\0\0\0\0\0\0\0"), "binary"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct failure failure;
        assert_int_equal(dialect_sniff(files[i].bytes, files[i].len, false, &failure), -1);
        assert_int_equal(failure.code, ERROR_NOT_TEXT);
        if (strstr(failure.reason.text, files[i].seems) == NULL)
            fail_msg("%zu: %s", i, failure.reason.text);
    }
}

static void files_that_are_text(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool wide, json;
    } files[] = {
        {BYTES(""), false, false},          {BYTES("\xEF\xBB"), false, false},
        {BYTES("a,b\n"), false, false},     {BYTES("a,b\nc,\0\nd,e\n"), false, false},
        {BYTES("a\0b\0\n\0"), true, false}, {BYTES("PK,b\n"), false, false},
        {BYTES("\xE9,b\n"), false, false},  {BYTES("{\"a\":1}\n"), false, true},
        {BYTES("\r\n\t ["), false, true},   {BYTES("a,{\n"), false, false},
        {BYTES("\0["), true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct failure failure;
        assert_int_equal(dialect_sniff(files[i].bytes, files[i].len, files[i].wide, &failure), 0);
        assert_int_equal(dialect_is_json(files[i].bytes, files[i].len), files[i].json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_no_text),
        cmocka_unit_test(files_that_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
