/* Samples of feeds with what must come out of them, however the bytes are cut. */
#ifndef FEEDS_TEST_CSV_SAMPLES_H
#define FEEDS_TEST_CSV_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "csv_trace.h"
#include "feed/dialect.h"

/* Row limit of the samples marked with it. */
#define SMALL_LIMIT 24

struct sample {
    const char *name;
    const char *bytes;
    size_t len;
    const char *brief;
    size_t limit;
    bool no_pad; /* about the feed's first bytes */
};

#define SAMPLE(title, input, expected)                                                             \
    {                                                                                              \
        .name = title, .bytes = input, .len = sizeof(input) - 1, .brief = expected                 \
    }
#define LIMITED(title, input, expected)                                                            \
    {                                                                                              \
        .name = title, .bytes = input, .len = sizeof(input) - 1, .brief = expected,                \
        .limit = SMALL_LIMIT                                                                       \
    }
#define FIRST(title, input, expected)                                                              \
    {                                                                                              \
        .name = title, .bytes = input, .len = sizeof(input) - 1, .brief = expected, .no_pad = true \
    }

static inline void assert_same(const struct sample *sample, const char *how, size_t place,
                               const struct csv_trace *expected, const struct csv_trace *trace)
{
    if (expected->full.len == trace->full.len &&
        memcmp(expected->full.data, trace->full.data, trace->full.len) == 0)
        return;
    fail_msg("%s, %s %zu:\n%s\ninstead of\n%s", sample->name, how, place, trace->full.data,
             expected->full.data);
}

static inline void check_cuts(const struct entity *entity, const struct sample *sample,
                              const struct csv_trace *whole, uint64_t pad)
{
    struct feed_options options = {.entity = entity, .row_bytes_max = sample->limit};
    /* Behind the padding nobody can see what it is. */
    options.format = dialect_is_json(sample->bytes, sample->len) ? FEED_JSON : FEED_CSV;
    if (pad == 0)
        options.format = FEED_AUTO;
    for (size_t cut = 0; cut <= sample->len; cut++) {
        struct csv_trace trace = {.pad = pad};
        trace_cut(&trace, &options, sample->bytes, sample->len, &cut, 1);
        assert_same(sample, "cut at", cut, whole, &trace);
        trace_release(&trace);
    }
    for (size_t step = 1; step <= 3; step++) {
        struct csv_trace trace = {.pad = pad};
        trace_steps(&trace, &options, sample->bytes, sample->len, step);
        assert_same(sample, "in steps of", step, whole, &trace);
        trace_release(&trace);
    }
}

static inline void check_sample(const struct entity *entity, const struct sample *sample)
{
    struct feed_options options = {.entity = entity, .row_bytes_max = sample->limit};
    struct csv_trace whole = {0};
    trace_cut(&whole, &options, sample->bytes, sample->len, NULL, 0);
    if (strcmp(whole.brief.data, sample->brief) != 0)
        fail_msg("%s:\n%s\ninstead of\n%s", sample->name, whole.full.data, sample->brief);
    check_cuts(entity, sample, &whole, 0);
    if (!sample->no_pad)
        check_cuts(entity, sample, &whole, TRACE_PAD);
    trace_release(&whole);
}

/* What is said of the feed must hold this. */
struct sentence {
    const char *bytes, *needle;
};

static inline void check_sentences(const struct entity *entity, const struct sentence *cases,
                                   size_t count)
{
    struct feed_options options = {.entity = entity};
    for (size_t i = 0; i < count; i++) {
        struct csv_trace trace = {0};
        trace_cut(&trace, &options, cases[i].bytes, strlen(cases[i].bytes), NULL, 0);
        if (strstr(trace.full.data, cases[i].needle) == NULL)
            fail_msg("no \"%s\" in:\n%s", cases[i].needle, trace.full.data);
        trace_release(&trace);
    }
}

#endif
