/* --map, --set, --decimal-comma: what is taken, what is refused with which words, what becomes of a
 * row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "csv_trace.h"
#include "feed/map_hint.h"

static const char *const words[] = {"safe", "danger", NULL};
static const char *const also_name[] = {"Artikel", "full name", NULL};
static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .also = also_name},
    {.name = "n", .type = FIELD_INTEGER, .flags = FIELD_LENIENT, .maximum = 100},
    {.name = "state", .type = FIELD_CHOICE, .choices = words},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 4};

static void what_is_refused(void **state)
{
    static const struct {
        int (*read)(struct mapping *, const char *, struct reason *);
        const char *text, *sentence;
    } bad[] = {
        {mapping_read_map, "ean=EAN",
         "\"ean\" is no field of thing; its fields are id, name, n, state"},
        {mapping_read_map, "EAN=id", "the field stands in front: id=EAN"},
        {mapping_read_map, "id", "expected FIELD=COLUMN, not \"id\""},
        {mapping_read_map, "id=", "expected FIELD=COLUMN, not \"id=\""},
        {mapping_read_map, "id=a,,name=b", "expected FIELD=COLUMN, not \"\""},
        {mapping_read_map, "id=a,id=b", "the field id stands there twice"},
        {mapping_read_map, "id=a,name=a", "one column cannot be two fields, id and name"},
        {mapping_read_map, "id=row",
         "\"error\" and \"row\" are what --rejected adds, and no fields"},
        {mapping_read_set, "state", "expected FIELD=VALUE, not \"state\""},
        {mapping_read_set, "id=1",
         "id tells one thing from another, and cannot be the same in all rows"},
        {mapping_read_set, "state=Safe",
         "state: not one of safe, danger (the case differs: did you mean \"safe\"?): \"Safe\""},
        {mapping_read_set, "n=101", "n: not between 0 and 100: \"101\""},
        {mapping_read_set, "n=1,n=2", "the field n stands there twice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mapping mapping = MAPPING_INIT(&thing);
        struct reason reason;
        assert_int_equal(bad[i].read(&mapping, bad[i].text, &reason), -1);
        assert_string_equal(reason.text, bad[i].sentence);
        mapping_release(&mapping);
    }
}

struct run {
    const char *map, *set, *feed, *brief, *told; /* told: in the full trace */
    bool decimal_comma;
};

static const struct run runs[] = {
    {"id=EAN, name = Full name", "", "EAN;Full name;n\n1;a;2\n", "1@2 1|a|2|-\n", NULL, false},
    {"name=a\\,b\\\\c", "", "id;a,b\\c\n1;x\n", "1@2 1|x|-|-\n", NULL, false},
    /* the mapped column wins; the field's own name is good where the mapped one is missing */
    {"name=title", "", "id,name,title\n1,own,mapped\n", "1@2 1|mapped|-|-\n", "left out: name",
     false},
    {"name=title", "", "id,name\n1,own\n", "1@2 1|own|-|-\n", NULL, false},
    {"name=n,n=name", "", "id,name,n\n1,2,x\n", "1@2 1|x|2|-\n", NULL, false},
    {"state=Zustand", "", "id,name\n1,a\n", "unusable bad_header\n",
     "lacks the column Zustand (for state); if it has another name: --map state=COLUMN", false},
    {"name=A", "", "id,A,A\n1,a,a\n", "unusable bad_header\n", "the column A (for name) 2 times",
     false},
    {"", "", "id,Artikel\n1,a\n", "unusable bad_header\n", "are these they? --map name=Artikel",
     false},
    /* constants */
    {"", "state=safe", "id,name\n1,a\n", "1@2 1|a|-|safe\n", NULL, false},
    {"", "state=safe,name=x", "id,state\n1,danger\n2,\n", "1@2 1|x|-|danger\n2@3 2|x|-|safe\n",
     "values of its own for state", false},
    {"", "n=7", "[{\"id\":\"1\",\"n\":null},{\"id\":\"2\"},{\"id\":\"3\",\"n\":8}]",
     "1@1 \"1\"|-|null|-\n2@1 \"2\"|-|7|-\n3@1 \"3\"|-|8|-\n", "values of its own for n", false},
    /* decimal comma */
    {"", "", "id;name;n\n1,0;a,00;7,00\n2;a;7,50\n3;a;7,\n4;a;0,0\n5;a;,0\n6;a;-3,00\n",
     "1@2 1,0|a,00|7|-\n2@3 2|a|7,50|-\n3@4 3|a|7,|-\n4@5 4|a|0|-\n5@6 5|a|,0|-\n6@7 6|a|-3|-\n",
     NULL, true},
    /* What is refused all the same is shown as it stands in the feed. */
    {"", "", "id;name;n\n1;a;1.200,00\n2;a;1 200,00\n3;a;--1,00\n",
     "1@2 1|a|1.200,00|-\n2@3 2|a|1 200,00|-\n3@4 3|a|--1,00|-\n", NULL, true},
    {"", "", "id;name;n\n1;a;7,00\n", "1@2 1|a|7,00|-\n", NULL, false},
    {"", "", "{\"id\":\"1\",\"n\":\"7,0\"}", "1@1 \"1\"|-|7|-\n", NULL, true},
    /* members */
    {"id=EAN,name=Full name", "", "{\"EAN\":\"1\",\"Full name\":\"a\",\"name\":\"b\",\"x\":1}\n",
     "1@1 \"1\"|\"a\"|-|-\n", "left out: x", false},
    {"id=EAN", "", "{\"EAN\":\"1\"}\n{\"id\":\"2\"}\n", "1@1 \"1\"|-|-|-\n2@2 \"2\"|-|-|-\n", NULL,
     false},
    {"name=n", "", "{\"id\":\"1\",\"n\":\"a\"}", "1@1 \"1\"|\"a\"|-|-\n", NULL, false},
    {"", "", "{\"id\":\"1\",\"FULL-NAME\":\"a\"}", "1@1 \"1\"|-|-|-\n",
     "left out: FULL-NAME; are these they? --map name=FULL-NAME", false},
};

static void check_run(const struct run *run)
{
    struct mapping mapping = MAPPING_INIT(&thing);
    struct csv_trace trace = {0};
    struct feed_options options = {.entity = &thing, .mapping = &mapping};
    struct reason reason = REASON_INIT;
    mapping.decimal_comma = run->decimal_comma;
    if (mapping_read_map(&mapping, run->map, &reason) != 0 ||
        mapping_read_set(&mapping, run->set, &reason) != 0)
        fail_msg("%s %s: %s", run->map, run->set, reason.text);
    trace_cut(&trace, &options, run->feed, strlen(run->feed), NULL, 0);
    if (strcmp(trace.brief.data, run->brief) != 0)
        fail_msg("%s:\n%s\ninstead of\n%s", run->feed, trace.full.data, run->brief);
    if (run->told != NULL && strstr(trace.full.data, run->told) == NULL)
        fail_msg("no \"%s\" in:\n%s", run->told, trace.full.data);
    if (run->told == NULL && strstr(trace.full.data, "notice") != NULL)
        fail_msg("%s", trace.full.data);
    trace_release(&trace);
    mapping_release(&mapping);
}

static void what_becomes_of_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        check_run(&runs[i]);
}

static void hints_are_for_a_shell(void **state)
{
    static const struct {
        const char *name, *text;
    } hints[] = {
        {"EAN", "--map id=EAN"},
        {"EAN 13", "--map 'id=EAN 13'"},
        {"a,b", "--map 'id=a\\,b'"},
        {"it's", "--map \"id=it's\""},
        {"Gr\xC3\xB6\xC3\x9F"
         "e",
         "--map 'id=Gr\xC3\xB6\xC3\x9F"
         "e'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        struct map_hint hint = MAP_HINT_INIT;
        map_hint_take(&hint, &fields[0], hints[i].name, strlen(hints[i].name));
        assert_string_equal(map_hint_text(&hint), hints[i].text);
    }
    struct map_hint none = MAP_HINT_INIT;
    assert_string_equal(map_hint_text(&none), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_becomes_of_rows),
        cmocka_unit_test(hints_are_for_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
