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

/* Bytes of the cell at the text's beginning, with the delimiter behind it; 0: there is no such cell. */
static size_t cell_bytes(char delimiter, const char *text, size_t len)
{
    bool quoted = len > 0 && text[0] == '"';
    size_t end = quoted;
    while (end < len && (quoted || text[end] != delimiter)) {
        if (!quoted && (text[end] == '\n' || text[end] == '\r' || text[end] == '"'))
            return 0;
        if (text[end++] != '"')
            continue;
        if (end == len || text[end] != '"')
            break;
        end++;
    }
    return end < len && text[end] == delimiter ? end + 1 : 0;
}

static bool is_cell(const char *cell, size_t bytes, const char *content)
{
    size_t quote = cell[0] == '"', len = strlen(content);
    return bytes == len + 2 * quote + 1 && memcmp(cell + quote, content, len) == 0;
}

/* Somebody may have emptied it. */
static bool is_row_number(const char *cell, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes; i++)
        if (cell[i] != '"' && (cell[i] < '0' || cell[i] > '9'))
            return false;
    return true;
}

size_t rejected_csv_old_header(char delimiter, const char *header, size_t len)
{
    size_t first = cell_bytes(delimiter, header, len);
    size_t second = cell_bytes(delimiter, header + first, len - first);
    bool ours = first > 0 && second > 0 && is_cell(header, first, REJECTED_ERROR) &&
                is_cell(header + first, second, REJECTED_ROW);
    return ours ? first + second : 0;
}

size_t rejected_csv_old_front(char delimiter, const char *row, size_t len)
{
    size_t first = cell_bytes(delimiter, row, len);
    size_t second = cell_bytes(delimiter, row + first, len - first);
    return first > 0 && second > 0 && is_row_number(row + first, second) ? first + second : 0;
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
