/* A checked record → the JSON bytes of its Kafka message. Where a CSV row becomes JSON. */
#ifndef FEEDS_CORE_ENCODE_H
#define FEEDS_CORE_ENCODE_H

#include "core/buffer.h"
#include "core/record.h"

/* Ceiling of an encoded message, bytes: Kafka's default limit is 1 MiB, and an error record that
 * quotes the message must fit as well. */
#define ENCODED_BYTES_MAX (512 * 1024)

/* Appends the record as one JSON object, members in the order of entity->fields, absent values left
 * out. -1 when it would pass the buffer's ceiling (the buffer is then left as it was). */
int encode_record(const struct record *record, struct buffer *out);

/* Appends text (valid UTF-8) as a JSON string with its quotes. -1 as above. */
int encode_text(const char *text, size_t len, struct buffer *out);

/* Appends any JSON value on one line. -1 as above. */
int encode_json(const json_t *json, struct buffer *out);

/* Length of the longest prefix of text, cut between characters, that encode_text() writes in at
 * most `max` bytes, quotes included. */
size_t encode_text_fits(const char *text, size_t len, size_t max);

#endif
