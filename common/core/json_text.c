#include "core/json_text.h"

#include <string.h>

#include "core/text.h"

/* Which of our codes is meant by jansson's. It has none of its own for half a surrogate pair, only
 * a text. */
static enum error_code code_of(const json_error_t *error, enum error_code no_json)
{
    switch (json_error_code(error)) {
    case json_error_stack_overflow:
        return ERROR_TOO_DEEP;
    case json_error_duplicate_key:
        return ERROR_DUPLICATE_MEMBER;
    case json_error_numeric_overflow:
        return ERROR_OUT_OF_RANGE;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return ERROR_NUL_BYTE;
    case json_error_invalid_utf8:
        return ERROR_BAD_ENCODING;
    default:
        break;
    }
    static const char half_pair[] = "invalid Unicode";
    return strncmp(error->text, half_pair, sizeof half_pair - 1) == 0 ? ERROR_BAD_ENCODING
                                                                      : no_json;
}

/* Where the text begins whose closing quote is bytes[end - 1]; a quote inside it has a backslash in
 * front, the opening one has none. */
static size_t string_start(const char *bytes, size_t end)
{
    size_t start = end - 1;
    while (start > 0 && (bytes[start - 1] != '"' || (start > 1 && bytes[start - 2] == '\\')))
        start--;
    return start;
}

/* jansson stands behind the name that comes for the second time; its own text leaves long ones
 * out. */
static void refuse_duplicate(const char *field, const char *bytes, size_t len,
                             const json_error_t *error, struct failure *failure)
{
    size_t end = error->position > 0 ? (size_t)error->position : 0;
    if (end == 0 || end > len || bytes[end - 1] != '"')
        end = 0;
    size_t start = end == 0 ? 0 : string_start(bytes, end);
    failure_set(failure, ERROR_DUPLICATE_MEMBER, field, end == 0 ? NULL : bytes + start,
                end == 0 ? 0 : end - 1 - start,
                "the same member twice, at line %d, column %d (byte %d)", error->line,
                error->column, error->position);
}

static void refuse_json(const char *field, const char *bytes, size_t len, const json_error_t *error,
                        struct failure *failure)
{
    const enum error_code no_json = field == NULL ? ERROR_UNDECODABLE : ERROR_BAD_JSON;
    enum error_code code = code_of(error, no_json);
    if (code == ERROR_DUPLICATE_MEMBER) {
        refuse_duplicate(field, bytes, len, error, failure);
        return;
    }
    /* It quotes the bytes, which may hold anything. */
    char text[JSON_ERROR_TEXT_LENGTH * 2];
    /* Its words for U+0000 name a flag of the library's. */
    const char *words = code == ERROR_NUL_BYTE ? "a text with U+0000" : error->text;
    text_show(words, strlen(words), text, sizeof text);
    /* A message is quoted whole as the error record's `message`, a field is not. */
    failure_set(failure, code, field, field == NULL ? NULL : bytes, len,
                "%sat line %d, column %d (byte %d): %s",
                code == no_json ? "not a JSON object, " : "", error->line, error->column,
                error->position, text);
}

json_t *json_text_read(const char *field, const char *bytes, size_t len, struct failure *failure)
{
    json_error_t error;
    size_t flags = JSON_REJECT_DUPLICATES | (field == NULL ? 0 : JSON_DECODE_ANY);
    json_t *json = json_loadb(bytes, len, flags, &error);
    if (json == NULL)
        refuse_json(field, bytes, len, &error, failure);
    return json;
}

/* How deep a place in correct JSON text is, looking at its bytes in pieces of any size. */
struct depth {
    unsigned now;
    bool in_string, escaped;
};

/* A json_dump_callback_t; -1 as soon as it is too deep. */
static int measure(const char *bytes, size_t len, void *arg)
{
    struct depth *depth = arg;
    for (size_t i = 0; i < len; i++) {
        if (depth->escaped)
            depth->escaped = false;
        else if (depth->in_string && bytes[i] == '\\')
            depth->escaped = true;
        else if (bytes[i] == '"')
            depth->in_string = !depth->in_string;
        else if (!depth->in_string && (bytes[i] == '{' || bytes[i] == '['))
            depth->now++;
        else if (!depth->in_string && (bytes[i] == '}' || bytes[i] == ']'))
            depth->now--;
        if (depth->now > JSON_VALUE_DEPTH_MAX)
            return -1;
    }
    return 0;
}

bool json_value_too_deep(const json_t *json)
{
    struct depth depth = {0};
    return json_dump_callback(json, measure, &depth, JSON_COMPACT) != 0;
}
