/* JSON bytes → rows: one record a line, or one array of records; its first byte tells which.
 * Used as csv_reader.h. Memory is bounded by the row limit.
 *
 * Bytes may come in pieces of any size; the result does not depend on where they are cut. */
#ifndef FEEDS_FEED_JSON_READER_H
#define FEEDS_FEED_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/entity.h"
#include "core/failure.h"
#include "feed/feed_events.h"
#include "feed/mapping.h"

struct json_options {
    const struct entity *entity;
    const struct mapping *mapping; /* NULL: none */
    const char *encoding;          /* what the text was converted from; NULL: nothing */
    size_t row_bytes_max;
};

struct json_reader;

/* NULL when out of memory. The events are copied. */
struct json_reader *json_reader_new(const struct json_options *options,
                                    const struct feed_events *events);
/* Before the first write: the rows up to this place, `rows` of them, were read before. The text is
 * written from its beginning all the same. */
void json_reader_resume(struct json_reader *reader, const struct feed_place *place, uint64_t rows);
/* As csv_reader_jump(). */
uint64_t json_reader_jump(struct json_reader *reader);
/* Text without its byte order mark. 0, or -1 when the feed cannot be read on (unreadable_feed):
 * `failure` says why, and nothing more may be written. */
int json_reader_write(struct json_reader *reader, const char *bytes, size_t len,
                      struct failure *failure);
/* The feed is at its end. One that is blank is unreadable_feed; an array without records is none. */
int json_reader_finish(struct json_reader *reader, struct failure *failure);
/* Whether the record that was handed over last stood in a file of refused rows. */
bool json_reader_corrects(const struct json_reader *reader);
void json_reader_free(struct json_reader *reader);

#endif
