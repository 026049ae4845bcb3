/* What is wrong with one row or message: the code, the field, the value and a sentence. */
#ifndef FEEDS_CORE_FAILURE_H
#define FEEDS_CORE_FAILURE_H

#include <stddef.h>

#include "core/error_code.h"
#include "core/reason.h"

/* Values are quoted in records and sentences up to this many bytes, cut between characters and then
 * marked with "...". */
#define FAILURE_VALUE_MAX 200
#define FAILURE_FIELD_MAX 64

struct failure {
    enum error_code code;
    char field[FAILURE_FIELD_MAX];     /* "" when it concerns no single field */
    char value[FAILURE_VALUE_MAX + 1]; /* as text_show() writes it */
    struct reason reason;              /* `width: not a whole number: "12x"` */
};

/* Fills `failure`. field may be NULL; value may be NULL (then none is quoted). The sentence becomes
 * "field: <format>: "value"" with the parts that are given. */
void failure_set(struct failure *failure, enum error_code code, const char *field,
                 const char *value, size_t value_len, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
