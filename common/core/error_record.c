#include "core/error_record.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/encode.h"
#include "core/text.h"

/* Ceilings of the texts, bytes. Together with the names and numbers they stay below
 * ERROR_RECORD_BYTES_MIN. */
#define TOPIC_MAX     249 /* Kafka's own */
#define GROUP_MAX     255
#define ID_MAX        600
#define ERROR_MAX     1024
#define WORD_MAX      128 /* services, instances, stages, methods */
#define FEED_MAX      255
#define FEED_ID_MAX   128
#define FIELD_MAX     64
#define VALUE_MAX     200
#define HTTP_PATH_MAX 256

/* From here on a text may also take six bytes a character ("\u001f") and still fit. */
#define ROOMY_BYTES    (64 * 1024)
#define ESCAPED_FACTOR 6

/* The names of the members around the original. */
#define MESSAGE_OVERHEAD 160

/* All texts at their ceilings (the key as base64), their names, the numbers: what is left is the
 * original's. */
#define TEXTS_MAX                                                                                  \
    (ID_MAX + ERROR_MAX + 5 * WORD_MAX + TOPIC_MAX + ERROR_KEY_MAX * 4 / 3 + 4 + FEED_MAX +        \
     FEED_ID_MAX + FIELD_MAX + VALUE_MAX + HTTP_PATH_MAX + ERROR_HTTP_BODY_MAX)
#define NAMES_AND_NUMBERS 800
_Static_assert(TEXTS_MAX + NAMES_AND_NUMBERS + MESSAGE_OVERHEAD < ERROR_RECORD_BYTES_MIN,
               "a record without its original must fit into the smallest limit");
_Static_assert(TEXTS_MAX *ESCAPED_FACTOR + NAMES_AND_NUMBERS + MESSAGE_OVERHEAD + ERROR_LAYOUT_MAX <
                   ROOMY_BYTES,
               "a record without its original must fit where texts may be escaped");

struct writer {
    struct buffer *out;
    size_t factor; /* a text may take this many times its ceiling */
    bool failed;   /* sticky: looked at once, at the end */
};

static void add_json(struct writer *writer, const char *json)
{
    writer->failed |= buffer_add_text(writer->out, json) != 0;
}

static void add_name(struct writer *writer, const char *name)
{
    const struct buffer *out = writer->out;
    bool first = out->len == 0 || out->data[out->len - 1] == '{';
    writer->failed |= buffer_addf(writer->out, "%s\"%s\":", first ? "" : ",", name) != 0;
}

static void add_bytes(struct writer *writer, const char *name, const char *bytes, size_t len,
                      size_t max)
{
    char text[ERROR_HTTP_BODY_MAX + 1];
    if (bytes == NULL)
        return;
    size_t clean = text_clean(bytes, len, text, max + 1);
    add_name(writer, name);
    clean = encode_text_fits(text, clean, max * writer->factor + 2);
    writer->failed |= encode_text(text, clean, writer->out) != 0;
}

static void add_text(struct writer *writer, const char *name, const char *text, size_t max)
{
    add_bytes(writer, name, text, text == NULL ? 0 : strlen(text), max);
}

static void add_number(struct writer *writer, const char *name, int64_t number)
{
    add_name(writer, name);
    writer->failed |= buffer_addf(writer->out, "%" PRId64, number) != 0;
}

static void add_count(struct writer *writer, const char *name, uint64_t count)
{
    if (count == 0)
        return;
    add_name(writer, name);
    writer->failed |= buffer_addf(writer->out, "%" PRIu64, count) != 0;
}

static void add_time(struct writer *writer, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (time_ms <= 0)
        return;
    clock_text(time_ms, text);
    add_text(writer, name, text, CLOCK_TEXT_SIZE);
}

static void add_base64(struct writer *writer, const char *bytes, size_t len)
{
    /* A multiple of three: only the last piece is padded. */
    enum { PIECE = 768 };
    unsigned char encoded[PIECE / 3 * 4 + 1];
    add_json(writer, "\"");
    for (size_t done = 0; done < len; done += PIECE) {
        size_t piece = len - done < PIECE ? len - done : PIECE;
        int size = EVP_EncodeBlock(encoded, (const unsigned char *)bytes + done, (int)piece);
        writer->failed |= buffer_add(writer->out, encoded, (size_t)size) != 0;
    }
    add_json(writer, "\"");
}

static bool is_text(const char *bytes, size_t len)
{
    return len == 0 || (text_valid(bytes, len, NULL) && memchr(bytes, '\0', len) == NULL);
}

/* How the original goes into the record. */
struct fit {
    bool base64;
    size_t len; /* this much of it */
};

/* As text where it is text and fits; else in the form that holds more of it. */
static struct fit fit_into(const char *bytes, size_t len, size_t room)
{
    struct fit text = {.base64 = false, .len = 0};
    struct fit base64 = {.base64 = true, .len = (room - 2) / 4 * 3};
    if (base64.len > len)
        base64.len = len;
    if (!is_text(bytes, len))
        return base64;
    text.len = encode_text_fits(bytes, len, room);
    return text.len >= base64.len ? text : base64;
}

static void add_fit(struct writer *writer, const char *name, const char *bytes, struct fit fit)
{
    add_name(writer, name);
    if (fit.base64)
        add_base64(writer, bytes, fit.len);
    else
        writer->failed |= encode_text(bytes, fit.len, writer->out) != 0;
}

static void add_message(struct writer *writer, const struct error_record *record, size_t room)
{
    if (record->message == NULL)
        return;
    struct fit fit = fit_into(record->message, record->message_len, room);
    add_fit(writer, "message", record->message, fit);
    add_text(writer, "message_encoding", fit.base64 ? "base64" : "utf-8", WORD_MAX);
    if (fit.len == record->message_len)
        return;
    add_name(writer, "message_truncated");
    add_json(writer, "true");
    add_count(writer, "message_bytes", record->message_len);
}

static void add_key(struct writer *writer, const struct error_record *record)
{
    if (record->key == NULL)
        return;
    if (is_text(record->key, record->key_len)) {
        add_bytes(writer, "key", record->key, record->key_len, ERROR_KEY_MAX);
        return;
    }
    struct fit fit = {.base64 = true, .len = record->key_len};
    if (fit.len > ERROR_KEY_MAX)
        fit.len = ERROR_KEY_MAX;
    add_fit(writer, "key", record->key, fit);
    add_text(writer, "key_encoding", "base64", WORD_MAX);
}

static void add_cause(struct writer *writer, const struct error_record *record)
{
    add_text(writer, "code", error_code_name(record->code), WORD_MAX);
    add_text(writer, "stage", record->stage, WORD_MAX);
    add_name(writer, "retryable");
    add_json(writer, error_code_retryable(record->code) ? "true" : "false");
    add_text(writer, "service", record->service, WORD_MAX);
    add_text(writer, "instance", record->instance, WORD_MAX);
    add_text(writer, "version", record->version, WORD_MAX);
}

/* All of it, or none: half a header is of no use. */
static void add_layout(struct writer *writer, const char *layout)
{
    if (layout == NULL || writer->factor == 1 || strlen(layout) > ERROR_LAYOUT_MAX)
        return;
    add_name(writer, "layout");
    add_json(writer, layout);
}

static void add_origin(struct writer *writer, const struct error_record *record)
{
    add_text(writer, "topic", record->topic, TOPIC_MAX);
    if (record->partition >= 0) {
        add_number(writer, "partition", record->partition);
        if (record->offset >= 0)
            add_number(writer, "offset", record->offset);
    }
    add_key(writer, record);
    add_time(writer, "timestamp", record->timestamp_ms);
    add_text(writer, "feed", record->feed, FEED_MAX);
    add_text(writer, "feed_id", record->feed_id, FEED_ID_MAX);
    add_count(writer, "row", record->row);
    add_count(writer, "line", record->line);
    add_layout(writer, record->layout);
    add_text(writer, "field", record->field, FIELD_MAX);
    add_text(writer, "value", record->value, VALUE_MAX);
}

static void add_http(struct writer *writer, const struct error_record *record)
{
    if (record->http_method == NULL)
        return;
    add_name(writer, "http");
    add_json(writer, "{");
    add_text(writer, "method", record->http_method, WORD_MAX);
    add_text(writer, "path", record->http_path, HTTP_PATH_MAX);
    if (record->http_status > 0)
        add_number(writer, "status", record->http_status);
    add_bytes(writer, "body", record->http_body, record->http_body_len, ERROR_HTTP_BODY_MAX);
    add_json(writer, "}");
}

static void add_history(struct writer *writer, const struct error_record *record)
{
    add_count(writer, "attempts", record->attempts);
    add_number(writer, "replays", 0);
    add_time(writer, "first_failed_at", record->first_failed_ms);
    add_time(writer, "failed_at", record->failed_ms);
}

static void add_head(struct writer *writer, const struct error_record *record)
{
    struct buffer id = BUFFER_INIT(ID_MAX);
    writer->failed |= error_record_id(record, &id) != 0;
    add_json(writer, "{");
    add_bytes(writer, "id", id.data, id.len, ID_MAX);
    add_text(writer, "error", record->error, ERROR_MAX);
    buffer_release(&id);
}

int error_record_write(const struct error_record *record, size_t limit, struct buffer *out)
{
    size_t start = out->len;
    if (limit > out->max - out->len)
        limit = out->max - out->len;
    if (limit < ERROR_RECORD_BYTES_MIN)
        return -1;
    /* What follows the original is written first, to know how much room it leaves. */
    struct buffer rest = BUFFER_INIT(limit);
    size_t factor = limit >= ROOMY_BYTES ? ESCAPED_FACTOR : 1;
    struct writer tail = {.out = &rest, .factor = factor};
    add_cause(&tail, record);
    add_origin(&tail, record);
    add_http(&tail, record);
    add_history(&tail, record);

    struct writer head = {.out = out, .factor = factor};
    add_head(&head, record);
    size_t used = out->len - start + rest.len + MESSAGE_OVERHEAD;
    add_message(&head, record, limit - used);
    add_json(&head, ",");
    head.failed |= buffer_add(out, rest.data, rest.len) != 0;
    add_json(&head, "}");
    buffer_release(&rest);
    if (!head.failed && !tail.failed)
        return 0;
    buffer_cut(out, start);
    return -1;
}

int error_record_id(const struct error_record *record, struct buffer *out)
{
    if (record->partition < 0) {
        const char *feed = record->feed_id != NULL ? record->feed_id : record->feed;
        return buffer_addf(out, "feed/%.*s/%" PRIu64, FEED_MAX, feed == NULL ? "" : feed,
                           record->row);
    }
    return buffer_addf(out, "%.*s/%" PRId32 "/%" PRId64 "/%" PRId64 "/%.*s", TOPIC_MAX,
                       record->topic == NULL ? "" : record->topic, record->partition,
                       record->offset, record->timestamp_ms, GROUP_MAX,
                       record->group == NULL ? "" : record->group);
}
