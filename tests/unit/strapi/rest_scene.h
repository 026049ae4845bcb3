/* The REST sink before a fake Strapi, handed runs of messages one at a time: for tests of what one
 * effect makes of them. */
#ifndef FEEDS_TESTS_REST_SCENE_H
#define FEEDS_TESTS_REST_SCENE_H

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

#define SCENE_ERRANDS  400
#define SCENE_DEADLINE 60000
#define SCENE_TIMEOUT  5000
#define SCENE_LINGER   20000

struct errand {
    struct message message;
    struct job job;
    char value[320];
    bool out;
    int settled;
    struct outcome last;
};

struct scene {
    struct fake fake;
    struct http_client *http;
    const struct entity *entity;
    struct target target;
    struct rest_options options;
    struct rest_sink *sink;
    struct sink port;
    struct errand errands[SCENE_ERRANDS];
    size_t count, out;
};

/* Real time, and what the test lets pass on top of it. */
static int64_t scene_skipped_ms;

static int64_t scene_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + scene_skipped_ms;
}

static inline void scene_settled(void *arg, struct job *job)
{
    struct scene *scene = arg;
    struct errand *errand = (struct errand *)((char *)job - offsetof(struct errand, job));

    assert_true(errand->out);
    errand->out = false;
    scene->out--;
    errand->settled++;
    errand->last = job->outcome;
    /* The loop frees it. */
    memset(job, 0xA5, sizeof *job);
}

/* The target may be changed before scene_open(). */
static inline struct scene *scene_new(const struct entity *entity)
{
    struct scene *scene = calloc(1, sizeof *scene);
    char url[64];

    fake_start(&scene->fake);
    scene->http = http_client_new(16, NULL);
    scene->entity = entity;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->fake.server.port);
    target_init(&scene->target, entity, url, 0, NULL);
    scene->target.version = 5;
    scene->options = (struct rest_options){.http = scene->http,
                                           .target = &scene->target,
                                           .max_in_flight = 8,
                                           .request_timeout_ms = SCENE_TIMEOUT,
                                           .linger_ms = SCENE_LINGER,
                                           .now_ms = scene_now};
    scene_skipped_ms = 0;
    return scene;
}

static inline void scene_open(struct scene *scene)
{
    scene->sink = rest_sink_new(&scene->options,
                                &(struct sink_events){.settled = scene_settled, .arg = scene});
    scene->port = rest_sink_port(scene->sink);
}

static inline void scene_free(struct scene *scene)
{
    rest_sink_free(scene->sink);
    http_client_free(scene->http);
    fake_stop(&scene->fake);
    for (size_t i = 0; i < scene->count; i++) {
        record_release(&scene->errands[i].message.record);
        free(scene->errands[i].message.entry);
    }
    free(scene);
}

/* A message at the next offset of partition 0. */
static inline struct errand *scene_add(struct scene *scene, const char *value)
{
    struct errand *errand = &scene->errands[scene->count++];
    struct message *message = &errand->message;
    struct failure failure;

    assert_in_range(scene->count, 1, SCENE_ERRANDS);
    snprintf(errand->value, sizeof errand->value, "%s", value);
    message->topic = scene->entity->topic;
    message->offset = (int64_t)scene->count;
    message->timestamp_ms = message->newest_ms = 1795245540000;
    message->failed_on = NO_ROUTE;
    assert_int_equal(decode_message(scene->entity, errand->value, strlen(errand->value),
                                    &message->record, &failure),
                     0);
    return errand;
}

static inline void scene_submit(struct scene *scene, struct errand *const *errands, size_t count,
                                struct job as)
{
    for (size_t i = 0; i < count; i++) {
        assert_false(errands[i]->out);
        errands[i]->out = true;
        errands[i]->job = as;
        errands[i]->job.message = &errands[i]->message;
        errands[i]->job.behind = i + 1 < count ? &errands[i + 1]->job : NULL;
    }
    scene->out += count;
    scene->port.ops->submit(scene->port.self, &errands[0]->job, scene_now());
}

static inline void scene_turn(struct scene *scene)
{
    scene->port.ops->kick(scene->port.self, scene_now());
    http_client_wait(scene->http, NULL, 0, 20);
}

static inline void scene_wait(struct scene *scene)
{
    for (int64_t end = scene_now() + SCENE_DEADLINE; scene->out > 0;) {
        assert_true(scene_now() < end);
        scene_turn(scene);
    }
}

static inline void scene_run(struct scene *scene, struct errand *const *errands, size_t count)
{
    scene_submit(scene, errands, count, (struct job){0});
    scene_wait(scene);
}

static inline void scene_one(struct scene *scene, struct errand *errand)
{
    scene_run(scene, &errand, 1);
}

static inline json_t *scene_there_is(struct scene *scene, json_t *fields)
{
    json_t *entry = fake_add(&scene->fake, fields);
    json_decref(fields);
    return entry;
}

static inline const char *scene_lane(struct scene *scene, const struct errand *errand)
{
    static char lane[512];
    struct value text = scene->port.ops->lane(scene->port.self, &errand->message);

    snprintf(lane, sizeof lane, "%.*s", (int)text.len, text.text);
    return lane;
}

#endif
