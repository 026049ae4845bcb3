#include "monitors/failure_view.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/error_record.h"

#define CODE_WIDTH 14 /* the common ones; longer codes push their line to the right */
#define TIME_WIDTH 19

void failure_view_time(int64_t time_ms, char text[32])
{
    clock_text(time_ms, text);
    if (strlen(text) < TIME_WIDTH)
        return;
    text[10] = ' ';
    text[TIME_WIDTH] = '\0';
}

int failure_view_line(const struct failure_record *record, struct buffer *out)
{
    char time[CLOCK_TEXT_SIZE];
    failure_view_time(record->time_ms, time);
    return buffer_addf(out, "%s  %-*s  %s: %s\n", time, CODE_WIDTH, record->code, record->where,
                       record->sentence);
}

/* Printable ASCII, or UTF-8 behind U+009F: one line, and nothing that a terminal acts upon. */
static bool is_harmless(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool c1 = byte == 0xC2 && i + 1 < len && (unsigned char)bytes[i + 1] < 0xA0;
        if (byte < 0x20 || byte == 0x7F || c1)
            return false;
    }
    return true;
}

/* jansson writes U+007F as it is. */
static int add_escaped(const char *text, struct buffer *out)
{
    int failed = 0;
    for (const char *del; (del = strchr(text, 0x7F)) != NULL; text = del + 1) {
        failed |= buffer_add(out, text, (size_t)(del - text));
        failed |= buffer_add_text(out, "\\u007f");
    }
    return failed | buffer_add_text(out, text);
}

static int add_dump(const json_t *root, struct buffer *out)
{
    char *text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
    int failed = text == NULL ? -1 : add_escaped(text, out);
    free(text);
    return failed;
}

static int add_undecodable(const struct failure_record *record, const char *bytes, size_t len,
                           struct buffer *out)
{
    const struct error_record wrapped = {
        .code = ERROR_UNDECODABLE,
        .stage = "monitor",
        .error = record->sentence,
        .service = "error-monitor",
        .version = FEEDS_VERSION,
        .topic = record->place.topic,
        .partition = record->place.partition,
        .offset = record->place.offset,
        .timestamp_ms = record->place.timestamp_ms,
        .failed_ms = record->time_ms,
        .message = bytes,
        .message_len = len,
    };
    struct buffer json = BUFFER_INIT(VIEW_BYTES_MAX);
    int failed = error_record_write(&wrapped, VIEW_BYTES_MAX, &json);
    /* The message in it may hold what a terminal acts upon. */
    if (failed == 0 && is_harmless(json.data, json.len)) {
        failed = buffer_add(out, json.data, json.len);
    } else if (failed == 0) {
        json_auto_t *root = json_loadb(json.data, json.len, JSON_ALLOW_NUL, NULL);
        failed = add_dump(root, out);
    }
    buffer_release(&json);
    return failed;
}

int failure_view_json(const struct failure_record *record, const char *bytes, size_t len,
                      struct buffer *out)
{
    int failed;
    if (record->root == NULL)
        failed = add_undecodable(record, bytes, len, out);
    else if (is_harmless(bytes, len))
        failed = buffer_add(out, bytes, len);
    else
        failed = add_dump(record->root, out);
    return failed != 0 ? -1 : buffer_add_byte(out, '\n');
}
