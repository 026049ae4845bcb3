#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/reason.h"

static void assert_content(const struct buffer *buffer, const char *expected)
{
    assert_int_equal(buffer->len, strlen(expected));
    assert_memory_equal(buffer->data, expected, buffer->len);
    assert_int_equal(buffer->data[buffer->len], '\0');
}

static void grows_to_the_ceiling_and_no_further(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT(1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buffer_add_byte(&buffer, (char)i), 0);
    assert_int_equal(buffer.len, 1000);
    assert_true(buffer.cap <= 1001);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buffer.data[i], (char)i);
    assert_int_equal(buffer_add_byte(&buffer, 'x'), -1);
    assert_int_equal(buffer_add(&buffer, "", 0), 0);
    assert_int_equal(buffer.len, 1000);
    buffer_release(&buffer);
    assert_null(buffer.data);
}

static void a_refused_addition_adds_nothing(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT(5);
    assert_int_equal(buffer_add_text(&buffer, "abc"), 0);
    assert_int_equal(buffer_add_text(&buffer, "def"), -1);
    assert_int_equal(buffer_addf(&buffer, "%d", 100), -1);
    assert_int_equal(buffer_add(&buffer, "x", SIZE_MAX), -1);
    assert_content(&buffer, "abc");
    assert_int_equal(buffer_addf(&buffer, "%d", 10), 0);
    assert_content(&buffer, "abc10");
    buffer_release(&buffer);
}

static void formats_over_its_capacity(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT(10000);
    char expected[301] = {0};
    memset(expected, 'y', 300);
    assert_int_equal(buffer_addf(&buffer, "%s", expected), 0);
    assert_content(&buffer, expected);
    buffer_release(&buffer);
}

static void cuts_at_both_ends(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_INIT(100);
    buffer_cut(&buffer, 0);
    buffer_consume(&buffer, 1);
    buffer_add_text(&buffer, "abcdef");
    buffer_consume(&buffer, 2);
    assert_content(&buffer, "cdef");
    buffer_cut(&buffer, 10);
    assert_content(&buffer, "cdef");
    buffer_cut(&buffer, 3);
    assert_content(&buffer, "cde");
    const char *memory = buffer.data;
    buffer_clear(&buffer);
    assert_content(&buffer, "");
    assert_ptr_equal(buffer.data, memory);
    buffer_add_text(&buffer, "z");
    buffer_consume(&buffer, 99);
    assert_content(&buffer, "");
    buffer_release(&buffer);
}

static void a_reason_gets_context_in_front(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    reason_set(&reason, "%s", "connection refused");
    reason_prefix(&reason, "broker %d", 3);
    assert_string_equal(reason.text, "broker 3: connection refused");
    reason_set(&reason, "again: %s", reason.text);
    assert_string_equal(reason.text, "again: broker 3: connection refused");
    reason_set(NULL, "nobody asks");
    reason_prefix(NULL, "nobody asks");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2 * REASON_SIZE] = "a";
    while (strlen(text) + 2 < sizeof text)
        memcpy(text + strlen(text), "\xC3\xA9", 3);
    struct reason reason;
    reason_set(&reason, "%s", text);
    assert_int_equal(strlen(reason.text), REASON_SIZE - 1);
    reason_set(&reason, "%s", text + 1);
    assert_int_equal(strlen(reason.text), REASON_SIZE - 2);
    assert_memory_equal(reason.text, text + 1, REASON_SIZE - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_to_the_ceiling_and_no_further),
        cmocka_unit_test(a_refused_addition_adds_nothing),
        cmocka_unit_test(formats_over_its_capacity),
        cmocka_unit_test(cuts_at_both_ends),
        cmocka_unit_test(a_reason_gets_context_in_front),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
