#include "feed/rejected_csv.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "feed/rejected_head.h"

static int add_quoted(const char *text, size_t len, struct buffer *out)
{
    int failed = buffer_add_byte(out, '"');
    for (size_t i = 0; i < len && failed == 0; i++) {
        if (text[i] == '"')
            failed |= buffer_add_byte(out, '"');
        failed |= buffer_add_byte(out, text[i]);
    }
    return failed | buffer_add_byte(out, '"');
}

int rejected_csv_header(char delimiter, const char *header, size_t len, struct buffer *out)
{
    int failed = buffer_addf(out, REJECTED_ERROR "%c" REJECTED_ROW "%c", delimiter, delimiter);
    failed |= buffer_add(out, header, len);
    return failed | buffer_add_byte(out, '\n');
}

int rejected_csv_front(char delimiter, const char *sentence, uint64_t row, struct buffer *out)
{
    int failed = add_quoted(sentence, strlen(sentence), out);
    return failed | buffer_addf(out, "%c%" PRIu64 "%c", delimiter, row, delimiter);
}

int rejected_csv_raw(const char *raw, size_t len, struct buffer *out)
{
    bool ended = len > 0 && (raw[len - 1] == '\n' || raw[len - 1] == '\r');
    int failed = buffer_add(out, raw, len);
    return ended ? failed : failed | buffer_add_byte(out, '\n');
}

static bool has_line_end(const char *text, size_t len)
{
    return memchr(text, '\n', len) != NULL || memchr(text, '\r', len) != NULL;
}

int rejected_csv_cell(struct csv_form form, size_t column, const char *text, size_t len,
                      struct buffer *out)
{
    if (len == 0)
        return 0;
    bool rest = form.rest == column && text[0] != '"' && !has_line_end(text, len);
    bool plain = memchr(text, form.delimiter, len) == NULL && memchr(text, '"', len) == NULL &&
                 !has_line_end(text, len);
    return rest || plain ? buffer_add(out, text, len) : add_quoted(text, len, out);
}
