/* The dead letter: one JSON object on the `error` topic, a superset of the reference's
 * {"error", "message"}. docs/messages.md lists the members. */
#ifndef FEEDS_CORE_ERROR_RECORD_H
#define FEEDS_CORE_ERROR_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error_code.h"

/* Ceiling of a written record, bytes. librdkafka's and the broker's default limit is 1,000,000 and
 * 1,048,588; a topic with a smaller limit passes its own to error_record_write(). */
#define ERROR_RECORD_BYTES_MAX 960000
/* What all members but the original can take, and a little more. */
#define ERROR_RECORD_BYTES_MIN 8192
/* `http.body` holds this much of Strapi's answer. */
#define ERROR_HTTP_BODY_MAX 2048
#define ERROR_KEY_MAX       1024
/* A `layout` that is longer is left out, and so is any where the limit is below 64 KiB. */
#define ERROR_LAYOUT_MAX (16 * 1024)

/* Everything is borrowed. NULL texts, -1 and 0 numbers mean "not known" and are left out. */
struct error_record {
    enum error_code code;
    const char *stage; /* read, validate, decode, strapi */
    const char *error; /* the sentence, with its place: "a.csv, row 3, line 4: name: ..." */
    const char *service, *instance, *version;

    /* The Kafka message, for a consumer; topic also for a producer's row (where it would go). */
    const char *topic;
    const char *group;
    int32_t partition; /* -1 for a row that is no message yet */
    int64_t offset;
    int64_t timestamp_ms; /* of the message */
    const char *key;
    size_t key_len;

    /* The feed it came from. */
    const char *feed, *feed_id;
    uint64_t row, line;
    const char *layout; /* how its rows are written: valid JSON (feed/row_layout.h) */

    const char *field, *value;

    const char *http_method, *http_path;
    int http_status;
    const char *http_body;
    size_t http_body_len;

    unsigned attempts;
    int64_t first_failed_ms, failed_ms;

    /* The original. */
    const char *message;
    size_t message_len;
};

#define ERROR_RECORD_INIT                                                                          \
    {                                                                                              \
        .partition = -1, .offset = -1                                                              \
    }

/* Appends the record as one JSON object of at most `limit` bytes, valid whatever the bytes it is
 * made of. Of the original, what does not fit is cut ("message_truncated": true, "message_bytes":
 * its full size). What is not text (invalid UTF-8, U+0000) goes as base64 ("message_encoding",
 * "key_encoding"), and so does an original of which base64 has room for more. The other texts are
 * short, or cut; their wrong bytes become U+FFFD. An error record always fits: -1, and `out` is as
 * it was, only when out of memory or when limit, or the buffer's ceiling, leaves less than
 * ERROR_RECORD_BYTES_MIN. */
int error_record_write(const struct error_record *record, size_t limit, struct buffer *out);

/* Appends the record's deterministic id, so that a record written twice after a crash is one record
 * to every reader: "<topic>/<partition>/<offset>/<timestamp>/<group>", or "feed/<feed-id>/<row>".
 */
int error_record_id(const struct error_record *record, struct buffer *out);

#endif
