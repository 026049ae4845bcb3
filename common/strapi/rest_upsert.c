#include "strapi/rest_upsert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/encode.h"
#include "strapi/rest_body.h"
#include "strapi/rest_parts.h"

/* Strapi gives integers as numbers, and as text where the column is a biginteger or a decimal. */
static bool same_integer(int64_t integer, const json_t *there)
{
    char text[24];

    if (json_is_integer(there))
        return json_integer_value(there) == integer;
    snprintf(text, sizeof text, "%" PRId64, integer);
    return json_is_string(there) && strcmp(json_string_value(there), text) == 0;
}

static bool same_text(const struct value *value, const json_t *there)
{
    return json_is_string(there) && json_string_length(there) == value->len &&
           memcmp(json_string_value(there), value->text, value->len) == 0;
}

/* JSON as a JavaScript program has it in hand: every number is a double, 1.0 and 1 are one. NULL when
 * out of memory. */
static json_t *as_strapi_has_it(const char *text, size_t len)
{
    return text == NULL ? NULL : json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
}

static bool same_object(const struct value *value, const json_t *there)
{
    struct buffer ours = BUFFER_INIT(SIZE_MAX / 2), theirs = BUFFER_INIT(SIZE_MAX / 2);
    int failed = value->json == NULL ? buffer_add(&ours, value->text, value->len)
                                     : encode_json(value->json, &ours);
    if (failed == 0 && json_is_object(there))
        failed = encode_json(there, &theirs);
    json_t *first = as_strapi_has_it(ours.data, ours.len);
    json_t *second = as_strapi_has_it(theirs.data, theirs.len);
    bool equal = failed == 0 && json_equal(first, second);
    json_decref(first);
    json_decref(second);
    buffer_release(&ours);
    buffer_release(&theirs);
    return equal;
}

static bool same(const struct value *value, const json_t *there)
{
    switch (value->kind) {
    case VALUE_TEXT:
        return same_text(value, there);
    case VALUE_INTEGER:
        return same_integer(value->integer, there);
    case VALUE_JSON:
        return same_object(value, there);
    case VALUE_NULL:
    case VALUE_ABSENT:
        break;
    }
    return there == NULL || json_is_null(there);
}

/* A bit for each given field in which the entry differs. */
static uint32_t differing(const struct record *record, const json_t *entry,
                          const struct upsert_rules *rules)
{
    const struct entity *entity = record->entity;
    uint32_t given = rest_given(record, rules->ignored), fields = 0;

    for (size_t i = 0; i < entity->field_count; i++) {
        const struct field *field = &entity->fields[i];
        if ((field->flags & FIELD_KEY) || !(given >> i & 1))
            continue;
        if (!same(&record->values[i], json_object_get(entry, field->name)))
            fields |= UINT32_C(1) << i;
    }
    return fields;
}

static uint32_t create_only(const struct entity *entity)
{
    uint32_t fields = 0;
    for (size_t i = 0; i < entity->field_count; i++)
        if (entity->fields[i].flags & FIELD_CREATE_ONLY)
            fields |= UINT32_C(1) << i;
    return fields;
}

static enum upsert_action write(const struct record *record, uint32_t fields, struct buffer *body,
                                enum upsert_action action)
{
    return rest_body_add(record, fields, body) == 0 ? action : UPSERT_TOO_LARGE;
}

enum upsert_action upsert_decide(const struct record *record, const json_t *entry,
                                 const struct upsert_rules *rules, struct buffer *body,
                                 bool *left_alone)
{
    *left_alone = false;
    if (entry == NULL)
        return write(record, rest_given(record, rules->ignored), body, UPSERT_CREATE);

    uint32_t changed = differing(record, entry, rules);
    if (rules->on_existing == ON_EXISTING_SKIP || changed == 0)
        return UPSERT_NOTHING;
    if (rules->on_existing == ON_EXISTING_REJECT)
        return UPSERT_EXISTS;
    if (!rules->update_create_only) {
        *left_alone = (changed & create_only(record->entity)) != 0;
        changed &= ~create_only(record->entity);
    }
    return changed == 0 ? UPSERT_NOTHING : write(record, changed, body, UPSERT_UPDATE);
}

static struct value lane_of(struct rest_sink *sink, const struct message *message)
{
    (void)sink;
    return record_key(&message->record);
}

static void begin(struct rest_run *run)
{
    (void)run;
}

static struct lookup_key key_of(const struct rest_run *run, const struct message *message,
                                char digits[VALUE_DIGITS_SIZE])
{
    (void)run;
    (void)digits;
    return (struct lookup_key){.text = record_key(&message->record)};
}

static void end_exists(struct rest_run *run)
{
    const struct record *record = &rest_run_head(run)->message->record;
    const struct value key = record_key(record);
    struct outcome refused = {.verdict = VERDICT_REJECT, .route = ROUTE_LOOKUP};

    failure_set(&refused.failure, ERROR_REFUSED, entity_key(record->entity)->name, key.text,
                key.len, "already exists with other values, and ON_EXISTING=reject");
    rest_run_end(run, &refused);
}

static void end_done(struct rest_run *run)
{
    rest_settle_done(run->sink, job_queue_pop(&run->jobs), run->left_alone);
    rest_run_end_filled(run);
}

static void decide(struct rest_run *run, const struct answer_entry *entry)
{
    const struct rest_options *options = &run->sink->options;
    const struct upsert_rules rules = {.on_existing = options->on_existing,
                                       .update_create_only = options->update_create_only,
                                       .ignored = options->target->ignored};

    switch (upsert_decide(&rest_run_head(run)->message->record,
                          entry != NULL ? entry->fields : NULL, &rules, &run->body,
                          &run->left_alone)) {
    case UPSERT_CREATE:
    case UPSERT_UPDATE:
        rest_write(run, entry);
        break;
    case UPSERT_NOTHING:
        end_done(run);
        break;
    case UPSERT_EXISTS:
        end_exists(run);
        break;
    case UPSERT_TOO_LARGE:
        rest_write_too_large(run);
        break;
    }
}

/* The next look-up tells, whatever came of it. */
static void failed(struct rest_run *run, struct outcome *outcome)
{
    (void)run;
    (void)outcome;
}

const struct rest_effect rest_upsert = {
    .takes_oldest = true,
    .lane = lane_of,
    .begin = begin,
    .key = key_of,
    .decide = decide,
    .failed = failed,
    .answered = rest_keep_time,
    .is_there = rest_is_as_new,
};
