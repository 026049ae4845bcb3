/* A feed's bytes → rows, whatever it is: finds out or is told the encoding and the format, and lets
 * csv_reader.h or json_reader.h read the text.
 *
 * A byte order mark wins over what is told: the --rejected file of a feed that was converted is in
 * UTF-8 with such a mark, and so it goes back in with the same options.
 *
 * Bytes may come in pieces of any size; the result does not depend on where they are cut. */
#ifndef FEEDS_FEED_FEED_READER_H
#define FEEDS_FEED_FEED_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/failure.h"
#include "core/feed_progress.h"
#include "feed/feed_events.h"
#include "feed/mapping.h"
#include "feed/rejected_file.h"

enum feed_format {
    FEED_AUTO, /* JSON when the first byte that is not blank is [ or {, else CSV */
    FEED_CSV,
    FEED_JSON,
};

struct feed_options {
    const struct entity *entity;
    const struct mapping *mapping; /* NULL: none */
    enum feed_format format;
    const char *encoding; /* as iconv knows it; NULL: UTF-8, unless a byte order mark says more */
    char delimiter;       /* CSV; 0: found in the header */
    size_t row_bytes_max; /* 0: ROW_BYTES_MAX */
};

struct feed_reader;

/* NULL when out of memory. The events are copied; what the options point to is borrowed. */
struct feed_reader *feed_reader_new(const struct feed_options *options,
                                    const struct feed_events *events);
/* Before the first write: goes on behind a row that an earlier reader of this feed has handed over, the
 * `rows`th: `place` is the row's `behind`. What is handed over then is what that reader would have
 * handed over next, with the same numbers. Only for the same feed_reader_reading().
 *
 * The bytes are written from the beginning all the same: the first ones say what the feed is, and CSV
 * has its header there. */
void feed_reader_resume(struct feed_reader *reader, const struct feed_place *place, uint64_t rows);
/* Asked behind each write. True: only passed over would be what follows, up to the feed's byte *offset
 * (unpacked; its mark counts). Who can go there does, and writes on from it; who cannot must not ask. */
bool feed_reader_jump(struct feed_reader *reader, uint64_t *offset);
/* 0, or -1 when the feed as a whole is unusable: `failure` says why, and the reader takes nothing
 * more. */
int feed_reader_write(struct feed_reader *reader, const char *bytes, size_t len,
                      struct failure *failure);
int feed_reader_finish(struct feed_reader *reader, struct failure *failure);
/* How refused rows are to be written; valid once the first row or reject has been handed over, and
 * after feed_reader_finish() succeeded. */
struct rejected_layout feed_reader_layout(const struct feed_reader *reader);
/* How the text is taken: format, delimiter, encoding; "csv, semicolon, utf-8". Valid likewise. */
void feed_reader_reading(const struct feed_reader *reader, char reading[FEED_READING_SIZE]);
/* Whether the row that was handed over last stood in a file of refused rows (rejected_file.h): it has
 * their two columns or members. */
bool feed_reader_corrects(const struct feed_reader *reader);
/* Of a CSV feed: csv_reader_parsed(). */
uint64_t feed_reader_parsed(const struct feed_reader *reader);
void feed_reader_free(struct feed_reader *reader);

#endif
