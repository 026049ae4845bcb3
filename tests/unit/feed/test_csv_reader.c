/* Samples of good and broken CSV: what must come out, however the bytes are cut. */
#include "csv_samples.h"

static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "text", .type = FIELD_TEXT},
    {.name = "n", .type = FIELD_INTEGER},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};

#define H "id,text,n\n"

static const struct sample samples[] = {
    /* good */
    SAMPLE("simple", H "a,b,c\n", "1@2 a|b|c\n"),
    SAMPLE("no last newline", H "a,b,c", "1@2 a|b|c\n"),
    SAMPLE("header only", H, ""),
    SAMPLE("header only, no newline", "id,text,n", ""),
    SAMPLE("comma in quotes", H "a,\"b, b\",c\n", "1@2 a|b, b|c\n"),
    SAMPLE("escaped quotes", H "a,\"b \"\"b\"\"\",c\n", "1@2 a|b \"b\"|c\n"),
    SAMPLE("newline in quotes", H "a,\"b\nb\",c\nd,e,f\n", "1@2 a|b\nb|c\n2@4 d|e|f\n"),
    SAMPLE("CRLF in quotes", "id,text,n\r\na,\"b\r\nb\",c\r\nd,e,f\r\n",
           "1@2 a|b\r\nb|c\n2@4 d|e|f\n"),
    SAMPLE("CR in quotes", H "a,\"b\rb\",c\rd,e,f", "1@2 a|b\rb|c\n2@4 d|e|f\n"),
    SAMPLE("quotes and newlines", H "a,\"\"\"b\"\"\n\"\"b\"\"\",c\n\"d\",e,\"f\"",
           "1@2 a|\"b\"\n\"b\"|c\n2@4 d|e|f\n"),
    SAMPLE("newlines only", H "a,\"\n\n\n\",c\nd,e,f\n", "1@2 a|\n\n\n|c\n2@6 d|e|f\n"),
    SAMPLE("utf8", H "ä,€,𝄞\nʤ,\"ß\",c\n", "1@2 ä|€|𝄞\n2@3 ʤ|ß|c\n"),
    SAMPLE("empty cells", H ",,\n\"\",\"\",\"\"\na,,\n", "1@2 ||\n2@3 ||\n3@4 a||\n"),
    SAMPLE("empty cells, CRLF", "id,text,n\r\n,\"\",\r\na,,\r\n", "1@2 ||\n2@3 a||\n"),
    SAMPLE("json", H "a,\"{\"\"k\"\": [1, \"\"x,y\"\"]}\",c\n", "1@2 a|{\"k\": [1, \"x,y\"]}|c\n"),
    SAMPLE("blanks stay", H " a,b ,  c\n\" a\",\"b \",\"\t\"\n", "1@2  a|b |  c\n2@3  a|b |\t\n"),
    SAMPLE("CR only", "id,text,n\ra,b,c\rd,e,f\r", "1@2 a|b|c\n2@3 d|e|f\n"),
    SAMPLE("mixed line ends", "id,text,n\r\na,b,c\rd,e,f\ng,h,i\r\r\n\nj,k,l",
           "1@2 a|b|c\n2@3 d|e|f\n3@4 g|h|i\n4@7 j|k|l\n"),
    SAMPLE("empty lines", "\n \n" H "\n\na,b,c\n   \n\t\nd,e,f\n\n", "1@6 a|b|c\n2@9 d|e|f\n"),
    SAMPLE("trailing empty columns", H "a,b,c,,,\nd,e,f,\"\"\n", "1@2 a|b|c\n2@3 d|e|f\n"),
    SAMPLE("trailing delimiter in the header", "id,text,n,,\na,b,c\nd,e,f,,\n",
           "1@2 a|b|c\n2@3 d|e|f\n"),
    SAMPLE("any order", "n,x,text,id\nc,?,b,a\n", "1@2 a|b|c\n"),
    SAMPLE("missing optional columns", "id\na\n\nb\n \n", "1@2 a|-|-\n2@4 b|-|-\n3@5  |-|-\n"),
    SAMPLE("rejected rows, corrected", "error,row,id,text,n\n\"id: \"\"x\"\", or so\",17,a,b,c\n",
           "1@2 a|b|c\n"),
    SAMPLE("semicolons", "id;text;n\na;b,b;c\n", "1@2 a|b,b|c\n"),
    SAMPLE("Excel's first line", "sep=;\r\nid;text;n\r\na;b,b;c\r\n", "1@3 a|b,b|c\n"),
    SAMPLE("Excel's first line, tab", "SEP=\t\nid\ttext\na\tb\n", "1@3 a|b|-\n"),
    SAMPLE("tabs", "id\ttext\tn\na\tb \tc\n\t\t\n  \n", "1@2 a|b |c\n2@3 ||\n"),
    SAMPLE("bars", "id|text|n\na|b|c\n", "1@2 a|b|c\n"),
    SAMPLE("quoted header", "\"id\", \"text\" ,\"n \"\na,b,c\n", "1@2 a|b|c\n"),
    SAMPLE("newline in the header", "id,\"other\n\"\"one\"\"\",text,n\na,x,b,c\n", "1@3 a|b|c\n"),
    FIRST("byte order mark", "\xEF\xBB\xBFid,text,n\na,b,c\n", "1@2 a|b|c\n"),
    FIRST("byte order mark, quoted name", "\xEF\xBB\xBF\"id\",text,n\na,b,c", "1@2 a|b|c\n"),
    FIRST("NUL in a row", H "a,b,c\na,b\0b,c\nd,e,f\n", "1@2 a|b|c\n2!3 nul_byte\n3@4 d|e|f\n"),

    /* broken quotes */
    SAMPLE("stray quote, quoted", H "\"Best\" salad,b,c\nd,e,f\n", "1!2 stray_quote\n2@3 d|e|f\n"),
    SAMPLE("stray quote, unquoted", H "5\" pipe,b,c\nd,e,f\n", "1!2 stray_quote\n2@3 d|e|f\n"),
    SAMPLE("stray quote behind a blank", H "a, \"b\",c\nd,\"e\" ,f\ng,h,i",
           "1!2 stray_quote\n2!3 stray_quote\n3@4 g|h|i\n"),
    SAMPLE("stray quote in the last line", H "a,b,c\"", "1!2 stray_quote\n"),
    SAMPLE("unclosed quote", H "a,\"b,c\nd,e,f\ng,h,i\n",
           "1!2 unclosed_quote\n2@3 d|e|f\n3@4 g|h|i\n"),
    SAMPLE("unclosed quote in the last line", H "a,b,c\nd,\"e,f",
           "1@2 a|b|c\n2!3 unclosed_quote\n"),
    SAMPLE("a lone quote", H "\"", "1!2 unclosed_quote\n"),
    SAMPLE("two unclosed quotes", H "a,\"b,c\nd,\"e,f\ng,h,i\n",
           "1!2 unclosed_quote\n2!3 unclosed_quote\n3@4 g|h|i\n"),
    SAMPLE("unclosed, then stray", H "a,\"b,c\nd,e,f\n\"x\" y,h,i\nj,k,l\n",
           "1!2 unclosed_quote\n2@3 d|e|f\n3!4 stray_quote\n4@5 j|k|l\n"),
    SAMPLE("unclosed, then quoted", H "a,\"b,c\nd,\"e\",f\ng,\"h, \"\"h\"\"\",i\n",
           "1!2 unclosed_quote\n2@3 d|e|f\n3@4 g|h, \"h\"|i\n"),
    SAMPLE("unclosed, then an empty quoted cell", H "a,\"b,c\nd,\"\",f\ng,\"h\",i\n",
           "1!2 unclosed_quote\n2@3 d||f\n3@4 g|h|i\n"),
    SAMPLE("unclosed, then quoted newlines", H "a,\"b,c\nd,\"e\ne\",f\ng,h,i\n",
           "1!2 unclosed_quote\n2@3 d|e\ne|f\n3@5 g|h|i\n"),
    SAMPLE("unclosed, then a cell that starts with a newline", H "a,\"b,c\nd,\"\ne\",f\ng,h,i\n",
           "1!2 unclosed_quote\n2@3 d|\ne|f\n3@5 g|h|i\n"),
    SAMPLE("unclosed, then a quoted delimiter", H "a,\"b,c\nd,\",\",f\ng,\"h\",i\n",
           "1!2 unclosed_quote\n2@3 d|,|f\n3@4 g|h|i\n"),
    SAMPLE("swallowed rows with the wrong count", H "a,\"b,c\nd,e,f\ng,h\",i,j\nk,l,m\n",
           "1!2 unclosed_quote\n2@3 d|e|f\n3!4 stray_quote\n4@5 k|l|m\n"),
    SAMPLE("quoted newlines, then an unclosed quote", H "a,\"b\nb\",c\nd,\"e,f\ng,h,i\n",
           "1@2 a|b\nb|c\n2!4 unclosed_quote\n3@5 g|h|i\n"),
    SAMPLE("unclosed quote, CRLF", "id,text,n\r\na,\"b,c\r\nd,e,f\r\n",
           "1!2 unclosed_quote\n2@3 d|e|f\n"),
    SAMPLE("unclosed quote, CR", "id,text,n\ra,\"b,c\rd,e,f", "1!2 unclosed_quote\n2@3 d|e|f\n"),
    SAMPLE("unclosed quote, then empty lines", H "a,\"b,c\n\n\nd,e,f\n",
           "1!2 unclosed_quote\n2@5 d|e|f\n"),

    /* columns */
    SAMPLE("too few, too many", H "a,b\nd,e,f,g\nh,i,j\n",
           "1!2 column_count\n2!3 column_count\n3@4 h|i|j\n"),
    SAMPLE("wrong count with a newline", H "a,\"b\nb\",c,d\ne,f,g\n",
           "1!2 column_count\n2@4 e|f|g\n"),
    SAMPLE("wrong count, quote closed on a line of its own", H "a,\"b\n\",c,d\ne,f,g\n",
           "1!2 column_count\n2@4 e|f|g\n"),
    SAMPLE("other delimiter", H "a;b;c\nd,e,f\n", "1!2 column_count\n2@3 d|e|f\n"),

    /* bytes */
    SAMPLE("not UTF-8", H "a,caf\xE9,c\nd,\xC3\xA9,f\n", "1!2 bad_encoding\n2@3 d|é|f\n"),
    SAMPLE("not UTF-8 in a column that is not ours", "id,x\na,\xFF\nb,\n",
           "1!2 bad_encoding\n2@3 b|-|-\n"),
    SAMPLE("surrogate", H "a,\xED\xA0\x80,c\n", "1!2 bad_encoding\n"),
    SAMPLE("NUL", H "a,b,\0\n\0,b,c\nd,e,f", "1!2 nul_byte\n2!3 nul_byte\n3@4 d|e|f\n"),

    /* limits: 24 bytes */
    LIMITED("at the limit", H "aaaaaaaa,bbbbbbbb,cccccc\nd,e,f\n",
            "1@2 aaaaaaaa|bbbbbbbb|cccccc\n2@3 d|e|f\n"),
    LIMITED("at the limit, CRLF", H "aaaaaaaa,bbbbbbbb,cccccc\r\nd,e,f\r\n",
            "1@2 aaaaaaaa|bbbbbbbb|cccccc\n2@3 d|e|f\n"),
    LIMITED("over the limit", H "aaaaaaaa,bbbbbbbb,ccccccc\nd,e,f\n",
            "1!2 row_too_long\n2@3 d|e|f\n"),
    LIMITED("over the limit, CRLF", H "aaaaaaaa,bbbbbbbb,ccccccc\r\nd,e,f\r\n",
            "1!2 row_too_long\n2@3 d|e|f\n"),
    LIMITED("far over the limit, CR", H "aaaaaaaa,bbbbbbbb,cccccccccccccccccccccccccc\rd,e,f",
            "1!2 row_too_long\n2@3 d|e|f\n"),
    LIMITED("over the limit at the end", H "aaaaaaaa,bbbbbbbb,ccccccc", "1!2 row_too_long\n"),
    LIMITED("quotes in a row over the limit",
            H "a,\"b\nb\",c\n\"aaaaaaaaaaaaaaaaaaaaaaaaaaa\nd,e,f\n",
            "1@2 a|b\nb|c\n2!4 row_too_long\n3@5 d|e|f\n"),
    LIMITED("two lines at the limit", H "a,\"bbbbbbbb\r\nbbbbbbbb\",c\r\nd,e,f\r\n",
            "1@2 a|bbbbbbbb\r\nbbbbbbbb|c\n2@4 d|e|f\n"),
    LIMITED("two lines over the limit", H "a,\"bbbbbbbb\r\nbbbbbbbbb\",c\r\nd,e,f\r\n",
            "1!2 unclosed_quote\n2!3 stray_quote\n3@4 d|e|f\n"),
    LIMITED("unclosed over the limit", H "a,\"b,c\nd,e,f\ng,h,i\nj,k,l\nm,n,o\n",
            "1!2 unclosed_quote\n2@3 d|e|f\n3@4 g|h|i\n4@5 j|k|l\n5@6 m|n|o\n"),
    LIMITED("unclosed, then a row over the limit", H "a,\"b,c\naaaaaaaa,bbbbbbbb,ccccccc\nd,e,f\n",
            "1!2 unclosed_quote\n2!3 row_too_long\n3@4 d|e|f\n"),

    /* the feed as a whole */
    SAMPLE("empty", "", "unusable unreadable_feed\n"),
    SAMPLE("blank lines only", "\n \r\n\t\r", "unusable unreadable_feed\n"),
    FIRST("byte order mark only", "\xEF\xBB\xBF", "unusable unreadable_feed\n"),
    SAMPLE("required column missing", "text,n\na,b\n", "unusable bad_header\n"),
    SAMPLE("doubled column", "id,text,id\na,b,c\n", "unusable bad_header\n"),
    SAMPLE("case differs", "Id,text,n\na,b,c\n", "unusable bad_header\n"),
    SAMPLE("broken header", "id,\"text,n\na,b,c\n", "unusable bad_header\n"),
    SAMPLE("stray quote in the header", "id,te\"xt\"x,n\na,b,c\n", "unusable bad_header\n"),
    LIMITED("header over the limit", "id,text,n,x1,x2,x3,x4,x5,x6,x7,x8\na",
            "unusable bad_header\n"),
    FIRST("zip", "PK\x03\x04id,text,n\n", "unusable not_text\n"),
    FIRST("UTF-16", "\xFF\xFEi\0d\0,\0n\0\n\0a\0,\0b\0", "1@2 a|-|b\n"),
    FIRST("UTF-16, big end first", "\xFE\xFF\0i\0d\0\r\0\n\0a", "1@2 a|-|-\n"),
    FIRST("half a character", "\xFF\xFEi\0d\0\n\0a", "1!2 bad_encoding\n"),
    FIRST("half a surrogate pair", "\xFF\xFEi\0d\0\n\0a\0\0\xD8\n\0b\0",
          "1!2 bad_encoding\n2@3 b|-|-\n"),
    FIRST("UTF-16 without a mark", "i\0d\0,\0n\0\n\0", "unusable not_text\n"),
};

static void every_sample_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        check_sample(&thing, &samples[i]);
    print_message("%zu samples\n", sizeof samples / sizeof samples[0]);
}

/* What the sentences of refused rows must say. */
static void sentences_name_the_place(void **state)
{
    (void)state;
    static const struct sentence cases[] = {
        {H "a,\"b,c\nd,e,f\n", "text: the quote that opens in column 2 is not closed, also not on "
                               "the next line, which is read by itself: \"a,\"b,c\""},
        {H "a,\"b,c\nd,e,f\ng,h,i",
         "not closed, also not on the next 2 lines, which are read by themselves"},
        {H "a,b,\"c", "the quote that opens in column 3 is not closed: \"a,b,\"c\""},
        {H "\"x\" y,b,c\n", "id: column 1 has a quote"},
        {H "a,b,c\"c\n", "n: column 3 has a quote"},
        {H "a,b\n", "the row has 2 columns where the header has 3: \"a,b\""},
        {H "a\n", "the row has 1 column where the header has 3"},
        {H "a,b,c,d\n", "(a cell with a comma in it must be quoted)"},
        {H "a;b;c\n", "(it would fit with semicolon instead of comma as the delimiter)"},
        {H "a,caf\xE9,c\n",
         "text: column 2 is not UTF-8 (it would be valid Windows-1252: --encoding windows-1252)"},
        {H "\"\"\"x\n\"\"\",caf\x81,c\n", "text: column 2 is not UTF-8: "},
        {"id,other\na,\xFF\n", "other: column 2 is not UTF-8"},
        {"id,text,x,\na,b,c,\"d\n", "the quote that opens in column 4 is not closed"},
    };
    check_sentences(&thing, cases, sizeof cases / sizeof cases[0]);
}

static void header_and_delimiter_are_told(void **state)
{
    (void)state;
    static const char bytes[] = "\xEF\xBB\xBF\"id\"; n\r\na;1\r\n";
    struct feed_options options = {.entity = &thing};
    struct csv_trace trace = {0};
    struct failure failure;
    struct feed_reader *reader = trace_start(&trace, &options);
    assert_int_equal(feed_reader_write(reader, bytes, sizeof bytes - 1, &failure), 0);
    assert_int_equal(feed_reader_finish(reader, &failure), 0);
    struct rejected_layout layout = feed_reader_layout(reader);
    assert_int_equal(layout.header_len, 7);
    assert_memory_equal(layout.header, "\"id\"; n", 7);
    assert_int_equal(layout.delimiter, ';');
    assert_false(layout.json);
    feed_reader_free(reader);
    trace_release(&trace);
}

static void an_unusable_feed_stays_unusable(void **state)
{
    (void)state;
    struct feed_options options = {.entity = &thing};
    struct csv_trace trace = {0};
    struct failure failure;
    struct feed_reader *reader = trace_start(&trace, &options);
    assert_int_equal(feed_reader_finish(reader, &failure), -1);
    assert_int_equal(feed_reader_write(reader, H "a,b,c\n", 16, &failure), -1);
    assert_int_equal(failure.code, ERROR_UNREADABLE_FEED);
    assert_int_equal(feed_reader_finish(reader, &failure), -1);
    assert_int_equal(trace.rows, 0);
    feed_reader_free(reader);
    feed_reader_free(NULL);
    trace_release(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_at_every_cut),
        cmocka_unit_test(sentences_name_the_place),
        cmocka_unit_test(header_and_delimiter_are_told),
        cmocka_unit_test(an_unusable_feed_stays_unusable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
