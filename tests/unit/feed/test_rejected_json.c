/* A refused record as a line: what is put in front, what an earlier run had put there, and records
 * that are no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "feed/rejected_json.h"

#define FRONT "{\"error\":\"why \\\"x\\\"\",\"row\":7"

static void records_as_lines(void **state)
{
    static const struct {
        const char *raw, *rest;
    } records[] = {
        {"{\"id\":1,\"text\":\"a,}]\\\"\"}\r\n", ",\"id\":1,\"text\":\"a,}]\\\"\"}\n"},
        {"{\n  \"id\": [1, {\"x\":2}],\n  \"n\": 2\n}", ",\"id\": [1, {\"x\":2}],\"n\": 2}\n"},
        {"{}", "}\n"},
        {"  { }  ", "}\n"},
        {"{\"error\":\"old\",\"row\":3,\"id\":1}", ",\"id\":1}\n"},
        {"{\"id\":1, \"row\" : 3, \"error\" : \"a,b\"}", ",\"id\":1}\n"},
        {"{\"row\":3}", "}\n"},
        {"{\"rows\":3,\"x\":{\"row\":1}}", ",\"rows\":3,\"x\":{\"row\":1}}\n"},
        /* broken ones stay as they are */
        {"{\"id\":\"a", ",\"id\":\"a\n"},
        {"{\"id\":1,,}", ",\"id\":1,,}\n"},
        {"{\"id\":1} x", ",\"id\":1} x\n"},
        {"{", "\n"},
        {"7", ",\"record\":\"7\"}\n"},
        {"[\"\xFF\"]", ",\"record\":\"[\\\"\xEF\xBF\xBD\\\"]\"}\n"},
        {"", ",\"record\":\"\"}\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct row row = {.row = 7, .raw = records[i].raw, .raw_len = strlen(records[i].raw)};
        struct buffer line = BUFFER_INIT(4096);
        assert_int_equal(rejected_json(&row, "why \"x\"", &line), 0);
        if (strncmp(line.data, FRONT, sizeof FRONT - 1) != 0 ||
            strcmp(line.data + sizeof FRONT - 1, records[i].rest) != 0)
            fail_msg("%s\n%s\ninstead of\n%s", records[i].raw, line.data, records[i].rest);
        buffer_release(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_as_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
