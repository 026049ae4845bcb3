/* A feed through an outlet that writes down what it is given. */
#ifndef FEEDS_TESTS_INGEST_SCENE_H
#define FEEDS_TESTS_INGEST_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "entities/entities.h"
#include "pipeline/ingest.h"
#include "service/log.h"
#include "service/signals.h"

#define HEADER "name,description,stock_available,barcode,status\n"

/* Writes down what it is given: "+1 " a good row, "-2:code " a refused one. */
struct recorder {
    struct outlet_events events;
    char log[32768];
    char last[512]; /* the last value */
    int takes;      /* so many rows; then it is interrupted. -1: all */
    bool forgets;   /* never confirms a row */
    bool refuses;   /* finds every good row too large */
    bool failed;    /* feed_failed() was called */
    char layout[256];
    bool asked;                   /* claim() was called */
    bool knows;                   /* the feed: it was sent before */
    bool copied;                  /* and what was sent is another file */
    bool whole;                   /* finish() was told that the feed was handed over to its end */
    struct feed_progress counted; /* by then */
    off_t cut_to;              /* the feed has so many bytes from the first row on. 0: it stays */
    bool tells_all;            /* in the log: lines and values, too */
    bool asks;                 /* whether the feed was changed, before it takes a row */
    bool alike;                /* knows, because of its rows */
    struct feed_progress from; /* how far an earlier run came */
    size_t value_bytes_max;    /* of the topic */
    bool sampled;
    struct feed_sample sample;
};

static char folder[] = "/tmp/test_ingest.XXXXXX";
static char feed[64], rejected[64];

static inline void note(struct recorder *recorder, const char *format, ...)
{
    size_t len = strlen(recorder->log);
    va_list args;
    va_start(args, format);
    vsnprintf(recorder->log + len, sizeof recorder->log - len, format, args);
    va_end(args);
}

static inline void begin(void *self, const struct feed_name *name, const struct feed_file *file,
                         const struct outlet_events *events)
{
    assert_non_null(name->id);
    assert_non_null(file);
    assert_true(file->inode != 0 && file->size >= 0);
    ((struct recorder *)self)->events = *events;
    ((struct recorder *)self)->asked = false;
}

static inline enum exit_code take_one(struct recorder *recorder)
{
    assert_true(recorder->asked);
    if (recorder->asks && recorder->events.changed(recorder->events.arg))
        return EXIT_BAD_FEED;
    if (recorder->takes == 0)
        return EXIT_INTERRUPTED;
    if (recorder->takes > 0)
        recorder->takes--;
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code row(void *self, const struct outlet_row *good)
{
    struct recorder *recorder = self;
    enum exit_code code = take_one(recorder);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    if (recorder->cut_to > 0)
        assert_int_equal(truncate(feed, recorder->cut_to), 0);
    note(recorder, "+%d ", (int)good->row->row);
    if (recorder->tells_all)
        note(recorder, "@%d %.*s=%.*s\n", (int)good->row->line, (int)good->key_len, good->key,
             (int)good->value_len, good->value);
    snprintf(recorder->last, sizeof recorder->last, "%.*s=%.*s", (int)good->key_len, good->key,
             (int)good->value_len, good->value);
    if (recorder->refuses) {
        struct failure failure;
        failure_set(&failure, ERROR_TOO_LARGE, NULL, NULL, 0, "too large");
        const struct reject reject = {good->row, &failure, STAGE_VALIDATE};
        recorder->events.refused(recorder->events.arg, &reject);
        recorder->events.rejected(recorder->events.arg, ERROR_TOO_LARGE);
    } else if (!recorder->forgets) {
        recorder->events.sent(recorder->events.arg);
    }
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code reject(void *self, const struct reject *bad)
{
    struct recorder *recorder = self;
    enum exit_code code = take_one(recorder);
    if (code != EXIT_ALL_ACCOUNTED)
        return code;
    note(recorder, "-%d:%s:%s ", (int)bad->row->row, bad->stage,
         error_code_name(bad->failure->code));
    if (recorder->tells_all)
        note(recorder, "@%d %.*s %s\n", (int)bad->row->line, (int)bad->row->raw_len, bad->row->raw,
             bad->failure->reason.text);
    recorder->events.rejected(recorder->events.arg, bad->failure->code);
    return EXIT_ALL_ACCOUNTED;
}

static inline void feed_failed(void *self, const struct reject *bad)
{
    struct recorder *recorder = self;
    assert_int_equal(bad->row->row, 0);
    recorder->failed = true;
}

static inline enum exit_code turn(void *self)
{
    (void)self;
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code claim(void *self, const struct outlet_wish *wish,
                                   struct outlet_claim *answer)
{
    struct recorder *recorder = self;
    snprintf(recorder->layout, sizeof recorder->layout, "%s", wish->layout);
    assert_false(recorder->asked);
    recorder->asked = true;
    recorder->sampled = wish->sample != NULL;
    if (recorder->sampled)
        recorder->sample = *wish->sample;
    *answer = (struct outlet_claim){.granted = !recorder->knows,
                                    .duplicate = recorder->copied,
                                    .alike = recorder->alike,
                                    .from = recorder->from,
                                    .value_bytes_max = recorder->value_bytes_max};
    reason_set(&answer->why_not, "a.csv was sent on Monday");
    snprintf(answer->feed_id, sizeof answer->feed_id, "another-name");
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code finish(void *self, bool complete)
{
    struct recorder *recorder = self;
    recorder->whole = complete;
    recorder->events.count(recorder->events.arg, &recorder->counted);
    return EXIT_ALL_ACCOUNTED;
}

static const struct outlet_ops ops = {begin, claim, row, reject, feed_failed, turn, finish};

static inline int set_up(void **state)
{
    (void)state;
    log_setup("test", LOG_ERROR_LEVEL + 1, false); /* silent */
    if (signals_setup() != 0 || mkdtemp(folder) == NULL)
        return -1;
    snprintf(feed, sizeof feed, "%s/a.csv", folder);
    snprintf(rejected, sizeof rejected, "%s/rejected.csv", folder);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    unlink(feed);
    unlink(rejected);
    return rmdir(folder);
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void assert_file(const char *path, const char *expected)
{
    char content[512];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content - 1, file);
    content[len] = '\0';
    fclose(file);
    assert_string_equal(content, expected);
}

static inline void write_bytes(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static inline enum exit_code ingest(struct recorder *recorder, const struct ingest_options *options,
                                    struct ingest_summary *summary, const char *text)
{
    struct ingest_options all = *options;
    if (all.feed.entity == NULL)
        all.feed.entity = &entity_product;
    all.topic = all.feed.entity->topic;
    write_file(feed, text);
    return ingest_feed(&all, (struct outlet){&ops, recorder}, feed, summary);
}

static const char mixed[] = HEADER "Salad,x,29,001,danger\n"
                                   "Bad,x,12x,002,safe\n"
                                   "few\n"
                                   "\n"
                                   "Tea,,,003,\n";

#endif
