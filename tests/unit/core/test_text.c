#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

#define VALID          SIZE_MAX
#define BYTES(literal) (literal), sizeof(literal) - 1

static void validity(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, bad; /* bad: VALID, or the place of the first wrong byte */
    } cases[] = {
        {BYTES(""), VALID},
        {BYTES("plain"), VALID},
        {BYTES("a\0b"), VALID},
        {BYTES("\x7F"), VALID},
        {BYTES("\xC2\x80"), VALID},
        {BYTES("\xEF\xBF\xBF\xEF\xB7\x90"), VALID}, /* noncharacters are characters enough */
        {BYTES("\xEF\xBB\xBFx"), VALID},
        {BYTES("\xF0\x90\x80\x80"), VALID},
        {BYTES("\xF4\x8F\xBF\xBF"), VALID},         /* U+10FFFF */
        {BYTES("\xED\x9F\xBF\xEE\x80\x80"), VALID}, /* around the surrogates */
        {BYTES("ab\xF4\x90\x80\x80"), 2},           /* U+110000 */
        {BYTES("ab\xED\xA0\x80"), 2},               /* U+D800 */
        {BYTES("\xED\xBF\xBF"), 0},                 /* U+DFFF */
        {BYTES("\xED\xA0\xBD\xED\xB8\x80"), 0},     /* CESU-8 */
        {BYTES("\xC0\x80"), 0},                     /* overlong U+0000 */
        {BYTES("\xC1\xBF"), 0},
        {BYTES("\xE0\x9F\xBF"), 0},
        {BYTES("\xF0\x8F\xBF\xBF"), 0},
        {BYTES("\x80"), 0},
        {BYTES("x\xC3"), 1},
        {BYTES("x\xE2\x82"), 1},
        {BYTES("x\xF0\x9F\x98"), 1},
        {BYTES("Caf\xE9"), 3},
        {BYTES("\xFE"), 0},
        {BYTES("\xF8\x88\x80\x80\x80"), 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t bad = VALID;
        assert_int_equal(text_valid(cases[i].bytes, cases[i].len, &bad), cases[i].bad == VALID);
        assert_int_equal(bad, cases[i].bad);
        assert_int_equal(text_valid(cases[i].bytes, cases[i].len, NULL), cases[i].bad == VALID);
    }
    assert_true(text_valid(NULL, 0, NULL));
}

static void units(void **state)
{
    (void)state;
    assert_int_equal(text_units("", 0), 0);
    assert_int_equal(text_units(BYTES("abc")), 3);
    assert_int_equal(text_units(BYTES("\xC3\xA9")), 1);
    assert_int_equal(text_units(BYTES("\xE2\x82\xAC")), 1);
    assert_int_equal(text_units(BYTES("\xEF\xBF\xBF")), 1);
    assert_int_equal(text_units(BYTES("\xF0\x90\x80\x80")), 2);
    assert_int_equal(text_units(BYTES("a\xF0\x9F\x98\x80z")), 4);
    assert_int_equal(text_units(BYTES("a\0b")), 3);
}

static void cut(void **state)
{
    (void)state;
    /* Places between characters: 0 1 3 6 10 11. */
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < sizeof expected / sizeof expected[0]; max++)
        assert_int_equal(text_cut(text, sizeof text - 1, max), expected[max]);
    assert_int_equal(text_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 8, 6), 6);
}

static void trim(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"x", "x"},
        {"  x y\t\r\n", "x y"},
        {" \t ", ""},
        {"\xC2\xA0x\xE3\x80\x80", "x"}, /* no-break and ideographic space */
        {"\xE2\x80\x8Bx", "\xE2\x80\x8Bx"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].text;
        size_t len = strlen(text);
        text_trim(&text, &len);
        assert_int_equal(len, strlen(cases[i].expected));
        assert_memory_equal(text, cases[i].expected, len);
    }
}

static void show(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, size;
        const char *expected;
    } cases[] = {
        {BYTES(""), 4, ""},
        {BYTES("plain \"text\""), 64, "plain \"text\""},
        {BYTES("Caf\xC3\xA9 \xF0\x9F\x98\x80"), 64, "Caf\xC3\xA9 \xF0\x9F\x98\x80"},
        {BYTES("Caf\xE9"), 64, "Caf\\xE9"},
        {BYTES("a\0b"), 64, "a\\x00b"},
        {BYTES("\x1B[2J\r\n\t\x7F"), 64, "\\x1B[2J\\x0D\\x0A\\x09\\x7F"},
        {BYTES("\xC2\x9B"), 64, "\\xC2\\x9B"}, /* CSI: a terminal may obey it */
        {BYTES("\xC2\xA0"), 64, "\xC2\xA0"},
        {BYTES("\xEF\xBB\xBF"
               "name"),
         64, "\\xEF\\xBB\\xBFname"}, /* a BOM takes no place */
        {BYTES("na\xE2\x80\x8Bme\xE2\x81\xA0"), 64, "na\\xE2\\x80\\x8Bme\\xE2\\x81\\xA0"},
        {BYTES("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80"), 64,
         "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80"}, /* one emoji, joined */
        {BYTES("abcdef"), 7, "abcdef"},
        {BYTES("abcdefg"), 7, "abc..."},
        {BYTES("ab\xC3\xA9yyy"), 7, "ab..."},
        {BYTES("\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), 8, "\xF0\x9F\x98\x80..."},
        {BYTES("abcd"), 4, "..."},
        {BYTES("\0\0"), 8, "\\x00..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        size_t len = text_show(cases[i].bytes, cases[i].len, out, cases[i].size);
        assert_string_equal(out, cases[i].expected);
        assert_int_equal(len, strlen(out));
    }
}

static void clean(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, size;
        const char *expected;
    } cases[] = {
        {BYTES(""), 1, ""},
        {BYTES("x"), 1, ""},
        {BYTES("a\nb\x01"), 64, "a\nb\x01"},
        {BYTES("a\0b"), 64,
         "a\xEF\xBF\xBD"
         "b"},
        {BYTES("\xFFz"), 64, "\xEF\xBF\xBDz"},
        {BYTES("\xE2\x82"), 64, "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {BYTES("ab\xC3\xA9"), 4, "ab"},
        {BYTES("ab\xC3\xA9"), 5, "ab\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        size_t len = text_clean(cases[i].bytes, cases[i].len, out, cases[i].size);
        assert_string_equal(out, cases[i].expected);
        assert_int_equal(len, strlen(out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity), cmocka_unit_test(units), cmocka_unit_test(cut),
        cmocka_unit_test(trim),     cmocka_unit_test(show),  cmocka_unit_test(clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
