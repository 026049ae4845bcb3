/* Any bytes as a JSON feed, in two cuttings:
 * - the events are the same;
 * - records are the feed's bytes, in order, each numbered and on the line where an editor shows it;
 * - the line that a record would be in the --rejected file is one line, and if the record was an
 *   object, it is that object with `error` and `row`.
 *
 * The first bytes of the input choose the limit, the encoding and the cutting. */
#include "../unit/feed/csv_trace.h"
#include "feed/encoding.h"
#include "feed/rejected_json.h"
#include "fuzz_require.h"

#define SETTINGS 4

static const struct field fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_INTEGER, .flags = FIELD_LENIENT},
};
static const struct entity thing = {
    .name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3};

struct cover {
    const char *bytes; /* NULL: they were converted, so rows are other ones */
    size_t len, limit;
    size_t at;     /* the last record was in front of it */
    uint64_t line; /* of that place */
    uint64_t row;
};

static uint64_t line_ends(const struct cover *cover, size_t from, size_t to)
{
    uint64_t count = 0;
    for (size_t i = from; i < to; i++)
        count += cover->bytes[i] == '\n' ||
                 (cover->bytes[i] == '\r' && (i + 1 == cover->len || cover->bytes[i + 1] != '\n'));
    return count;
}

static void cover_row(struct cover *cover, const struct row *row)
{
    REQUIRE(row->row == ++cover->row);
    REQUIRE(row->raw_len <= cover->limit + 2);
    if (cover->bytes == NULL)
        return;
    REQUIRE(row->offset >= cover->at && row->offset + row->raw_len <= cover->len);
    REQUIRE(memcmp(row->raw, cover->bytes + row->offset, row->raw_len) == 0);
    cover->line += line_ends(cover, cover->at, (size_t)row->offset);
    REQUIRE(row->line == cover->line);
    cover->at = (size_t)row->offset;
}

static void check_members(json_t *record, const json_t *again)
{
    const char *name;
    json_t *value;
    json_object_foreach(record, name, value)
    {
        bool ours = strcmp(name, "error") == 0 || strcmp(name, "row") == 0;
        REQUIRE(ours || json_equal(value, json_object_get(again, name)));
    }
}

/* As the --rejected file has it. */
static void check_line(const struct row *row)
{
    struct buffer line = BUFFER_INIT(SIZE_MAX / 4);
    REQUIRE(rejected_json(row, "why", &line) == 0);
    REQUIRE(memchr(line.data, '\n', line.len) == line.data + line.len - 1);
    json_auto_t *record = json_loadb(row->raw, row->raw_len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(record)) {
        json_auto_t *again = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
        /* Names of ours that are written with escapes are not known for ours. */
        REQUIRE(again != NULL || memchr(row->raw, '\\', row->raw_len) != NULL);
        if (again != NULL)
            check_members(record, again);
    }
    buffer_release(&line);
}

static void on_row(void *arg, const struct row *row)
{
    cover_row(arg, row);
    check_line(row);
}

static void on_refused(void *arg, const struct row *row, const struct failure *failure)
{
    cover_row(arg, row);
    check_line(row);
    REQUIRE(failure->reason.text[0] != '\0');
}

static size_t limit_for(uint8_t choice)
{
    static const size_t limits[] = {0, 8, 32, 300};
    return limits[choice % (sizeof limits / sizeof limits[0])];
}

static const char *encoding_for(uint8_t choice)
{
    static const char *const names[] = {NULL, NULL, "windows-1252", "utf-16le", "shift_jis"};
    return names[choice % (sizeof names / sizeof names[0])];
}

static void run_cut(struct csv_trace *trace, const struct feed_options *options, const char *bytes,
                    size_t len, const uint8_t *settings)
{
    size_t cuts[256], count = 0;
    for (size_t at = settings[2]; at < len && count < sizeof cuts / sizeof cuts[0];
         at += (size_t)settings[3] + 1)
        cuts[count++] = at;
    trace_cut(trace, options, bytes, len, cuts, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS)
        return 0;
    const struct feed_options options = {.entity = &thing,
                                         .format = FEED_JSON,
                                         .encoding = encoding_for(data[1]),
                                         .row_bytes_max = limit_for(data[0])};
    const char *bytes = (const char *)data + SETTINGS;
    size_t len = size - SETTINGS, mark;
    const char *marked = encoding_of_mark(bytes, len, &mark);
    bool converted = marked == NULL ? options.encoding != NULL : !encoding_is_utf8(marked);
    struct cover cover = {.bytes = converted ? NULL : bytes + mark, .len = len - mark, .line = 1};
    cover.limit = options.row_bytes_max == 0 ? ROW_BYTES_MAX : options.row_bytes_max;
    struct csv_trace whole = {.on_row = on_row, .on_refused = on_refused, .arg = &cover}, cut = {0};
    trace_cut(&whole, &options, bytes, len, NULL, 0);
    run_cut(&cut, &options, bytes, len, data);
    REQUIRE(whole.full.len == cut.full.len &&
            memcmp(whole.full.data, cut.full.data, cut.full.len) == 0);
    trace_release(&whole);
    trace_release(&cut);
    return 0;
}
