#include "core/decode.h"

#include <string.h>

#include "core/check.h"
#include "core/text.h"

/* Which of our codes is meant by jansson's. It has none of its own for half a surrogate pair, only
 * a text. */
static enum error_code code_of(const json_error_t *error)
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
                                                                      : ERROR_UNDECODABLE;
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
static void refuse_duplicate(const char *bytes, size_t len, const json_error_t *error,
                             struct failure *failure)
{
    size_t end = error->position > 0 ? (size_t)error->position : 0;
    if (end == 0 || end > len || bytes[end - 1] != '"')
        end = 0;
    size_t start = end == 0 ? 0 : string_start(bytes, end);
    failure_set(failure, ERROR_DUPLICATE_MEMBER, NULL, end == 0 ? NULL : bytes + start,
                end == 0 ? 0 : end - 1 - start,
                "the same member twice, at line %d, column %d (byte %d)", error->line,
                error->column, error->position);
}

static void refuse_json(const char *bytes, size_t len, const json_error_t *error,
                        struct failure *failure)
{
    enum error_code code = code_of(error);
    if (code == ERROR_DUPLICATE_MEMBER) {
        refuse_duplicate(bytes, len, error, failure);
        return;
    }
    /* It quotes the message, which may hold anything. */
    char text[JSON_ERROR_TEXT_LENGTH * 2];
    /* Its words for U+0000 name a flag of the library's. */
    const char *words = code == ERROR_NUL_BYTE ? "a text with U+0000" : error->text;
    text_show(words, strlen(words), text, sizeof text);
    failure_set(failure, code, NULL, NULL, 0, "%sat line %d, column %d (byte %d): %s",
                code == ERROR_UNDECODABLE ? "not a JSON object, " : "", error->line, error->column,
                error->position, text);
}

static json_t *parse(const char *bytes, size_t len, struct failure *failure)
{
    if (bytes == NULL || len == 0) {
        failure_set(failure, ERROR_UNDECODABLE, NULL, NULL, 0,
                    bytes == NULL ? "the message has no value (a tombstone)"
                                  : "the message is empty");
        return NULL;
    }
    if (check_encoding(NULL, bytes, len, failure) != 0)
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        refuse_json(bytes, len, &error, failure);
    } else if (!json_is_object(root)) {
        failure_set(failure, ERROR_UNDECODABLE, NULL, NULL, 0, "a JSON array, not an object");
        json_decref(root);
        root = NULL;
    }
    return root;
}

int decode_message(const struct entity *entity, const char *bytes, size_t len,
                   struct record *record, struct failure *failure)
{
    *record = (struct record){.entity = entity, .root = parse(bytes, len, failure)};
    int result = record->root == NULL ? -1 : 0;
    for (size_t i = 0; result == 0 && i < entity->field_count; i++) {
        const struct field *field = &entity->fields[i];
        const json_t *member = json_object_get(record->root, field->name);
        result = check_json(field, member, &record->values[i], failure);
    }
    if (result != 0)
        record_release(record);
    return result;
}
