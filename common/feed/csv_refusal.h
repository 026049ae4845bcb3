/* The sentences for rows that cannot be read: each names the column, by number and by name. */
#ifndef FEEDS_FEED_CSV_REFUSAL_H
#define FEEDS_FEED_CSV_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"
#include "feed/header.h"

/* Columns are counted from 1. line: the physical line that is refused. */
void refuse_stray_quote(struct failure *failure, const struct header *header, size_t column,
                        const char *line, size_t len);
/* more: in so many physical lines below this one the other quote was looked for. */
void refuse_unclosed_quote(struct failure *failure, const struct header *header, size_t column,
                           size_t more, const char *line, size_t len);
void refuse_column_count(struct failure *failure, const struct header *header, size_t columns,
                         const char *raw, size_t len);
void refuse_row_too_long(struct failure *failure, size_t limit);
/* Whether the row holds bytes that no text may: nul_byte or bad_encoding. */
bool refuse_bytes(struct failure *failure, const struct header *header, const char *raw,
                  size_t len);

#endif
