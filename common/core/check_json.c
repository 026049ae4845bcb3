/* JSON's half of check.h: the value's type is settled here, the rules are those of a cell. */
#include "core/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/json_text.h"
#include "core/text.h"

static const char *type_name(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with a fraction or an exponent";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

/* The beginning of a value as JSON: one byte more than is quoted, so that a longer one is marked as
 * cut. */
struct quote {
    char bytes[FAILURE_VALUE_MAX + 1];
    size_t len;
};

/* A json_dump_callback_t that ends the dump when the quote is full. */
static int add_to_quote(const char *bytes, size_t len, void *arg)
{
    struct quote *quote = arg;
    size_t room = sizeof quote->bytes - quote->len;
    size_t fits = len < room ? len : room;
    memcpy(quote->bytes + quote->len, bytes, fits);
    quote->len += fits;
    return fits == len ? 0 : -1;
}

/* Beyond this a double has no room for every whole number. */
#define EXACT_MAX 1e15

/* What to write instead, where that is plain; else "". */
static void suggest(const struct field *field, const json_t *json, struct reason *hint)
{
    double real = json_real_value(json);
    hint->text[0] = '\0';
    if (field->type == FIELD_TEXT && json_is_integer(json))
        reason_set(hint, " (put it in quotes)");
    else if (field->type == FIELD_INTEGER && json_is_real(json) && real > -EXACT_MAX &&
             real < EXACT_MAX && real == (double)(int64_t)real)
        reason_set(hint, " (write %" PRId64 ")", (int64_t)real);
}

static int refuse_type(const struct field *field, const json_t *json, struct failure *failure)
{
    const char *expected = field->type == FIELD_INTEGER ? "a whole number"
                           : field->type == FIELD_JSON  ? "an object"
                                                        : "text";
    struct quote quote = {.len = 0};
    struct reason hint;
    if (json_is_string(json))
        add_to_quote(json_string_value(json), json_string_length(json), &quote);
    else
        json_dump_callback(json, add_to_quote, &quote, JSON_COMPACT | JSON_ENCODE_ANY);
    suggest(field, json, &hint);
    failure_set(failure, ERROR_INVALID_FIELD, field->name, quote.bytes, quote.len,
                "%s where %s is expected%s", type_name(json), expected, hint.text);
    return -1;
}

/* A field's value that is an object already. */
static int check_object(const struct field *field, const json_t *json, struct failure *failure)
{
    if (!json_value_too_deep(json))
        return 0;
    failure_set(failure, ERROR_TOO_DEEP, field->name, NULL, 0, "nested deeper than %d levels",
                JSON_VALUE_DEPTH_MAX);
    return -1;
}

static int check_null(const struct field *field, struct value *value, struct failure *failure)
{
    if (!(field->flags & FIELD_REQUIRED)) {
        value->kind = field->address == ADDRESS_NONE ? VALUE_NULL : VALUE_ABSENT;
        return 0;
    }
    failure_set(failure, ERROR_MISSING_FIELD, field->name, NULL, 0, "required, but null");
    return -1;
}

int check_json_text(const struct field *field, const char *text, size_t len, struct value *value,
                    struct failure *failure)
{
    json_t *json = json_text_read(field->name, text, len, failure);
    int result = -1;
    if (json_is_null(json)) {
        result = check_null(field, value, failure);
    } else if (json != NULL && !json_is_object(json)) {
        result = refuse_type(field, json, failure);
    } else if (json != NULL && check_object(field, json, failure) == 0) {
        text_trim(&text, &len);
        *value = (struct value){.kind = VALUE_JSON, .text = text, .len = len};
        result = 0;
    }
    json_decref(json);
    return result;
}

static int check_string(const struct field *field, const json_t *json, struct value *value,
                        struct failure *failure)
{
    bool as_text = field->type == FIELD_TEXT || field->type == FIELD_CHOICE;
    if (!as_text && !(field->flags & FIELD_LENIENT))
        return refuse_type(field, json, failure);
    struct cell cell = {.data = json_string_value(json), .len = json_string_length(json)};
    bool clears = cell.len == 0 && field->type == FIELD_TEXT && !(field->flags & FIELD_REQUIRED) &&
                  field->address == ADDRESS_NONE;
    if (!clears)
        return check_cell(field, cell, value, failure);
    *value = (struct value){.kind = VALUE_TEXT, .text = cell.data};
    return 0;
}

static int check_integer(const struct field *field, const json_t *json, struct value *value,
                         struct failure *failure)
{
    if (field->type != FIELD_INTEGER)
        return refuse_type(field, json, failure);
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    return check_cell(field, (struct cell){.data = digits, .len = (size_t)len}, value, failure);
}

int check_json(const struct field *field, const json_t *json, struct value *value,
               struct failure *failure)
{
    *value = (struct value){.kind = VALUE_ABSENT};
    if (json == NULL)
        return check_cell(field, (struct cell){.data = NULL}, value, failure);
    switch (json_typeof(json)) {
    case JSON_NULL:
        return check_null(field, value, failure);
    case JSON_STRING:
        return check_string(field, json, value, failure);
    case JSON_INTEGER:
        return check_integer(field, json, value, failure);
    case JSON_OBJECT:
        if (field->type != FIELD_JSON)
            return refuse_type(field, json, failure);
        *value = (struct value){.kind = VALUE_JSON, .json = json};
        return check_object(field, json, failure);
    default:
        return refuse_type(field, json, failure);
    }
}
