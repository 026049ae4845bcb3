/* Going on behind any row of any feed gives the rest of it: all feeds of data/, the broken ones, small ones
 * with everything that is hard, random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>

#include "entities/entities.h"
#include "feed/gunzip.h"
#include "resume_trace.h"

#define FOLDER    SOURCE_DIR "/data"
#define FILE_MAX  (1024 * 1024)
#define FEEDS_MIN 30
/* Of longer feeds the rest is read to its end behind so many marks only; the next rows behind all. */
#define MARKS_MAX 10

static const struct resume_way ways[] = {
    {.step = SIZE_MAX}, {.step = SIZE_MAX, .jumps = true}, {.step = 4096, .jumps = true},
    {.step = 1},        {.step = 3, .jumps = true},        {.step = 61, .jumps = true},
};
static const struct resume_way brief_way = {.step = 4096, .jumps = true, .brief = true};

static void check_mark(const struct resume_trace *resume, size_t mark, const char *name,
                       const struct feed_options *options, const char *bytes, size_t len,
                       struct resume_way way)
{
    struct csv_trace rest;
    if (!resume_fits(resume, mark, options, bytes, len, way, &rest))
        fail_msg("%s, behind row %zu (at %" PRIu64 "), in steps of %zu:\n%s\ninstead of\n%s", name,
                 mark + 1, resume->marks[mark].behind.offset, way.step, rest.full.data,
                 resume->whole.full.data + resume->marks[mark].traced);
    trace_release(&rest);
}

/* Returns the number of rows. */
static size_t check_feed(const char *name, const struct feed_options *options, const char *bytes,
                         size_t len)
{
    struct resume_trace resume;
    resume_read(&resume, options, bytes, len);
    size_t every = resume.count / MARKS_MAX + 1;
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        /* A step of a byte through a long feed, for each of its rows, is too much. */
        if (ways[way].step < 4096 && len > 4096)
            continue;
        for (size_t mark = way % every; mark < resume.count; mark += every)
            check_mark(&resume, mark, name, options, bytes, len, ways[way]);
    }
    for (size_t mark = 0; mark < resume.count && every > 1; mark++)
        check_mark(&resume, mark, name, options, bytes, len, brief_way);
    size_t count = resume.count;
    resume_release(&resume);
    return count;
}

/* Feeds with everything that is hard. The entity has three fields, a, b and c. */

static const struct field fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_TEXT},
};
static const struct field rest_fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_JSON},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};
static const struct entity rest_thing = {
    .name = "thing", .effect = EFFECT_APPEND, .fields = rest_fields, .field_count = 3};

struct hard {
    const char *name, *bytes;
    size_t len;
    size_t rows;
    size_t limit;
    const char *encoding;
};

#define HARD(title, text, count)                                                                   \
    {                                                                                              \
        .name = title, .bytes = text, .len = sizeof(text) - 1, .rows = count                       \
    }
#define HARD_LIMITED(title, text, count)                                                           \
    {                                                                                              \
        .name = title, .bytes = text, .len = sizeof(text) - 1, .rows = count, .limit = 16          \
    }
#define HARD_CONVERTED(title, text, count, from)                                                   \
    {                                                                                              \
        .name = title, .bytes = text, .len = sizeof(text) - 1, .rows = count, .encoding = from     \
    }
#define X20 "xxxxxxxxxxxxxxxxxxxx"

static const struct hard hards[] = {
    HARD("plain", "a,b,c\n1,2,3\n4,5,6\n", 2),
    HARD("no last line end", "a,b,c\n1,2,3\n4,5,6", 2),
    HARD("CRLF", "a,b,c\r\n1,2,3\r\n4,5,6\r\n7,8,9", 3),
    HARD("CR", "a,b,c\r1,2,3\r4,5,6\r", 2),
    HARD("all line ends", "a,b,c\n1,2,3\r\n\r4,5,6\n\r7,8,9\r\r\n1,2,3", 4),
    HARD("a mark, blank lines, sep=", "\xEF\xBB\xBF\n\nsep=;\na;b;c\n\n1;2;3\n \n\n4;5;6\n", 2),
    HARD("a header of two lines", "a,\"b\n\",c,\"d\n\"\n1,2,3,4\n5,6,7,8\n", 2),
    HARD("quoted line ends", "a,b,c\n1,\"2\n2\",3\n\"4\r\n\r\n\",5,6\n7,8,\"\n\"\n", 3),
    HARD("an unclosed quote", "a,b,c\n1,\"2,3\n4,5,6\n7,8,9\n", 3),
    HARD("two of them", "a,b,c\n1,\"2,3\n4,5,6\n7,\"8,9\n1,2,3\n", 4),
    HARD("an unclosed quote at the end", "a,b,c\n1,2,3\n4,5,\"6", 2),
    HARD("one that swallows lines", "a,b,c\n1,\"2,3\nx\ny,\"z\n4,5,6\n", 4),
    HARD("stray quotes", "a,b,c\n1,2\"2,3\n4,5,6\"\n\"7\"7,8,9\n1,2,3\n", 4),
    HARD("columns", "a,b,c\n1,2\n1,2,3,4\n\n1,2,3,,,\n1,2,3\n", 4),
    HARD("not UTF-8, a NUL", "a,b,c\n1,\xE9,3\n4,\0,6\n7,8,9\n", 3),
    HARD_LIMITED("too long", "a,b,c\n1," X20 ",3\n4,5,6\r\n" X20 X20 "\r\n7,8,9\n" X20, 5),
    HARD_LIMITED("too long, quoted", "a,b,c\n1,\"\n" X20 "\n4,5,6\n\"7\",\"" X20 "\n\"1\",2,3\n",
                 5),
    HARD("lines", "{\"a\":\"1\"}\n\n {\"a\":\"2\"} \r\n{\"a\":\"3\"}", 3),
    HARD("broken lines", "{\"a\":1}\n{\"a\"\n[1]\n7\n{\"a\":2}}\r{\"a\":\"\xE9\"}\n{\"a\":4}", 7),
    HARD_LIMITED("long lines", "{\"a\":1}\n{\"a\":\"" X20 "\"}\r\n{\"a\":2}\n{\"a\":\"" X20, 4),
    HARD("an array", "\r\n [ {\"a\":1},\n{\"a\":2}\r\n,\r{\"a\":\n3} ,\n{\"a\":4}]\n", 4),
    HARD("of other things", "[1,\n\"2\",null,[3,\n[4]],{\"a\":5},tru\n,{\"a\":6} \n]", 7),
    HARD("a comma at its end", "[{\"a\":1},{\"a\":2},]", 2),
    HARD("cut off", "[{\"a\":1},\n{\"a\":2},\n{\"a\":[3,\n{", 3),
    HARD("cut off behind a record", "[{\"a\":1},\n{\"a\":2}", 2),
    HARD("a wrong bracket", "[{\"a\":1},\n{\"a\":[2}\n,{\"a\":3}]", 2),
    HARD("a comma missing", "[{\"a\":1}\n{\"a\":2}]", 1),
    HARD("something behind it", "[{\"a\":1},{\"a\":2}]\n x", 2),
    HARD_LIMITED("long records",
                 "[{\"a\":1},{\"a\":\"" X20 "\",\n\"b\":[" X20 "]},\n{\"a\":2},"
                 "{\"a\":[\"" X20 "\\\"]\"]}]",
                 4),
    HARD_LIMITED("a long record cut off", "[{\"a\":1},\n{\"a\":\"" X20, 2),
    HARD_LIMITED("a long record with a wrong bracket", "[{\"a\":1},\n{\"a\":[\"" X20 "\"}]", 2),
    HARD_CONVERTED("windows-1252", "a,b,c\n1,\xE9\xE9,3\n4,\x81,6\n\"7\xE9\",8,9\n", 3,
                   "windows-1252"),
    HARD_CONVERTED("utf-16",
                   "\xFF\xFE"
                   "a\0,\0b\0,\0c\0\r\0\n\0\xE9\0,\0\x20\x20,\0\x00\xD8\n\0"
                   "4\0,\0"
                   "5\0,\0"
                   "6\0\r\0\n\0"
                   "7\0,\0"
                   "8\0,\0"
                   "9\0",
                   3, NULL),
    HARD_CONVERTED("utf-16 JSON",
                   "\xFF\xFE[\0{\0}\0,\0\n\0{\0\"\0\xE9\0\"\0:\0"
                   "1\0}\0]\0",
                   2, NULL),
};

static void feeds_with_all_that_is_hard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hards / sizeof *hards; i++) {
        const struct hard *hard = &hards[i];
        struct feed_options options = {
            .entity = &thing, .row_bytes_max = hard->limit, .encoding = hard->encoding};
        size_t rows = check_feed(hard->name, &options, hard->bytes, hard->len);
        if (rows != hard->rows)
            fail_msg("%s: %zu rows instead of %zu", hard->name, rows, hard->rows);
    }
}

static void rows_that_end_with_the_rest_of_the_line(void **state)
{
    (void)state;
    const struct feed_options options = {.entity = &rest_thing};
    static const char feed[] = "a;b;c\n1;2;{\"x\":\"y;z\"}\n3;\"\n\";{\"x\":[\n4;5;\"{}\n"
                               "6;7;{\"q\":\"\"\"}\n8;9;\n";
    assert_int_equal(check_feed("the rest of the line", &options, feed, sizeof feed - 1), 5);
}

/* All the same with 5,000 bytes more in front of the first row, so that what is looked at to know the
 * feed is not all of it. */
static void long_feeds(void **state)
{
    (void)state;
    static char feed[10000];
    const struct feed_options options = {.entity = &thing};
    for (size_t i = 0; i < sizeof hards / sizeof *hards; i++) {
        const struct hard *hard = &hards[i];
        if (hard->bytes[0] != 'a' || hard->limit > 0 || hard->encoding != NULL)
            continue;
        memset(feed, '\n', 5000);
        size_t len = 5000;
        memcpy(feed + len, hard->bytes, hard->len);
        len += hard->len;
        feed[len++] = '\n';
        while (len < 9000)
            len += (size_t)snprintf(feed + len, 100, "%zu,\"filled\nup\",x\n", len);
        check_feed(hard->name, &options, feed, len);
    }
}

/* The feeds of data/. */

static size_t unpacked(const char *packed, size_t packed_len, char *bytes, size_t max)
{
    struct gunzip gunzip = GUNZIP_INIT;
    struct reason reason;
    size_t len = 0, got;
    do {
        if (gunzip_read(&gunzip, &packed, &packed_len, bytes + len, max - len, &got, &reason) != 0)
            got = 0;
        len += got;
    } while (got > 0);
    gunzip_release(&gunzip);
    return len;
}

static size_t read_file(const char *path, char *bytes)
{
    static char packed[FILE_MAX];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(packed, 1, FILE_MAX, file);
    fclose(file);
    if (len > 2 && memcmp(packed, GZIP_MAGIC, GZIP_MAGIC_SIZE) == 0)
        return unpacked(packed, len, bytes, FILE_MAX);
    memcpy(bytes, packed, len);
    return len;
}

/* By its name. */
static const struct entity *entity_of(const char *name)
{
    if (strncmp(name, "events", 6) == 0)
        return &entity_event;
    return strncmp(name, "stock", 5) == 0 ? &entity_stock : &entity_product;
}

static size_t check_folder(const char *path)
{
    static char bytes[FILE_MAX];
    char name[512];
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strchr(entry->d_name, '.') == NULL || entry->d_name[0] == '.' ||
            strstr(entry->d_name, ".expected") != NULL)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        const struct feed_options options = {.entity = entity_of(entry->d_name)};
        check_feed(name, &options, bytes, read_file(name, bytes));
        count++;
    }
    closedir(folder);
    return count;
}

static void every_feed_of_ours(void **state)
{
    (void)state;
    size_t count = check_folder(FOLDER) + check_folder(FOLDER "/broken");
    assert_true(count >= FEEDS_MIN);
}

/* Any bytes out of those that matter. */
static void random_feeds(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"",   "\"",   ",", ",",  "\n",        "\n",    "\r",
                                         "\r\n", "a",    "b", "{",  "}",         "[",     "]",
                                         "1",    "\xE9", " ", "\\", "{\"a\":1}", ",2,3\n"};
    static const char *const starts[] = {"a,b,c\n", "[", "{\"a\":1}\n", "a;b;c\r"};
    uint64_t random = 20261121;
    for (size_t feed = 0; feed < 300; feed++) {
        char bytes[512];
        size_t len = (size_t)snprintf(bytes, sizeof bytes, "%s", starts[feed % 4]);
        for (size_t i = 0; i < 60; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            const char *piece = pieces[(random >> 33) % (sizeof pieces / sizeof *pieces)];
            memcpy(bytes + len, piece, strlen(piece));
            len += strlen(piece);
        }
        struct feed_options options = {.entity = &thing, .row_bytes_max = feed % 3 == 0 ? 12 : 0};
        check_feed("a random feed", &options, bytes, len);
    }
}

static void the_reading_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *encoding, *reading;
    } cases[] = {
        {"a,b,c\n1,2,3\n", NULL, "csv, comma, utf-8"},
        {"a;b;c\n1;2;3\n", "windows-1252", "csv, semicolon, windows-1252"},
        {"[{}]", "UTF8", "json, utf-8"},
        {"{}\n", "utf-16le", "json, utf-16le"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed_options options = {.entity = &thing, .encoding = cases[i].encoding};
        struct csv_trace trace = {.no_notices = true};
        char reading[FEED_READING_SIZE];
        struct failure failure;
        if (i == 3)
            options.format = FEED_JSON;
        struct feed_reader *reader = trace_start(&trace, &options);
        trace_write(&trace, reader, cases[i].bytes, strlen(cases[i].bytes));
        (void)feed_reader_finish(reader, &failure);
        feed_reader_reading(reader, reading);
        assert_string_equal(reading, cases[i].reading);
        feed_reader_free(reader);
        trace_release(&trace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_with_all_that_is_hard),
        cmocka_unit_test(rows_that_end_with_the_rest_of_the_line),
        cmocka_unit_test(long_feeds),
        cmocka_unit_test(every_feed_of_ours),
        cmocka_unit_test(random_feeds),
        cmocka_unit_test(the_reading_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
