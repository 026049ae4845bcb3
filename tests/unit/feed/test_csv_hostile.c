/* Feeds made to be expensive: the work and the memory stay in proportion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "csv_trace.h"

#define LINES     200000
#define LONG_LINE (100u * 1024 * 1024)

static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "text", .type = FIELD_TEXT},
    {.name = "n", .type = FIELD_INTEGER},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};

struct counts {
    size_t rows, refused;
};

static void count_row(void *arg, const struct row *row)
{
    struct counts *counts = arg;
    (void)row;
    counts->rows++;
}

static void count_refused(void *arg, const struct row *row, const struct failure *failure)
{
    struct counts *counts = arg;
    (void)row;
    (void)failure;
    counts->refused++;
}

static void no_notice(void *arg, const char *sentence)
{
    (void)arg;
    fail_msg("a notice: %s", sentence);
}

static struct feed_reader *start(struct counts *counts, size_t limit)
{
    static const char header[] = "id,text,n\n";
    struct feed_options options = {.entity = &thing, .row_bytes_max = limit};
    struct feed_events events = {count_row, count_refused, no_notice, counts};
    struct failure failure;
    struct feed_reader *reader = feed_reader_new(&options, &events);
    assert_non_null(reader);
    assert_int_equal(feed_reader_write(reader, header, sizeof header - 1, &failure), 0);
    return reader;
}

/* Every line in turn, LINES of them. Returns the bytes given to libcsv for each byte of the feed,
 * in hundredths. */
static uint64_t work_for(const char *const *lines, size_t period, size_t limit,
                         struct counts *counts)
{
    struct failure failure;
    uint64_t written = 0;
    struct feed_reader *reader = start(counts, limit);
    for (size_t i = 0; i < LINES; i++) {
        const char *line = lines[i % period];
        written += strlen(line);
        assert_int_equal(feed_reader_write(reader, line, strlen(line), &failure), 0);
    }
    assert_int_equal(feed_reader_finish(reader, &failure), 0);
    uint64_t parsed = feed_reader_parsed(reader);
    feed_reader_free(reader);
    return parsed * 100 / written;
}

/* break_record() says why no line is given to libcsv more than twice. */
static void no_feed_makes_it_read_often(void **state)
{
    static const struct {
        const char *lines[4];
        size_t period;
    } feeds[] = {
        {{"a,\"b,c\n"}, 1},
        {{"\"\n"}, 1},
        {{"\"\"\"\n"}, 1},
        {{"a,\"\n", "b,,c\n"}, 2},
        {{"a,\"b\n", "c,\"\",d\n", "e,f,g\n", "h,\"\",\"\"\n"}, 4},
        {{"\",\n", "\"\",\"\",\"\"\n", "\"\"\"\",,\n"}, 3},
        {{"a,\"b\n", "x\n", "x\n", "c\",d\n"}, 4},
        {{"\"a\"\"\n", "b,c\r", "\"\"\r\n"}, 3},
    };
    static const size_t limits[] = {64, 0};
    (void)state;
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
        for (size_t limit = 0; limit < sizeof limits / sizeof limits[0]; limit++) {
            struct counts counts = {0};
            uint64_t work = work_for(feeds[i].lines, feeds[i].period, limits[limit], &counts);
            if (work > 200 || counts.rows + counts.refused == 0)
                fail_msg("feed %zu: %" PRIu64 " %% of the bytes were parsed", i, work);
        }
    }
}

/* One quote that is never closed, and nothing but good rows behind it. */
static void one_open_quote_costs_one_line(void **state)
{
    struct counts counts = {0};
    struct failure failure;
    (void)state;
    struct feed_reader *reader = start(&counts, 0);
    assert_int_equal(feed_reader_write(reader, "x,\"y,z\n", 7, &failure), 0);
    for (size_t i = 0; i < LINES; i++)
        assert_int_equal(feed_reader_write(reader, "a,b,12345678901\n", 16, &failure), 0);
    assert_int_equal(feed_reader_finish(reader, &failure), 0);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.rows, LINES);
    feed_reader_free(reader);
}

static long most_memory_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void a_long_line_takes_no_memory(void **state)
{
    static char piece[1024 * 1024];
    struct counts counts = {0};
    struct failure failure;
    (void)state;
    memset(piece, 'x', sizeof piece);
    long before = most_memory_kib();
    struct feed_reader *reader = start(&counts, 0);
    for (size_t written = 0; written < LONG_LINE; written += sizeof piece)
        assert_int_equal(feed_reader_write(reader, piece, sizeof piece, &failure), 0);
    assert_int_equal(feed_reader_write(reader, "\r\na,b,c\n", 8, &failure), 0);
    assert_int_equal(feed_reader_finish(reader, &failure), 0);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.rows, 1);
    feed_reader_free(reader);
    assert_true(most_memory_kib() - before < 16 * 1024);
}

int main(void)
{
    /* The memory first: what other tests used would hide it. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_line_takes_no_memory),
        cmocka_unit_test(no_feed_makes_it_read_often),
        cmocka_unit_test(one_open_quote_costs_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
