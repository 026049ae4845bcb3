#include "feed/rejected_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/encode.h"
#include "core/text.h"
#include "feed/json_scan.h"
#include "feed/rejected_head.h"

struct span {
    const char *at;
    size_t len;
};

static struct span trim(struct span span)
{
    size_t blanks = json_blanks(span.at, span.len);
    span.at += blanks;
    span.len -= blanks;
    while (span.len > 0 && json_is_blank(span.at[span.len - 1]))
        span.len--;
    return span;
}

/* Up to the comma or bracket that ends the member; all there is, if nothing does. */
static struct span next_member(struct span rest)
{
    bool in_text = false;
    size_t depth = 0, i = 0;
    for (; i < rest.len; i++) {
        char byte = rest.at[i];
        if (in_text && byte == '\\')
            i += i + 1 < rest.len;
        else if (byte == '"')
            in_text = !in_text;
        else if (!in_text && depth == 0 && (byte == ',' || byte == '}'))
            break;
        else if (!in_text && (byte == '{' || byte == '['))
            depth++;
        else if (!in_text && (byte == '}' || byte == ']') && depth > 0)
            depth--;
    }
    return (struct span){rest.at, i};
}

static bool is_ours(struct span member)
{
    const char *end = member.len < 2 ? NULL : memchr(member.at + 1, '"', member.len - 1);
    return end != NULL && member.at[0] == '"' &&
           rejected_head_has(member.at + 1, (size_t)(end - member.at) - 1);
}

static int add_on_one_line(struct span span, struct buffer *out)
{
    size_t start = out->len;
    if (buffer_add(out, span.at, span.len) != 0)
        return -1;
    for (size_t i = start; i < out->len; i++)
        if (out->data[i] == '\n' || out->data[i] == '\r')
            out->data[i] = ' ';
    return 0;
}

/* What stands behind the object's first bracket. */
static int add_members(struct span rest, struct buffer *out)
{
    for (bool first = true;; first = false) {
        struct span member = next_member(rest), text = trim(member);
        bool more = member.len < rest.len && rest.at[member.len] == ',';
        bool empty = first && text.len == 0 && !more;
        if (!empty && !is_ours(text) &&
            (buffer_add_byte(out, ',') != 0 || add_on_one_line(text, out) != 0))
            return -1;
        rest.at += member.len;
        rest.len -= member.len;
        if (!more)
            return add_on_one_line(rest, out);
        rest.at++;
        rest.len--;
    }
}

static int add_as_text(struct span record, struct buffer *out)
{
    /* U+FFFD for each wrong byte. */
    size_t room = 3 * record.len + 1;
    char *clean = malloc(room);
    if (clean == NULL)
        return -1;
    size_t len = text_clean(record.at, record.len, clean, room);
    int result = buffer_add_text(out, ",\"record\":") == 0 && encode_text(clean, len, out) == 0 &&
                         buffer_add_byte(out, '}') == 0
                     ? 0
                     : -1;
    free(clean);
    return result;
}

int rejected_json(const struct row *row, const char *sentence, struct buffer *out)
{
    struct span record = trim((struct span){row->raw, row->raw_len});
    if (buffer_add_text(out, "{\"error\":") != 0 ||
        encode_text(sentence, strlen(sentence), out) != 0 ||
        buffer_addf(out, ",\"row\":%" PRIu64, row->row) != 0)
        return -1;
    int result = record.len > 0 && record.at[0] == '{'
                     ? add_members((struct span){record.at + 1, record.len - 1}, out)
                     : add_as_text(record, out);
    return result == 0 ? buffer_add_byte(out, '\n') : -1;
}
