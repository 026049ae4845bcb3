#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/error_code.h"
#include "core/failure.h"
#include "core/record.h"
#include "entities/entities.h"

static void fields_are_found_by_their_whole_name(void **state)
{
    (void)state;
    const struct entity *product = &entity_product;
    const struct field *field = entity_field(product, "barcode!", 7);
    assert_non_null(field);
    assert_string_equal(field->name, "barcode");
    assert_ptr_equal(&product->fields[entity_index(product, field)], field);
    assert_ptr_equal(entity_key(product), field);
    assert_null(entity_field(product, "barcod", 6));
    assert_null(entity_field(product, "Barcode", 7));
    assert_null(entity_field(product, "", 0));
}

static void fields_of_the_creation_are_known(void **state)
{
    (void)state;
    assert_true(entity_has_create_only(&entity_product));
    assert_false(entity_has_create_only(&entity_event));
    assert_false(entity_has_create_only(&entity_stock));
}

static void check_field(const struct entity *entity, const struct field *field)
{
    assert_true(strlen(field->name) < FAILURE_FIELD_MAX);
    assert_ptr_equal(entity_field(entity, field->name, strlen(field->name)), field);
    assert_int_equal(field->type == FIELD_CHOICE, field->choices != NULL);
    if (field->type == FIELD_INTEGER)
        assert_true(field->minimum < field->maximum);
    if (field->address != ADDRESS_NONE)
        assert_int_equal(field->flags & (FIELD_REQUIRED | FIELD_KEY), 0);
    /* encode.c writes names as they are. */
    for (const char *at = field->name; *at != '\0'; at++)
        assert_non_null(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", *at));
}

static const struct field *named(const struct entity *entity, const char *name)
{
    const struct field *field = entity_field(entity, name, strlen(name));
    assert_non_null(field);
    return field;
}

static void check_adjustment(const struct entity *entity)
{
    const struct adjustment *adjustment = entity->adjustment;
    const struct field *way = named(entity, adjustment->way);
    const struct field *quantity = named(entity, adjustment->quantity);
    const struct field *level = named(adjustment->target, adjustment->level);
    struct reason addresses;
    assert_int_equal(way->type, FIELD_CHOICE);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(adjustment->directions[i].word, way->choices[i]);
        assert_int_equal(adjustment->directions[i].sign, i == 0 ? 1 : -1);
    }
    assert_null(way->choices[2]);
    assert_int_equal(quantity->type, FIELD_INTEGER);
    assert_int_equal(quantity->minimum, 0);
    assert_int_equal(level->type, FIELD_INTEGER);
    /* Their sum must not wrap around. */
    assert_true(level->maximum <= INT32_MAX && quantity->maximum <= INT32_MAX);
    assert_string_equal(entity->collection, adjustment->target->collection);
    assert_true(entity_addresses(entity, &addresses));
}

static void every_table_holds_together(void **state)
{
    (void)state;
    for (size_t i = 0; entities[i] != NULL; i++) {
        const struct entity *entity = entities[i];
        size_t keys = 0;
        struct reason addresses;
        assert_true(entity->field_count <= ENTITY_FIELDS_MAX);
        for (size_t k = 0; k < entity->field_count; k++) {
            keys += (entity->fields[k].flags & FIELD_KEY) != 0;
            check_field(entity, &entity->fields[k]);
        }
        assert_int_equal(keys, entity->effect == EFFECT_UPSERT);
        assert_int_equal(entity->effect == EFFECT_APPEND, entity->identity != NULL);
        assert_int_equal(entity->effect == EFFECT_ADJUST, entity->adjustment != NULL);
        assert_int_equal(entity->effect == EFFECT_ADJUST, entity_addresses(entity, &addresses));
        if (entity->effect == EFFECT_ADJUST)
            check_adjustment(entity);
    }
}

static void a_record_knows_its_key(void **state)
{
    (void)state;
    static const struct field keyless_fields[] = {{.name = "note"}};
    static const struct entity keyless = {.fields = keyless_fields, .field_count = 1};
    struct record record = RECORD_INIT;
    assert_int_equal(record_key(&record).kind, VALUE_ABSENT);
    record.entity = &keyless;
    record.values[0].kind = VALUE_TEXT;
    assert_int_equal(record_key(&record).kind, VALUE_ABSENT);
    record.entity = &entity_product;
    size_t place = entity_index(record.entity, entity_key(record.entity));
    record.values[place] = (struct value){.kind = VALUE_TEXT, .text = "007", .len = 3};
    record.root = json_object();
    assert_string_equal(record_key(&record).text, "007");
    record_release(&record);
    assert_null(record.root);
    assert_null(record.entity);
    assert_int_equal(record.values[place].kind, VALUE_ABSENT);
    record_release(&record);
}

static void every_code_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++) {
        enum error_code code = (enum error_code)i, found = ERROR_CODE_COUNT;
        const char *name = error_code_name(code);
        const char *sentence = error_code_sentence(code);
        assert_non_null(name);
        assert_non_null(sentence);
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
        assert_true(error_code_find(name, strlen(name), &found));
        assert_int_equal(found, code);
        assert_false(error_code_find(name, strlen(name) - 1, &found));
        static const enum error_code retryable[] = {ERROR_ATTEMPTS_EXHAUSTED, ERROR_KILLS_TARGET,
                                                    ERROR_UNKNOWN_PRODUCT, ERROR_NEGATIVE_STOCK,
                                                    ERROR_STOCK_OVERFLOW};
        bool expected = false;
        for (size_t k = 0; k < sizeof retryable / sizeof retryable[0]; k++)
            expected |= retryable[k] == code;
        assert_int_equal(error_code_retryable(code), expected);
    }
    assert_string_equal(error_code_name(ERROR_UNCLOSED_QUOTE), "unclosed_quote");
    enum error_code none = ERROR_CODE_COUNT;
    assert_false(error_code_find("", 0, &none));
    assert_false(error_code_find("invalid", 7, &none));
    assert_int_equal(none, ERROR_CODE_COUNT);
}

static void a_failure_is_a_sentence(void **state)
{
    (void)state;
    struct failure failure;
    failure_set(&failure, ERROR_REFUSED, NULL, NULL, 0, "no %s", "way");
    assert_int_equal(failure.code, ERROR_REFUSED);
    assert_string_equal(failure.field, "");
    assert_string_equal(failure.value, "");
    assert_string_equal(failure.reason.text, "no way");
    failure_set(&failure, ERROR_INVALID_FIELD, "width", "12x", 3, "not a whole number");
    assert_string_equal(failure.field, "width");
    assert_string_equal(failure.value, "12x");
    assert_string_equal(failure.reason.text, "width: not a whole number: \"12x\"");
    failure_set(&failure, ERROR_INVALID_FIELD, NULL, "a\0\xFF\n", 4, "odd");
    assert_string_equal(failure.reason.text, "odd: \"a\\x00\\xFF\\x0A\"");
    failure_set(&failure, ERROR_INVALID_FIELD, "width", "", 0, "odd");
    assert_string_equal(failure.reason.text, "width: odd: \"\"");
}

static void a_long_value_is_quoted_in_part(void **state)
{
    (void)state;
    char value[1000];
    struct failure failure;
    memset(value, 'v', sizeof value);
    failure_set(&failure, ERROR_TOO_LONG, "name", value, FAILURE_VALUE_MAX, "too long");
    assert_int_equal(strlen(failure.value), FAILURE_VALUE_MAX);
    assert_null(strstr(failure.value, "..."));
    failure_set(&failure, ERROR_TOO_LONG, "name", value, sizeof value, "too long");
    assert_int_equal(strlen(failure.value), FAILURE_VALUE_MAX);
    assert_string_equal(failure.value + FAILURE_VALUE_MAX - 4, "v...");
    assert_non_null(strstr(failure.reason.text, "vvv...\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_the_creation_are_known),
        cmocka_unit_test(fields_are_found_by_their_whole_name),
        cmocka_unit_test(every_table_holds_together),
        cmocka_unit_test(a_record_knows_its_key),
        cmocka_unit_test(every_code_has_a_name_and_a_sentence),
        cmocka_unit_test(a_failure_is_a_sentence),
        cmocka_unit_test(a_long_value_is_quoted_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
