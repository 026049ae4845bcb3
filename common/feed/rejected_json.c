#include "feed/rejected_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/encode.h"
#include "core/text.h"
#include "feed/json_members.h"
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

/* One that an earlier run has put there. */
static bool is_ours(const struct json_members *member)
{
    return json_member_is(member, REJECTED_ERROR, sizeof REJECTED_ERROR - 1) ||
           json_member_is(member, REJECTED_ROW, sizeof REJECTED_ROW - 1);
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
    struct json_members members = json_members(rest.at, rest.len);
    for (bool first = true; json_members_next(&members); first = false) {
        bool empty = first && members.len == 0 && members.ended;
        if (!empty && !is_ours(&members) &&
            (buffer_add_byte(out, ',') != 0 ||
             add_on_one_line((struct span){members.text, members.len}, out) != 0))
            return -1;
    }
    return add_on_one_line((struct span){members.rest, members.rest_len}, out);
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
