/* Any bytes through the CSV reader, in two cuttings:
 * - the events are the same;
 * - rows, refused rows and what lies between them (the header, empty lines, the rest of a row over
 *   the limit) are the feed's bytes, each once and in order;
 * - rows are counted without a gap, and lines as an editor counts them.
 *
 * The first bytes of the input choose the row limit, the delimiter and the entity, and the cutting. */
#include "../unit/feed/csv_trace.h"
#include "feed/encoding.h"
#include "fuzz_require.h"

#define SETTINGS 4

static const struct field fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_INTEGER},
};
/* The same columns, but the last one may be the rest of its line. */
static const struct field rest_fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_JSON},
};
static const struct entity things[] = {
    {.name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3},
    {.name = "thing", .effect = EFFECT_UPSERT, .fields = rest_fields, .field_count = 3},
};

struct cover {
    const char *bytes;
    size_t len, limit;
    size_t at;     /* what lies in front of it is covered */
    uint64_t line; /* of that place */
    uint64_t row;
    bool after_long; /* the last row was over the limit: the rest of its line was left out */
    bool in_rows;    /* behind the header */
};

/* The line ends between two places that are not inside a CRLF. */
static uint64_t line_ends(const struct cover *cover, size_t from, size_t to)
{
    uint64_t count = 0;
    for (size_t i = from; i < to; i++)
        count += cover->bytes[i] == '\n' ||
                 (cover->bytes[i] == '\r' && (i + 1 == cover->len || cover->bytes[i + 1] != '\n'));
    return count;
}

/* What no event told of is the header, the rest of a row over the limit, or blank. */
static void check_gap(const struct cover *cover, size_t to)
{
    size_t from = cover->at;
    if (!cover->in_rows)
        return;
    if (cover->after_long)
        while (from < to && cover->bytes[from] != '\n' && cover->bytes[from] != '\r')
            from++;
    for (; from < to; from++)
        REQUIRE(strchr(" \t\r\n", cover->bytes[from]) != NULL && cover->bytes[from] != '\0');
}

static void cover_row(struct cover *cover, const struct row *row)
{
    REQUIRE(row->offset >= cover->at && row->offset + row->raw_len <= cover->len);
    REQUIRE(row->raw_len > 0);
    REQUIRE(memcmp(row->raw, cover->bytes + row->offset, row->raw_len) == 0);
    check_gap(cover, (size_t)row->offset);
    cover->line += line_ends(cover, cover->at, (size_t)row->offset);
    REQUIRE(row->line == cover->line);
    REQUIRE(row->row == ++cover->row);
    cover->at = (size_t)row->offset + row->raw_len;
    cover->line += line_ends(cover, (size_t)row->offset, cover->at);
    cover->after_long = false;
    cover->in_rows = true;
}

static void on_row(void *arg, const struct row *row)
{
    struct cover *cover = arg;
    size_t cells = 0;
    cover_row(cover, row);
    REQUIRE(row->raw_len <= cover->limit + 2);
    REQUIRE(memchr(row->raw, '\0', row->raw_len) == NULL);
    for (size_t i = 0; i < things[0].field_count; i++)
        cells += row->cells[i].data == NULL ? 0 : row->cells[i].len;
    REQUIRE(cells <= row->raw_len);
}

static void on_refused(void *arg, const struct row *row, const struct failure *failure)
{
    struct cover *cover = arg;
    cover_row(cover, row);
    cover->after_long = failure->code == ERROR_ROW_TOO_LONG;
    REQUIRE(row->raw_len <= cover->limit + 2);
    REQUIRE(failure->reason.text[0] != '\0');
}

static size_t limit_for(uint8_t choice)
{
    static const size_t limits[] = {0, 8, 32, 300};
    return limits[choice % (sizeof limits / sizeof limits[0])];
}

/* Unequal pieces, so that places move against each other. */
static void run_cut(struct csv_trace *trace, const struct feed_options *options, const char *bytes,
                    size_t len, size_t first, size_t step)
{
    size_t cuts[256], count = 0;
    for (size_t at = first; at < len && count < sizeof cuts / sizeof cuts[0]; at += step)
        cuts[count++] = at;
    trace_cut(trace, options, bytes, len, cuts, count);
}

/* All of the feed at once, with what must be true of every event. */
static void run_covered(struct csv_trace *trace, const struct feed_options *options,
                        const char *bytes, size_t len)
{
    size_t limit = options->row_bytes_max == 0 ? ROW_BYTES_MAX : options->row_bytes_max;
    size_t mark;
    encoding_of_mark(bytes, len, &mark);
    struct cover cover = {.bytes = bytes + mark, .len = len - mark, .limit = limit, .line = 1};
    trace->on_row = on_row;
    trace->on_refused = on_refused;
    trace->arg = &cover;
    trace_cut(trace, options, bytes, len, NULL, 0);
    REQUIRE(trace->unusable || trace->parsed <= 2 * (uint64_t)len + 2);
    REQUIRE(!trace->unusable || cover.row == 0);
    check_gap(&cover, trace->unusable ? cover.at : cover.len);
}

static void check_cut(const struct csv_trace *whole, const struct feed_options *options,
                      const char *bytes, size_t len, const uint8_t *settings, uint64_t pad)
{
    struct csv_trace cut = {.pad = pad};
    run_cut(&cut, options, bytes, len, settings[2], (size_t)settings[3] + 1);
    REQUIRE(whole->full.len == cut.full.len &&
            memcmp(whole->full.data, cut.full.data, cut.full.len) == 0);
    trace_release(&cut);
}

/* Whether empty lines in front change nothing: it was the bytes behind them that were judged. */
static bool may_pad(const struct csv_trace *whole, const char *bytes, size_t len)
{
    return (len == 0 || bytes[0] != '\xEF') && strstr(whole->full.data, "not_text") == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS)
        return 0;
    struct feed_options options = {.entity = &things[data[1] / 5 % 2],
                                   .format = FEED_CSV,
                                   .row_bytes_max = limit_for(data[0])};
    options.delimiter = "\0,;\t|"[data[1] % 5];
    const char *bytes = (const char *)data + SETTINGS;
    struct csv_trace whole = {0};
    size_t len = size - SETTINGS, mark;
    /* Text that is converted is fuzz_json's. */
    const char *marked = encoding_of_mark(bytes, len, &mark);
    if (marked != NULL && !encoding_is_utf8(marked))
        return 0;
    run_covered(&whole, &options, bytes, len);
    check_cut(&whole, &options, bytes, len, data, 0);
    if (may_pad(&whole, bytes, len))
        check_cut(&whole, &options, bytes, len, data, TRACE_PAD);
    trace_release(&whole);
    return 0;
}
