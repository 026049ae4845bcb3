/* The ingest sink before a fake plugin, driven as the loop does: a partition is attached, runs of its
 * messages are handed over, and what comes back is handed over again. Asserts that every job is settled
 * exactly once for each time it was submitted. */
#ifndef FEEDS_TESTS_INGEST_SCENE_H
#define FEEDS_TESTS_INGEST_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "core/decode.h"
#include "entities/entities.h"
#include "fake_ingest.h"
#include "strapi/ingest_sink.h"

#define SCENE_ERRANDS  1200
#define SCENE_DEADLINE 60000
#define SCENE_TIMEOUT  5000

struct errand {
    struct message message;
    struct job job;
    char value[320];
    bool out;
    int settled[VERDICT_MISSING + 1];
    struct outcome last;
};

struct scene {
    struct fake_ingest fake;
    struct http_client *http;
    const struct entity *entity;
    struct target target;
    struct ingest_sink_options options;
    struct ingest_sink *sink;
    struct sink port;
    struct errand *errands;
    size_t count, out;
    int settled[VERDICT_MISSING + 1];
    /* What the sink said of partitions: */
    int attached, fenced, away, answered;
    struct sink_position position;
    char why[512];
};

/* Real time, and what the test lets pass on top of it. */
static int64_t scene_skipped_ms;

static int64_t scene_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + scene_skipped_ms;
}

static inline uint32_t scene_random(void)
{
    return 0;
}

static inline void scene_settled(void *arg, struct job *job)
{
    struct scene *scene = arg;
    struct errand *errand = (struct errand *)((char *)job - offsetof(struct errand, job));

    assert_true(errand->out);
    errand->out = false;
    scene->out--;
    errand->last = job->outcome;
    errand->settled[job->outcome.verdict]++;
    scene->settled[job->outcome.verdict]++;
    /* The loop frees it. */
    memset(job, 0xA5, sizeof *job);
}

static inline void scene_attached(void *arg, int32_t partition,
                                  const struct sink_position *position)
{
    struct scene *scene = arg;

    (void)partition;
    scene->attached++;
    scene->position = *position;
}

static inline void scene_fenced(void *arg, int32_t partition, const char *why)
{
    struct scene *scene = arg;

    (void)partition;
    assert_int_equal(scene->out, 0);
    scene->fenced++;
    snprintf(scene->why, sizeof scene->why, "%s", why);
}

static inline void scene_away(void *arg, const char *why)
{
    struct scene *scene = arg;

    scene->away++;
    snprintf(scene->why, sizeof scene->why, "%s", why);
}

static inline void scene_heard(void *arg)
{
    ((struct scene *)arg)->answered++;
}

/* The target and the options may be changed before scene_open(). */
static inline struct scene *scene_new(const struct entity *entity)
{
    struct scene *scene = calloc(1, sizeof *scene);
    char url[64];

    fake_ingest_start(&scene->fake);
    scene->http = http_client_new(16, NULL);
    scene->errands = calloc(SCENE_ERRANDS, sizeof *scene->errands);
    scene->entity = entity;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->fake.server.port);
    target_init(&scene->target, entity, url, 0, NULL);
    scene->target.ingests = true;
    scene->target.ingest = (struct ingest_about){.items = 1000, .bytes = 1 << 20};
    scene->options = (struct ingest_sink_options){.http = scene->http,
                                                  .target = &scene->target,
                                                  .entity = entity,
                                                  .cluster = "abc",
                                                  .group = "creator",
                                                  .topic = entity->topic,
                                                  .member = "host-1",
                                                  .batch_items = 500,
                                                  .max_in_flight = 4,
                                                  .request_timeout_ms = SCENE_TIMEOUT,
                                                  .now_ms = scene_now,
                                                  .random = scene_random};
    scene_skipped_ms = 0;
    return scene;
}

static inline void scene_turn(struct scene *scene)
{
    scene->port.ops->kick(scene->port.self, scene_now());
    http_client_wait(scene->http, NULL, 0, 20);
}

static inline void scene_attach(struct scene *scene, int32_t partition)
{
    int before = scene->attached;

    scene->port.ops->attach(scene->port.self, partition, scene_now());
    for (int64_t end = scene_now() + SCENE_DEADLINE; scene->attached == before;) {
        assert_true(scene_now() < end);
        scene_turn(scene);
    }
}

static inline void scene_open(struct scene *scene)
{
    const struct sink_events events = {
        .settled = scene_settled, .arg = scene, .away = scene_away, .answered = scene_heard};
    const struct sink_attachments attachments = {scene_attached, scene_fenced, scene};
    struct reason reason;

    scene->sink = ingest_sink_new(&scene->options, &events, &attachments, &reason);
    assert_non_null(scene->sink);
    scene->port = ingest_sink_port(scene->sink);
}

static inline void scene_free(struct scene *scene)
{
    ingest_sink_free(scene->sink);
    http_client_free(scene->http);
    fake_ingest_stop(&scene->fake);
    for (size_t i = 0; i < scene->count; i++)
        record_release(&scene->errands[i].message.record);
    free(scene->errands);
    free(scene);
}

/* A message at the next offset of a partition. */
static inline struct errand *scene_add_to(struct scene *scene, int32_t partition, const char *value)
{
    struct errand *errand = &scene->errands[scene->count];
    struct message *message = &errand->message;
    struct failure failure;

    assert_in_range(scene->count, 0, SCENE_ERRANDS - 1);
    snprintf(errand->value, sizeof errand->value, "%s", value);
    message->topic = scene->entity->topic;
    message->partition = partition;
    message->offset = (int64_t)scene->count++;
    message->timestamp_ms = message->newest_ms = 1795245540000;
    message->value = errand->value;
    message->value_len = strlen(errand->value);
    message->failed_on = NO_ROUTE;
    assert_int_equal(decode_message(scene->entity, errand->value, strlen(errand->value),
                                    &message->record, &failure),
                     0);
    return errand;
}

static inline struct errand *scene_add(struct scene *scene, const char *value)
{
    return scene_add_to(scene, 0, value);
}

/* Products "b0", "b1", ...; the one at `marked` has the word for a name. */
static inline void scene_add_products(struct scene *scene, size_t count, size_t marked,
                                      const char *word)
{
    char value[200];

    for (size_t i = 0; i < count; i++) {
        snprintf(value, sizeof value, "{\"name\":\"%s\",\"barcode\":\"b%zu\"}",
                 i == marked ? word : "n", i);
        scene_add(scene, value);
    }
}

/* Hands over, as one run, `count` errands from `first` on. */
static inline void scene_submit(struct scene *scene, size_t first, size_t count, struct job as)
{
    for (size_t i = 0; i < count; i++) {
        struct errand *errand = &scene->errands[first + i];
        assert_false(errand->out);
        errand->out = true;
        errand->job = as;
        errand->job.message = &errand->message;
        errand->job.behind = i + 1 < count ? &errand[1].job : NULL;
    }
    scene->out += count;
    scene->port.ops->submit(scene->port.self, &scene->errands[first].job, scene_now());
}

static inline void scene_wait(struct scene *scene)
{
    for (int64_t end = scene_now() + SCENE_DEADLINE; scene->out > 0;) {
        assert_true(scene_now() < end);
        scene_turn(scene);
    }
}

/* One pass: the run is handed over and answered. */
static inline void scene_run(struct scene *scene, size_t first, size_t count)
{
    scene_submit(scene, first, count, (struct job){0});
    scene_wait(scene);
}

static inline bool scene_is_final(const struct errand *errand)
{
    return errand->settled[VERDICT_DONE] + errand->settled[VERDICT_REJECT] > 0;
}

/* The first errand that has not ended. */
static inline size_t scene_head(const struct scene *scene)
{
    size_t head = 0;

    while (head < scene->count && scene_is_final(&scene->errands[head]))
        head++;
    return head;
}

/* One pass over what has not ended, as the loop makes it of one lane: a suspect goes alone. */
static inline void scene_pass(struct scene *scene)
{
    size_t head = scene_head(scene), count = 1;
    const struct errand *first = &scene->errands[head];

    while (!first->message.suspect && head + count < scene->count && count < 500 &&
           !first[count].message.suspect)
        count++;
    scene_run(scene, head, count);
    for (size_t i = 0; i < scene->count; i++)
        if (scene->errands[i].last.verdict == VERDICT_UNKNOWN)
            scene->errands[i].message.suspect = true;
}

/* Passes until the errand has come back with the verdict. Returns how many. */
static inline int scene_until(struct scene *scene, size_t errand, enum verdict verdict)
{
    int passes = 0;

    for (; scene->errands[errand].settled[verdict] == 0; passes++) {
        assert_in_range(passes, 0, 200);
        scene_pass(scene);
    }
    return passes;
}

/* Each offset from 0 had its effect once; but for one. */
static inline void scene_assert_applied_once(const struct scene *scene, int32_t partition,
                                             size_t count, size_t but)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(scene->fake.partitions[partition].applied[i], i != but);
}

#endif
