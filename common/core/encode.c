#include "core/encode.h"

#include <inttypes.h>

#include "core/text.h"

/* What stands behind the backslash for a byte that JSON does not allow in a string; 'u' for those
 * with no letter of their own; 0 for bytes that stay as they are. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b',         't',           'n', 'u',
    'f', 'r', 'u', 'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

static char escape_of(char byte)
{
    return escapes[(unsigned char)byte];
}

static int add_escape(char byte, struct buffer *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char code = (unsigned char)byte;
    const char escape[] = {'\\', escape_of(byte), '0', '0', digits[code >> 4], digits[code & 0xF]};
    return buffer_add(out, escape, escape[1] == 'u' ? sizeof escape : 2);
}

static int add_characters(const char *text, size_t len, struct buffer *out)
{
    size_t copied = 0;
    for (size_t i = 0; i < len; i++) {
        if (escape_of(text[i]) == 0)
            continue;
        if (buffer_add(out, text + copied, i - copied) != 0 || add_escape(text[i], out) != 0)
            return -1;
        copied = i + 1;
    }
    return buffer_add(out, text + copied, len - copied);
}

int encode_text(const char *text, size_t len, struct buffer *out)
{
    size_t start = out->len;
    if (buffer_add_byte(out, '"') == 0 && add_characters(text, len, out) == 0 &&
        buffer_add_byte(out, '"') == 0)
        return 0;
    buffer_cut(out, start);
    return -1;
}

size_t encode_text_fits(const char *text, size_t len, size_t max)
{
    size_t size = 2;
    for (size_t i = 0; i < len; i++) {
        char escape = escape_of(text[i]);
        size += escape == 0 ? 1 : escape == 'u' ? 6 : 2;
        if (size > max)
            return text_cut(text, len, i);
    }
    return len;
}

/* Valid JSON has a line end between two tokens only, where a space is as good: so a message is one
 * line, whatever the feed looked like. */
static int add_on_one_line(const char *text, size_t len, struct buffer *out)
{
    size_t start = out->len;
    if (buffer_add(out, text, len) != 0)
        return -1;
    for (char *at = out->data + start; at < out->data + out->len; at++) {
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    }
    return 0;
}

/* A json_dump_callback_t. */
static int add_dumped(const char *bytes, size_t len, void *out)
{
    return buffer_add(out, bytes, len);
}

int encode_json(const json_t *json, struct buffer *out)
{
    size_t start = out->len;
    if (json_dump_callback(json, add_dumped, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
        return 0;
    buffer_cut(out, start);
    return -1;
}

static int add_value(const struct value *value, struct buffer *out)
{
    switch (value->kind) {
    case VALUE_TEXT:
        return encode_text(value->text, value->len, out);
    case VALUE_INTEGER:
        return buffer_addf(out, "%" PRId64, value->integer);
    case VALUE_JSON:
        return value->json != NULL ? encode_json(value->json, out)
                                   : add_on_one_line(value->text, value->len, out);
    case VALUE_NULL:
    case VALUE_ABSENT:
        break;
    }
    return buffer_add_text(out, "null");
}

static int add_members(const struct record *record, struct buffer *out)
{
    const struct entity *entity = record->entity;
    const char *separator = "{\"";
    for (size_t i = 0; i < entity->field_count; i++) {
        if (record->values[i].kind == VALUE_ABSENT)
            continue;
        /* A table's names are plain words: nothing in them wants escaping. */
        if (buffer_add_text(out, separator) != 0 ||
            buffer_add_text(out, entity->fields[i].name) != 0 || buffer_add_text(out, "\":") != 0 ||
            add_value(&record->values[i], out) != 0)
            return -1;
        separator = ",\"";
    }
    return buffer_add_text(out, separator[0] == '{' ? "{}" : "}");
}

int encode_record(const struct record *record, struct buffer *out)
{
    size_t start = out->len;
    if (add_members(record, out) == 0)
        return 0;
    buffer_cut(out, start);
    return -1;
}
