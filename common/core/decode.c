#include "core/decode.h"

#include "core/check.h"
#include "core/json_text.h"

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
    json_t *root = json_text_read(NULL, bytes, len, failure);
    if (root != NULL && !json_is_object(root)) {
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
    if (result == 0)
        result = check_together(record, failure);
    if (result != 0)
        record_release(record);
    return result;
}
