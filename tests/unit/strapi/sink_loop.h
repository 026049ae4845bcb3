/* The loop in small, before a fake Strapi: hands jobs over as the port asks, takes them back, and hands
 * over again what did not end. Asserts that every job is settled exactly once for each time it was
 * submitted. */
#ifndef FEEDS_TESTS_SINK_LOOP_H
#define FEEDS_TESTS_SINK_LOOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "core/decode.h"
#include "entities/entities.h"
#include "fake_strapi.h"
#include "strapi/rest_sink.h"

#define JOBS_MAX    600
#define TIMEOUT_MS  5000
#define DEADLINE_MS 60000
/* Jobs the sink holds at most. */
#define HELD 300

struct errand {
    struct message message;
    struct job job;
    char value[320];
    bool out;
    int settled[VERDICT_NOT_REACHED + 1];
    struct outcome last;
};

struct scene {
    struct fake fake;
    struct http_client *http;
    struct target target;
    struct rest_options options;
    struct rest_sink *sink;
    struct sink port;
    struct errand *errands; /* JOBS_MAX */
    size_t count;
    size_t out, most_out;
    int settled[VERDICT_NOT_REACHED + 1];
    int warnings;
    char warning[512];
    bool resubmit_at_once; /* from within settled() */
    bool recall_at_once;
};

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void warn(void *arg, const char *sentence)
{
    struct scene *scene = arg;
    scene->warnings++;
    snprintf(scene->warning, sizeof scene->warning, "%s", sentence);
}

static inline void submit(struct scene *scene, struct errand *errand, bool probe)
{
    assert_false(errand->out);
    errand->out = true;
    if (++scene->out > scene->most_out)
        scene->most_out = scene->out;
    errand->job = (struct job){.message = &errand->message, .probe = probe};
    scene->port.ops->submit(scene->port.self, &errand->job, now_ms());
}

static inline void settled(void *arg, struct job *job)
{
    struct scene *scene = arg;
    struct errand *errand = (struct errand *)((char *)job - offsetof(struct errand, job));

    assert_true(errand->out);
    errand->out = false;
    scene->out--;
    errand->last = job->outcome;
    errand->settled[job->outcome.verdict]++;
    scene->settled[job->outcome.verdict]++;
    if (job->outcome.verdict == VERDICT_RETRY || job->outcome.verdict == VERDICT_UNKNOWN) {
        errand->message.failures++;
        errand->message.failed_on = (int)job->outcome.route;
    }
    /* The loop frees it. */
    memset(job, 0xA5, sizeof *job);
    if (scene->recall_at_once)
        scene->port.ops->recall(scene->port.self);
    if (scene->resubmit_at_once && errand->last.verdict == VERDICT_NOT_REACHED)
        submit(scene, errand, false);
}

static inline int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    char url[64];

    fake_start(&scene->fake);
    scene->http = http_client_new(16, NULL);
    scene->errands = calloc(JOBS_MAX, sizeof *scene->errands);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->fake.server.port);
    target_init(&scene->target, &entity_product, url, 0, NULL);
    scene->options = (struct rest_options){.http = scene->http,
                                           .target = &scene->target,
                                           .max_in_flight = 8,
                                           .request_timeout_ms = TIMEOUT_MS,
                                           .now_ms = now_ms,
                                           .warn = warn,
                                           .warn_arg = scene};
    scene->sink =
        rest_sink_new(&scene->options, &(struct sink_events){.settled = settled, .arg = scene});
    scene->port = rest_sink_port(scene->sink);
    *state = scene;
    return 0;
}

static inline int tear_down(void **state)
{
    struct scene *scene = *state;

    rest_sink_free(scene->sink);
    http_client_free(scene->http);
    fake_stop(&scene->fake);
    for (size_t i = 0; i < scene->count; i++)
        record_release(&scene->errands[i].message.record);
    free(scene->errands);
    free(scene);
    return 0;
}

static inline struct errand *add(struct scene *scene, const char *barcode, const char *name)
{
    struct errand *errand = &scene->errands[scene->count++];
    struct failure failure;

    assert_in_range(scene->count, 1, JOBS_MAX);
    snprintf(errand->value, sizeof errand->value, "{\"name\":\"%s\",\"barcode\":\"%s\"}", name,
             barcode);
    errand->message.failed_on = NO_ROUTE;
    assert_int_equal(decode_message(&entity_product, errand->value, strlen(errand->value),
                                    &errand->message.record, &failure),
                     0);
    return errand;
}

static inline void add_many(struct scene *scene, size_t count)
{
    char barcode[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(barcode, sizeof barcode, "b%zu", i);
        add(scene, barcode, "n");
    }
}

static inline void there_is(struct scene *scene, const char *barcode, const char *name)
{
    json_t *fields = json_pack("{s:s,s:s}", "barcode", barcode, "name", name);
    fake_add(&scene->fake, fields);
    json_decref(fields);
}

static inline void turn(struct scene *scene)
{
    scene->port.ops->kick(scene->port.self, now_ms());
    http_client_wait(scene->http, NULL, 0, 20);
}

static inline bool is_final(const struct errand *errand)
{
    return errand->settled[VERDICT_DONE] + errand->settled[VERDICT_REJECT] > 0;
}

/* Submits, in order, what is neither out nor ended, as far as there is room. */
static inline void submit_what_may_go(struct scene *scene)
{
    size_t room = scene->port.ops->room(scene->port.self, now_ms());

    for (size_t i = 0; i < scene->count && room > 0; i++) {
        if (scene->errands[i].out || is_final(&scene->errands[i]))
            continue;
        submit(scene, &scene->errands[i], false);
        room--;
    }
}

static inline bool all_final(const struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        if (!is_final(&scene->errands[i]))
            return false;
    return true;
}

/* One pass: everything is submitted once and answered. */
static inline void once(struct scene *scene)
{
    submit_what_may_go(scene);
    for (int64_t end = now_ms() + DEADLINE_MS; scene->out > 0;) {
        assert_true(now_ms() < end);
        turn(scene);
    }
}

static inline void until_all_ended(struct scene *scene)
{
    for (int64_t end = now_ms() + DEADLINE_MS; !all_final(scene);) {
        assert_true(now_ms() < end);
        submit_what_may_go(scene);
        turn(scene);
    }
    assert_int_equal(scene->out, 0);
}

static inline size_t entries(const struct scene *scene)
{
    return json_array_size(scene->fake.entries);
}

#endif
