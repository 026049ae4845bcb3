#include "feed/header_report.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"

/* Ceiling for a list of columns inside a sentence, bytes. */
#define LIST_MAX 180

const struct field *header_nearly(const struct header *header, size_t column)
{
    const struct header_name *named = &header->named[column];
    for (size_t i = 0; i < header->entity->field_count; i++) {
        const struct field *field = &header->entity->fields[i];
        if (header->fields[column] < 0 && strlen(field->name) == named->len &&
            strncasecmp(field->name, header->names.data + named->at, named->len) == 0)
            return field;
    }
    return NULL;
}

struct list {
    char text[LIST_MAX + 8];
    size_t len;
    size_t count; /* names that were added */
    size_t left_out;
};

static void list_add(struct list *list, const char *name)
{
    const char *comma = list->len > 0 ? ", " : "";
    const char *shown = name[0] == '\0' ? "(no name)" : name;
    size_t wanted = strlen(comma) + strlen(shown);
    list->count++;
    if (list->left_out > 0 || list->len + wanted > LIST_MAX) {
        list->left_out++;
        return;
    }
    snprintf(list->text + list->len, sizeof list->text - list->len, "%s%s", comma, shown);
    list->len += wanted;
}

static void list_end(struct list *list)
{
    if (list->left_out > 0)
        snprintf(list->text + list->len, sizeof list->text - list->len, ", ...");
}

static struct list columns_found(const struct header *header)
{
    struct list found = {0};
    for (size_t column = 1; column <= header->columns; column++) {
        char name[FAILURE_FIELD_MAX];
        header_name(header, column, name);
        list_add(&found, name);
    }
    list_end(&found);
    return found;
}

static struct list columns_expected(const struct entity *entity)
{
    struct list expected = {0};
    for (size_t i = 0; i < entity->field_count; i++)
        list_add(&expected, entity->fields[i].name);
    list_end(&expected);
    return expected;
}

static size_t columns_of(const struct header *header, size_t field)
{
    size_t columns = 0;
    for (size_t i = 0; i < header->columns; i++)
        columns += header->fields[i] == (int)field;
    return columns;
}

static bool has_nearly(const struct header *header, const struct field *field)
{
    for (size_t i = 0; i < header->columns; i++)
        if (header_nearly(header, i) == field)
            return true;
    return false;
}

static int refuse(const struct header *header, struct failure *failure, const char *what)
{
    struct list found = columns_found(header), expected = columns_expected(header->entity);
    failure_set(failure, ERROR_BAD_HEADER, NULL, NULL, 0, "%s; found: %s; expected: %s", what,
                found.len > 0 ? found.text : "none", expected.text);
    return -1;
}

/* 0, or -1 when some field has two columns. */
static int check_doubled(const struct header *header, struct failure *failure)
{
    for (size_t i = 0; i < header->entity->field_count; i++) {
        char what[REASON_SIZE];
        size_t columns = columns_of(header, i);
        if (columns <= 1)
            continue;
        snprintf(what, sizeof what, "the header has the column %s %zu times",
                 header->entity->fields[i].name, columns);
        return refuse(header, failure, what);
    }
    return 0;
}

static int check_missing(const struct header *header, struct failure *failure)
{
    struct list missing = {0};
    bool nearly = false;
    char what[REASON_SIZE];
    for (size_t i = 0; i < header->entity->field_count; i++) {
        const struct field *field = &header->entity->fields[i];
        if ((field->flags & FIELD_REQUIRED) == 0 || columns_of(header, i) > 0)
            continue;
        list_add(&missing, field->name);
        nearly |= has_nearly(header, field);
    }
    if (missing.len == 0)
        return 0;
    list_end(&missing);
    snprintf(what, sizeof what, "the header lacks the column%s %s%s", missing.count == 1 ? "" : "s",
             missing.text, nearly ? " (upper and lower case count)" : "");
    return refuse(header, failure, what);
}

int header_check(const struct header *header, struct failure *failure)
{
    if (header->broken)
        return refuse(header, failure,
                      "a quote in the header is not closed, or stands where none may");
    if (header->too_many)
        return refuse(header, failure, "the header has too many columns");
    if (check_doubled(header, failure) != 0)
        return -1;
    return check_missing(header, failure);
}

/* The two columns that rejected_file.h puts in front. */
static bool is_ours(const char *name)
{
    return strcmp(name, "error") == 0 || strcmp(name, "row") == 0;
}

bool header_unknown(const struct header *header, struct reason *sentence)
{
    struct list unknown = {0};
    for (size_t column = 1; column <= header->columns; column++) {
        char name[FAILURE_FIELD_MAX];
        header_name(header, column, name);
        if (header->fields[column - 1] < 0 && !is_ours(name))
            list_add(&unknown, name);
    }
    list_end(&unknown);
    reason_set(sentence, "columns that %s does not know are left out: %s", header->entity->name,
               unknown.text);
    return unknown.len > 0;
}
