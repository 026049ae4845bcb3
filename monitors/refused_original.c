#include "monitors/refused_original.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/error_code.h"
#include "entities/entities.h"

static bool has_text(const struct failure_record *record, const char *name, const char *expected)
{
    size_t len = 0;
    const char *text = failure_record_text(record, name, &len);
    return text != NULL && strlen(expected) == len && memcmp(text, expected, len) == 0;
}

/* By the program that wrote the record: topics may be called anything. */
static void find_writer(struct refused_original *original, const struct failure_record *record)
{
    static const char *const sides[] = {"-consumer", "-producer"};
    size_t len = 0;
    const char *service = failure_record_text(record, "service", &len);
    for (size_t i = 0; service != NULL && entities[i] != NULL; i++) {
        size_t name = strlen(entities[i]->name);
        if (len <= name || memcmp(service, entities[i]->name, name) != 0)
            continue;
        for (size_t side = 0; side < 2; side++)
            if (strlen(sides[side]) == len - name &&
                memcmp(service + name, sides[side], len - name) == 0) {
                original->entity = entities[i];
                original->is_row = side == 1;
            }
    }
}

static int decode(struct refused_original *original, const char *text, size_t len)
{
    unsigned char *bytes = malloc(len / 4 * 3 + 4);
    if (bytes == NULL)
        return -1;
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    size_t padding = 0;
    while (padding < 2 && padding < len && text[len - padding - 1] == '=')
        padding++;
    original->bytes = (char *)bytes;
    original->len = size < (int)padding ? 0 : (size_t)size - padding;
    original->whole &= size >= 0;
    return 0;
}

static int copy(struct refused_original *original, const char *text, size_t len)
{
    original->bytes = malloc(len + 1);
    if (original->bytes == NULL)
        return -1;
    memcpy(original->bytes, text, len);
    original->len = len;
    return 0;
}

int refused_original_read(struct refused_original *original, const struct failure_record *record)
{
    size_t len = 0;
    const char *text = failure_record_text(record, "message", &len);
    const json_t *row = json_object_get(record->root, "row");
    *original = (struct refused_original){.whole = true};
    find_writer(original, record);
    if (json_is_integer(row) && json_integer_value(row) > 0)
        original->row = (uint64_t)json_integer_value(row);
    /* Of a row that is too long there is its beginning only. */
    if (json_is_true(json_object_get(record->root, "message_truncated")) ||
        has_text(record, "code", error_code_name(ERROR_ROW_TOO_LONG)))
        original->whole = false;
    if (text == NULL || len > INT32_MAX)
        return 0;
    return has_text(record, "message_encoding", "base64") ? decode(original, text, len)
                                                          : copy(original, text, len);
}

void refused_original_release(struct refused_original *original)
{
    free(original->bytes);
    original->bytes = NULL;
}
