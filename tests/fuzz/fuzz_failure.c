/* Any bytes as a record of the error topic, which anybody may write to:
 * - as a line it is one line, and nothing in it plays tricks on a terminal; so is its JSON, which is
 *   JSON;
 * - as rows of a file (several records, one a line of the input) what is written is a file that our
 *   reader takes, with one row for each record that has a line.
 *
 * The first byte of the input chooses the feed's name. */
#include <string.h>

#include "core/text.h"
#include "entities/entities.h"
#include "feed/feed_reader.h"
#include "fuzz_require.h"
#include "monitors/failure_summary.h"
#include "monitors/failure_view.h"
#include "monitors/refused_rows.h"

static const struct failure_place place = {.topic = "error", .partition = 1, .offset = 2};

static void check_harmless(const struct buffer *line)
{
    REQUIRE(line->len > 0 && text_valid(line->data, line->len, NULL));
    for (size_t i = 0; i < line->len; i++) {
        unsigned char byte = (unsigned char)line->data[i];
        REQUIRE(byte >= 0x20 || i + 1 == line->len);
        REQUIRE(byte != 0x7F);
        REQUIRE(byte != 0xC2 || (unsigned char)line->data[i + 1] >= 0xA0);
    }
    REQUIRE(line->data[line->len - 1] == '\n');
}

static void check_view(const char *bytes, size_t len)
{
    struct buffer line = BUFFER_INIT(VIEW_BYTES_MAX);
    struct failure_summary *summary = calloc(1, sizeof *summary);
    struct failure_record record;
    failure_record_read(&record, &place, bytes, len);
    REQUIRE(failure_view_line(&record, &line) == 0);
    check_harmless(&line);
    buffer_clear(&line);
    REQUIRE(failure_view_json(&record, bytes, len, &line) == 0);
    check_harmless(&line);
    json_t *json = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
    REQUIRE(json_is_object(json));
    REQUIRE(record.root == NULL || json_equal(json, record.root));
    json_decref(json);
    failure_summary_add(summary, &record);
    buffer_clear(&line);
    REQUIRE(failure_summary_text(summary, &line) == 0);
    failure_record_release(&record);
    buffer_release(&line);
    free(summary);
}

/* Each line of the input is a record. */
static void each_record(struct refused_rows *rows, const char *bytes, size_t len,
                        struct buffer *out)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t own = end == NULL ? len - at : (size_t)(end - bytes) - at;
        struct failure_record record;
        failure_record_read(&record, &place, bytes + at, own);
        if (out == NULL)
            refused_rows_learn(rows, &record);
        else
            REQUIRE(refused_rows_add(rows, &record, out) == 0);
        failure_record_release(&record);
        at += own + 1;
    }
}

struct seen {
    uint64_t rows;
};

static void on_row(void *arg, const struct row *row)
{
    (void)row;
    ((struct seen *)arg)->rows++;
}

static void on_rejected(void *arg, const struct row *row, const struct failure *failure)
{
    (void)failure;
    on_row(arg, row);
}

static void on_notice(void *arg, const char *sentence)
{
    (void)arg;
    (void)sentence;
}

/* Messages give a row each. Raw rows of a producer may hold anything, also quotes that swallow what
 * comes behind: they are only read. */
static void check_file(const struct refused_rows *rows, const struct buffer *file, bool messages)
{
    struct seen seen = {.rows = 0};
    struct failure failure;
    const struct feed_options options = {
        .entity = rows->entity,
        .format = rows->shape.json ? FEED_JSON : FEED_CSV,
        .delimiter = rows->shape.delimiter,
        .row_bytes_max = file->len + 1,
    };
    const struct feed_events events = {on_row, on_rejected, on_notice, &seen};
    struct feed_reader *reader = feed_reader_new(&options, &events);
    REQUIRE(reader != NULL);
    bool usable = feed_reader_write(reader, file->data, file->len, &failure) == 0 &&
                  feed_reader_finish(reader, &failure) == 0;
    if (messages)
        REQUIRE(usable && seen.rows == rows->written);
    feed_reader_free(reader);
}

static bool has(const char *bytes, size_t len, const char *word)
{
    size_t own = strlen(word);
    for (size_t i = 0; i + own <= len; i++)
        if (memcmp(bytes + i, word, own) == 0)
            return true;
    return false;
}

static void check_rows(const char *bytes, size_t len, const char *feed)
{
    struct refused_rows rows = REFUSED_ROWS_INIT;
    struct buffer lines = BUFFER_INIT(VIEW_BYTES_MAX), file = BUFFER_INIT(2 * VIEW_BYTES_MAX);
    each_record(&rows, bytes, len, NULL);
    REQUIRE(refused_rows_shape(&rows, feed) == 0);
    each_record(&rows, bytes, len, &lines);
    REQUIRE((rows.written > 0) == (lines.len > 0));
    if (rows.written > 0) {
        REQUIRE(refused_rows_head(&rows, &file) == 0);
        REQUIRE(buffer_add(&file, lines.data, lines.len) == 0);
        check_file(&rows, &file, !has(bytes, len, "producer") && !rows.shape.json);
    }
    refused_rows_release(&rows);
    buffer_release(&lines);
    buffer_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    check_view(bytes, size - 1);
    check_rows(bytes, size - 1, data[0] % 2 ? "a.json" : "a.csv");
    return 0;
}
