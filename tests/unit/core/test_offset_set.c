/* Offsets that are done above a group's position, as text in a commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/offset_set.h"

static struct offset_set from(int64_t base)
{
    struct offset_set set;
    offset_set_start(&set, base);
    return set;
}

static void what_was_added_is_there(void **state)
{
    (void)state;
    struct offset_set set = from(1000);
    offset_set_add(&set, 1000);
    offset_set_add(&set, 1009);
    offset_set_add(&set, 999); /* below */
    for (int64_t offset = 990; offset < 1100; offset++)
        assert_int_equal(offset_set_has(&set, offset), offset == 1000 || offset == 1009);
}

static void what_is_too_far_is_left_out(void **state)
{
    (void)state;
    const int64_t base = INT64_C(9000000000000000000);
    struct offset_set set = from(base);
    offset_set_add(&set, base + OFFSET_SET_BYTES * 8);
    assert_int_equal(set.len, 0);
    offset_set_add(&set, base + OFFSET_SET_BYTES * 8 - 1);
    assert_true(offset_set_has(&set, base + OFFSET_SET_BYTES * 8 - 1));
    assert_false(offset_set_has(&set, base + OFFSET_SET_BYTES * 8));
}

static void another_ones_offsets_join(void **state)
{
    (void)state;
    struct offset_set set = from(20), earlier = from(0);
    for (int64_t offset = 0; offset < 60; offset += 3)
        offset_set_add(&earlier, offset);
    offset_set_add_from(&set, &earlier, 30);
    for (int64_t offset = 0; offset < 60; offset++)
        assert_int_equal(offset_set_has(&set, offset), offset >= 30 && offset % 3 == 0);
}

static void the_text_is_the_set(void **state)
{
    (void)state;
    char text[OFFSET_SET_TEXT];
    struct offset_set set = from(1203), read;
    assert_int_equal(offset_set_write(&set, text), 0);
    assert_string_equal(text, "");
    offset_set_add(&set, 1204);
    offset_set_add(&set, 1218);
    assert_int_equal(offset_set_write(&set, text), strlen("+1203:0280"));
    assert_string_equal(text, "+1203:0280");
    assert_int_equal(offset_set_read(text, strlen(text), &read), 0);
    assert_memory_equal(&read, &set, sizeof set);
}

static void the_fullest_has_room(void **state)
{
    (void)state;
    char text[OFFSET_SET_TEXT];
    const int64_t base = INT64_MAX - OFFSET_SET_BYTES * 8;
    struct offset_set set = from(base), read;
    for (int64_t i = 0; i < OFFSET_SET_BYTES * 8; i++)
        offset_set_add(&set, base + i);
    size_t len = offset_set_write(&set, text);
    assert_int_equal(len, strlen(text));
    assert_int_equal(offset_set_read(text, len, &read), 0);
    assert_memory_equal(&read, &set, sizeof set);
}

static void what_is_no_set_is_empty(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",      "+",     "+1",     "1:02",   "+:02",  "+x:02",  "+1:",
        "+1:0",  "+1:0g", "+1:02 ", "+-1:02", "+1:0X", "+1 :02", "+99999999999999999999:02",
        "+ 1:02"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct offset_set set;
        assert_int_equal(offset_set_read(texts[i], strlen(texts[i]), &set), -1);
        assert_int_equal(set.len, 0);
    }
}

static void one_that_is_too_long_is_none(void **state)
{
    (void)state;
    char text[OFFSET_SET_TEXT + 2];
    struct offset_set set;
    memset(text, '0', sizeof text);
    memcpy(text, "+1:", 3);
    assert_int_equal(offset_set_read(text, 3 + 2 * OFFSET_SET_BYTES, &set), 0);
    assert_int_equal(offset_set_read(text, 3 + 2 * (OFFSET_SET_BYTES + 1), &set), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_there),
        cmocka_unit_test(what_is_too_far_is_left_out),
        cmocka_unit_test(another_ones_offsets_join),
        cmocka_unit_test(the_text_is_the_set),
        cmocka_unit_test(the_fullest_has_room),
        cmocka_unit_test(what_is_no_set_is_empty),
        cmocka_unit_test(one_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
