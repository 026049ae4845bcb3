/* Any bytes as a message of each content type, as a consumer gets it:
 * - it is refused with a code and a sentence, or gives a record whose values are what the entity's
 *   table allows;
 * - the record, written as our producer writes it, is read again as the same record, and written
 *   again as the same JSON.
 *
 * The first byte of the input chooses the content type. */
#include <string.h>

#include "core/decode.h"
#include "core/encode.h"
#include "core/text.h"
#include "entities/entities.h"
#include "fuzz_require.h"

static const struct entity *entity_for(uint8_t choice)
{
    size_t count = 0;
    while (entities[count] != NULL)
        count++;
    return entities[choice % count];
}

static bool is_choice(const struct field *field, const struct value *value)
{
    for (size_t i = 0; field->choices[i] != NULL; i++)
        if (strlen(field->choices[i]) == value->len &&
            memcmp(field->choices[i], value->text, value->len) == 0)
            return true;
    return false;
}

static void check_text(const struct field *field, const struct value *value)
{
    REQUIRE(text_valid(value->text, value->len, NULL));
    REQUIRE(memchr(value->text, '\0', value->len) == NULL);
    if (field->type == FIELD_TEXT && field->max_units > 0)
        REQUIRE(text_units(value->text, value->len) <= field->max_units);
    if (field->type == FIELD_CHOICE)
        REQUIRE(is_choice(field, value));
}

static void check_value(const struct field *field, const struct value *value)
{
    switch (value->kind) {
    case VALUE_ABSENT:
    case VALUE_NULL:
        REQUIRE((field->flags & FIELD_REQUIRED) == 0);
        break;
    case VALUE_TEXT:
        REQUIRE(field->type == FIELD_TEXT || field->type == FIELD_CHOICE);
        check_text(field, value);
        break;
    case VALUE_INTEGER:
        REQUIRE(field->type == FIELD_INTEGER);
        REQUIRE(value->integer >= field->minimum && value->integer <= field->maximum);
        break;
    case VALUE_JSON:
        REQUIRE(field->type == FIELD_JSON);
        REQUIRE(json_is_object(value->json) || value->text != NULL);
        break;
    }
}

static void check_record(const struct record *record)
{
    size_t addresses = 0, given = 0;
    char digits[VALUE_DIGITS_SIZE];
    for (size_t i = 0; i < record->entity->field_count; i++) {
        const struct field *field = &record->entity->fields[i];
        const struct value *value = &record->values[i];
        bool is_given = value->kind != VALUE_ABSENT && value->kind != VALUE_NULL;
        check_value(field, value);
        addresses += field->address != ADDRESS_NONE;
        given += field->address != ADDRESS_NONE && is_given;
    }
    REQUIRE(addresses == 0 || given == 1);
    struct value key = record_key_text(record, digits);
    REQUIRE((key.kind == VALUE_TEXT && key.len > 0) || record->entity->effect == EFFECT_APPEND);
}

static bool is_same_json(const struct buffer *one, const struct buffer *other)
{
    json_t *first = json_loadb(one->data, one->len, JSON_REJECT_DUPLICATES, NULL);
    json_t *second = json_loadb(other->data, other->len, JSON_REJECT_DUPLICATES, NULL);
    bool same = first != NULL && json_equal(first, second);
    json_decref(first);
    json_decref(second);
    return same;
}

static void check_again(const struct record *record)
{
    struct buffer first = BUFFER_INIT(4 * ENCODED_BYTES_MAX),
                  second = BUFFER_INIT(4 * ENCODED_BYTES_MAX);
    struct record again;
    struct failure failure;
    REQUIRE(encode_record(record, &first) == 0);
    REQUIRE(decode_message(record->entity, first.data, first.len, &again, &failure) == 0);
    for (size_t i = 0; i < record->entity->field_count; i++)
        REQUIRE(record->values[i].kind == again.values[i].kind);
    REQUIRE(encode_record(&again, &second) == 0);
    REQUIRE(is_same_json(&first, &second));
    record_release(&again);
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    struct failure failure;
    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    if (decode_message(entity_for(data[0]), bytes, size - 1, &record, &failure) != 0) {
        REQUIRE(failure.reason.text[0] != '\0');
        REQUIRE(text_valid(failure.reason.text, strlen(failure.reason.text), NULL));
        REQUIRE(error_code_name(failure.code) != NULL);
        REQUIRE(record.root == NULL);
        return 0;
    }
    check_record(&record);
    check_again(&record);
    record_release(&record);
    return 0;
}
