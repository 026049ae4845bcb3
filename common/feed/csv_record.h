/* One CSV record as libcsv sees it, given one physical line at a time.
 *
 *     struct csv_record record;
 *     csv_record_init(&record, (struct csv_form){.delimiter = ','});
 *     csv_record_want(&record, fields, count);     (only when the cells' text is wanted)
 *     switch (csv_record_feed(&record, line, len)) ...
 *     csv_record_reset(&record);                   (the next record)
 *     csv_record_release(&record);
 *
 * Quotes are taken strictly, and blanks are kept byte for byte.
 *
 * Feeds carry JSON objects without quotes around them, but with quotes and delimiters inside. Where
 * such a cell is the last column, it is the rest of its physical line, verbatim, and libcsv never
 * sees it. No object begins with a quote: a cell that does is CSV as any other. */
#ifndef FEEDS_FEED_CSV_RECORD_H
#define FEEDS_FEED_CSV_RECORD_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/row.h"

enum csv_state {
    CSV_RECORD_OPEN,   /* inside quotes at the end of what was fed (or nothing was fed) */
    CSV_RECORD_DONE,   /* a line end closed the record */
    CSV_RECORD_BROKEN, /* a quote stands where none may; columns + 1 is its column */
    CSV_RECORD_NO_MEMORY,
};

/* How a feed's records are written. */
struct csv_form {
    char delimiter;
    size_t rest; /* the column, counted from 1, whose cell is the rest of the line; 0: none */
};

struct csv_span {
    size_t at, len;
};

enum csv_rest {
    CSV_REST_AHEAD,    /* its column has not begun */
    CSV_REST_VERBATIM, /* it has, and is not for libcsv */
    CSV_REST_NONE,     /* no such column; or it begins with a quote and is for libcsv */
};

struct csv_record {
    struct csv_parser parser;
    struct csv_form form;
    enum csv_rest rest;
    size_t rest_len; /* CSV_REST_VERBATIM: so many bytes at the end of text */
    bool done;
    bool no_memory;
    size_t columns;    /* cells that are complete */
    size_t filled;     /* the last of them that is not empty, counted from 1 */
    uint64_t fed;      /* bytes read since the beginning, by libcsv or verbatim */
    const int *fields; /* for each column the index of its field, -1: not wanted */
    size_t fields_count;
    struct buffer text; /* of the wanted cells, one behind the other */
    struct csv_span cells[ENTITY_FIELDS_MAX];
};

void csv_record_init(struct csv_record *record, struct csv_form form);
/* Keeps the text of the cells in these columns. The array is borrowed. */
void csv_record_want(struct csv_record *record, const int *fields, size_t count);
/* Bytes up to and including one line end. */
enum csv_state csv_record_feed(struct csv_record *record, const char *bytes, size_t len);
/* The wanted cells in the entity's order; of a record that is DONE. */
void csv_record_cells(const struct csv_record *record, struct cell cells[ENTITY_FIELDS_MAX]);
/* Whether the record has `columns` columns. Empty ones behind them do not count: spreadsheets write
 * them. */
bool csv_record_fits(const struct csv_record *record, size_t columns);
void csv_record_reset(struct csv_record *record);
void csv_record_release(struct csv_record *record);

/* What some bytes are when they are read as a record of their own. */
struct csv_shape {
    enum csv_state state; /* OPEN: they end inside quotes; DONE also without a line end */
    size_t columns;       /* OPEN, BROKEN: those in front of the quote */
    bool fits;            /* DONE, and csv_record_fits(wanted) */
};

struct csv_shape csv_shape(const char *bytes, size_t len, struct csv_form form, size_t wanted);
/* How many cells are complete at the end of the bytes. */
size_t csv_shape_cells(const char *bytes, size_t len, struct csv_form form);

#endif
