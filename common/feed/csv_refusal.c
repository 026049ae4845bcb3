#include "feed/csv_refusal.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "feed/csv_record.h"
#include "feed/dialect.h"
#include "feed/encoding.h"

static size_t without_line_end(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len;
}

void refuse_stray_quote(struct failure *failure, const struct header *header, size_t column,
                        const char *line, size_t len)
{
    char name[FAILURE_FIELD_MAX];
    header_name(header, column, name);
    failure_set(failure, ERROR_STRAY_QUOTE, name, line, without_line_end(line, len),
                "column %zu has a quote where none may stand (quote the whole cell and double the "
                "quotes in it)",
                column);
}

void refuse_unclosed_quote(struct failure *failure, const struct header *header, size_t column,
                           size_t more, const char *line, size_t len)
{
    char name[FAILURE_FIELD_MAX], searched[96] = "";
    header_name(header, column, name);
    if (more == 1)
        snprintf(searched, sizeof searched, ", also not on the next line, which is read by itself");
    else if (more > 1)
        snprintf(searched, sizeof searched,
                 ", also not on the next %zu lines, which are read by themselves", more);
    failure_set(failure, ERROR_UNCLOSED_QUOTE, name, line, without_line_end(line, len),
                "the quote that opens in column %zu is not closed%s", column, searched);
}

/* What the columns would be right with, or "". */
static const char *count_hint(const struct header *header, size_t columns, const char *raw,
                              size_t len, char hint[REASON_SIZE])
{
    const char *with = dialect_delimiter_name(header->delimiter);
    /* Where one delimiter is enough, any text might fit. */
    if (header_form(header).rest > 0)
        return "";
    for (const char *other = DIALECT_DELIMITERS; *other != '\0'; other++) {
        if (header->columns > 1 && *other != header->delimiter &&
            csv_shape(raw, len, (struct csv_form){.delimiter = *other}, header->columns).fits) {
            snprintf(hint, REASON_SIZE, " (it would fit with %s instead of %s as the delimiter)",
                     dialect_delimiter_name(*other), with);
            return hint;
        }
    }
    if (columns < header->columns)
        return "";
    snprintf(hint, REASON_SIZE, " (a cell with a %s in it must be quoted)", with);
    return hint;
}

void refuse_column_count(struct failure *failure, const struct header *header, size_t columns,
                         const char *raw, size_t len)
{
    char hint[REASON_SIZE];
    failure_set(failure, ERROR_COLUMN_COUNT, NULL, raw, without_line_end(raw, len),
                "the row has %zu column%s where the header has %zu%s", columns,
                columns == 1 ? "" : "s", header->columns,
                count_hint(header, columns, raw, len, hint));
}

void refuse_row_too_long(struct failure *failure, size_t limit)
{
    failure_set(failure, ERROR_ROW_TOO_LONG, NULL, NULL, 0,
                "the row is longer than the limit of %zu bytes", limit);
}

/* The column that holds the byte at `place` of a record that was read without a fault. */
static size_t column_at(const struct header *header, const char *raw, size_t place)
{
    return csv_shape_cells(raw, place, header_form(header)) + 1;
}

bool refuse_bytes(struct failure *failure, const struct header *header, const char *raw, size_t len)
{
    char name[FAILURE_FIELD_MAX];
    size_t bad;
    const char *nul = memchr(raw, '\0', len);
    if (nul != NULL) {
        size_t column = column_at(header, raw, (size_t)(nul - raw));
        header_name(header, column, name);
        failure_set(failure, ERROR_NUL_BYTE, name, raw, without_line_end(raw, len),
                    "column %zu has a NUL byte", column);
        return true;
    }
    if (text_valid(raw, len, &bad))
        return false;
    size_t column = column_at(header, raw, bad);
    header_name(header, column, name);
    char fault[ENCODING_FAULT_MAX];
    failure_set(failure, ERROR_BAD_ENCODING, name, raw, without_line_end(raw, len), "column %zu %s",
                column, encoding_fault(header->encoding, raw, len, fault));
    return true;
}
