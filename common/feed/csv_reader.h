/* CSV bytes → rows, through libcsv, with what libcsv does not give: positions, and a broken quote
 * that costs its own physical line only.
 *
 * libcsv 3.0.3 runs on after a stray or unclosed quote and eats the rows behind it. This reader
 * gives it one physical line at a time, keeps the raw bytes of the current record, and when a quote
 * turns out broken refuses the record's first physical line alone and parses on from the second.
 *
 * Bytes may come in pieces of any size; the result does not depend on where they are cut. */
#ifndef FEEDS_FEED_CSV_READER_H
#define FEEDS_FEED_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/failure.h"
#include "feed/feed_events.h"
#include "feed/mapping.h"

/* Default limit of a row, bytes. */
#define ROW_BYTES_MAX (1024 * 1024)

struct csv_options {
    const struct entity *entity;
    const struct mapping *mapping; /* NULL: none */
    const char *encoding;          /* what the text was converted from; NULL: nothing */
    char delimiter;                /* 0: found in the header, one of , ; tab | */
    size_t row_bytes_max;          /* 0: ROW_BYTES_MAX */
};

struct csv_reader;

/* NULL when out of memory. The events are copied. */
struct csv_reader *csv_reader_new(const struct csv_options *options,
                                  const struct feed_events *events);
/* Before the first write: the rows up to this place, `rows` of them, were read before. The text is
 * written from its beginning all the same, because the header is read again. */
void csv_reader_resume(struct csv_reader *reader, const struct feed_place *place, uint64_t rows);
/* So many bytes would come next and be passed over: they need not be written, and are not expected any
 * more. */
uint64_t csv_reader_jump(struct csv_reader *reader);
/* Text without its byte order mark. 0, or -1 when the feed as a whole is unusable (bad_header,
 * unreadable_feed): `failure` says why, and the reader takes nothing more. */
int csv_reader_write(struct csv_reader *reader, const char *bytes, size_t len,
                     struct failure *failure);
/* The feed is at its end: the last row needs no newline. An empty feed is unreadable_feed. */
int csv_reader_finish(struct csv_reader *reader, struct failure *failure);
/* The header as it stood in the feed, without its line end, and the delimiter; valid once
 * the first row or reject has been handed over, and after csv_reader_finish() succeeded. */
const char *csv_reader_header(const struct csv_reader *reader, size_t *len, char *delimiter);
/* For each column the index of its field, -1: none; valid likewise. */
const int *csv_reader_fields(const struct csv_reader *reader, size_t *columns);
/* Whether the feed is a file of refused rows; valid likewise. */
bool csv_reader_corrects(const struct csv_reader *reader);
/* Bytes of rows that were given to libcsv so far, those that it was given a second time included.
 */
uint64_t csv_reader_parsed(const struct csv_reader *reader);
void csv_reader_free(struct csv_reader *reader);

#endif
