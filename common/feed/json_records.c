#include "feed/json_records.h"

#include <string.h>

#include "core/json_text.h"
#include "core/text.h"
#include "feed/csv_refusal.h"
#include "feed/encoding.h"
#include "feed/json_scan.h"
#include "feed/map_hint.h"
#include "feed/name_list.h"
#include "feed/rejected_head.h"

static const struct row *number_row(struct json_records *records, struct json_place place,
                                    const char *raw, size_t len)
{
    struct row *row = &records->row;
    memset(row->cells, 0, sizeof row->cells);
    row->row++;
    row->line = place.line;
    row->offset = place.offset;
    row->behind = place.behind;
    row->raw = raw;
    row->raw_len = len;
    return row;
}

void json_records_refuse(struct json_records *records, struct json_place place, const char *raw,
                         size_t len, const struct failure *failure)
{
    const struct feed_events *events = records->events;
    events->rejected(events->arg, number_row(records, place, raw, len), failure);
}

void json_records_too_long(struct json_records *records, struct json_place place, const char *raw)
{
    struct failure failure;
    refuse_row_too_long(&failure, records->limit);
    json_records_refuse(records, place, raw, text_cut(raw, records->limit, records->limit),
                        &failure);
}

/* Bytes that no text may hold. */
static bool has_bad_bytes(const struct json_records *records, const char *text, size_t len,
                          struct failure *failure)
{
    char fault[ENCODING_FAULT_MAX];
    size_t bad;
    const char *nul = memchr(text, '\0', len);
    if (nul != NULL) {
        failure_set(failure, ERROR_NUL_BYTE, NULL, text, len,
                    "byte %zu of the record is a NUL byte", (size_t)(nul - text) + 1);
        return true;
    }
    if (text_valid(text, len, &bad))
        return false;
    failure_set(failure, ERROR_BAD_ENCODING, NULL, text, len, "the record, at byte %zu, %s",
                bad + 1, encoding_fault(records->encoding, text, len, fault));
    return true;
}

static bool is_open(const char *text, size_t len)
{
    struct json_scan scan;
    enum scan_state state;
    json_scan_start(&scan);
    json_scan_run(&scan, text, len, &state);
    return state == SCAN_OPEN && !scan.scalar;
}

/* What json_text_read() says of a message, said of a record. */
static void refuse_text(enum json_form form, const char *text, size_t len, struct failure *failure)
{
    if (failure->code != ERROR_UNDECODABLE)
        return;
    if (form == JSON_LINE && is_open(text, len))
        failure_set(failure, ERROR_BAD_JSON, NULL, text, len,
                    "the record is not closed at the end of its line (a record of several lines "
                    "must stand in an array, between [ and ])");
    failure->code = ERROR_BAD_JSON;
}

/* A new reference to an object, or NULL. */
static json_t *parse(const struct json_records *records, enum json_form form, const char *text,
                     size_t len, struct failure *failure)
{
    if (has_bad_bytes(records, text, len, failure))
        return NULL;
    json_t *root = json_text_read(NULL, text, len, failure);
    if (root == NULL) {
        refuse_text(form, text, len, failure);
        return NULL;
    }
    if (json_is_object(root))
        return root;
    json_decref(root);
    failure_set(failure, ERROR_BAD_JSON, NULL, text, len, "a JSON array, not an object");
    return NULL;
}

static const struct field *field_of(const struct json_records *records, const char *name)
{
    int place = mapping_field(records->entity, records->mapping, name, strlen(name));
    return place < 0 ? NULL : &records->entity->fields[place];
}

/* Names for the fields that the record does not give, from the members that are none. */
static void suggest_map(const struct json_records *records, json_t *root, struct map_hint *hint)
{
    for (size_t i = 0; i < records->entity->field_count; i++) {
        const struct field *field = &records->entity->fields[i];
        void *member = records->row.cells[i].json != NULL ? NULL : json_object_iter(root);
        for (; member != NULL; member = json_object_iter_next(root, member)) {
            const char *name = json_object_iter_key(member);
            if (field_of(records, name) != NULL || !map_hint_fits(field, name, strlen(name)))
                continue;
            map_hint_take(hint, field, name, strlen(name));
            break;
        }
    }
}

/* Of the first record that has members which are no fields. */
static void tell_unknown(struct json_records *records, json_t *root)
{
    struct name_list unknown = NAME_LIST_INIT;
    struct map_hint hint = MAP_HINT_INIT;
    struct reason sentence;
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        char shown[FAILURE_FIELD_MAX];
        text_show(name, strlen(name), shown, sizeof shown);
        if (field_of(records, name) == NULL && !rejected_head_has(name, strlen(name)))
            name_list_add(&unknown, shown);
    }
    if (unknown.len == 0)
        return;
    name_list_end(&unknown);
    suggest_map(records, root, &hint);
    reason_set(&sentence, "members that %s does not know are left out: %s%s%s",
               records->entity->name, unknown.text, hint.found ? "; are these they? " : "",
               map_hint_text(&hint));
    records->events->notice(records->events->arg, sentence.text);
    records->unknown_told = true;
}

static void fill_cells(struct json_records *records, const json_t *root)
{
    for (size_t i = 0; i < records->entity->field_count; i++) {
        size_t len;
        const char *source = mapping_source(records->mapping, i, &len);
        const json_t *value = source == NULL ? NULL : json_object_getn(root, source, len);
        const char *own = records->entity->fields[i].name;
        /* A member that is another field's by --map is not this one's. */
        if (value == NULL && field_of(records, own) == &records->entity->fields[i])
            value = json_object_get(root, own);
        records->row.cells[i].json = value;
    }
}

void json_records_take(struct json_records *records, struct json_place place, enum json_form form,
                       const char *raw, size_t len)
{
    struct failure failure;
    size_t before = json_blanks(raw, len), text_len = len - before;
    while (text_len > 0 && json_is_blank(raw[before + text_len - 1]))
        text_len--;
    json_t *root = parse(records, form, raw + before, text_len, &failure);
    if (root == NULL) {
        json_records_refuse(records, place, raw, len, &failure);
        return;
    }
    const struct row *row = number_row(records, place, raw, len);
    fill_cells(records, root);
    records->corrects = json_object_get(root, REJECTED_ERROR) != NULL &&
                        json_object_get(root, REJECTED_ROW) != NULL;
    if (!records->unknown_told)
        tell_unknown(records, root);
    records->events->row(records->events->arg, row);
    json_decref(root);
}
