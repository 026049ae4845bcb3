#include "core/feed_progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/text.h"

#define NAME_HASH_BYTES 8
#define DIGITS_MAX      18 /* of a run's number */

static const char *const states[] = {"started", "stopped", "complete"};
#define STATES (sizeof states / sizeof states[0])

void feed_progress_go_on(struct feed_progress *to, const struct feed_progress *from)
{
    to->rows = from->rows;
    to->sent = from->sent;
    to->rejected = from->rejected;
    memcpy(to->codes, from->codes, sizeof to->codes);
    to->place = from->place;
    memcpy(to->reading, from->reading, sizeof to->reading);
}

/* Names are kept as valid UTF-8. */
bool feed_progress_has_name(const struct feed_progress *progress, const char *name)
{
    char clean[FEED_FILE_SIZE];
    text_clean(name, strlen(name), clean, sizeof clean);
    return strcmp(progress->file, clean) == 0;
}

bool feed_file_equal(const struct feed_file *one, const struct feed_file *other)
{
    return one->device == other->device && one->inode == other->inode && one->size == other->size &&
           one->mtime_s == other->mtime_s && one->mtime_ns == other->mtime_ns;
}

/* A name may be any bytes of any length; its hash is neither. */
static void hash_name(const char *name, char text[2 * NAME_HASH_BYTES + 1])
{
    unsigned char sum[EVP_MAX_MD_SIZE] = {0};
    if (EVP_Digest(name, strlen(name), sum, NULL, EVP_sha256(), NULL) != 1)
        sum[0] = 0;
    for (size_t i = 0; i < NAME_HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

void feed_run_name(const char *content, const char *name, uint64_t run, char text[FEED_RUN_SIZE])
{
    char hash[2 * NAME_HASH_BYTES + 1] = "", number[24] = "";
    if (name != NULL)
        hash_name(name, hash);
    if (run > 1)
        snprintf(number, sizeof number, "#%" PRIu64, run);
    snprintf(text, FEED_RUN_SIZE, "%.64s%s%s%s", content, name == NULL ? "" : "@", hash, number);
}

static uint64_t read_number(const char *digits, size_t len)
{
    uint64_t number = 0;
    if (len == 0 || len > DIGITS_MAX)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(digits[i] - '0');
    }
    return number;
}

uint64_t feed_run_number(const char *text, size_t len, const char *content)
{
    size_t own = strlen(content);
    if (len < own || memcmp(text, content, own) != 0)
        return 0;
    text += own;
    len -= own;
    if (len > 2 * NAME_HASH_BYTES && text[0] == '@') {
        text += 2 * NAME_HASH_BYTES + 1;
        len -= 2 * NAME_HASH_BYTES + 1;
    }
    if (len == 0)
        return 1;
    return text[0] == '#' ? read_number(text + 1, len - 1) : 0;
}

int feed_key_write(const char *run, const char *topic, struct buffer *out)
{
    return buffer_addf(out, "%s/%s", run, topic);
}

size_t feed_key_run(const char *key, size_t len, const char *topic)
{
    size_t end = strlen(topic);
    if (key == NULL || len < end + 2 || key[len - end - 1] != '/' ||
        memcmp(key + len - end, topic, end) != 0)
        return 0;
    return len - end - 1;
}

static json_t *time_json(int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_text(time_ms, text);
    return json_string(text);
}

static json_t *text_json(const char *text)
{
    char clean[3 * FEED_FILE_SIZE];
    size_t len = text_clean(text, strlen(text), clean, sizeof clean);
    return json_stringn(clean, len);
}

/* Numbers of the kernel's that a reader could round (JavaScript's have 53 bits) are texts. */
void feed_file_add(json_t *root, const struct feed_file *file)
{
    char text[3][48];
    snprintf(text[0], sizeof text[0], "%" PRIu64, file->device);
    snprintf(text[1], sizeof text[1], "%" PRIu64, file->inode);
    snprintf(text[2], sizeof text[2], "%" PRId64 ".%09" PRId64, file->mtime_s, file->mtime_ns);
    json_object_set_new(root, "device", json_string(text[0]));
    json_object_set_new(root, "inode", json_string(text[1]));
    json_object_set_new(root, "size", json_integer(file->size));
    json_object_set_new(root, "mtime", json_string(text[2]));
}

static json_t *codes_json(const uint64_t codes[ERROR_CODE_COUNT])
{
    json_t *json = json_object();
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++)
        if (codes[i] > 0)
            json_object_set_new(json, error_code_name((enum error_code)i),
                                json_integer((json_int_t)codes[i]));
    return json;
}

static void add_counts(json_t *root, const struct feed_progress *progress)
{
    json_object_set_new(root, "rows", json_integer((json_int_t)progress->rows));
    json_object_set_new(root, "sent", json_integer((json_int_t)progress->sent));
    json_object_set_new(root, "rejected", json_integer((json_int_t)progress->rejected));
    json_object_set_new(root, "codes", codes_json(progress->codes));
}

/* Where reading goes on. What is false is left out. */
static void add_place(json_t *root, const struct feed_progress *progress)
{
    const struct feed_place *place = &progress->place;
    json_object_set_new(root, "offset", json_integer((json_int_t)place->offset));
    json_object_set_new(root, "line", json_integer((json_int_t)place->line));
    if (place->in_array)
        json_object_set_new(root, "in_array", json_true());
    if (place->open)
        json_object_set_new(root, "open", json_true());
    json_object_set_new(root, "reading", text_json(progress->reading));
}

static void add_writer(json_t *root, const struct feed_progress *progress)
{
    json_object_set_new(root, "started_at", time_json(progress->started_ms));
    json_object_set_new(root, "at", time_json(progress->at_ms));
    json_object_set_new(root, "service", text_json(progress->service));
    json_object_set_new(root, "instance", text_json(progress->instance));
    json_object_set_new(root, "claim", text_json(progress->claim));
}

int feed_progress_write(const struct feed_progress *progress, struct buffer *out)
{
    json_t *root = json_object();
    json_object_set_new(root, "file", text_json(progress->file));
    if (progress->is_file)
        feed_file_add(root, &progress->which);
    add_counts(root, progress);
    add_place(root, progress);
    json_object_set_new(root, "state", json_string(states[progress->state]));
    add_writer(root, progress);
    char *text = json_dumps(root, JSON_COMPACT);
    int result = text == NULL ? -1 : buffer_add_text(out, text);
    free(text);
    json_decref(root);
    return result;
}

static void read_text(const json_t *root, const char *name, char *text, size_t size)
{
    const json_t *member = json_object_get(root, name);
    if (json_is_string(member))
        text_clean(json_string_value(member), json_string_length(member), text, size);
}

/* Not negative. */
static uint64_t read_count(const json_t *root, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(root, name));
    return number < 0 ? 0 : (uint64_t)number;
}

static void read_codes(const json_t *root, uint64_t codes[ERROR_CODE_COUNT])
{
    const json_t *json = json_object_get(root, "codes");
    for (size_t i = 0; i < ERROR_CODE_COUNT; i++)
        codes[i] = read_count(json, error_code_name((enum error_code)i));
}

static struct feed_place read_place(const json_t *root)
{
    return (struct feed_place){
        .offset = read_count(root, "offset"),
        .line = read_count(root, "line"),
        .in_array = json_is_true(json_object_get(root, "in_array")),
        .open = json_is_true(json_object_get(root, "open")),
    };
}

static int64_t read_time(const json_t *root, const char *name)
{
    int64_t time_ms = 0;
    const char *text = json_string_value(json_object_get(root, name));
    if (text == NULL || clock_read(text, &time_ms) != 0)
        return 0;
    return time_ms;
}

bool feed_file_read(const json_t *root, struct feed_file *which)
{
    const char *device = json_string_value(json_object_get(root, "device"));
    const char *inode = json_string_value(json_object_get(root, "inode"));
    const char *mtime = json_string_value(json_object_get(root, "mtime"));
    if (device == NULL || inode == NULL || mtime == NULL)
        return false;
    which->device = strtoull(device, NULL, 10);
    which->inode = strtoull(inode, NULL, 10);
    which->size = (int64_t)read_count(root, "size");
    char *point;
    which->mtime_s = strtoll(mtime, &point, 10);
    which->mtime_ns = *point == '.' ? strtoll(point + 1, NULL, 10) : 0;
    return true;
}

static int read_state(const json_t *root, enum feed_state *state)
{
    const char *word = json_string_value(json_object_get(root, "state"));
    for (size_t i = 0; word != NULL && i < STATES; i++)
        if (strcmp(word, states[i]) == 0) {
            *state = (enum feed_state)i;
            return 0;
        }
    return -1;
}

int feed_progress_read(const char *bytes, size_t len, struct feed_progress *progress)
{
    *progress = (struct feed_progress){.state = FEED_STARTED};
    json_t *root = bytes == NULL ? NULL : json_loadb(bytes, len, JSON_ALLOW_NUL, NULL);
    int result = read_state(root, &progress->state);
    if (result == 0) {
        read_text(root, "file", progress->file, sizeof progress->file);
        progress->is_file = feed_file_read(root, &progress->which);
        progress->rows = read_count(root, "rows");
        progress->sent = read_count(root, "sent");
        progress->rejected = read_count(root, "rejected");
        read_codes(root, progress->codes);
        progress->place = read_place(root);
        read_text(root, "reading", progress->reading, sizeof progress->reading);
        progress->started_ms = read_time(root, "started_at");
        progress->at_ms = read_time(root, "at");
        read_text(root, "service", progress->service, sizeof progress->service);
        read_text(root, "instance", progress->instance, sizeof progress->instance);
        read_text(root, "claim", progress->claim, sizeof progress->claim);
    }
    json_decref(root);
    return result;
}

bool feed_progress_sample(const char *bytes, size_t len, struct feed_sample *sample)
{
    json_t *root = bytes == NULL ? NULL : json_loadb(bytes, len, JSON_ALLOW_NUL, NULL);
    const json_t *text = json_object_get(root, "sample");
    bool found = json_is_string(text) &&
                 feed_sample_read(json_string_value(text), json_string_length(text), sample) == 0;
    json_decref(root);
    return found;
}
