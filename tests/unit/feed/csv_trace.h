/* What a feed's reader handed over, as text: for comparing, and for expectations one can read.
 *
 * A row is `1@2 a|b|c` (row 1 on line 2 and its cells, a missing column as `-`; of JSON its values
 * as JSON), a refused one
 * `2!3 stray_quote`, the feed's own failure `unusable bad_header`. The full trace has offsets, raw
 * bytes, sentences and notices as well. */
#ifndef FEEDS_TEST_CSV_TRACE_H
#define FEEDS_TEST_CSV_TRACE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/buffer.h"
#include "feed/csv_reader.h"
#include "feed/feed_reader.h"

struct csv_trace {
    struct buffer brief, full;
    const struct entity *entity;
    uint64_t pad; /* 0 or TRACE_PAD: lines in front of what is of interest, taken off all places */
    size_t rows, refused;
    uint64_t parsed;
    bool unusable;
    size_t unusable_at; /* where the full trace says so */
    bool no_notices;    /* in the full trace */
    /* Each event is also given to these, when set. */
    void (*on_row)(void *arg, const struct row *row);
    void (*on_refused)(void *arg, const struct row *row, const struct failure *failure);
    void *arg;
};

static inline void trace_must(int result)
{
    if (result != 0)
        abort();
}

static inline void trace_place(struct csv_trace *trace, const struct row *row)
{
    trace_must(buffer_addf(&trace->full, " at %" PRIu64 " raw %zu:", row->offset - trace->pad,
                           row->raw_len));
    trace_must(buffer_add(&trace->full, row->raw, row->raw_len));
    trace_must(buffer_add_byte(&trace->full, '\n'));
}

static inline void trace_json(struct csv_trace *trace, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL)
        abort();
    trace_must(buffer_add_text(&trace->brief, text));
    free(text);
}

static inline void trace_row(void *arg, const struct row *row)
{
    struct csv_trace *trace = arg;
    size_t from = trace->brief.len;
    trace->rows++;
    if (trace->on_row != NULL)
        trace->on_row(trace->arg, row);
    trace_must(
        buffer_addf(&trace->brief, "%" PRIu64 "@%" PRIu64 " ", row->row, row->line - trace->pad));
    for (size_t i = 0; i < trace->entity->field_count; i++) {
        if (i > 0)
            trace_must(buffer_add_byte(&trace->brief, '|'));
        if (row->cells[i].json != NULL)
            trace_json(trace, row->cells[i].json);
        else if (row->cells[i].data == NULL)
            trace_must(buffer_add_byte(&trace->brief, '-'));
        else
            trace_must(buffer_add(&trace->brief, row->cells[i].data, row->cells[i].len));
    }
    trace_must(buffer_add(&trace->full, trace->brief.data + from, trace->brief.len - from));
    trace_place(trace, row);
    trace_must(buffer_add_byte(&trace->brief, '\n'));
}

static inline void trace_refused(void *arg, const struct row *row, const struct failure *failure)
{
    struct csv_trace *trace = arg;
    trace->refused++;
    if (trace->on_refused != NULL)
        trace->on_refused(trace->arg, row, failure);
    for (size_t i = 0; i < trace->entity->field_count; i++)
        if (row->cells[i].data != NULL || row->cells[i].json != NULL)
            abort();
    trace_must(buffer_addf(&trace->brief, "%" PRIu64 "!%" PRIu64 " %s\n", row->row,
                           row->line - trace->pad, error_code_name(failure->code)));
    trace_must(buffer_addf(&trace->full, "%" PRIu64 "!%" PRIu64 " %s [%s] %s", row->row,
                           row->line - trace->pad, error_code_name(failure->code), failure->field,
                           failure->reason.text));
    trace_place(trace, row);
}

static inline void trace_notice(void *arg, const char *sentence)
{
    struct csv_trace *trace = arg;
    if (trace->no_notices)
        return;
    trace_must(buffer_addf(&trace->full, "notice %s\n", sentence));
}

static inline struct feed_reader *trace_start(struct csv_trace *trace,
                                              const struct feed_options *options)
{
    struct feed_events events = {trace_row, trace_refused, trace_notice, trace};
    struct feed_reader *reader = feed_reader_new(options, &events);
    trace->entity = options->entity;
    trace->brief.max = trace->full.max = SIZE_MAX / 4;
    trace_must(buffer_add_text(&trace->brief, ""));
    trace_must(buffer_add_text(&trace->full, ""));
    if (reader == NULL)
        abort();
    return reader;
}

static inline void trace_unusable(struct csv_trace *trace, const struct failure *failure)
{
    trace->unusable = true;
    trace->unusable_at = trace->full.len;
    trace_must(buffer_addf(&trace->brief, "unusable %s\n", error_code_name(failure->code)));
    trace_must(buffer_addf(&trace->full, "unusable %s %s\n", error_code_name(failure->code),
                           failure->reason.text));
}

static inline void trace_end(struct csv_trace *trace, struct feed_reader *reader)
{
    struct failure failure;
    if (!trace->unusable && feed_reader_finish(reader, &failure) != 0)
        trace_unusable(trace, &failure);
    trace->parsed = feed_reader_parsed(reader);
    feed_reader_free(reader);
}

/* The bytes are copied, so that the sanitizer sees a read beyond the piece. */
static inline void trace_write(struct csv_trace *trace, struct feed_reader *reader,
                               const char *bytes, size_t len)
{
    struct failure failure;
    char *piece = malloc(len + 1);
    if (piece == NULL)
        abort();
    for (size_t i = 0; i < len; i++)
        piece[i] = bytes[i];
    if (!trace->unusable && feed_reader_write(reader, piece, len, &failure) != 0)
        trace_unusable(trace, &failure);
    free(piece);
}

/* So many empty lines push what follows past the bytes that are sniffed at, so that it is read as
 * it comes. */
#define TRACE_PAD 4096

static inline void trace_pad(struct csv_trace *trace, struct feed_reader *reader)
{
    char pad[TRACE_PAD];
    memset(pad, '\n', sizeof pad);
    trace_write(trace, reader, pad, (size_t)trace->pad);
}

/* The bytes in pieces that end at the places in cuts (ascending). */
static inline void trace_cut(struct csv_trace *trace, const struct feed_options *options,
                             const char *bytes, size_t len, const size_t *cuts, size_t cut_count)
{
    struct feed_reader *reader = trace_start(trace, options);
    trace_pad(trace, reader);
    size_t from = 0;
    for (size_t i = 0; i <= cut_count; i++) {
        size_t to = i < cut_count ? cuts[i] : len;
        trace_write(trace, reader, bytes + from, to - from);
        from = to;
    }
    trace_end(trace, reader);
}

/* The bytes in pieces of `step`. */
static inline void trace_steps(struct csv_trace *trace, const struct feed_options *options,
                               const char *bytes, size_t len, size_t step)
{
    struct feed_reader *reader = trace_start(trace, options);
    trace_pad(trace, reader);
    for (size_t from = 0; from < len; from += step)
        trace_write(trace, reader, bytes + from, len - from < step ? len - from : step);
    trace_end(trace, reader);
}

static inline void trace_release(struct csv_trace *trace)
{
    buffer_release(&trace->brief);
    buffer_release(&trace->full);
}

#endif
