/* A row or a message through its entity's table, there and back, as text one can compare. */
#ifndef FEEDS_TEST_MESSAGES_H
#define FEEDS_TEST_MESSAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"
#include "core/decode.h"
#include "core/encode.h"

#define ROW_CELLS 5

struct row_case {
    const char *cells[ROW_CELLS]; /* NULL: no such column */
    const char *expected;         /* the message, or the sentence of the refusal */
    enum error_code code;         /* of a refusal */
    const char *key;              /* of a message; NULL: none */
};

struct message_case {
    const char *message;
    const char *expected; /* the record as we would encode it, or the sentence of the refusal */
    enum error_code code;
};

#define CELLS(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define TAKEN_ROW(in, out, its_key)                                                                \
    {                                                                                              \
        .cells = in, .expected = out, .key = its_key                                               \
    }
#define REFUSED_ROW(in, sentence, its_code)                                                        \
    {                                                                                              \
        .cells = in, .expected = sentence, .code = its_code                                        \
    }
#define TAKEN(in, out)                                                                             \
    {                                                                                              \
        .message = in, .expected = out                                                             \
    }
#define REFUSED(in, sentence, its_code)                                                            \
    {                                                                                              \
        .message = in, .expected = sentence, .code = its_code                                      \
    }

static inline void assert_record(const struct record *record, const char *expected)
{
    struct buffer out = BUFFER_INIT(ENCODED_BYTES_MAX);
    assert_int_equal(encode_record(record, &out), 0);
    assert_string_equal(out.data, expected);
    buffer_release(&out);
}

static inline void assert_failure(const struct failure *failure, enum error_code code,
                                  const char *sentence)
{
    assert_string_equal(failure->reason.text, sentence);
    assert_string_equal(error_code_name(failure->code), error_code_name(code));
}

static inline int decode_text(const struct entity *entity, const char *message,
                              struct record *record, struct failure *failure)
{
    return decode_message(entity, message, strlen(message), record, failure);
}

/* What a producer sends, its consumer takes, and has the same in hand. */
static inline void assert_taken_row(const struct entity *entity, const struct row *row,
                                    const struct row_case *expected)
{
    struct record record, decoded;
    struct failure failure;
    char digits[VALUE_DIGITS_SIZE];
    if (check_row(entity, row, &record, &failure) != 0)
        fail_msg("%s", failure.reason.text);
    struct value key = record_key_text(&record, digits);
    assert_int_equal(key.kind, expected->key == NULL ? VALUE_ABSENT : VALUE_TEXT);
    assert_int_equal(key.len, expected->key == NULL ? 0 : strlen(expected->key));
    if (expected->key != NULL)
        assert_memory_equal(key.text, expected->key, key.len);
    assert_record(&record, expected->expected);
    if (decode_text(entity, expected->expected, &decoded, &failure) != 0)
        fail_msg("%s: %s", expected->expected, failure.reason.text);
    record_release(&decoded);
}

static inline void assert_rows(const struct entity *entity, const struct row_case *cases,
                               size_t count, bool taken)
{
    for (size_t i = 0; i < count; i++) {
        struct row row = {.row = i + 1};
        struct record record;
        struct failure failure;
        for (size_t k = 0; k < ROW_CELLS; k++)
            if (cases[i].cells[k] != NULL)
                row.cells[k] =
                    (struct cell){.data = cases[i].cells[k], .len = strlen(cases[i].cells[k])};
        if (taken) {
            assert_taken_row(entity, &row, &cases[i]);
            continue;
        }
        if (check_row(entity, &row, &record, &failure) == 0)
            fail_msg("taken: %s", cases[i].expected);
        assert_failure(&failure, cases[i].code, cases[i].expected);
    }
}

static inline void assert_messages(const struct entity *entity, const struct message_case *cases,
                                   size_t count, bool taken)
{
    for (size_t i = 0; i < count; i++) {
        struct record record;
        struct failure failure;
        int result = decode_text(entity, cases[i].message, &record, &failure);
        if (taken && result != 0)
            fail_msg("%s: %s", cases[i].message, failure.reason.text);
        if (!taken && result == 0)
            fail_msg("taken: %s", cases[i].message);
        if (taken)
            assert_record(&record, cases[i].expected);
        else
            assert_failure(&failure, cases[i].code, cases[i].expected);
        record_release(&record);
    }
}

#endif
