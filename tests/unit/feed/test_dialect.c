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
        {BYTES("\xFF\xFE"
               "a\0b\0"),
         "UTF-16 text: save it as UTF-8"},
        {BYTES("\xFE\xFF"
               "\0a\0b"),
         "UTF-16 text: save it as UTF-8"},
        {BYTES("a\0b\0\n\0"), "UTF-16"},
        {BYTES("\0a\0b\0\n"), "UTF-16"},
        {BYTES("a,b\0c\nd,e\n"), "binary"},
        {BYTES("a,b\nd\0\0\0\0\0\0\0\0\0\0\0"), "binary"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct failure failure;
        size_t mark;
        assert_int_equal(dialect_sniff(files[i].bytes, files[i].len, &mark, &failure), -1);
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
        size_t mark;
    } files[] = {
        {BYTES(""), 0},
        {BYTES("\xEF\xBB"), 0},
        {BYTES("\xEF\xBB\xBF"), 3},
        {BYTES("\xEF\xBB\xBF"
               "a,b\n"),
         3},
        {BYTES("a,b\nc,\0\nd,e\n"), 0},
        {BYTES("PK,b\n"), 0},
        {BYTES("\xE9,b\n"), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct failure failure;
        size_t mark = 99;
        assert_int_equal(dialect_sniff(files[i].bytes, files[i].len, &mark, &failure), 0);
        assert_int_equal(mark, files[i].mark);
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
