#include "core/error_code.h"

#include <string.h>

struct entry {
    const char *name;
    const char *sentence;
    bool retryable;
};

static const struct entry entries[ERROR_CODE_COUNT] = {
    [ERROR_UNREADABLE_FEED] = {"unreadable_feed", "The feed cannot be read to its end."},
    [ERROR_BAD_HEADER] = {"bad_header", "The header lacks a required column, or names one twice."},
    [ERROR_NOT_TEXT] = {"not_text", "The feed is not a text file."},
    [ERROR_BAD_ENCODING] = {"bad_encoding", "The bytes are not valid UTF-8."},
    [ERROR_NUL_BYTE] = {"nul_byte", "The text holds U+0000, which Strapi cannot store."},
    [ERROR_UNCLOSED_QUOTE] = {"unclosed_quote", "A quoted cell is opened and never closed."},
    [ERROR_STRAY_QUOTE] = {"stray_quote", "A quote stands where none may be."},
    [ERROR_ROW_TOO_LONG] = {"row_too_long", "The row has more bytes than a row may have."},
    [ERROR_COLUMN_COUNT] = {"column_count", "The row has more or fewer cells than the header."},
    [ERROR_MISSING_FIELD] = {"missing_field", "A required field is not given, or is empty."},
    [ERROR_INVALID_FIELD] = {"invalid_field", "The value does not fit the field's type."},
    [ERROR_OUT_OF_RANGE] = {"out_of_range", "The number is smaller or larger than allowed."},
    [ERROR_TOO_LONG] = {"too_long", "The text has more characters than the field holds."},
    [ERROR_BAD_CHOICE] = {"bad_choice", "The value is none of the words the field allows."},
    [ERROR_BAD_JSON] = {"bad_json", "The row or cell should be JSON, and is not."},
    [ERROR_DUPLICATE_MEMBER] = {"duplicate_member", "A JSON object has the same member twice."},
    [ERROR_TOO_DEEP] = {"too_deep", "The JSON is nested too deeply."},
    [ERROR_TOO_LARGE] = {"too_large", "The encoded record is larger than a message may be."},
    [ERROR_UNDECODABLE] = {"undecodable", "The message is not a JSON object."},
    [ERROR_REFUSED] = {"refused", "Strapi refuses the record."},
    [ERROR_BODY_TOO_LARGE] = {"body_too_large",
                              "The request is larger than Strapi or a proxy accepts."},
    [ERROR_ATTEMPTS_EXHAUSTED] = {"attempts_exhausted",
                                  "Strapi failed on the record each time while others passed.",
                                  true},
    [ERROR_KILLS_TARGET] = {"kills_target",
                            "Strapi died or hung each time it was sent this record alone.", true},
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
