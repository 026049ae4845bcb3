#include "core/check.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

int check_encoding(const char *field, const char *bytes, size_t len, struct failure *failure)
{
    size_t bad;
    if (text_valid(bytes, len, &bad))
        return 0;
    failure_set(failure, ERROR_BAD_ENCODING, field, bytes, len, "not UTF-8 at byte %zu%s", bad + 1,
                text_maybe_windows_1252(bytes, len) ? " (the bytes would be valid Windows-1252)"
                                                    : "");
    return -1;
}

/* What no field may hold: each is a 500 of Strapi's, or worse. */
static int check_bytes(const struct field *field, const char *text, size_t len,
                       struct failure *failure)
{
    if (check_encoding(field->name, text, len, failure) != 0)
        return -1;
    const char *nul = len == 0 ? NULL : memchr(text, '\0', len);
    if (nul == NULL)
        return 0;
    failure_set(failure, ERROR_NUL_BYTE, field->name, text, len, "U+0000 at byte %zu",
                (size_t)(nul - text) + 1);
    return -1;
}

/* The field is not given: fine, or missing_field where it is required. */
static int check_absence(const struct field *field, enum value_kind kind, const char *how,
                         struct value *value, struct failure *failure)
{
    value->kind = kind;
    if (!(field->flags & FIELD_REQUIRED))
        return 0;
    failure_set(failure, ERROR_MISSING_FIELD, field->name, NULL, 0, "required, but %s", how);
    return -1;
}

static int check_length(const struct field *field, const char *text, size_t len,
                        struct failure *failure)
{
    /* Never more units than bytes: the usual text is not counted. */
    if (field->max_units == 0 || len <= field->max_units)
        return 0;
    size_t units = text_units(text, len);
    if (units <= field->max_units)
        return 0;
    failure_set(failure, ERROR_TOO_LONG, field->name, text, len,
                "%zu characters where %zu are allowed (most emoji count as two)", units,
                field->max_units);
    return -1;
}

static int check_token(const struct field *field, const char *text, size_t len,
                       struct failure *failure)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    for (size_t i = 0; i < len; i++) {
        if (strchr(taken, text[i]) != NULL)
            continue;
        failure_set(failure, ERROR_INVALID_FIELD, field->name, text, len,
                    "only letters, digits, - and _ may stand here");
        return -1;
    }
    return 0;
}

static int check_text(const struct field *field, const char *text, size_t len, struct value *value,
                      struct failure *failure)
{
    const char *trimmed = text;
    size_t trimmed_len = len;
    if (field_names_entry(field))
        text_trim(&trimmed, &trimmed_len);
    if (len > 0 && trimmed_len == 0) {
        failure_set(failure, ERROR_MISSING_FIELD, field->name, text, len,
                    field->flags & FIELD_REQUIRED ? "required, but blank" : "blank");
        return -1;
    }
    if (check_length(field, text, len, failure) != 0)
        return -1;
    if ((field->flags & FIELD_TOKEN) && check_token(field, text, len, failure) != 0)
        return -1;
    *value = (struct value){.kind = VALUE_TEXT, .text = text, .len = len};
    return 0;
}

/* The choice that may have been meant, or NULL. */
static const char *similar_choice(const struct field *field, const char *text, size_t len)
{
    text_trim(&text, &len);
    for (const char *const *choice = field->choices; *choice != NULL; choice++) {
        if (strlen(*choice) == len && strncasecmp(*choice, text, len) == 0)
            return *choice;
    }
    return NULL;
}

static void refuse_choice(const struct field *field, const char *text, size_t len,
                          struct failure *failure)
{
    struct reason list = REASON_INIT;
    for (const char *const *choice = field->choices; *choice != NULL; choice++)
        reason_set(&list, "%s%s%s", list.text, choice == field->choices ? "" : ", ", *choice);
    const char *similar = similar_choice(field, text, len);
    if (similar == NULL)
        failure_set(failure, ERROR_BAD_CHOICE, field->name, text, len, "not one of %s", list.text);
    else
        failure_set(failure, ERROR_BAD_CHOICE, field->name, text, len,
                    "not one of %s (%s: did you mean \"%s\"?)", list.text,
                    strlen(similar) == len ? "the case differs" : "the space around it differs",
                    similar);
}

static int check_choice(const struct field *field, const char *text, size_t len,
                        struct value *value, struct failure *failure)
{
    for (const char *const *choice = field->choices; *choice != NULL; choice++) {
        if (strlen(*choice) == len && memcmp(*choice, text, len) == 0) {
            *value = (struct value){.kind = VALUE_TEXT, .text = text, .len = len};
            return 0;
        }
    }
    refuse_choice(field, text, len, failure);
    return -1;
}

static bool holds(const char *text, size_t len, const char *any_of)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr(any_of, text[i]) != NULL)
            return true;
    }
    return false;
}

static bool is_whole_number(const char *text, size_t len)
{
    size_t start = len > 0 && text[0] == '-' ? 1 : 0;
    for (size_t i = start; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return len > start;
}

/* `7,00` is a whole number as some countries write it. */
static const char *comma_hint(const char *text, size_t len)
{
    size_t digits = len;
    while (text[digits - 1] == '0')
        digits--;
    bool zeros_alone = digits < len && text[digits - 1] == ',' && is_whole_number(text, digits - 1);
    return zeros_alone ? " (it has a comma; a producer takes it with --decimal-comma)"
                       : " (it has a comma)";
}

/* Why a text that looks like a number is none; "" where there is nothing to add. Without NUL. */
static const char *number_hint(const char *text, size_t len)
{
    const char *trimmed = text;
    size_t trimmed_len = len;
    text_trim(&trimmed, &trimmed_len);
    if (trimmed_len == 0)
        return len == 0 ? "" : " (it is blank)";
    if (trimmed != text)
        return " (it has a space in front)";
    if (trimmed_len != len)
        return " (it has a space behind)";
    for (size_t i = 0; i < len; i++) {
        if (strchr("0123456789+-.,eE ", text[i]) == NULL)
            return "";
    }
    if (!holds(text, len, "0123456789"))
        return "";
    return text[0] == '+'           ? " (write it without the plus sign)"
           : holds(text, len, "eE") ? " (it has an exponent)"
           : holds(text, len, ",")  ? comma_hint(text, len)
           : holds(text, len, ".")  ? " (it has a decimal point)"
           : holds(text, len, " ")  ? " (it has a space inside)"
                                    : "";
}

/* False when the number is beyond int64. */
static bool read_number(const char *text, size_t len, int64_t *number)
{
    bool negative = text[0] == '-';
    *number = 0;
    for (size_t i = negative; i < len; i++) {
        int digit = text[i] - '0';
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, negative ? -digit : digit, number))
            return false;
    }
    return true;
}

static int refuse_range(const struct field *field, const char *text, size_t len,
                        struct failure *failure)
{
    failure_set(failure, ERROR_OUT_OF_RANGE, field->name, text, len,
                "not between %" PRId64 " and %" PRId64, field->minimum, field->maximum);
    return -1;
}

static int check_number(const struct field *field, const char *text, size_t len,
                        struct value *value, struct failure *failure)
{
    int64_t number;
    if (!is_whole_number(text, len)) {
        failure_set(failure, ERROR_INVALID_FIELD, field->name, text, len, "not a whole number%s",
                    number_hint(text, len));
        return -1;
    }
    if (!read_number(text, len, &number) || number < field->minimum || number > field->maximum)
        return refuse_range(field, text, len, failure);
    *value = (struct value){.kind = VALUE_INTEGER, .integer = number};
    return 0;
}

/* Text from a cell or from JSON, by the field's type. */
static int check_typed(const struct field *field, const char *text, size_t len, struct value *value,
                       struct failure *failure)
{
    if (check_bytes(field, text, len, failure) != 0)
        return -1;
    switch (field->type) {
    case FIELD_INTEGER:
        return check_number(field, text, len, value, failure);
    case FIELD_CHOICE:
        return check_choice(field, text, len, value, failure);
    case FIELD_JSON:
        return check_json_text(field, text, len, value, failure);
    case FIELD_TEXT:
        break;
    }
    return check_text(field, text, len, value, failure);
}

static size_t skip_digits(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* `4,0064E+12` is what a spreadsheet makes of a long number: the digits behind are gone. */
static bool is_rounded(const char *text, size_t len)
{
    size_t whole = skip_digits(text, len, 0);
    size_t at = whole;
    if (at < len && (text[at] == '.' || text[at] == ','))
        at = skip_digits(text, len, at + 1);
    if (whole == 0 || len - at < 3 || text[at] != 'E' || text[at + 1] != '+')
        return false;
    return skip_digits(text, len, at + 2) == len;
}

/* Many entries' names would be rounded to the same one, and their rows fall onto one entry. */
static int check_not_rounded(const struct field *field, struct cell cell, struct failure *failure)
{
    if (field->type != FIELD_TEXT || !field_names_entry(field) || !is_rounded(cell.data, cell.len))
        return 0;
    failure_set(failure, ERROR_INVALID_FIELD, field->name, cell.data, cell.len,
                "a spreadsheet has rounded it: make its column text there, enter it again");
    return -1;
}

int check_cell(const struct field *field, struct cell cell, struct value *value,
               struct failure *failure)
{
    *value = (struct value){.kind = VALUE_ABSENT};
    if (cell.json != NULL)
        return check_json(field, cell.json, value, failure);
    if (cell.data == NULL)
        return check_absence(field, VALUE_ABSENT, "not given", value, failure);
    if (cell.len == 0)
        return check_absence(field, VALUE_ABSENT, "empty", value, failure);
    if (check_not_rounded(field, cell, failure) != 0)
        return -1;
    return check_typed(field, cell.data, cell.len, value, failure);
}

static int refuse_addresses(const struct record *record, size_t given, struct failure *failure)
{
    struct reason all = REASON_INIT, some = REASON_INIT;
    entity_addresses(record->entity, &all);
    for (size_t i = 0; i < record->entity->field_count; i++) {
        const struct field *field = &record->entity->fields[i];
        if (field->address != ADDRESS_NONE && record->values[i].kind != VALUE_ABSENT)
            reason_set(&some, "%s%s%s", some.text, some.text[0] == '\0' ? "" : " and ",
                       field->name);
    }
    if (given == 0)
        failure_set(failure, ERROR_MISSING_FIELD, NULL, NULL, 0,
                    "exactly one of %s must be given, and none is", all.text);
    else
        failure_set(failure, ERROR_INVALID_FIELD, NULL, NULL, 0,
                    "exactly one of %s must be given, and %s are", all.text, some.text);
    return -1;
}

int check_together(const struct record *record, struct failure *failure)
{
    size_t addresses = 0, given = 0;
    for (size_t i = 0; i < record->entity->field_count; i++) {
        bool address = record->entity->fields[i].address != ADDRESS_NONE;
        addresses += address;
        given += address && record->values[i].kind != VALUE_ABSENT;
    }
    return addresses == 0 || given == 1 ? 0 : refuse_addresses(record, given, failure);
}

int check_row(const struct entity *entity, const struct row *row, struct record *record,
              struct failure *failure)
{
    *record = (struct record){.entity = entity};
    int result = 0;
    for (size_t i = 0; result == 0 && i < entity->field_count; i++)
        result = check_cell(&entity->fields[i], row->cells[i], &record->values[i], failure);
    if (result == 0)
        result = check_together(record, failure);
    if (result != 0)
        record_release(record);
    return result;
}
