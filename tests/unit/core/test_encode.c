#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include <cmocka.h>

#include "core/decode.h"
#include "core/encode.h"

static const char *const sizes[] = {"small", "large", NULL};
static const struct field fields[] = {
    {.name = "title", .type = FIELD_TEXT, .flags = FIELD_REQUIRED},
    {.name = "note", .type = FIELD_TEXT},
    {.name = "width", .type = FIELD_INTEGER, .minimum = INT64_MIN, .maximum = INT64_MAX},
    {.name = "size", .type = FIELD_CHOICE, .choices = sizes},
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])
static const struct entity entity = {.name = "thing", .fields = fields, .field_count = FIELD_COUNT};

static struct value text_value(const char *text)
{
    return (struct value){.kind = VALUE_TEXT, .text = text, .len = strlen(text)};
}

static void assert_encoded(const struct record *record, const char *expected)
{
    struct buffer out = BUFFER_INIT(ENCODED_BYTES_MAX);
    assert_int_equal(encode_record(record, &out), 0);
    assert_string_equal(out.data, expected);
    buffer_release(&out);
}

static void members_stand_in_the_order_of_the_table(void **state)
{
    (void)state;
    struct record record = {.entity = &entity};
    assert_encoded(&record, "{}");
    record.values[3] = text_value("large");
    assert_encoded(&record, "{\"size\":\"large\"}");
    record.values[1].kind = VALUE_NULL;
    record.values[2] = (struct value){.kind = VALUE_INTEGER, .integer = INT64_MIN};
    record.values[0] = text_value("");
    assert_encoded(&record, "{\"title\":\"\",\"note\":null,\"width\":-9223372036854775808,"
                            "\"size\":\"large\"}");
}

static void text_is_escaped_where_json_asks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
        {"\x01\x0B\x1F\x7F", "\"\\u0001\\u000b\\u001f\x7F\""},
        {"\xE2\x80\xA8\xF0\x9F\x98\x80", "\"\xE2\x80\xA8\xF0\x9F\x98\x80\""},
    };
    struct buffer out = BUFFER_INIT(1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&out);
        assert_int_equal(encode_text(cases[i].text, strlen(cases[i].text), &out), 0);
        assert_string_equal(out.data, cases[i].expected);
    }
    buffer_clear(&out);
    assert_int_equal(encode_text("a\0b", 3, &out), 0);
    assert_string_equal(out.data, "\"a\\u0000b\"");
    buffer_release(&out);
}

static void over_the_ceiling_nothing_is_added(void **state)
{
    (void)state;
    struct record record = {.entity = &entity};
    record.values[0] = text_value("a\nb");
    static const char whole[] = ">{\"title\":\"a\\nb\"}";
    for (size_t max = 1; max < sizeof whole - 1; max++) {
        struct buffer out = BUFFER_INIT(max);
        buffer_add_text(&out, ">");
        assert_int_equal(encode_record(&record, &out), -1);
        assert_string_equal(out.data, ">");
        assert_int_equal(encode_text("abcdefghijklmnop", 16, &out), -1);
        assert_string_equal(out.data, ">");
        buffer_release(&out);
    }
    struct buffer out = BUFFER_INIT(sizeof whole - 1);
    buffer_add_text(&out, ">");
    assert_int_equal(encode_record(&record, &out), 0);
    assert_string_equal(out.data, whole);
    buffer_release(&out);
}

static void what_fits_is_known_beforehand(void **state)
{
    (void)state;
    static const char text[] = "a\"\n\x01\xC3\xA9\xF0\x9F\x98\x80z";
    struct buffer out = BUFFER_INIT(100);
    for (size_t max = 2; max < 30; max++) {
        size_t fits = encode_text_fits(text, sizeof text - 1, max);
        buffer_clear(&out);
        assert_int_equal(encode_text(text, fits, &out), 0);
        assert_true(out.len <= max);
        assert_null(u8_check((const uint8_t *)text, fits));
        if (fits == sizeof text - 1)
            continue;
        /* The next character would not have fitted. */
        size_t next = fits + (size_t)u8_mblen((const uint8_t *)text + fits, sizeof text - fits);
        buffer_clear(&out);
        assert_int_equal(encode_text(text, next, &out), 0);
        assert_true(out.len > max);
    }
    assert_int_equal(encode_text_fits(text, sizeof text - 1, 20), sizeof text - 1);
    assert_int_equal(encode_text_fits(text, sizeof text - 1, 19), sizeof text - 2);
    buffer_release(&out);
}

/* decode(encode(record)) is the record. */
static void assert_round_trip(const struct record *record)
{
    struct buffer out = BUFFER_INIT(ENCODED_BYTES_MAX);
    struct record back;
    struct failure failure;
    assert_int_equal(encode_record(record, &out), 0);
    if (decode_message(&entity, out.data, out.len, &back, &failure) != 0)
        fail_msg("%s in %s", failure.reason.text, out.data);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct value *a = &record->values[i], *b = &back.values[i];
        assert_int_equal(a->kind, b->kind);
        assert_true(a->kind != VALUE_INTEGER || a->integer == b->integer);
        if (a->kind != VALUE_TEXT)
            continue;
        assert_int_equal(a->len, b->len);
        assert_memory_equal(a->text, b->text, a->len);
    }
    record_release(&back);
    buffer_release(&out);
}

static size_t append_character(char *text, size_t len, ucs4_t character)
{
    int size = u8_uctomb((uint8_t *)text + len, character, 4);
    assert_true(size > 0);
    return len + (size_t)size;
}

static bool is_surrogate(ucs4_t character)
{
    return character >= 0xD800 && character <= 0xDFFF;
}

static void every_plane_comes_back(void **state)
{
    (void)state;
    static char text[ENCODED_BYTES_MAX];
    struct record record = {.entity = &entity};
    for (ucs4_t plane = 0; plane <= 0x10; plane++) {
        size_t len = 0;
        /* The first plane whole but for U+0000, the others in steps that also meet their ends. */
        for (ucs4_t low = plane == 0; low <= 0xFFFF; low += plane == 0 ? 1 : 15) {
            ucs4_t character = plane << 16 | low;
            if (!is_surrogate(character))
                len = append_character(text, len, character);
        }
        record.values[0] = (struct value){.kind = VALUE_TEXT, .text = text, .len = len};
        assert_round_trip(&record);
    }
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Characters where escapes and lengths change are as likely as all others together. */
static ucs4_t random_character(uint64_t *seed)
{
    static const ucs4_t edges[] = {'"',    '\\',   '/',    0x01,   0x1F,    0x7F,
                                   0x80,   0x7FF,  0x800,  0x2028, 0x2029,  0xD7FF,
                                   0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF,
                                   '\n',   '\t',   '\b',   '{',    '}',     'u'};
    if (next_random(seed) % 2 == 0)
        return edges[next_random(seed) % (sizeof edges / sizeof edges[0])];
    ucs4_t character = 1 + next_random(seed) % 0x10FFFF;
    return is_surrogate(character) ? 'x' : character;
}

static struct value random_text(uint64_t *seed, char *text, size_t shortest)
{
    size_t characters = shortest + next_random(seed) % 40, len = 0;
    for (size_t i = 0; i < characters; i++)
        len = append_character(text, len, random_character(seed));
    return (struct value){.kind = VALUE_TEXT, .text = text, .len = len};
}

static struct value random_number(uint64_t *seed)
{
    uint64_t bits = (uint64_t)next_random(seed) << 33 ^ next_random(seed);
    int64_t number = (int64_t)(bits >> next_random(seed) % 64);
    return (struct value){.kind = VALUE_INTEGER,
                          .integer = next_random(seed) % 2 ? number : -1 - number};
}

static void random_records_come_back(void **state)
{
    (void)state;
    uint64_t seed = 20261121;
    for (int round = 0; round < 20000; round++) {
        char title[200], note[200];
        struct record record = {.entity = &entity};
        record.values[0] = random_text(&seed, title, 1);
        record.values[1] = random_text(&seed, note, 0);
        record.values[2] = random_number(&seed);
        record.values[3] = text_value(sizes[next_random(&seed) % 2]);
        for (size_t i = 1; i < FIELD_COUNT; i++) {
            if (next_random(&seed) % 4 == 0)
                record.values[i] = (struct value){.kind = VALUE_ABSENT};
            else if (next_random(&seed) % 4 == 0)
                record.values[i] = (struct value){.kind = VALUE_NULL};
        }
        assert_round_trip(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_in_the_order_of_the_table),
        cmocka_unit_test(text_is_escaped_where_json_asks),
        cmocka_unit_test(over_the_ceiling_nothing_is_added),
        cmocka_unit_test(what_fits_is_known_beforehand),
        cmocka_unit_test(every_plane_comes_back),
        cmocka_unit_test(random_records_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
