/* Feeds whose last column is the rest of the line: unquoted JSON, with quotes and delimiters in it.
 * What the event feed promises, as samples at every cut. */
#include "csv_samples.h"

static const struct field fields[] = {
    {.name = "note", .type = FIELD_TEXT, .flags = FIELD_REQUIRED},
    {.name = "more", .type = FIELD_JSON},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_APPEND, .fields = fields, .field_count = 2};

#define H "note;more\n"

static const struct sample samples[] = {
    SAMPLE("as the course has it", H "You can't index the port;{\"circuit\":\"SCSI\"}\n",
           "1@2 You can't index the port|{\"circuit\":\"SCSI\"}\n"),
    SAMPLE("no last newline", H "a;{\"x\":1}", "1@2 a|{\"x\":1}\n"),
    SAMPLE("delimiters and quotes inside", H "a; {\"x\":\"y;z\", \"q\":\"\\\"\"} \nb;{}\n",
           "1@2 a| {\"x\":\"y;z\", \"q\":\"\\\"\"} \n2@3 b|{}\n"),
    SAMPLE("commas", "note,more\na,{\"x\":1,\"y\":[2,3]}\n", "1@2 a|{\"x\":1,\"y\":[2,3]}\n"),
    SAMPLE("tabs", "note\tmore\na\t{\"x\":\t1}\n", "1@2 a|{\"x\":\t1}\n"),
    SAMPLE("CRLF", "note;more\r\na;{\"x\":1}\r\nb;\r\n", "1@2 a|{\"x\":1}\n2@3 b|\n"),
    SAMPLE("CR", "note;more\ra;{\"x\":1}\rb;{}", "1@2 a|{\"x\":1}\n2@3 b|{}\n"),
    SAMPLE("empty rest", H "a;\nb;", "1@2 a|\n2@3 b|\n"),
    SAMPLE("empty first cell", H ";{\"x\":1}\n", "1@2 |{\"x\":1}\n"),
    SAMPLE("empty lines", H "\na;{}\n\n \nb;{}\n", "1@3 a|{}\n2@6 b|{}\n"),
    SAMPLE("quoted text", H "\"a;b \"\"c\"\"\";{\"x\":\"y\"}\n", "1@2 a;b \"c\"|{\"x\":\"y\"}\n"),
    SAMPLE("quoted newlines", H "\"a\n;{\"\"b\"\"\n\";{\"x\":\"y\"}\nc;{}\n",
           "1@2 a\n;{\"b\"\n|{\"x\":\"y\"}\n2@5 c|{}\n"),
    SAMPLE("quoted rest", H "a;\"{\"\"x\"\":\"\"y;z\"\"}\"\nb;{\"x\":1}\n",
           "1@2 a|{\"x\":\"y;z\"}\n2@3 b|{\"x\":1}\n"),
    SAMPLE("quoted rest with newlines", H "a;\"{\n\"\"x\"\":1\n}\"\nb;{}\n",
           "1@2 a|{\n\"x\":1\n}\n2@5 b|{}\n"),
    SAMPLE("quoted rest, and empty cells behind", H "a;\"{}\";;\n", "1@2 a|{}\n"),
    SAMPLE("blank in front of the quote", H "a; \"{}\"\n", "1@2 a| \"{}\"\n"),
    SAMPLE("no JSON is not the reader's business", H "a;oops \"x\nb;{}\n",
           "1@2 a|oops \"x\n2@3 b|{}\n"),
    SAMPLE("other columns in front", "error;row;note;more\n\"x: \"\"y\"\"\";7;a;{\"x\":\";\"}\n",
           "1@2 a|{\"x\":\";\"}\n"),
    SAMPLE("the JSON is not last", "more;note\n\"{\"\"x\"\":1}\";a\n{\"x\":1};b\nc;d;e\n",
           "1@2 a|{\"x\":1}\n2!3 stray_quote\n3!4 column_count\n"),
    SAMPLE("the column is missing", "note;other\na;{\"x\":1}\nb;c\n", "1!2 stray_quote\n2@3 b|-\n"),

    /* a broken row loses its own line only */
    SAMPLE("no delimiter", H "just text\nb;{}\n", "1!2 column_count\n2@3 b|{}\n"),
    SAMPLE("no delimiter at the end", H "b;{}\nx", "1@2 b|{}\n2!3 column_count\n"),
    SAMPLE("stray quote", H "say \"x\";{\"y\":1}\nb;{}\n", "1!2 stray_quote\n2@3 b|{}\n"),
    SAMPLE("stray quote behind a quoted text", H "\"a\" b;{\"y\":1}\nb;{}\n",
           "1!2 stray_quote\n2@3 b|{}\n"),
    SAMPLE("unclosed quote, quotes in the JSON", H "\"a;{\"y\":1}\nb;{\"z\":2}\n",
           "1!2 stray_quote\n2@3 b|{\"z\":2}\n"),
    SAMPLE("unclosed quote, then quotes in the JSON", H "\"a;{}\nb;{\"z\":2}\nc;{}\n",
           "1!2 unclosed_quote\n2@3 b|{\"z\":2}\n3@4 c|{}\n"),
    SAMPLE("unclosed quote to the end", H "\"a;{}\nb;{}\nc;{}",
           "1!2 unclosed_quote\n2@3 b|{}\n3@4 c|{}\n"),
    SAMPLE("unclosed quote, closed by a quoted text", H "\"a;{}\n\"b\";{\"x\":1}\nc;{}\n",
           "1!2 unclosed_quote\n2@3 b|{\"x\":1}\n3@4 c|{}\n"),
    SAMPLE("unclosed quote in the rest", H "a;\"{\"\"x\"\":1}\nb;{}\nc;\"{}\"\nd;{\"x\":1}\n",
           "1!2 unclosed_quote\n2@3 b|{}\n3@4 c|{}\n4@5 d|{\"x\":1}\n"),
    SAMPLE("stray quote in a quoted rest", H "a;\"{\"x\":1}\"\nb;{}\n",
           "1!2 stray_quote\n2@3 b|{}\n"),
    SAMPLE("not UTF-8", H "caf\xE9;{}\na;{\"x\":\"\xE9;\"}\nb;{}\n",
           "1!2 bad_encoding\n2!3 bad_encoding\n3@4 b|{}\n"),
    SAMPLE("NUL", H "a;{\"x\":\"\0\"}\nb;{}\n", "1!2 nul_byte\n2@3 b|{}\n"),

    /* limits: 24 bytes */
    LIMITED("at the limit", H "aaaaaaaaaaa;{\"x\":\"yyyy\"}\nb;{}\n",
            "1@2 aaaaaaaaaaa|{\"x\":\"yyyy\"}\n2@3 b|{}\n"),
    LIMITED("over the limit", H "aaaaaaaaaaa;{\"x\":\"yyyyy\"}\r\nb;{}\n",
            "1!2 row_too_long\n2@3 b|{}\n"),
    LIMITED("unclosed over the limit", H "\"a;{}\nb;{}\nc;{}\nd;{}\ne;{}\nf;{}\n",
            "1!2 unclosed_quote\n2@3 b|{}\n3@4 c|{}\n4@5 d|{}\n5@6 e|{}\n6@7 f|{}\n"),
};

static void every_sample_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        check_sample(&thing, &samples[i]);
}

/* Where the record is one column, it is JSON from the line's first byte on. */
static void a_feed_of_json_alone(void **state)
{
    (void)state;
    static const struct field only[] = {{.name = "more", .type = FIELD_JSON}};
    static const struct entity alone = {.name = "alone", .fields = only, .field_count = 1};
    static const struct sample sample =
        SAMPLE("JSON alone", "more\n{\"x\":\"y,z\"}\n\n\"{\"\"x\"\":\n1}\"\n{}",
               "1@2 {\"x\":\"y,z\"}\n2@4 {\"x\":\n1}\n3@6 {}\n");
    check_sample(&alone, &sample);
}

static void sentences_name_the_place(void **state)
{
    (void)state;
    static const struct sentence cases[] = {
        {H "Hello, world\n", "the row has 1 column where the header has 2: \"Hello, world\""},
        {H "say \"x\";{}\n", "note: column 1 has a quote"},
        {H "a;{\"x\":\";;\xE9\"}\n", "more: column 2 is not UTF-8"},
        {H "\"a;{}\nb;{\"x\":\";\"}\n", "note: the quote that opens in column 1 is not closed"},
        {H "a;\"{}\n", "more: the quote that opens in column 2 is not closed"},
    };
    check_sentences(&thing, cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_at_every_cut),
        cmocka_unit_test(a_feed_of_json_alone),
        cmocka_unit_test(sentences_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
