#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/fingerprint.h"

static struct message message_of(const char *key, const char *value)
{
    return (struct message){.offset = 7,
                            .timestamp_ms = 1795245540123,
                            .key = key,
                            .key_len = key ? strlen(key) : 0,
                            .value = value,
                            .value_len = value ? strlen(value) : 0};
}

static void assert_differ(const struct message *one, const struct message *other)
{
    const struct fingerprint a = fingerprint_of(one), b = fingerprint_of(other);

    assert_false(fingerprint_equal(&a, &b));
    assert_true(fingerprint_equal(&a, &a));
}

static void all_of_a_message_counts(void **state)
{
    const struct message message = message_of("key", "value");
    struct message other = message;

    (void)state;
    other.offset++;
    assert_differ(&message, &other);
    other = message;
    other.timestamp_ms++;
    assert_differ(&message, &other);
    other = message_of("Key", "value");
    assert_differ(&message, &other);
    other = message_of("key", "valu");
    assert_differ(&message, &other);
    other = message_of("keyv", "alue"); /* the same bytes, cut elsewhere */
    assert_differ(&message, &other);
    other = message_of(NULL, NULL);
    assert_differ(&message, &other);
}

static void assert_comes_back(struct fingerprint mark)
{
    char text[FINGERPRINT_SIZE];
    struct fingerprint back;

    fingerprint_write(&mark, text);
    assert_true(strlen(text) < sizeof text);
    assert_int_equal(fingerprint_read(text, strlen(text), &back), 0);
    assert_true(fingerprint_equal(&mark, &back));
}

static void a_text_comes_back(void **state)
{
    const struct message message = message_of("key", "value");

    (void)state;
    assert_comes_back(fingerprint_of(&message));
    assert_comes_back((struct fingerprint){0, -1, 0});
    assert_comes_back((struct fingerprint){INT64_MAX, INT64_MAX, UINT64_MAX});
    assert_comes_back((struct fingerprint){INT64_MIN, INT64_MIN, 1});
}

static void another_text_is_none(void **state)
{
    static const char *const others[] = {
        "",
        "7",
        "7:8",
        "7:8:",
        "7:8:00c0ffee00c0ffe",
        "7:8:00c0ffee00c0ffee1",
        "07:8:00c0ffee00c0ffee",
        "7: 8:00c0ffee00c0ffee",
        "+7:8:00c0ffee00c0ffee",
        "7:8:00C0FFEE00C0FFEE",
        "7:8:00c0ffee00c0ffee ",
        "99999999999999999999:8:00c0ffee00c0ffee",
        "7:8:00c0ffee00c0ffee7:8:00c0ffee00c0ffee7:8:00c0ffee00c0ffee7:8:00c0ffee00c0ffee",
    };
    struct fingerprint mark;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(fingerprint_read(others[i], strlen(others[i]), &mark), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_message_counts),
        cmocka_unit_test(a_text_comes_back),
        cmocka_unit_test(another_text_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
