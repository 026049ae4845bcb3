#include "monitors/failure_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/error_code.h"
#include "core/text.h"

#define NAME_SHOWN 100

const char *failure_record_text(const struct failure_record *record, const char *name, size_t *len)
{
    const json_t *member = json_object_get(record->root, name);
    if (!json_is_string(member))
        return NULL;
    *len = json_string_length(member);
    return json_string_value(member);
}

/* 0 when there is none. */
static int64_t number(const struct failure_record *record, const char *name)
{
    const json_t *member = json_object_get(record->root, name);
    return json_is_integer(member) ? (int64_t)json_integer_value(member) : 0;
}

static void show(const struct failure_record *record, const char *name, const char *otherwise,
                 char *out, size_t size)
{
    size_t len = strlen(otherwise);
    const char *text = failure_record_text(record, name, &len);
    text_show(text == NULL ? otherwise : text, len, out, size);
}

static int64_t when(const struct failure_record *record)
{
    int64_t time_ms;
    size_t len;
    const char *text = failure_record_text(record, "failed_at", &len);
    if (text != NULL && clock_read(text, &time_ms) == 0)
        return time_ms;
    return record->place.timestamp_ms;
}

/* A feed's row is what its owner can go to; the message is for everything else. */
static void set_where(struct failure_record *record)
{
    char name[NAME_SHOWN];
    size_t len;
    if (failure_record_text(record, "feed", &len) != NULL) {
        show(record, "feed", "", name, sizeof name);
        int64_t row = number(record, "row"), line = number(record, "line");
        int used = snprintf(record->where, sizeof record->where, "%s", name);
        if (row > 0)
            used +=
                snprintf(record->where + used, sizeof record->where - used, ", row %" PRId64, row);
        if (row > 0 && line > 0)
            snprintf(record->where + used, sizeof record->where - used, ", line %" PRId64, line);
    } else if (json_is_integer(json_object_get(record->root, "partition"))) {
        show(record, "topic", "?", name, sizeof name);
        snprintf(record->where, sizeof record->where, "%s/%" PRId64 "/%" PRId64, name,
                 number(record, "partition"), number(record, "offset"));
    } else {
        snprintf(record->where, sizeof record->where, "%s/%" PRId32 "/%" PRId64,
                 record->place.topic, record->place.partition, record->place.offset);
    }
}

/* Our sentences begin with the place, which the line shows on its own. */
static void set_sentence(struct failure_record *record)
{
    size_t place = strlen(record->where);
    show(record, "error", "(no reason given)", record->sentence, sizeof record->sentence);
    if (strncmp(record->sentence, record->where, place) == 0 &&
        strncmp(record->sentence + place, ": ", 2) == 0)
        memmove(record->sentence, record->sentence + place + 2,
                strlen(record->sentence + place + 2) + 1);
}

static void set_undecodable(struct failure_record *record, const char *why, const char *bytes,
                            size_t len)
{
    char shown[NAME_SHOWN];
    text_show(bytes, len, shown, sizeof shown);
    snprintf(record->code, sizeof record->code, "%s", error_code_name(ERROR_UNDECODABLE));
    snprintf(record->sentence, sizeof record->sentence,
             "this is no error record: %s, %zu bytes: %s", why, len, shown);
}

static const char *parse(struct failure_record *record, const char *bytes, size_t len)
{
    json_error_t error;
    if (bytes == NULL)
        return "no value";
    record->root = json_loadb(bytes, len, JSON_ALLOW_NUL, &error);
    if (json_is_object(record->root))
        return NULL;
    json_decref(record->root);
    record->root = NULL;
    return text_valid(bytes, len, NULL) ? "not a JSON object" : "not UTF-8";
}

void failure_record_read(struct failure_record *record, const struct failure_place *place,
                         const char *bytes, size_t len)
{
    *record = (struct failure_record){.place = *place};
    const char *why = parse(record, bytes, len);
    record->time_ms = when(record);
    set_where(record);
    if (why != NULL) {
        set_undecodable(record, why, bytes, len);
        return;
    }
    show(record, "code", FAILURE_NO_CODE, record->code, sizeof record->code);
    set_sentence(record);
}

void failure_record_release(struct failure_record *record)
{
    json_decref(record->root);
    record->root = NULL;
}
