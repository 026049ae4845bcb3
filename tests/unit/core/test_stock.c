/* The stock movement's table, in the producer and in the consumer: above all its addresses. */
#include "messages.h"

#include "entities/entities.h"

#define COUNT(cases) (sizeof(cases) / sizeof(cases)[0])
#define ONE_OF       "exactly one of id, documentId, barcode must be given, and "

/* id, documentId, barcode, amount, type */
static const struct row_case taken_rows[] = {
    TAKEN_ROW(CELLS("112", NULL, NULL, "7", "IN"), "{\"id\":112,\"amount\":7,\"type\":\"IN\"}",
              "112"),
    TAKEN_ROW(CELLS("0112", "", "", "007", "OUT"), "{\"id\":112,\"amount\":7,\"type\":\"OUT\"}",
              "112"),
    TAKEN_ROW(CELLS(NULL, NULL, "0184170613", "0", "IN"),
              "{\"barcode\":\"0184170613\",\"amount\":0,\"type\":\"IN\"}", "0184170613"),
    TAKEN_ROW(
        CELLS("", "z7v8zma41x0yjq3u0e2kmr9f", "", "2147483647", "OUT"),
        "{\"documentId\":\"z7v8zma41x0yjq3u0e2kmr9f\",\"amount\":2147483647,\"type\":\"OUT\"}",
        "z7v8zma41x0yjq3u0e2kmr9f"),
    TAKEN_ROW(CELLS("2147483647", NULL, NULL, "1", "IN"),
              "{\"id\":2147483647,\"amount\":1,\"type\":\"IN\"}", "2147483647"),
};

static const struct row_case refused_rows[] = {
    REFUSED_ROW(CELLS("../users/1?x=", NULL, NULL, "7", "IN"),
                "id: not a whole number: \"../users/1?x=\"", ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("0", NULL, NULL, "7", "IN"), "id: not between 1 and 2147483647: \"0\"",
                ERROR_OUT_OF_RANGE),
    REFUSED_ROW(CELLS("2147483648", NULL, NULL, "7", "IN"),
                "id: not between 1 and 2147483647: \"2147483648\"", ERROR_OUT_OF_RANGE),
    REFUSED_ROW(CELLS(NULL, "../users/1?x=", NULL, "7", "IN"),
                "documentId: only letters, digits, - and _ may stand here: \"../users/1?x=\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS(NULL, "..", NULL, "7", "IN"),
                "documentId: only letters, digits, - and _ may stand here: \"..\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS(NULL, NULL, "  ", "7", "IN"), "barcode: blank: \"  \"", ERROR_MISSING_FIELD),
    REFUSED_ROW(CELLS("", "", "", "7", "IN"), ONE_OF "none is", ERROR_MISSING_FIELD),
    REFUSED_ROW(CELLS(NULL, NULL, NULL, "7", "IN"), ONE_OF "none is", ERROR_MISSING_FIELD),
    REFUSED_ROW(CELLS("1", "", "0184170613", "7", "IN"), ONE_OF "id and barcode are",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("1", "b", "c", "7", "IN"), ONE_OF "id and documentId and barcode are",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("1", NULL, NULL, "-1", "IN"), "amount: not between 0 and 2147483647: \"-1\"",
                ERROR_OUT_OF_RANGE),
    REFUSED_ROW(CELLS("1", NULL, NULL, "2147483648", "IN"),
                "amount: not between 0 and 2147483647: \"2147483648\"", ERROR_OUT_OF_RANGE),
    REFUSED_ROW(CELLS("1", NULL, NULL, "", "IN"), "amount: required, but empty",
                ERROR_MISSING_FIELD),
    REFUSED_ROW(CELLS("1", NULL, NULL, "1.5", "IN"),
                "amount: not a whole number (it has a decimal point): \"1.5\"",
                ERROR_INVALID_FIELD),
    REFUSED_ROW(CELLS("1", NULL, NULL, "1", ""), "type: required, but empty", ERROR_MISSING_FIELD),
    REFUSED_ROW(CELLS("1", NULL, NULL, "1", "in"),
                "type: not one of IN, OUT (the case differs: did you mean \"IN\"?): \"in\"",
                ERROR_BAD_CHOICE),
};

static const struct message_case taken_messages[] = {
    TAKEN("{\"id\":112,\"amount\":7,\"type\":\"IN\"}", "{\"id\":112,\"amount\":7,\"type\":\"IN\"}"),
    /* As the reference sends them, cells of its CSV as they are. */
    TAKEN("{\"id\":\"112\",\"amount\":\"7\",\"type\":\"OUT\"}",
          "{\"id\":112,\"amount\":7,\"type\":\"OUT\"}"),
    TAKEN("{\"id\":null,\"documentId\":\"\",\"barcode\":\"007\",\"amount\":\"0\",\"type\":\"IN\"}",
          "{\"barcode\":\"007\",\"amount\":0,\"type\":\"IN\"}"),
};

static const struct message_case refused_messages[] = {
    REFUSED("{\"id\":\"../users/1?x=\",\"amount\":7,\"type\":\"IN\"}",
            "id: not a whole number: \"../users/1?x=\"", ERROR_INVALID_FIELD),
    REFUSED("{\"id\":1.0,\"amount\":7,\"type\":\"IN\"}",
            "id: a number with a fraction or an exponent where a whole number is expected (write "
            "1): \"1.0\"",
            ERROR_INVALID_FIELD),
    REFUSED("{\"id\":{\"$gt\":0},\"amount\":7,\"type\":\"IN\"}",
            "id: an object where a whole number is expected: \"{\"$gt\":0}\"", ERROR_INVALID_FIELD),
    REFUSED("{\"barcode\":184170613,\"amount\":7,\"type\":\"IN\"}",
            "barcode: a number where text is expected (put it in quotes): \"184170613\"",
            ERROR_INVALID_FIELD),
    REFUSED("{\"id\":1,\"amount\":\"-1\",\"type\":\"IN\"}",
            "amount: not between 0 and 2147483647: \"-1\"", ERROR_OUT_OF_RANGE),
    REFUSED("{\"id\":1,\"amount\":null,\"type\":\"IN\"}", "amount: required, but null",
            ERROR_MISSING_FIELD),
    REFUSED("{\"id\":\"\",\"barcode\":null,\"amount\":7,\"type\":\"IN\"}", ONE_OF "none is",
            ERROR_MISSING_FIELD),
    REFUSED("{\"id\":1,\"documentId\":\"a\",\"amount\":7,\"type\":\"IN\"}",
            ONE_OF "id and documentId are", ERROR_INVALID_FIELD),
};

static void rows(void **state)
{
    (void)state;
    assert_rows(&entity_stock, taken_rows, COUNT(taken_rows), true);
    assert_rows(&entity_stock, refused_rows, COUNT(refused_rows), false);
}

static void messages(void **state)
{
    (void)state;
    assert_messages(&entity_stock, taken_messages, COUNT(taken_messages), true);
    assert_messages(&entity_stock, refused_messages, COUNT(refused_messages), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
