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
        "",           "localhost:1337",       "127.0.0.1:1337", "ftp://x",
        "http://",    "http://u:secret@host", "http://x?a=b",   "http://x#f",
        "http://a b", "http://x:99999",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_url url;
        struct reason reason = REASON_INIT;
        if (http_url_parse(cases[i], &url, &reason) != -1)
            fail_msg("taken for an address: %s", cases[i]);
        assert_true(reason.text[0] != '\0');
        assert_null(strstr(reason.text, "secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_but_unreserved_is_escaped),
        cmocka_unit_test(the_ceiling_holds),
        cmocka_unit_test(addresses_of_servers),
        cmocka_unit_test(what_is_no_address),
    };
    return cmocka_run_group_tests_name("http_url", tests, NULL, NULL);
}
