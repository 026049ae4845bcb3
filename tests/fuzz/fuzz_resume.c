/* Any bytes as a feed, read in two parts: rows up to a mark by one reader, the rest by another one that goes
 * on behind that row. Together that is what one reader hands over, with the same numbers and sentences.
 *
 * The first bytes of the input choose the row limit; the format, delimiter, encoding and entity; the mark; and
 * how the second reader is given the bytes. */
#include "../unit/feed/resume_trace.h"
#include "fuzz_require.h"

#define SETTINGS 4

static const struct field fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_INTEGER},
};
static const struct field rest_fields[] = {
    {.name = "a", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_KEY},
    {.name = "b", .type = FIELD_TEXT},
    {.name = "c", .type = FIELD_JSON},
};
static const struct entity things[] = {
    {.name = "thing", .effect = EFFECT_UPSERT, .fields = fields, .field_count = 3},
    {.name = "thing", .effect = EFFECT_UPSERT, .fields = rest_fields, .field_count = 3},
};

static struct feed_options options_for(const uint8_t *settings)
{
    static const size_t limits[] = {0, 8, 32, 300};
    static const char *const encodings[] = {NULL, NULL, "windows-1252", "utf-16le", "shift_jis"};
    struct feed_options options = {
        .entity = &things[settings[1] / 5 % 2],
        .format = (enum feed_format)(settings[1] / 10 % 3),
        .encoding = encodings[settings[1] / 30 % 5],
        .row_bytes_max = limits[settings[0] % (sizeof limits / sizeof limits[0])],
    };
    options.delimiter = "\0,;\t|"[settings[1] % 5];
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS)
        return 0;
    const struct feed_options options = options_for(data);
    const struct resume_way way = {.step = data[3] / 2 == 0 ? SIZE_MAX : data[3] / 2,
                                   .jumps = data[3] % 2 == 1};
    const char *bytes = (const char *)data + SETTINGS;
    struct resume_trace resume;
    struct csv_trace rest;
    resume_read(&resume, &options, bytes, size - SETTINGS);
    if (resume.count > 0) {
        size_t mark = data[2] % resume.count;
        REQUIRE(resume_fits(&resume, mark, &options, bytes, size - SETTINGS, way, &rest));
        trace_release(&rest);
    }
    resume_release(&resume);
    return 0;
}
