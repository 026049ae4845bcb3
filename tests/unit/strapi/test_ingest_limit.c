/* How large the next batch may be: down to the one that is to blame, and up again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strapi/ingest_limit.h"

static void a_failed_batch_is_sent_once_more_then_halved(void **state)
{
    struct ingest_limit limit;
    (void)state;
    ingest_limit_init(&limit, 500);
    ingest_limit_failed(&limit, 400, 0, 400);
    assert_int_equal(limit.items, 400);
    ingest_limit_failed(&limit, 400, 0, 400);
    assert_int_equal(limit.items, 200);
    /* Its first piece is halved at once, the one behind it is tried twice. */
    ingest_limit_failed(&limit, 200, 0, 200);
    assert_int_equal(limit.items, 100);
    ingest_limit_passed(&limit, 100, 100);
    assert_int_equal(limit.items, 100);
    ingest_limit_failed(&limit, 100, 100, 200);
    assert_int_equal(limit.items, 100);
    ingest_limit_failed(&limit, 100, 100, 200);
    assert_int_equal(limit.items, 50);
}

static void one_is_found_without_trying_all_pieces_twice(void **state)
{
    (void)state;
    for (int64_t bad = 0; bad < 500; bad += 7) {
        struct ingest_limit limit;
        int64_t at = 0;
        int batches = 0;

        ingest_limit_init(&limit, 500);
        for (; batches < 100; batches++) {
            int64_t end = at + (int64_t)limit.items < 500 ? at + (int64_t)limit.items : 500;
            if (bad < at || bad >= end) {
                ingest_limit_passed(&limit, (size_t)(end - at), end);
                at = end;
            } else if (end - at == 1) {
                break;
            } else {
                ingest_limit_failed(&limit, (size_t)(end - at), at, end);
            }
        }
        assert_int_equal(at, bad);
        assert_in_range(batches, 9, 30);
        /* Behind it, or behind the next one, the batches grow. */
        ingest_limit_passed(&limit, 1, bad + 1);
        assert_in_range(limit.items, 1, 2);
    }
}

static void it_grows_back_after_a_death(void **state)
{
    struct ingest_limit limit;
    (void)state;
    ingest_limit_init(&limit, 500);
    ingest_limit_died(&limit, 500, 500);
    assert_int_equal(limit.items, 250);
    ingest_limit_passed(&limit, 250, 250);
    assert_int_equal(limit.items, 250);
    ingest_limit_passed(&limit, 250, 500);
    assert_int_equal(limit.items, 500);
    ingest_limit_died(&limit, 1, 501);
    assert_int_equal(limit.items, 1);
}

/* A batch that was not full says nothing of larger ones. */
static void what_is_too_much_lowers_the_ceiling_for_long(void **state)
{
    struct ingest_limit limit;
    int64_t at = 0;
    (void)state;
    ingest_limit_init(&limit, 500);
    ingest_limit_too_much(&limit, 500, 500);
    for (int i = 0; i < 31; i++) {
        ingest_limit_passed(&limit, 250, at += 250);
        ingest_limit_passed(&limit, 20, at += 20);
    }
    assert_int_equal(limit.items, 250);
    for (int i = 0; i < 3; i++)
        ingest_limit_passed(&limit, 250, at += 250);
    assert_int_equal(limit.items, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_batch_is_sent_once_more_then_halved),
        cmocka_unit_test(one_is_found_without_trying_all_pieces_twice),
        cmocka_unit_test(it_grows_back_after_a_death),
        cmocka_unit_test(what_is_too_much_lowers_the_ceiling_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
