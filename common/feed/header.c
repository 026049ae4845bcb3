#include "feed/header.h"

#include <csv.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"
#include "feed/dialect.h"
#include "feed/header_report.h"
#include "feed/rejected_head.h"

void header_init(struct header *header, const struct entity *entity)
{
    *header = (struct header){.entity = entity, .names = BUFFER_INIT(SIZE_MAX / 2)};
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void on_name(void *bytes, size_t len, void *arg)
{
    struct header *header = arg;
    const char *name = bytes;
    for (; len > 0 && is_blank(*name); len--)
        name++;
    while (len > 0 && is_blank(name[len - 1]))
        len--;
    if (header->columns == HEADER_COLUMNS_MAX) {
        header->too_many = true;
        return;
    }
    if (buffer_add(&header->names, name, len) != 0) {
        header->broken = true;
        return;
    }
    header->named[header->columns] = (struct header_name){header->names.len - len, len};
    header->fields[header->columns++] = mapping_field(header->entity, header->mapping, name, len);
}

/* A delimiter at the end of the header makes a column without a name, and rows may lack it. */
static void drop_nameless_end(struct header *header)
{
    while (header->columns > 0 && header->named[header->columns - 1].len == 0)
        header->columns--;
}

static bool is_mapped(const struct header *header, size_t column)
{
    const struct header_name *named = &header->named[column];
    return header->fields[column] >= 0 &&
           mapping_is_source(header->mapping, (size_t)header->fields[column],
                             header->names.data + named->at, named->len);
}

/* A field that is mapped to a column is that column, also when another has the field's own name. */
static void prefer_mapped(struct header *header)
{
    for (size_t i = 0; i < header->columns; i++)
        for (size_t j = 0; j < header->columns && is_mapped(header, i); j++)
            if (header->fields[j] == header->fields[i] && !is_mapped(header, j))
                header->fields[j] = -1;
}

/* Unlike rows, with libcsv's own idea of blanks: they may also stand around a quoted name. */
static void parse(struct header *header, const char *bytes, size_t len, char delimiter)
{
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)delimiter);
    buffer_clear(&header->names);
    header->columns = 0;
    header->broken = false;
    header->too_many = false;
    header->delimiter = delimiter;
    if (csv_parse(&parser, bytes, len, on_name, NULL, header) != len ||
        csv_fini(&parser, on_name, NULL, header) != 0)
        header->broken = true;
    csv_free(&parser);
    drop_nameless_end(header);
    if (header->mapping != NULL)
        prefer_mapped(header);
}

/* How well the header fits: names that are ours weigh most, then those that would be but for their
 * case, then the number of columns, so that a header without any is at least shown well. */
static size_t score(const struct header *header)
{
    size_t known = 0, nearly = 0;
    if (header->broken)
        return 0;
    for (size_t i = 0; i < header->columns; i++) {
        if (header->fields[i] >= 0)
            known++;
        else if (header_nearly(header, i) != NULL)
            nearly++;
    }
    const size_t weight = HEADER_COLUMNS_MAX + 1;
    return (known * weight + nearly) * weight + header->columns + 1;
}

static char find_delimiter(struct header *header, const char *bytes, size_t len)
{
    char best = DIALECT_DELIMITERS[0];
    size_t best_score = 0;
    for (const char *delimiter = DIALECT_DELIMITERS; *delimiter != '\0'; delimiter++) {
        parse(header, bytes, len, *delimiter);
        if (score(header) > best_score) {
            best_score = score(header);
            best = *delimiter;
        }
    }
    return best;
}

int header_read(struct header *header, const char *bytes, size_t len, char delimiter,
                struct failure *failure)
{
    parse(header, bytes, len, delimiter != '\0' ? delimiter : find_delimiter(header, bytes, len));
    return header_check(header, failure);
}

struct csv_form header_form(const struct header *header)
{
    struct csv_form form = {.delimiter = header->delimiter};
    int last = header->columns == 0 ? -1 : header->fields[header->columns - 1];
    if (last >= 0 && header->entity->fields[last].type == FIELD_JSON)
        form.rest = header->columns;
    return form;
}

static bool has_name(const struct header *header, const char *name)
{
    for (size_t i = 0; i < header->columns; i++)
        if (header->named[i].len == strlen(name) &&
            memcmp(header->names.data + header->named[i].at, name, strlen(name)) == 0)
            return true;
    return false;
}

bool header_is_rejected(const struct header *header)
{
    return has_name(header, REJECTED_ERROR) && has_name(header, REJECTED_ROW);
}

void header_name(const struct header *header, size_t column, char name[FAILURE_FIELD_MAX])
{
    const struct header_name none = {0}, *named = &none;
    if (column >= 1 && column <= header->columns)
        named = &header->named[column - 1];
    text_show(named->len == 0 ? "" : header->names.data + named->at, named->len, name,
              FAILURE_FIELD_MAX);
}

void header_release(struct header *header)
{
    buffer_release(&header->names);
}
