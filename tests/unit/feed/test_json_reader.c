/* Samples of good and broken JSON feeds: what must come out, however the bytes are cut. */
#include "csv_samples.h"

#include "feed/json_scan.h"

static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "text", .type = FIELD_TEXT},
    {.name = "n", .type = FIELD_INTEGER},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};

#define A "{\"id\":\"a\"}"
#define B "{\"id\":\"b\"}"
/* 24 bytes */
#define AT_LIMIT   "{\"id\":\"aaaaaaaaaaaaaaa\"}"
#define OVER_LIMIT "{\"id\":\"aaaaaaaaaaaaaaaa\"}"

#define LONG "[" A ",{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"

static const struct sample samples[] = {
    /* one record a line */
    SAMPLE("a line each", A "\n" B "\n", "1@1 \"a\"|-|-\n2@2 \"b\"|-|-\n"),
    SAMPLE("no last newline", A "\n" B, "1@1 \"a\"|-|-\n2@2 \"b\"|-|-\n"),
    SAMPLE("blank lines, CRLF", "\r\n \t\r\n" A "\r\n\r\n  " B " \r\n",
           "1@3 \"a\"|-|-\n2@5 \"b\"|-|-\n"),
    SAMPLE("CR", A "\r" B "\r\r" A, "1@1 \"a\"|-|-\n2@2 \"b\"|-|-\n3@4 \"a\"|-|-\n"),
    SAMPLE("any order, any type, null", "{\"n\":7,\"text\":null,\"id\":1.5}", "1@1 1.5|null|7\n"),
    SAMPLE("members of ours", "{\"error\":\"x\",\"row\":3,\"id\":\"a\"}", "1@1 \"a\"|-|-\n"),
    SAMPLE("escapes", "{\"id\":\"\\u00e9\\\"\\\\\",\"text\":\"{[\"}",
           "1@1 \"é\\\"\\\\\"|\"{[\"|-\n"),
    SAMPLE("an empty record", "{}", "1@1 -|-|-\n"),
    SAMPLE("a broken line", A "\n{\"id\":tru}\n" B, "1@1 \"a\"|-|-\n2!2 bad_json\n3@3 \"b\"|-|-\n"),
    SAMPLE("an unclosed line", "{\"id\":\"a\n" B, "1!1 bad_json\n2@2 \"b\"|-|-\n"),
    SAMPLE("other values", A "\n7\n\"x\"\n[1]\nnull\n",
           "1@1 \"a\"|-|-\n2!2 bad_json\n3!3 bad_json\n4!4 bad_json\n5!5 bad_json\n"),
    SAMPLE("a comma behind the record", A ",\n" B, "1!1 bad_json\n2@2 \"b\"|-|-\n"),
    SAMPLE("two on a line", A B "\n" B, "1!1 bad_json\n2@2 \"b\"|-|-\n"),
    SAMPLE("the same member twice", "{\"id\":\"a\",\"id\":\"b\"}\n" B,
           "1!1 duplicate_member\n2@2 \"b\"|-|-\n"),
    SAMPLE("a number beyond 64 bits", "{\"id\":\"a\",\"n\":99999999999999999999}",
           "1!1 out_of_range\n"),
    SAMPLE("U+0000", "{\"id\":\"\\u0000\"}\n" B, "1!1 nul_byte\n2@2 \"b\"|-|-\n"),
    SAMPLE("half a surrogate pair", "{\"id\":\"\\ud800\"}\n" B,
           "1!1 bad_encoding\n2@2 \"b\"|-|-\n"),
    SAMPLE("not UTF-8", "{\"id\":\"\xE9\"}\n" B, "1!1 bad_encoding\n2@2 \"b\"|-|-\n"),
    SAMPLE("a NUL", A "\n{\"id\":\"\0\"}\n" B, "1@1 \"a\"|-|-\n2!2 nul_byte\n3@3 \"b\"|-|-\n"),
    LIMITED("lines at the limit", AT_LIMIT "\r\n" OVER_LIMIT "\r\n" B,
            "1@1 \"aaaaaaaaaaaaaaa\"|-|-\n2!2 row_too_long\n3@3 \"b\"|-|-\n"),
    LIMITED("far over the limit", A "\n{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
            "1@1 \"a\"|-|-\n2!2 row_too_long\n"),
    FIRST("byte order mark", "\xEF\xBB\xBF" A "\n" B, "1@1 \"a\"|-|-\n2@2 \"b\"|-|-\n"),

    /* one object with the records inside it */
    FIRST("an array in an object", "{\"things\":[" A "," B "]}", "unusable unreadable_feed\n"),
    FIRST("on a line each", "\n{ \"things\" : [\r\n" A ",\r\n" B "\r\n]}",
          "unusable unreadable_feed\n"),
    FIRST("behind others", "{\"page\":1,\"x\":[1],\"things\":[ " A "]}\n",
          "unusable unreadable_feed\n"),
    FIRST("over several lines", " {\n\"things\": [\n" A "\n]}\n", "unusable unreadable_feed\n"),
    {.name = "longer than a record",
     .bytes = "{\"things\":[" A "," B "]}",
     .len = sizeof "{\"things\":[" A "," B "]}" - 1,
     .limit = SMALL_LIMIT,
     .brief = "unusable unreadable_feed\n",
     .no_pad = true},
    FIRST("a list in a record", "{\"x\":[{}],\"id\":\"a\"}\n" B, "1@1 \"a\"|-|-\n2@2 \"b\"|-|-\n"),
    FIRST("a list in a refused row", "{\"error\":\"x\",\"y\":[{}]}", "1@1 -|-|-\n"),
    FIRST("other lists", "{\"x\":[1],\"y\":[]}", "1@1 -|-|-\n"),
    SAMPLE("not in front", A "\n{\"things\":[" B "]}\n{\n" B,
           "1@1 \"a\"|-|-\n2@2 -|-|-\n3!3 bad_json\n4@4 \"b\"|-|-\n"),

    /* an array */
    SAMPLE("array", "[" A "," B "]", "1@1 \"a\"|-|-\n2@1 \"b\"|-|-\n"),
    SAMPLE("array on lines", " \n[\n  " A ",\n  " B "\n]\n", "1@3 \"a\"|-|-\n2@4 \"b\"|-|-\n"),
    SAMPLE("records over lines", "[{\r\n\"id\":\r\n\"a\"\r\n},\r\n{\r\"id\" : \"b\"}]",
           "1@1 \"a\"|-|-\n2@5 \"b\"|-|-\n"),
    SAMPLE("nested", "[{\"id\":\"a\",\"x\":[{\"y\":[]},{}]}," B "]",
           "1@1 \"a\"|-|-\n2@1 \"b\"|-|-\n"),
    SAMPLE("brackets and quotes in texts", "[{\"id\":\"]}\\\",\\\\\"}," B "]",
           "1@1 \"]}\\\",\\\\\"|-|-\n2@1 \"b\"|-|-\n"),
    SAMPLE("empty array", "[]", ""),
    SAMPLE("blank array", "\n[ \n ]\n", ""),
    SAMPLE("comma behind the last", "[" A ",]", "1@1 \"a\"|-|-\n"),
    SAMPLE("broken records", "[" A ",{\"id\":tru},{\"id\" \"x\"},7,\"x,]\",[{}],tru," B "]",
           "1@1 \"a\"|-|-\n2!1 bad_json\n3!1 bad_json\n4!1 bad_json\n5!1 bad_json\n6!1 bad_json\n"
           "7!1 bad_json\n8@1 \"b\"|-|-\n"),
    SAMPLE("the same member twice, in an array", "[{\"id\":\"a\",\"id\":\"b\"}," B "]",
           "1!1 duplicate_member\n2@1 \"b\"|-|-\n"),
    LIMITED("elements at the limit", "[" AT_LIMIT ",\n" OVER_LIMIT ",\n" B "]",
            "1@1 \"aaaaaaaaaaaaaaa\"|-|-\n2!2 row_too_long\n3@3 \"b\"|-|-\n"),

    /* an array that cannot be read on: its sentence names the line */
    FIRST("cut off in a record", "[" A ",{\"id\"",
          "1@1 \"a\"|-|-\n2!1 bad_json\nunusable unreadable_feed\n"),
    FIRST("cut off behind a record", "[" A "", "1@1 \"a\"|-|-\nunusable unreadable_feed\n"),
    FIRST("cut off behind a comma", "[" A ",\n", "1@1 \"a\"|-|-\nunusable unreadable_feed\n"),
    FIRST("an unclosed text", "[" A ",\n{\"id\":\"b},\n" B "]",
          "1@1 \"a\"|-|-\n2!2 bad_json\nunusable unreadable_feed\n"),
    FIRST("a bracket of the wrong kind", "[" A ",{\"id\":[\"b\"}," B "]",
          "1@1 \"a\"|-|-\n2!1 bad_json\nunusable unreadable_feed\n"),
    FIRST("a missing bracket", "[{\"id\":\"a\"," B "]", "1!1 bad_json\nunusable unreadable_feed\n"),
    FIRST("a missing comma", "[" A "\n" B "]", "1@1 \"a\"|-|-\nunusable unreadable_feed\n"),
    FIRST("two commas", "[" A ",," B "]", "1@1 \"a\"|-|-\nunusable unreadable_feed\n"),
    FIRST("something behind", "[" A "]\n" B, "1@1 \"a\"|-|-\nunusable unreadable_feed\n"),
    {.name = "too long and unclosed",
     .bytes = LONG,
     .len = sizeof LONG - 1,
     .limit = SMALL_LIMIT,
     .brief = "1@1 \"a\"|-|-\n2!1 row_too_long\nunusable unreadable_feed\n",
     .no_pad = true},
};

static void every_sample_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        check_sample(&thing, &samples[i]);
    print_message("%zu samples\n", sizeof samples / sizeof samples[0]);
}

/* What the sentences must say. */
static void sentences_name_the_place(void **state)
{
    (void)state;
    static const struct sentence cases[] = {
        {"{\"id\":\n\"a\"}", "the record is not closed at the end of its line (a record of several "
                             "lines must stand in an array, between [ and ])"},
        {"{\"things\":[" A "]}",
         "its records are in an array inside an object: take it out, with jq "
         "'.\"things\"' for example; nothing was sent"},
        {"{\n", "it is an object over several lines"},
        {"{\"id\":\"caf\xE9\"}", "the record, at byte 11, is not UTF-8 (it would be valid "
                                 "Windows-1252: --encoding windows-1252)"},
        {"{\"id\":tru}", "at line 1, column 9 (byte 9)"},
        {"[" A ",\n[1]]", "a JSON array, not an object: \"[1]\""},
        {"[" A ",\n{\"id\":\"b\n",
         "the array cannot be read on from row 2, which starts on line 2: a "
         "text is not closed at the end of its line; nothing behind it was "
         "read, the rows in front of it were"},
        {"[" A "\n" B "]", "the array cannot be read on from line 2: a comma is missing"},
        {"[" A ",", "the feed ends before the ] that closes it (was it sent whole?)"},
        {"{\"id\":\"a\",\"ID\":1,\"x\":2}\n{\"id\":\"b\",\"y\":1}",
         "notice members that thing does not know are left out: ID, x\n"},
    };
    check_sentences(&thing, cases, sizeof cases / sizeof cases[0]);
}

/* One notice a feed, however many records have such members. */
static void unknown_members_are_told_once(void **state)
{
    (void)state;
    struct feed_options options = {.entity = &thing};
    struct csv_trace trace = {0};
    static const char bytes[] = A "\n{\"id\":\"a\",\"x\":1}\n{\"id\":\"a\",\"y\":1}\n";
    trace_cut(&trace, &options, bytes, sizeof bytes - 1, NULL, 0);
    const char *first = strstr(trace.full.data, "notice");
    assert_non_null(first);
    assert_null(strstr(first + 1, "notice"));
    trace_release(&trace);
}

/* `depth` brackets, closed or not, between two good records. */
static void check_bomb(size_t depth, bool closed, const char *brief)
{
    struct feed_options options = {.entity = &thing};
    struct csv_trace trace = {0};
    struct buffer feed = BUFFER_INIT(SIZE_MAX / 4);
    trace_must(buffer_add_text(&feed, "[" A ",{\"id\":"));
    for (size_t i = 0; i < depth; i++)
        trace_must(buffer_add_byte(&feed, '['));
    for (size_t i = 0; i < depth && closed; i++)
        trace_must(buffer_add_byte(&feed, ']'));
    trace_must(buffer_add_text(&feed, closed ? "}," B "]" : ""));
    trace_steps(&trace, &options, feed.data, feed.len, 1000);
    assert_string_equal(trace.brief.data, brief);
    trace_release(&trace);
    buffer_release(&feed);
}

static void nesting_bombs(void **state)
{
    (void)state;
    check_bomb(3000, true, "1@1 \"a\"|-|-\n2!1 too_deep\n3@1 \"b\"|-|-\n");
    check_bomb(400000, true, "1@1 \"a\"|-|-\n2!1 too_deep\n3@1 \"b\"|-|-\n");
    check_bomb(3000000, true, "1@1 \"a\"|-|-\n2!1 row_too_long\n3@1 \"b\"|-|-\n");
    check_bomb(3000000, false, "1@1 \"a\"|-|-\n2!1 row_too_long\nunusable unreadable_feed\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_at_every_cut),
        cmocka_unit_test(sentences_name_the_place),
        cmocka_unit_test(unknown_members_are_told_once),
        cmocka_unit_test(nesting_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
