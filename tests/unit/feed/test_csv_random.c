/* Random tables written as correct CSV come back byte for byte. With one byte of one line changed,
 * the rows that do not touch that line still do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "csv_trace.h"

#define COLUMNS     3
#define ROWS_MAX    12
#define CELL_MAX    24
#define TABLES      3000
#define CORRUPTIONS 20000

static const struct field fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "text", .type = FIELD_TEXT},
    {.name = "n", .type = FIELD_INTEGER},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = COLUMNS};

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

struct table_row {
    char cells[COLUMNS][CELL_MAX * 4 + 1];
    size_t lens[COLUMNS];
    uint64_t first_line, last_line;
};

struct table {
    struct table_row rows[ROWS_MAX];
    size_t count;
    char delimiter;
    const char *line_end;
    size_t order[COLUMNS]; /* the field in each column */
    struct buffer csv;
    uint64_t lines;
    size_t header_len;
};

static void fill_cell(struct table_row *row, size_t cell, bool tame)
{
    static const char *const pieces[] = {"a", "B", "7", " ", "\t", ",",  ";",  "|",
                                         "ä", "€", "𝄞", "'", "\"", "\n", "\r", "\r\n"};
    size_t count = below(CELL_MAX);
    row->lens[cell] = 0;
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[below(sizeof pieces / sizeof pieces[0])];
        /* A corrupted feed's quoted cells start with a letter: of `",` nobody can say whether it
         * opens a cell or closes another. */
        if (tame && i == 0)
            piece = "a";
        memcpy(row->cells[cell] + row->lens[cell], piece, strlen(piece));
        row->lens[cell] += strlen(piece);
    }
}

static size_t line_ends(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
    return count;
}

static bool needs_quotes(const struct table *table, const char *cell, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (cell[i] == table->delimiter || strchr("\"\r\n", cell[i]) != NULL)
            return true;
    return false;
}

static void write_cell(struct table *table, const char *cell, size_t len, bool quoted)
{
    if (!quoted) {
        trace_must(buffer_add(&table->csv, cell, len));
        return;
    }
    trace_must(buffer_add_byte(&table->csv, '"'));
    for (size_t i = 0; i < len; i++) {
        if (cell[i] == '"')
            trace_must(buffer_add_byte(&table->csv, '"'));
        trace_must(buffer_add_byte(&table->csv, cell[i]));
    }
    trace_must(buffer_add_byte(&table->csv, '"'));
}

static void write_row(struct table *table, struct table_row *row, bool last)
{
    size_t from = table->csv.len;
    row->first_line = table->lines + 1;
    for (size_t column = 0; column < COLUMNS; column++) {
        size_t field = table->order[column];
        const char *cell = row->cells[field];
        size_t len = row->lens[field];
        if (column > 0)
            trace_must(buffer_add_byte(&table->csv, table->delimiter));
        write_cell(table, cell, len, needs_quotes(table, cell, len) || (len > 0 && below(4) == 0));
    }
    /* A CR in a cell and the row's LF are apart by the quote: the count of line ends is exact. */
    table->lines += line_ends(table->csv.data + from, table->csv.len - from);
    row->last_line = ++table->lines;
    if (!last || below(2) == 0)
        trace_must(buffer_add_text(&table->csv, table->line_end));
}

static void make_table(struct table *table, bool tame)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    table->csv.max = SIZE_MAX / 4;
    buffer_clear(&table->csv);
    table->delimiter = ",;\t|"[below(4)];
    table->line_end = ends[below(3)];
    table->count = below(ROWS_MAX) + 1;
    size_t turn = below(COLUMNS);
    for (size_t column = 0; column < COLUMNS; column++) {
        table->order[column] = (column + turn) % COLUMNS;
        trace_must(buffer_addf(&table->csv, "%.*s%s", column > 0, &table->delimiter,
                               fields[table->order[column]].name));
    }
    trace_must(buffer_add_text(&table->csv, table->line_end));
    table->header_len = table->csv.len;
    table->lines = 1;
    for (size_t i = 0; i < table->count; i++) {
        for (size_t cell = 0; cell < COLUMNS; cell++)
            fill_cell(&table->rows[i], cell, tame);
        write_row(table, &table->rows[i], i + 1 == table->count);
    }
}

/* What is compared while it comes. */
struct expected {
    const struct table *table;
    size_t next;
    uint64_t spoilt_first, spoilt_last; /* lines; 0: none */
};

static bool is_spoilt(const struct expected *expected, uint64_t line)
{
    return line >= expected->spoilt_first && line <= expected->spoilt_last;
}

static const struct table_row *next_expected(struct expected *expected)
{
    while (expected->next < expected->table->count &&
           is_spoilt(expected, expected->table->rows[expected->next].first_line))
        expected->next++;
    return expected->next < expected->table->count ? &expected->table->rows[expected->next++]
                                                   : NULL;
}

static void compare_row(void *arg, const struct row *row)
{
    struct expected *expected = arg;
    if (is_spoilt(expected, row->line))
        return;
    const struct table_row *wanted = next_expected(expected);
    if (wanted == NULL || wanted->first_line != row->line)
        fail_msg("a row on line %" PRIu64 " in:\n%s", row->line, expected->table->csv.data);
    for (size_t i = 0; i < COLUMNS; i++)
        if (wanted->lens[i] != row->cells[i].len ||
            memcmp(wanted->cells[i], row->cells[i].data, wanted->lens[i]) != 0)
            fail_msg("line %" PRIu64 ", %s in:\n%s", row->line, fields[i].name,
                     expected->table->csv.data);
}

static void compare_refused(void *arg, const struct row *row, const struct failure *failure)
{
    struct expected *expected = arg;
    if (!is_spoilt(expected, row->line))
        fail_msg("line %" PRIu64 " refused: %s in:\n%s", row->line, failure->reason.text,
                 expected->table->csv.data);
}

static void read_table(struct expected *expected, char delimiter)
{
    struct feed_options options = {.entity = &thing, .format = FEED_CSV, .delimiter = delimiter};
    struct csv_trace trace = {
        .on_row = compare_row, .on_refused = compare_refused, .arg = expected};
    const struct buffer *csv = &expected->table->csv;
    trace_steps(&trace, &options, csv->data, csv->len, below(csv->len) + 1);
    assert_false(trace.unusable);
    if (next_expected(expected) != NULL)
        fail_msg("a row is missing from:\n%s", csv->data);
    trace_release(&trace);
}

static void tables_come_back(void **state)
{
    struct table table = {0};
    (void)state;
    random_state = 20260101;
    for (size_t i = 0; i < TABLES; i++) {
        make_table(&table, false);
        struct expected expected = {.table = &table};
        read_table(&expected, '\0');
    }
    buffer_release(&table.csv);
}

/* Whether the byte is to be left alone: a line end, or what keeps a CR and an LF from being one. */
static bool is_kept(const struct buffer *csv, size_t place)
{
    return strchr("\r\n", csv->data[place]) != NULL ||
           (csv->data[place - 1] == '\r' && csv->data[place + 1] == '\n');
}

/* Changes, inserts or removes one byte. */
static void corrupt(struct buffer *csv, size_t place)
{
    static const char bytes[] = "\"\"\"\",;a\xFF\0 ";
    char byte = bytes[below(sizeof bytes - 1)];
    switch (below(3)) {
    case 0:
        csv->data[place] = byte;
        break;
    case 1:
        memmove(csv->data + place, csv->data + place + 1, csv->len - place);
        csv->len--;
        break;
    default:
        trace_must(buffer_add_byte(csv, ' '));
        memmove(csv->data + place + 1, csv->data + place, csv->len - place - 1);
        csv->data[place] = byte;
        break;
    }
}

static void one_bad_byte_costs_its_own_row(void **state)
{
    struct table table = {0};
    (void)state;
    random_state = 20260102;
    for (size_t i = 0; i < CORRUPTIONS; i++) {
        make_table(&table, true);
        size_t place = table.header_len + below(table.csv.len - table.header_len);
        if (is_kept(&table.csv, place))
            continue;
        uint64_t line = 1 + line_ends(table.csv.data, place);
        struct expected expected = {.table = &table};
        for (size_t row = 0; row < table.count; row++) {
            if (line < table.rows[row].first_line || line > table.rows[row].last_line)
                continue;
            expected.spoilt_first = table.rows[row].first_line;
            expected.spoilt_last = table.rows[row].last_line;
        }
        corrupt(&table.csv, place);
        read_table(&expected, table.delimiter);
    }
    buffer_release(&table.csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_come_back),
        cmocka_unit_test(one_bad_byte_costs_its_own_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
