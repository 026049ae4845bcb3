#include "core/error_code.h"

#include <string.h>

struct entry {
    const char *name;
    bool retryable;
    const char *sentence;
};

static const struct entry entries[ERROR_CODE_COUNT] = {
    [ERROR_UNREADABLE_FEED] = {"unreadable_feed", false, "The feed cannot be read to its end."},
    [ERROR_BAD_HEADER] = {"bad_header", false,
                          "The header lacks a required column, or names one twice."},
    [ERROR_NOT_TEXT] = {"not_text", false, "The feed is not a text file."},
    [ERROR_BAD_ENCODING] = {"bad_encoding", false, "The bytes are not valid UTF-8."},
    [ERROR_NUL_BYTE] = {"nul_byte", false, "The text holds U+0000, which Strapi cannot store."},
    [ERROR_UNCLOSED_QUOTE] = {"unclosed_quote", false, "A quoted cell is opened and never closed."},
    [ERROR_STRAY_QUOTE] = {"stray_quote", false, "A quote stands where none may be."},
    [ERROR_ROW_TOO_LONG] = {"row_too_long", false, "The row has more bytes than a row may have."},
    [ERROR_COLUMN_COUNT] = {"column_count", false,
                            "The row has more or fewer cells than the header."},
    [ERROR_MISSING_FIELD] = {"missing_field", false, "A required field is not given, or is empty."},
    [ERROR_INVALID_FIELD] = {"invalid_field", false, "The value does not fit the field's type."},
    [ERROR_OUT_OF_RANGE] = {"out_of_range", false, "The number is smaller or larger than allowed."},
    [ERROR_TOO_LONG] = {"too_long", false, "The text has more characters than the field holds."},
    [ERROR_BAD_CHOICE] = {"bad_choice", false, "The value is none of the words the field allows."},
    [ERROR_BAD_JSON] = {"bad_json", false, "The row or cell should be JSON, and is not."},
    [ERROR_DUPLICATE_MEMBER] = {"duplicate_member", false,
                                "A JSON object has the same member twice."},
    [ERROR_TOO_DEEP] = {"too_deep", false, "The JSON is nested too deeply."},
    [ERROR_TOO_LARGE] = {"too_large", false, "The encoded record is larger than a message may be."},
    [ERROR_UNDECODABLE] = {"undecodable", false, "The message is not a JSON object."},
    [ERROR_UNKNOWN_PRODUCT] = {"unknown_product", true,
                               "The movement names a product that is not in Strapi."},
    [ERROR_AMBIGUOUS_PRODUCT] = {"ambiguous_product", false,
                                 "The movement names a product that is in Strapi more than once."},
    [ERROR_UNSTABLE_ID] = {"unstable_id", false,
                           "The movement names its product by an id that Strapi changes."},
    [ERROR_NEGATIVE_STOCK] = {"negative_stock", true, "The movement takes out more than there is."},
    [ERROR_STOCK_OVERFLOW] = {"stock_overflow", true,
                              "The movement brings in more than the field can hold."},
    [ERROR_REFUSED] = {"refused", false, "Strapi refuses the record."},
    [ERROR_BODY_TOO_LARGE] = {"body_too_large", false,
                              "The request is larger than Strapi or a proxy accepts."},
    [ERROR_ATTEMPTS_EXHAUSTED] = {"attempts_exhausted", true,
                                  "Strapi failed on the record each time while others passed."},
    [ERROR_KILLS_TARGET] = {"kills_target", true,
                            "Strapi died or hung each time it was sent this record alone."},
    [ERROR_EXPIRED] = {"expired", false,
                       "Messages were deleted from the topic before they were read."},
};

const char *error_code_name(enum error_code code)
{
    return entries[code].name;
}

const char *error_code_sentence(enum error_code code)
{
    return entries[code].sentence;
}

bool error_code_retryable(enum error_code code)
{
    return entries[code].retryable;
}

bool error_code_find(const char *name, size_t len, enum error_code *code)
{
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++) {
        if (strlen(entries[i].name) == len && memcmp(entries[i].name, name, len) == 0) {
            *code = (enum error_code)i;
            return true;
        }
    }
    return false;
}
