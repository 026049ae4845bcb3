/* The closed list of reasons for which a row or message is refused: one table with the name that
 * stands in error records, and a sentence for people. */
#ifndef FEEDS_CORE_ERROR_CODE_H
#define FEEDS_CORE_ERROR_CODE_H

#include <stdbool.h>
#include <stddef.h>

enum error_code {
    /* the feed as a whole */
    ERROR_UNREADABLE_FEED,
    ERROR_BAD_HEADER,
    ERROR_NOT_TEXT,
    /* one row or message */
    ERROR_BAD_ENCODING,
    ERROR_NUL_BYTE,
    ERROR_UNCLOSED_QUOTE,
    ERROR_STRAY_QUOTE,
    ERROR_ROW_TOO_LONG,
    ERROR_COLUMN_COUNT,
    ERROR_MISSING_FIELD,
    ERROR_INVALID_FIELD,
    ERROR_OUT_OF_RANGE,
    ERROR_TOO_LONG,
    ERROR_BAD_CHOICE,
    ERROR_BAD_JSON,
    ERROR_DUPLICATE_MEMBER,
    ERROR_TOO_DEEP,
    ERROR_TOO_LARGE,
    ERROR_UNDECODABLE,
    /* a movement, and what is in Strapi */
    ERROR_UNKNOWN_PRODUCT,
    ERROR_AMBIGUOUS_PRODUCT,
    ERROR_UNSTABLE_ID,
    ERROR_NEGATIVE_STOCK,
    ERROR_STOCK_OVERFLOW,
    /* Strapi's answer */
    ERROR_REFUSED,
    ERROR_BODY_TOO_LARGE,
    ERROR_ATTEMPTS_EXHAUSTED,
    ERROR_KILLS_TARGET,
    ERROR_EXPIRED,
    ERROR_CODE_COUNT,
};

/* "invalid_field" */
const char *error_code_name(enum error_code code);
/* "The value does not fit the field's type." */
const char *error_code_sentence(enum error_code code);
/* Whether sending the same bytes again later can succeed, with nothing corrected by hand. */
bool error_code_retryable(enum error_code code);
/* Finds a code by its name; false when the list has no such name. */
bool error_code_find(const char *name, size_t len, enum error_code *code);

#endif
