#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/http_url.h"

static void everything_but_unreserved_is_escaped(void **state)
{
    (void)state;
    struct buffer url = BUFFER_INIT(64);
    assert_int_equal(http_url_add_escaped(&url, "aZ0-._~ /?&=%+\"\0é", 18), 0);
    assert_string_equal(url.data, "aZ0-._~%20%2F%3F%26%3D%25%2B%22%00%C3%A9");
    buffer_release(&url);
}

static void the_ceiling_holds(void **state)
{
    (void)state;
    struct buffer url = BUFFER_INIT(4);
    assert_int_equal(http_url_add_escaped(&url, "\x01\x02", 2), -1);
    buffer_release(&url);
}

static void addresses_of_servers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *base, *path, *host;
    } cases[] = {
        {"http://127.0.0.1:1337", "http://127.0.0.1:1337", "", "127.0.0.1"},
        {"http://localhost:1337/", "http://localhost:1337", "", "localhost"},
        {"https://a.example/cms//", "https://a.example/cms", "/cms", "a.example"},
        {"http://[::1]:1337", "http://[::1]:1337", "", "[::1]"},
        {"HTTP://x", "http://x", "", "x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url;
        assert_int_equal(http_url_parse(cases[i].text, &url, NULL), 0);
        assert_string_equal(url.base, cases[i].base);
        assert_string_equal(url.path, cases[i].path);
        assert_string_equal(url.host, cases[i].host);
    }
}

static void what_is_no_address(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "localhost:1337",
        "127.0.0.1:1337",
        "ftp://x",
        "http://",
        "http://u:secret@host",
        "http://x?a=b",
        "http://x#f",
        "http://a b",
        "http://x:99999",
        "u:secret@host:1337",
        "http://x?token=secret",
        "host?secret",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url;
        struct reason reason = REASON_INIT;
        if (http_url_parse(cases[i], &url, &reason) != -1)
            fail_msg("taken for an address: %s", cases[i]);
        assert_true(reason.text[0] != '\0');
        assert_null(strstr(reason.text, "secret"));
        if (strpbrk(cases[i], "@?") == NULL)
            assert_non_null(strstr(reason.text, cases[i]));
    }
}

static void the_longest_value_is_cut(void **state)
{
    (void)state;
    static char text[5000] = "http://x/";
    struct http_url url;
    struct reason reason = REASON_INIT;
    memset(text + strlen(text), 'y', sizeof text - strlen(text) - 1);
    assert_int_equal(http_url_parse(text, &url, &reason), -1);
    assert_non_null(strstr(reason.text, "...\" is too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_but_unreserved_is_escaped),
        cmocka_unit_test(the_ceiling_holds),
        cmocka_unit_test(addresses_of_servers),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(the_longest_value_is_cut),
    };
    return cmocka_run_group_tests_name("http_url", tests, NULL, NULL);
}
