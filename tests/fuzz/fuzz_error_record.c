/* Any bytes in every text of an error record: what is written is one JSON object within its limit, and
 * the original comes out of it as it went in, as far as it is there.
 *
 * The first bytes of the input choose what is in it; the rest are the texts. */
#include <jansson.h>
#include <openssl/evp.h>
#include <string.h>

#include "core/error_record.h"
#include "core/text.h"
#include "fuzz_require.h"

#define SETTINGS 6
#define TEXTS    12

/* The input cut into texts, each with a NUL behind it; those that are not wanted are NULL. */
struct texts {
    char *items[TEXTS];
    size_t lens[TEXTS];
};

static void cut(struct texts *texts, const uint8_t *settings, const char *bytes, size_t len)
{
    unsigned wanted = settings[0] | (unsigned)settings[1] << 8;
    size_t step = len * settings[2] / 255 / TEXTS;
    for (size_t i = 0; i < TEXTS; i++) {
        size_t from = i * step, own = i + 1 == TEXTS ? len - from : step;
        texts->items[i] = NULL;
        texts->lens[i] = own;
        if ((wanted >> i & 1) == 0)
            continue;
        texts->items[i] = malloc(own + 1);
        memcpy(texts->items[i], bytes + from, own);
        texts->items[i][own] = '\0';
    }
}

static struct error_record fill(const struct texts *texts, const uint8_t *settings)
{
    char *const *items = texts->items;
    return (struct error_record){
        .code = (enum error_code)(settings[3] % ERROR_CODE_COUNT),
        .stage = items[0],
        .error = items[1],
        .service = items[2],
        .instance = items[3],
        .topic = items[4],
        .group = items[5],
        .partition = settings[4] % 3 == 0 ? -1 : settings[4],
        .offset = settings[4] % 5 == 0 ? -1 : settings[4],
        .timestamp_ms = settings[5] * INT64_C(100000000000),
        .key = items[6],
        .key_len = texts->lens[6],
        .feed = items[7],
        .feed_id = items[7],
        .row = settings[5],
        .line = settings[4],
        .layout = settings[5] % 2 ? "{\"format\":\"json\"}" : NULL,
        .field = items[8],
        .value = items[8],
        .http_method = items[9],
        .http_path = items[9],
        .http_body = items[10],
        .http_body_len = items[10] == NULL ? 0 : texts->lens[10],
        .failed_ms = INT64_C(1795262400000),
        .message = items[11],
        .message_len = items[11] == NULL ? 0 : texts->lens[11],
    };
}

static size_t limit_for(uint8_t choice)
{
    static const size_t limits[] = {ERROR_RECORD_BYTES_MIN, ERROR_RECORD_BYTES_MIN + 7, 20000,
                                    64 * 1024, ERROR_RECORD_BYTES_MAX};
    return limits[choice % (sizeof limits / sizeof *limits)];
}

/* The bytes that `message` stands for. */
static size_t decode(const json_t *json, unsigned char *bytes)
{
    const json_t *message = json_object_get(json, "message");
    const char *form = json_string_value(json_object_get(json, "message_encoding"));
    const char *text = json_string_value(message);
    size_t len = json_string_length(message), padding = 0;
    REQUIRE(text != NULL && form != NULL);
    if (strcmp(form, "utf-8") == 0) {
        memcpy(bytes, text, len);
        return len;
    }
    REQUIRE(strcmp(form, "base64") == 0);
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    REQUIRE(decoded >= 0);
    while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
        padding++;
    return (size_t)decoded - padding;
}

static void check_original(const struct error_record *record, const json_t *json)
{
    if (record->message == NULL) {
        REQUIRE(json_object_get(json, "message") == NULL);
        return;
    }
    unsigned char *bytes = malloc(ERROR_RECORD_BYTES_MAX + 4);
    size_t len = decode(json, bytes);
    REQUIRE(len <= record->message_len && memcmp(bytes, record->message, len) == 0);
    bool cut = json_is_true(json_object_get(json, "message_truncated"));
    REQUIRE(cut == (len < record->message_len));
    free(bytes);
}

static void check(const struct error_record *record, size_t limit)
{
    struct buffer out = BUFFER_INIT(ERROR_RECORD_BYTES_MAX), id = BUFFER_INIT(ERROR_KEY_MAX);
    REQUIRE(error_record_write(record, limit, &out) == 0);
    REQUIRE(out.len <= limit);
    REQUIRE(text_valid(out.data, out.len, NULL));
    json_t *json = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    REQUIRE(json_is_object(json));
    REQUIRE(json_is_string(json_object_get(json, "code")));
    REQUIRE(error_record_id(record, &id) == 0);
    check_original(record, json);
    json_decref(json);
    buffer_release(&out);
    buffer_release(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct texts texts;
    if (size < SETTINGS)
        return 0;
    cut(&texts, data, (const char *)data + SETTINGS, size - SETTINGS);
    const struct error_record record = fill(&texts, data);
    check(&record, limit_for(data[5]));
    for (size_t i = 0; i < TEXTS; i++)
        free(texts.items[i]);
    return 0;
}
