/* gzip in pieces: members, cuts, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "feed/gunzip.h"
#include "pack.h"

static const char first[] = "id,text\n1,one\n", second[] = "2,two\n3,three\n";
#define BOTH "id,text\n1,one\n2,two\n3,three\n"

static char two[512];
static size_t two_len, first_len;

static int pack_two(void **state)
{
    (void)state;
    first_len = pack(first, sizeof first - 1, two, sizeof two);
    two_len = first_len + pack(second, sizeof second - 1, two + first_len, sizeof two - first_len);
    return 0;
}

/* Unpacks in two pieces, into pieces of `room`. -1 as gunzip_read(), else whether it may end so. */
static int unpack(const char *packed, size_t len, size_t cut, size_t room, char *text,
                  size_t *total, struct reason *reason)
{
    struct gunzip gunzip = GUNZIP_INIT;
    const size_t ends[] = {cut, len};
    const char *at = packed;
    int result = 0;
    *total = 0;
    for (size_t i = 0; i < 2 && result == 0; i++) {
        size_t left = ends[i] - (size_t)(at - packed), got;
        do {
            result = gunzip_read(&gunzip, &at, &left, text + *total, room, &got, reason);
            *total += got;
        } while (result == 0 && got > 0);
    }
    if (result == 0)
        result = gunzip_complete(&gunzip);
    gunzip_release(&gunzip);
    return result;
}

static void members_at_every_cut(void **state)
{
    char text[256];
    size_t total;
    (void)state;
    for (size_t cut = 0; cut <= two_len; cut++) {
        for (size_t room = 1; room <= 40; room += 13) {
            assert_int_equal(unpack(two, two_len, cut, room, text, &total, NULL), 1);
            assert_int_equal(total, sizeof BOTH - 1);
            assert_memory_equal(text, BOTH, total);
        }
    }
}

static void what_is_cut_off_is_not_complete(void **state)
{
    char text[256];
    size_t total;
    (void)state;
    for (size_t len = 0; len < two_len; len++)
        assert_int_equal(unpack(two, len, len / 2, 64, text, &total, NULL), len == first_len);
}

static void what_stands_behind_the_end(void **state)
{
    char packed[600] = {0}, text[256];
    struct reason reason;
    size_t total;
    (void)state;
    memcpy(packed, two, two_len);
    assert_int_equal(unpack(packed, two_len + 20, two_len + 3, 64, text, &total, &reason), 1);
    assert_int_equal(total, sizeof BOTH - 1);
    packed[two_len + 20] = 'x';
    assert_int_equal(unpack(packed, two_len + 21, 5, 64, text, &total, &reason), -1);
    assert_non_null(strstr(reason.text, "stands behind the end of the gzip file"));
}

static void damage_is_found(void **state)
{
    char packed[512], text[256];
    struct reason reason;
    size_t total;
    (void)state;
    memcpy(packed, two, two_len);
    packed[two_len - 6] ^= 1; /* in the checksum */
    assert_int_equal(unpack(packed, two_len, 1, 64, text, &total, &reason), -1);
    assert_string_equal(reason.text, "the gzip file is damaged (incorrect data check)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_at_every_cut),
        cmocka_unit_test(what_is_cut_off_is_not_complete),
        cmocka_unit_test(what_stands_behind_the_end),
        cmocka_unit_test(damage_is_found),
    };
    return cmocka_run_group_tests(tests, pack_two, NULL);
}
