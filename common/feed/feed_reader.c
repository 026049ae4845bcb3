#include "feed/feed_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/buffer.h"
#include "feed/csv_reader.h"
#include "feed/dialect.h"
#include "feed/encoding.h"
#include "feed/json_reader.h"
#include "feed/transcode.h"

#define TEXT_PIECE 65536

struct feed_reader {
    struct feed_options options;
    struct feed_events events; /* the owner's */
    struct buffer first;       /* bytes, until there are enough to say what the feed is */
    bool sniffed, failed;
    struct failure fault;
    const char *encoding;        /* what is converted from; NULL: nothing */
    struct transcode *transcode; /* likewise */
    struct csv_reader *csv;      /* one of the two, once the format is known */
    struct json_reader *json;
    bool resumes;
    struct feed_place place; /* where the rows go on, */
    uint64_t read_before;    /* and how many stand in front of it */
    uint64_t taken;          /* the feed's bytes that were read or passed over */
    bool set_told;           /* that --set yields to what the feed has */
    char text[TEXT_PIECE];
};

struct feed_reader *feed_reader_new(const struct feed_options *options,
                                    const struct feed_events *events)
{
    struct feed_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->options = *options;
    reader->events = *events;
    reader->first.max = DIALECT_SNIFF_BYTES;
    if (reader->options.row_bytes_max == 0)
        reader->options.row_bytes_max = ROW_BYTES_MAX;
    return reader;
}

void feed_reader_resume(struct feed_reader *reader, const struct feed_place *place, uint64_t rows)
{
    reader->resumes = true;
    reader->place = *place;
    reader->read_before = rows;
}

static int unreadable(struct feed_reader *reader, const char *why)
{
    failure_set(&reader->fault, ERROR_UNREADABLE_FEED, NULL, NULL, 0, "%s", why);
    return -1;
}

/* The row on its way from the format's reader to the owner. */
static void on_row(void *arg, const struct row *read)
{
    struct feed_reader *reader = arg;
    struct row row = *read;
    const struct field *kept = mapping_complete(reader->options.mapping, row.cells);
    if (kept != NULL && !reader->set_told) {
        struct reason sentence;
        reason_set(&sentence, "the feed has values of its own for %s; --set fills in what is empty",
                   kept->name);
        reader->events.notice(reader->events.arg, sentence.text);
        reader->set_told = true;
    }
    reader->events.row(reader->events.arg, &row);
}

static void on_rejected(void *arg, const struct row *row, const struct failure *failure)
{
    const struct feed_reader *reader = arg;
    reader->events.rejected(reader->events.arg, row, failure);
}

static void on_notice(void *arg, const char *sentence)
{
    const struct feed_reader *reader = arg;
    reader->events.notice(reader->events.arg, sentence);
}

static int open_format(struct feed_reader *reader, bool json)
{
    const struct feed_options *options = &reader->options;
    const struct feed_events events = {on_row, on_rejected, on_notice, reader};
    const struct csv_options csv_options = {options->entity, options->mapping, reader->encoding,
                                            options->delimiter, options->row_bytes_max};
    const struct json_options json_options = {options->entity, options->mapping, reader->encoding,
                                              options->row_bytes_max};
    if (json)
        reader->json = json_reader_new(&json_options, &events);
    else
        reader->csv = csv_reader_new(&csv_options, &events);
    if (reader->json == NULL && reader->csv == NULL)
        return unreadable(reader, "out of memory");
    if (reader->resumes && json)
        json_reader_resume(reader->json, &reader->place, reader->read_before);
    else if (reader->resumes)
        csv_reader_resume(reader->csv, &reader->place, reader->read_before);
    return 0;
}

/* The first call decides on the format. */
static int read_text(struct feed_reader *reader, const char *text, size_t len)
{
    enum feed_format format = reader->options.format;
    bool json = format == FEED_AUTO ? dialect_is_json(text, len) : format == FEED_JSON;
    if (reader->csv == NULL && reader->json == NULL && open_format(reader, json) != 0)
        return -1;
    return reader->json != NULL ? json_reader_write(reader->json, text, len, &reader->fault)
                                : csv_reader_write(reader->csv, text, len, &reader->fault);
}

static int read_converted(struct feed_reader *reader, bool at_end)
{
    char *text = reader->text;
    size_t len;
    int result = 0;
    while (result == 0 &&
           (len = transcode_take(reader->transcode, at_end, text, sizeof reader->text)) > 0)
        result = read_text(reader, text, len);
    return result;
}

static int read_bytes(struct feed_reader *reader, const char *bytes, size_t len)
{
    reader->taken += len;
    if (reader->transcode == NULL)
        return read_text(reader, bytes, len);
    if (transcode_add(reader->transcode, bytes, len) != 0)
        return unreadable(reader, "out of memory");
    return read_converted(reader, false);
}

static int find_encoding(struct feed_reader *reader, const char *marked)
{
    const char *encoding = marked != NULL ? marked : reader->options.encoding;
    struct reason reason;
    if (encoding == NULL || encoding_is_utf8(encoding))
        return 0;
    reader->encoding = encoding;
    reader->transcode = transcode_new(encoding, &reason);
    return reader->transcode == NULL ? unreadable(reader, reason.text) : 0;
}

/* What was kept is enough, or all there is. */
static int sniff(struct feed_reader *reader)
{
    size_t len = reader->first.len, mark;
    const char *bytes = len == 0 ? "" : reader->first.data;
    const char *marked = encoding_of_mark(bytes, len, &mark);
    reader->sniffed = true;
    reader->taken = mark;
    if (find_encoding(reader, marked) != 0 ||
        dialect_sniff(bytes, len, reader->transcode != NULL, &reader->fault) != 0)
        return -1;
    return read_bytes(reader, bytes + mark, len - mark);
}

static int keep_first(struct feed_reader *reader, const char **bytes, size_t *len)
{
    size_t room = reader->first.max - reader->first.len;
    size_t kept = *len < room ? *len : room;
    if (buffer_add(&reader->first, *bytes, kept) != 0)
        return unreadable(reader, "out of memory");
    *bytes += kept;
    *len -= kept;
    return kept == room ? sniff(reader) : 0;
}

/* What reading came to, and the same for every later call. */
static int settle(struct feed_reader *reader, int result, struct failure *failure)
{
    reader->failed |= result != 0;
    if (reader->failed)
        *failure = reader->fault;
    return reader->failed ? -1 : 0;
}

int feed_reader_write(struct feed_reader *reader, const char *bytes, size_t len,
                      struct failure *failure)
{
    int result = 0;
    if (!reader->failed && !reader->sniffed)
        result = keep_first(reader, &bytes, &len);
    if (result == 0 && !reader->failed && len > 0)
        result = read_bytes(reader, bytes, len);
    return settle(reader, result, failure);
}

bool feed_reader_jump(struct feed_reader *reader, uint64_t *offset)
{
    uint64_t bytes = 0;
    /* Only text that is not converted has as many bytes as the feed. */
    if (reader->transcode == NULL && reader->csv != NULL)
        bytes = csv_reader_jump(reader->csv);
    else if (reader->transcode == NULL && reader->json != NULL)
        bytes = json_reader_jump(reader->json);
    reader->taken += bytes;
    *offset = reader->taken;
    return bytes > 0;
}

static int finish(struct feed_reader *reader)
{
    int result = reader->sniffed ? 0 : sniff(reader);
    if (result == 0 && reader->transcode != NULL)
        result = read_converted(reader, true);
    /* Nothing but a byte order mark, or not even that. */
    if (result == 0 && reader->csv == NULL && reader->json == NULL)
        result = read_text(reader, "", 0);
    if (result != 0)
        return result;
    return reader->json != NULL ? json_reader_finish(reader->json, &reader->fault)
                                : csv_reader_finish(reader->csv, &reader->fault);
}

int feed_reader_finish(struct feed_reader *reader, struct failure *failure)
{
    return settle(reader, reader->failed ? 0 : finish(reader), failure);
}

struct rejected_layout feed_reader_layout(const struct feed_reader *reader)
{
    struct rejected_layout layout = {.json = reader->json != NULL,
                                     .marked = reader->transcode != NULL};
    if (reader->csv == NULL)
        return layout;
    layout.header = csv_reader_header(reader->csv, &layout.header_len, &layout.delimiter);
    layout.fields = csv_reader_fields(reader->csv, &layout.columns);
    return layout;
}

void feed_reader_reading(const struct feed_reader *reader, char reading[FEED_READING_SIZE])
{
    const struct rejected_layout layout = feed_reader_layout(reader);
    const char *encoding = reader->encoding == NULL ? "utf-8" : reader->encoding;
    snprintf(reading, FEED_READING_SIZE, "%s%s, %s", layout.json ? "json" : "csv, ",
             layout.json ? "" : dialect_delimiter_name(layout.delimiter), encoding);
}

bool feed_reader_corrects(const struct feed_reader *reader)
{
    return reader->json != NULL ? json_reader_corrects(reader->json)
                                : csv_reader_corrects(reader->csv);
}

uint64_t feed_reader_parsed(const struct feed_reader *reader)
{
    return reader->csv == NULL ? 0 : csv_reader_parsed(reader->csv);
}

void feed_reader_free(struct feed_reader *reader)
{
    if (reader == NULL)
        return;
    csv_reader_free(reader->csv);
    json_reader_free(reader->json);
    transcode_free(reader->transcode);
    buffer_release(&reader->first);
    free(reader);
}
