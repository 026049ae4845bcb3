#include "feed/header_report.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "feed/encoding.h"
#include "feed/map_hint.h"
#include "feed/name_list.h"
#include "feed/rejected_head.h"

/* Ceilings for what precedes the list of columns, bytes. */
#define WANTED_NAME_MAX (2 * FAILURE_FIELD_MAX + 16)
#define ADVICE_MAX      (MAP_HINT_MAX + 64)

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

static struct name_list columns_found(const struct header *header)
{
    struct name_list found = NAME_LIST_INIT;
    for (size_t column = 1; column <= header->columns; column++) {
        char name[FAILURE_FIELD_MAX];
        header_name(header, column, name);
        name_list_add(&found, name);
    }
    name_list_end(&found);
    return found;
}

static struct name_list columns_expected(const struct entity *entity)
{
    struct name_list expected = NAME_LIST_INIT;
    for (size_t i = 0; i < entity->field_count; i++)
        name_list_add(&expected, entity->fields[i].name);
    name_list_end(&expected);
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

/* Whether a column that is no field may be this one. */
static bool may_be(const struct header *header, size_t column, const struct field *field)
{
    const struct header_name *named = &header->named[column];
    return header->fields[column] < 0 &&
           map_hint_fits(field, header->names.data + named->at, named->len);
}

static int refuse(const struct header *header, struct failure *failure, const char *what)
{
    struct name_list found = columns_found(header), expected = columns_expected(header->entity);
    failure_set(failure, ERROR_BAD_HEADER, NULL, NULL, 0, "%s; found: %s; expected: %s", what,
                found.len > 0 ? found.text : "none", expected.text);
    return -1;
}

/* The name under which a field's column is looked for. */
static void wanted_name(const struct header *header, size_t field, char name[WANTED_NAME_MAX])
{
    char shown[FAILURE_FIELD_MAX];
    size_t len;
    const char *own = header->entity->fields[field].name;
    const char *source = mapping_source(header->mapping, field, &len);
    if (source != NULL)
        text_show(source, len, shown, sizeof shown);
    snprintf(name, WANTED_NAME_MAX, source == NULL ? "%s" : "%s (for %s)",
             source == NULL ? own : shown, own);
}

/* 0, or -1 when some field has two columns. */
static int check_doubled(const struct header *header, struct failure *failure)
{
    for (size_t i = 0; i < header->entity->field_count; i++) {
        char what[REASON_SIZE], name[WANTED_NAME_MAX];
        size_t columns = columns_of(header, i);
        if (columns <= 1)
            continue;
        wanted_name(header, i, name);
        snprintf(what, sizeof what, "the header has the column %s %zu times", name, columns);
        return refuse(header, failure, what);
    }
    return 0;
}

/* Whether the feed cannot do without a column for the field: it is required and nothing stands in
 * for it, or the operator has said that the column is there. */
static bool is_missing(const struct header *header, size_t field)
{
    size_t len;
    bool required = (header->entity->fields[field].flags & FIELD_REQUIRED) != 0 &&
                    !mapping_has_constant(header->mapping, field);
    return columns_of(header, field) == 0 &&
           (required || mapping_source(header->mapping, field, &len) != NULL);
}

static bool has_address(const struct header *header)
{
    for (size_t i = 0; i < header->columns; i++)
        if (header->fields[i] >= 0 &&
            header->entity->fields[header->fields[i]].address != ADDRESS_NONE)
            return true;
    return false;
}

/* How the columns there are could be the fields that are not. */
static void suggest_map(const struct header *header, struct map_hint *hint)
{
    for (size_t i = 0; i < header->entity->field_count; i++) {
        const struct field *field = &header->entity->fields[i];
        size_t column = 0;
        while (column < header->columns && !may_be(header, column, field))
            column++;
        if (columns_of(header, i) > 0 || mapping_has_constant(header->mapping, i) ||
            (field->address != ADDRESS_NONE && has_address(header)))
            continue;
        if (column < header->columns)
            map_hint_take(hint, field, header->names.data + header->named[column].at,
                          header->named[column].len);
        else if (is_missing(header, i))
            map_hint_want(hint, field);
    }
}

/* What will help: another encoding, or other names. */
static void give_advice(const struct header *header, char advice[ADVICE_MAX])
{
    char fault[ENCODING_FAULT_MAX];
    struct map_hint hint = MAP_HINT_INIT;
    const char *names = header->names.data == NULL ? "" : header->names.data;
    if (!text_valid(names, header->names.len, NULL)) {
        snprintf(advice, ADVICE_MAX, "the header %s",
                 encoding_fault(header->encoding, names, header->names.len, fault));
        return;
    }
    suggest_map(header, &hint);
    const char *map = map_hint_text(&hint);
    snprintf(advice, ADVICE_MAX, "%s%s",
             hint.found ? "are these they? " : "if it has another name: ",
             map[0] == '\0' ? "--map FIELD=COLUMN" : map);
}

static int check_missing(const struct header *header, struct failure *failure)
{
    struct name_list missing = NAME_LIST_INIT;
    bool nearly = false;
    char what[REASON_SIZE], advice[ADVICE_MAX];
    for (size_t i = 0; i < header->entity->field_count; i++) {
        char name[WANTED_NAME_MAX];
        if (!is_missing(header, i))
            continue;
        wanted_name(header, i, name);
        name_list_add(&missing, name);
        nearly |= has_nearly(header, &header->entity->fields[i]);
    }
    if (missing.len == 0)
        return 0;
    name_list_end(&missing);
    give_advice(header, advice);
    snprintf(what, sizeof what, "the header lacks the column%s %s%s; %s",
             missing.count == 1 ? "" : "s", missing.text,
             nearly ? " (upper and lower case count)" : "", advice);
    return refuse(header, failure, what);
}

/* An entity with addresses needs one of them, or none of its rows is right. */
static int check_addressed(const struct header *header, struct failure *failure)
{
    struct reason addresses;
    char what[REASON_SIZE + ADVICE_MAX + 64], advice[ADVICE_MAX];
    if (has_address(header) || !entity_addresses(header->entity, &addresses))
        return 0;
    give_advice(header, advice);
    snprintf(what, sizeof what, "the header has none of the columns %s; %s", addresses.text,
             advice);
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
    if (check_missing(header, failure) != 0)
        return -1;
    return check_addressed(header, failure);
}

bool header_unknown(const struct header *header, struct reason *sentence)
{
    struct name_list unknown = NAME_LIST_INIT;
    for (size_t column = 1; column <= header->columns; column++) {
        char name[FAILURE_FIELD_MAX];
        header_name(header, column, name);
        if (header->fields[column - 1] < 0 && !rejected_head_has(name, strlen(name)))
            name_list_add(&unknown, name);
    }
    name_list_end(&unknown);
    reason_set(sentence, "columns that %s does not know are left out: %s", header->entity->name,
               unknown.text);
    return unknown.len > 0;
}
