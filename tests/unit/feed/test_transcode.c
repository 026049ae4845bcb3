/* Other encodings: what comes out, at every cut, and what is refused. */
#include "csv_samples.h"

#include "feed/transcode.h"

static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "text", .type = FIELD_TEXT},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 2};

#define BYTES(text) .bytes = text, .len = sizeof(text) - 1

static const struct {
    const char *encoding, *bytes;
    size_t len;
    const char *brief;
} feeds[] = {
    {"windows-1252", BYTES("id;text\r\n1;caf\xE9 \x80\r\n"), "1@2 1|caf\xC3\xA9 \xE2\x82\xAC\n"},
    {"iso-8859-15", BYTES("id,text\n1,\xA4\n"), "1@2 1|\xE2\x82\xAC\n"},
    {"utf-8", BYTES("id,text\n1,\xC3\xA9\n"), "1@2 1|\xC3\xA9\n"},
    {"UTF-16LE", BYTES("i\0d\0\n\0\xE9\0\n\0"), "1@2 \xC3\xA9|-\n"},
    {"UTF-16LE", BYTES("{\0\"\0i\0d\0\"\0:\0\"\0\xE9\0\"\0}\0"), "1@1 \"\xC3\xA9\"|-\n"},
    {"shift_jis", BYTES("id,text\n1,\x83\x65\n"), "1@2 1|\xE3\x83\x86\n"},
    /* a byte order mark wins: what was once converted is not converted again */
    {"windows-1252", BYTES("\xEF\xBB\xBFid\n\xC3\xA9\n"), "1@2 \xC3\xA9|-\n"},
    {"windows-1252", BYTES("\xFF\xFEi\0d\0\n\0\xE9\0\n\0"), "1@2 \xC3\xA9|-\n"},
    {NULL, BYTES("\xFF\xFE\0\0i\0\0\0d\0\0\0\n\0\0\0\xE9\0\0\0"), "1@2 \xC3\xA9|-\n"},
    /* what cannot be converted costs its row */
    {"windows-1252",
     BYTES("id,text\n1,a\x81"
           "b\n2,\xE9\n"),
     "1!2 bad_encoding\n2@3 2|\xC3\xA9\n"},
    {"windows-1252", BYTES("{\"id\":\"a\x81\"}\n{\"id\":\"\xE9\"}\n"),
     "1!1 bad_encoding\n2@2 \"\xC3\xA9\"|-\n"},
    {"utf-16le", BYTES("i\0d\0\n\0a\0\0\xDC\n\0b\0\n\0c"),
     "1!2 bad_encoding\n2@3 b|-\n3!4 bad_encoding\n"},
};

static void check_feed(size_t i, size_t step, struct csv_trace *trace)
{
    struct feed_options options = {.entity = &thing, .encoding = feeds[i].encoding};
    trace_steps(trace, &options, feeds[i].bytes, feeds[i].len, step);
    if (strcmp(trace->brief.data, feeds[i].brief) != 0)
        fail_msg("%zu, in steps of %zu:\n%s\ninstead of\n%s", i, step, trace->full.data,
                 feeds[i].brief);
}

static void feeds_in_other_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        for (size_t step = 1; step <= feeds[i].len; step++) {
            struct csv_trace trace = {0};
            check_feed(i, step, &trace);
            trace_release(&trace);
        }
    }
}

/* Beyond the bytes that are sniffed at, pieces are converted as they come. */
static void pieces_of_a_long_feed(void **state)
{
    enum { ROWS = 3000 };
    struct feed_options options = {.entity = &thing, .encoding = "utf-16be"};
    struct buffer feed = BUFFER_INIT(SIZE_MAX / 4);
    struct csv_trace one = {0}, other = {0};
    (void)state;
    trace_must(buffer_add(&feed, "\0i\0d\0\n", 6));
    for (size_t i = 0; i < ROWS; i++)
        trace_must(buffer_add(&feed, i % 100 == 99 ? "\xDC\x01\0\n" : "\x26\x3A\0\n", 4));
    trace_steps(&one, &options, feed.data, feed.len, 1);
    trace_steps(&other, &options, feed.data, feed.len, 65537);
    assert_int_equal(one.rows, ROWS - ROWS / 100);
    assert_int_equal(one.refused, ROWS / 100);
    assert_string_equal(one.full.data, other.full.data);
    trace_release(&one);
    trace_release(&other);
    buffer_release(&feed);
}

static void sentences_name_encoding_and_place(void **state)
{
    (void)state;
    struct feed_options options = {.entity = &thing, .encoding = "windows-1252"};
    struct csv_trace trace = {0};
    static const char bytes[] = "id,text\n1,a\x81\n";
    trace_cut(&trace, &options, bytes, sizeof bytes - 1, NULL, 0);
    assert_non_null(strstr(trace.full.data,
                           "text: column 2 has bytes that are not windows-1252: \"1,a\\x81\""));
    trace_release(&trace);
}

static void names_that_iconv_does_not_know(void **state)
{
    struct reason reason;
    (void)state;
    assert_null(transcode_new("latin-99", &reason));
    assert_non_null(
        strstr(reason.text, "\"latin-99\" is no encoding that iconv knows; examples: utf-8"));
    assert_null(transcode_new("utf-16//IGNORE", &reason));
    transcode_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_in_other_encodings),
        cmocka_unit_test(pieces_of_a_long_feed),
        cmocka_unit_test(sentences_name_encoding_and_place),
        cmocka_unit_test(names_that_iconv_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
