#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "core/error_record.h"

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static json_t *write_and_parse(const struct error_record *record, size_t limit)
{
    struct buffer out = BUFFER_INIT(ERROR_RECORD_BYTES_MAX * 2);
    json_error_t error;
    buffer_add_text(&out, "in front");
    assert_int_equal(error_record_write(record, limit, &out), 0);
    assert_memory_equal(out.data, "in front", 8);
    buffer_consume(&out, 8);
    assert_true(out.len <= limit);
    json_t *json = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s at byte %d", error.text, error.position);
    buffer_release(&out);
    return json;
}

/* The original bytes of a member that may be base64; `bytes` takes them. */
static size_t original(const json_t *json, const char *name, const char *encoding, char *bytes)
{
    const json_t *value = json_object_get(json, name);
    const char *form = member(json, encoding);
    size_t len = json_string_length(value);
    if (form == NULL || strcmp(form, "base64") != 0) {
        memcpy(bytes, json_string_value(value), len);
        return len;
    }
    const char *text = json_string_value(value);
    int decoded = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)text, (int)len);
    assert_true(decoded >= 0);
    size_t padding = 0;
    while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
        padding++;
    return (size_t)decoded - padding;
}

static struct error_record full_record(void)
{
    return (struct error_record){
        .code = ERROR_INVALID_FIELD,
        .stage = "decode",
        .error = "width: not a whole number: \"12x\"",
        .service = "thing-consumer",
        .instance = "host-1",
        .version = "1.0.0",
        .topic = "thing",
        .group = "thing-creator",
        .partition = 2,
        .offset = 18831,
        .timestamp_ms = 1795248000000,
        .key = "0184",
        .key_len = 4,
        .feed = "things.csv",
        .feed_id = "abcdef",
        .row = 1207,
        .line = 1209,
        .field = "width",
        .value = "12x",
        .http_method = "POST",
        .http_path = "/api/things",
        .http_status = 400,
        .http_body = "{\"error\":\n1}",
        .http_body_len = 12,
        .attempts = 3,
        .first_failed_ms = 1795248000001,
        .failed_ms = 1795248000002,
        .message = "{\"width\":\"12x\"}",
        .message_len = 15,
    };
}

static void all_members_in_their_order(void **state)
{
    (void)state;
    struct error_record record = full_record();
    struct buffer out = BUFFER_INIT(ERROR_RECORD_BYTES_MAX);
    assert_int_equal(error_record_write(&record, ERROR_RECORD_BYTES_MAX, &out), 0);
    assert_string_equal(
        out.data,
        "{\"id\":\"thing/2/18831/1795248000000/thing-creator\","
        "\"error\":\"width: not a whole number: \\\"12x\\\"\","
        "\"message\":\"{\\\"width\\\":\\\"12x\\\"}\",\"message_encoding\":\"utf-8\","
        "\"code\":\"invalid_field\",\"stage\":\"decode\",\"retryable\":false,"
        "\"service\":\"thing-consumer\",\"instance\":\"host-1\",\"version\":\"1.0.0\","
        "\"topic\":\"thing\",\"partition\":2,\"offset\":18831,\"key\":\"0184\","
        "\"timestamp\":\"2026-11-21T08:00:00.000Z\",\"feed\":\"things.csv\","
        "\"feed_id\":\"abcdef\",\"row\":1207,\"line\":1209,\"field\":\"width\",\"value\":\"12x\","
        "\"http\":{\"method\":\"POST\",\"path\":\"/api/things\",\"status\":400,"
        "\"body\":\"{\\\"error\\\":\\n1}\"},\"attempts\":3,\"replays\":0,"
        "\"first_failed_at\":\"2026-11-21T08:00:00.001Z\","
        "\"failed_at\":\"2026-11-21T08:00:00.002Z\"}");
    buffer_release(&out);
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct error_record record = ERROR_RECORD_INIT;
    struct buffer out = BUFFER_INIT(ERROR_RECORD_BYTES_MAX);
    record.code = ERROR_KILLS_TARGET;
    record.feed_id = "abc";
    assert_int_equal(error_record_write(&record, ERROR_RECORD_BYTES_MAX, &out), 0);
    assert_string_equal(out.data, "{\"id\":\"feed/abc/0\",\"code\":\"kills_target\","
                                  "\"retryable\":true,\"feed_id\":\"abc\",\"replays\":0}");
    buffer_release(&out);
}

static void the_first_message_of_a_partition(void **state)
{
    (void)state;
    struct error_record record = {.topic = "t", .message = "", .message_len = 0};
    json_t *json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
    assert_string_equal(member(json, "id"), "t/0/0/0/");
    assert_true(json_is_integer(json_object_get(json, "offset")));
    assert_true(json_is_integer(json_object_get(json, "partition")));
    assert_string_equal(member(json, "message"), "");
    assert_string_equal(member(json, "message_encoding"), "utf-8");
    json_decref(json);
}

static void an_id_is_the_same_each_time(void **state)
{
    (void)state;
    struct error_record record = full_record(), later = full_record();
    struct buffer a = BUFFER_INIT(1000), b = BUFFER_INIT(1000);
    later.failed_ms++;
    later.instance = "host-2";
    later.attempts = 9;
    assert_int_equal(error_record_id(&record, &a), 0);
    assert_int_equal(error_record_id(&later, &b), 0);
    assert_string_equal(a.data, b.data);
    /* A topic made anew reuses offsets, not timestamps. */
    later.timestamp_ms++;
    buffer_clear(&b);
    assert_int_equal(error_record_id(&later, &b), 0);
    assert_string_not_equal(a.data, b.data);
    record.partition = -1;
    buffer_clear(&a);
    assert_int_equal(error_record_id(&record, &a), 0);
    assert_string_equal(a.data, "feed/abcdef/1207");
    buffer_release(&a);
    buffer_release(&b);
}

static void assert_message(const char *message, size_t len, size_t limit, const char *encoding,
                           bool whole)
{
    struct error_record record = full_record();
    record.message = message;
    record.message_len = len;
    json_t *json = write_and_parse(&record, limit);
    assert_string_equal(member(json, "message_encoding"), encoding);
    char *bytes = malloc(limit);
    assert_non_null(bytes);
    size_t kept = original(json, "message", "message_encoding", bytes);
    assert_memory_equal(bytes, message, kept);
    assert_int_equal(kept == len, whole);
    assert_int_equal(json_is_true(json_object_get(json, "message_truncated")), !whole);
    if (!whole) {
        assert_int_equal(json_integer_value(json_object_get(json, "message_bytes")), len);
        /* The room is used, but for what the members around it may need. */
        assert_true(json_string_length(json_object_get(json, "message")) + 2000 > limit / 2);
    }
    free(bytes);
    json_decref(json);
}

static void the_original_in_the_form_that_holds_it(void **state)
{
    (void)state;
    const size_t large = 256 * 1024, larger = 2 * 1000 * 1000;
    const size_t limit = ERROR_RECORD_BYTES_MAX;
    char *bytes = malloc(larger);
    assert_non_null(bytes);
    memset(bytes, 'x', larger);
    assert_message(bytes, large, limit, "utf-8", true);
    assert_message(bytes, larger, limit, "utf-8", false);
    assert_message(bytes, large, ERROR_RECORD_BYTES_MIN, "utf-8", false);
    bytes[1] = '\0';
    assert_message(bytes, 3, limit, "base64", true);
    assert_message(bytes, larger, limit, "base64", false);
    bytes[1] = '\xFF';
    assert_message(bytes, large, limit, "base64", true);
    memset(bytes, '\x01', larger);
    assert_message(bytes, 1000, limit, "utf-8", true);
    assert_message(bytes, large, limit, "base64", true);
    assert_message(bytes, larger, limit, "base64", false);
    memset(bytes, '"', larger);
    assert_message(bytes, 470000, limit, "utf-8", true);
    assert_message(bytes, 600000, limit, "base64", true);
    for (size_t i = 0; i + 2 <= larger; i += 2)
        memcpy(bytes + i, "\xC3\xA9", 2);
    assert_message(bytes, larger, limit, "utf-8", false);
    free(bytes);
}

static void a_key_that_is_no_text(void **state)
{
    (void)state;
    struct error_record record = full_record();
    char key[3000], bytes[3000];
    memset(key, '\xFE', sizeof key);
    record.key = key;
    record.key_len = 5;
    json_t *json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
    assert_string_equal(member(json, "key_encoding"), "base64");
    assert_int_equal(original(json, "key", "key_encoding", bytes), 5);
    assert_memory_equal(bytes, key, 5);
    json_decref(json);
    record.key_len = sizeof key;
    json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
    assert_int_equal(original(json, "key", "key_encoding", bytes), ERROR_KEY_MAX);
    json_decref(json);
    memset(key, 'k', sizeof key);
    json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
    assert_null(member(json, "key_encoding"));
    assert_int_equal(json_string_length(json_object_get(json, "key")), ERROR_KEY_MAX);
    json_decref(json);
}

static void too_little_room_is_refused(void **state)
{
    (void)state;
    struct error_record record = full_record();
    struct buffer out = BUFFER_INIT(ERROR_RECORD_BYTES_MIN + 1);
    assert_int_equal(error_record_write(&record, ERROR_RECORD_BYTES_MIN - 1, &out), -1);
    buffer_add_text(&out, "ab");
    assert_int_equal(error_record_write(&record, ERROR_RECORD_BYTES_MAX, &out), -1);
    assert_string_equal(out.data, "ab");
    buffer_cut(&out, 1);
    assert_int_equal(error_record_write(&record, ERROR_RECORD_BYTES_MAX, &out), 0);
    buffer_release(&out);
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

enum { HOSTILE_BYTES = 20000 };

/* One kind of bytes a round: what escapes worst, what is no UTF-8, or anything; never NUL, so that
 * it serves as C text. */
static void fill_hostile(uint64_t *seed, char *bytes)
{
    static const char kinds[] = "\x01\"\\\xFF\x80x\x7F";
    uint32_t kind = next_random(seed) % (sizeof kinds + 1);
    for (size_t i = 0; i < HOSTILE_BYTES; i++)
        bytes[i] = kind < sizeof kinds - 1 ? kinds[kind] : (char)(next_random(seed) % 255 + 1);
    bytes[HOSTILE_BYTES] = '\0';
}

/* A text of up to 3,000 bytes, or NULL. */
static const char *hostile_text(uint64_t *seed, const char *bytes)
{
    size_t len = next_random(seed) % 3000;
    return next_random(seed) % 8 == 0 ? NULL : bytes + HOSTILE_BYTES - len;
}

static struct error_record hostile_record(uint64_t *seed, char *bytes)
{
    fill_hostile(seed, bytes);
    struct error_record record = {
        .code = next_random(seed) % ERROR_CODE_COUNT,
        .stage = hostile_text(seed, bytes),
        .error = hostile_text(seed, bytes),
        .service = hostile_text(seed, bytes),
        .instance = hostile_text(seed, bytes),
        .version = hostile_text(seed, bytes),
        .topic = hostile_text(seed, bytes),
        .group = hostile_text(seed, bytes),
        .partition = next_random(seed) % 2 ? INT32_MAX : -1,
        .offset = INT64_MAX,
        .timestamp_ms = INT64_MAX,
        .key = hostile_text(seed, bytes),
        .feed = hostile_text(seed, bytes),
        .feed_id = hostile_text(seed, bytes),
        .row = INT64_MAX,
        .line = INT64_MAX,
        .field = hostile_text(seed, bytes),
        .value = hostile_text(seed, bytes),
        .http_method = hostile_text(seed, bytes),
        .http_path = hostile_text(seed, bytes),
        .http_status = INT32_MAX,
        .http_body = bytes,
        .http_body_len = next_random(seed) % HOSTILE_BYTES,
        .attempts = UINT32_MAX,
        .first_failed_ms = INT64_MAX,
        .failed_ms = INT64_MAX,
        .message = bytes,
        .message_len = next_random(seed) % HOSTILE_BYTES,
    };
    record.key_len = record.key == NULL ? 0 : strlen(record.key);
    return record;
}

static void hostile_records_are_json_within_the_limit(void **state)
{
    (void)state;
    uint64_t seed = 7;
    static char bytes[HOSTILE_BYTES + 1], back[HOSTILE_BYTES * 2];
    for (int round = 0; round < 3000; round++) {
        struct error_record record = hostile_record(&seed, bytes);
        size_t limit = ERROR_RECORD_BYTES_MIN + next_random(&seed) % (round % 2 ? 300000 : 2000);
        json_t *json = write_and_parse(&record, limit);
        size_t kept = original(json, "message", "message_encoding", back);
        assert_true(kept <= record.message_len);
        assert_memory_equal(back, bytes, kept);
        bool cut = json_object_get(json, "message_truncated") != NULL;
        assert_int_equal(cut, kept < record.message_len);
        assert_true(kept > 0 || record.message_len < 4);
        assert_true(member(json, "id") != NULL);
        json_decref(json);
    }
}

static void the_longest_texts_leave_room_for_the_original(void **state)
{
    (void)state;
    static char bytes[HOSTILE_BYTES + 1];
    static const char kinds[] = "\x01\"\xFFx";
    for (size_t i = 0; i < sizeof kinds - 1; i++) {
        memset(bytes, kinds[i], HOSTILE_BYTES);
        struct error_record record = full_record();
        const char **texts[] = {&record.stage,       &record.error,     &record.service,
                                &record.instance,    &record.version,   &record.topic,
                                &record.group,       &record.key,       &record.feed,
                                &record.feed_id,     &record.field,     &record.value,
                                &record.http_method, &record.http_path, &record.http_body};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            *texts[k] = bytes;
        record.key_len = record.http_body_len = record.message_len = HOSTILE_BYTES;
        record.message = bytes;
        record.timestamp_ms = record.first_failed_ms = record.failed_ms = INT64_MAX;
        record.row = record.line = INT64_MAX;
        json_t *json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
        assert_true(json_string_length(json_object_get(json, "message")) > 0);
        json_decref(json);
        json = write_and_parse(&record, 64 * 1024);
        assert_true(json_string_length(json_object_get(json, "message")) > 0);
        json_decref(json);
    }
}

/* All of it or none: half a header is of no use. */
static void a_layout_is_there_where_there_is_room(void **state)
{
    (void)state;
    static char much[ERROR_LAYOUT_MAX + 2];
    struct error_record record = full_record();
    record.layout = "{\"format\":\"json\"}";
    json_t *json = write_and_parse(&record, ERROR_RECORD_BYTES_MAX);
    assert_string_equal(member(json_object_get(json, "layout"), "format"), "json");
    json_decref(json);
    json = write_and_parse(&record, ERROR_RECORD_BYTES_MIN);
    assert_null(json_object_get(json, "layout"));
    json_decref(json);
    for (size_t len = ERROR_LAYOUT_MAX; len <= ERROR_LAYOUT_MAX + 1; len++) {
        memset(much, ' ', len);
        much[0] = '{';
        much[len - 1] = '}';
        record.layout = much;
        json = write_and_parse(&record, 64 * 1024);
        assert_true((json_object_get(json, "layout") != NULL) == (len == ERROR_LAYOUT_MAX));
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_members_in_their_order),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(the_first_message_of_a_partition),
        cmocka_unit_test(an_id_is_the_same_each_time),
        cmocka_unit_test(the_original_in_the_form_that_holds_it),
        cmocka_unit_test(a_key_that_is_no_text),
        cmocka_unit_test(a_layout_is_there_where_there_is_room),
        cmocka_unit_test(too_little_room_is_refused),
        cmocka_unit_test(hostile_records_are_json_within_the_limit),
        cmocka_unit_test(the_longest_texts_leave_room_for_the_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
