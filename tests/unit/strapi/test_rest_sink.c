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

/* The loop in small: hands jobs over as the port asks, takes them back, and hands over again what
 * did not end. Asserts that every job is settled exactly once for each time it was submitted. */

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

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void warn(void *arg, const char *sentence)
{
    struct scene *scene = arg;
    scene->warnings++;
    snprintf(scene->warning, sizeof scene->warning, "%s", sentence);
}

static void submit(struct scene *scene, struct errand *errand, bool probe)
{
    assert_false(errand->out);
    errand->out = true;
    if (++scene->out > scene->most_out)
        scene->most_out = scene->out;
    errand->job = (struct job){.message = &errand->message, .probe = probe};
    scene->port.ops->submit(scene->port.self, &errand->job, now_ms());
}

static void settled(void *arg, struct job *job)
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

static int set_up(void **state)
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

static int tear_down(void **state)
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

static struct errand *add(struct scene *scene, const char *barcode, const char *name)
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

static void add_many(struct scene *scene, size_t count)
{
    char barcode[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(barcode, sizeof barcode, "b%zu", i);
        add(scene, barcode, "n");
    }
}

static void there_is(struct scene *scene, const char *barcode, const char *name)
{
    json_t *fields = json_pack("{s:s,s:s}", "barcode", barcode, "name", name);
    fake_add(&scene->fake, fields);
    json_decref(fields);
}

static void turn(struct scene *scene)
{
    scene->port.ops->kick(scene->port.self, now_ms());
    http_client_wait(scene->http, NULL, 0, 20);
}

static bool is_final(const struct errand *errand)
{
    return errand->settled[VERDICT_DONE] + errand->settled[VERDICT_REJECT] > 0;
}

/* Submits, in order, what is neither out nor ended, as far as there is room. */
static void submit_what_may_go(struct scene *scene)
{
    size_t room = scene->port.ops->room(scene->port.self, now_ms());

    for (size_t i = 0; i < scene->count && room > 0; i++) {
        if (scene->errands[i].out || is_final(&scene->errands[i]))
            continue;
        submit(scene, &scene->errands[i], false);
        room--;
    }
}

static bool all_final(const struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        if (!is_final(&scene->errands[i]))
            return false;
    return true;
}

/* One pass: everything is submitted once and answered. */
static void once(struct scene *scene)
{
    submit_what_may_go(scene);
    for (int64_t end = now_ms() + DEADLINE_MS; scene->out > 0;) {
        assert_true(now_ms() < end);
        turn(scene);
    }
}

static void until_all_ended(struct scene *scene)
{
    for (int64_t end = now_ms() + DEADLINE_MS; !all_final(scene);) {
        assert_true(now_ms() < end);
        submit_what_may_go(scene);
        turn(scene);
    }
    assert_int_equal(scene->out, 0);
}

static size_t entries(const struct scene *scene)
{
    return json_array_size(scene->fake.entries);
}

static void new_records_are_created_with_few_look_ups(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 500);

    until_all_ended(scene);

    assert_int_equal(scene->settled[VERDICT_DONE], 500);
    assert_int_equal(entries(scene), 500);
    assert_int_equal(scene->fake.posts, 500);
    /* 5 at least before the writes, and 5 after them. */
    assert_in_range(scene->fake.look_ups, 10, 16);
    assert_int_equal(scene->fake.largest_look_up, 100);
    assert_in_range(scene->most_out, 101, HELD);
    assert_int_equal(scene->errands[0].last.how, DONE_CREATED);
    assert_int_equal(scene->errands[0].last.route, ROUTE_CREATE);
    assert_int_equal(scene->errands[0].last.http_status, 201);
}

static void existing_records_are_updated_or_left(void **state)
{
    struct scene *scene = *state;
    there_is(scene, "same", "n");
    there_is(scene, "other", "old");
    struct errand *same = add(scene, "same", "n"), *other = add(scene, "other", "new");

    once(scene);

    assert_int_equal(same->last.how, DONE_UNCHANGED);
    assert_int_equal(same->last.route, ROUTE_LOOKUP);
    assert_int_equal(other->last.how, DONE_UPDATED);
    assert_int_equal(other->last.route, ROUTE_UPDATE);
    assert_string_equal(other->last.http_path, "/api/products/doc2");
    assert_int_equal(scene->fake.puts, 1);
    assert_int_equal(scene->fake.posts, 0);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(scene->fake.entries, 1), "name")), "new");
}

static void a_hostile_key_harms_no_other(void **state)
{
    struct scene *scene = *state;
    scene->fake.poison = "b77";
    add_many(scene, 300);

    once(scene);
    while (scene->settled[VERDICT_DONE] < 299)
        once(scene);

    assert_int_equal(scene->settled[VERDICT_OUTAGE], 0);
    struct errand *hostile = &scene->errands[77];
    assert_int_equal(hostile->last.verdict, VERDICT_RETRY);
    assert_int_equal(hostile->last.route, ROUTE_LOOKUP);
    assert_int_equal(hostile->last.http_status, 500);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(scene->errands[i].settled[VERDICT_RETRY] > 0, i == 77);
    /* The next time it goes alone, and costs one look-up. */
    int before = scene->fake.look_ups;
    once(scene);
    assert_int_equal(scene->fake.look_ups, before + 1);
    assert_int_equal(hostile->last.verdict, VERDICT_RETRY);
}

static void a_dead_database_is_an_outage(void **state)
{
    struct scene *scene = *state;
    scene->fake.all = "500 Internal Server Error";
    add_many(scene, 200);

    once(scene);

    assert_true(scene->settled[VERDICT_OUTAGE] > 0);
    assert_in_range(scene->settled[VERDICT_RETRY], 1, 5);
    assert_int_equal(scene->settled[VERDICT_OUTAGE] + scene->settled[VERDICT_RETRY] +
                         scene->settled[VERDICT_NOT_REACHED],
                     200);
    assert_in_range(scene->fake.look_ups, 8, 15);
    scene->fake.all = NULL;
    until_all_ended(scene);
    assert_int_equal(entries(scene), 200);
}

static void a_dropped_filter_makes_smaller_look_ups(void **state)
{
    struct scene *scene = *state;
    scene->fake.filter_limit = 20;
    there_is(scene, "unrelated", "u");
    add_many(scene, 300);

    until_all_ended(scene);

    assert_int_equal(scene->settled[VERDICT_DONE], 300);
    assert_int_equal(scene->fake.posts, 300);
    assert_int_equal(scene->warnings, 1);
    assert_non_null(strstr(scene->warning, "drops the filter"));
}

static void a_url_that_is_too_long_makes_smaller_look_ups(void **state)
{
    struct scene *scene = *state;
    scene->fake.uri_limit = 30;
    add_many(scene, 300);

    until_all_ended(scene);

    assert_int_equal(scene->settled[VERDICT_DONE], 300);
    assert_int_equal(scene->fake.largest_look_up, 25);
}

static void doubled_keys_are_told_once(void **state)
{
    struct scene *scene = *state;
    there_is(scene, "twice", "n");
    there_is(scene, "twice", "m");
    there_is(scene, "thrice", "n");
    there_is(scene, "thrice", "m");
    struct errand *first = add(scene, "twice", "n");
    add(scene, "thrice", "k");

    once(scene);

    assert_int_equal(first->last.how, DONE_UNCHANGED);
    assert_int_equal(scene->warnings, 1);
    assert_non_null(strstr(scene->warning, "the oldest is used"));
}

static void an_outage_gives_back_what_was_not_sent(void **state)
{
    struct scene *scene = *state;
    scene->fake.posts_get = "401 Unauthorized";
    add_many(scene, 200);

    once(scene);

    assert_in_range(scene->settled[VERDICT_OUTAGE], 1, 8);
    assert_int_equal(scene->settled[VERDICT_OUTAGE] + scene->settled[VERDICT_NOT_REACHED], 200);
    assert_in_range(scene->fake.posts, 1, 8);
    scene->fake.posts_get = NULL;
    until_all_ended(scene);
    assert_int_equal(entries(scene), 200);
}

static void nobody_there_is_an_outage(void **state)
{
    struct scene *scene = *state;
    struct fake gone;
    fake_start(&gone);
    fake_stop(&gone);
    snprintf(scene->target.collection_url, sizeof scene->target.collection_url,
             "http://127.0.0.1:%d/api/products", gone.server.port);
    add_many(scene, 150);

    once(scene);

    assert_true(scene->settled[VERDICT_OUTAGE] > 0);
    assert_int_equal(scene->settled[VERDICT_OUTAGE] + scene->settled[VERDICT_NOT_REACHED], 150);
}

static void patience_is_kept(void **state)
{
    struct scene *scene = *state;
    scene->fake.posts_get = "429 Too Many Requests";
    scene->fake.headers = "Retry-After: 1\r\n";
    add_many(scene, 150);

    once(scene);

    assert_true(scene->settled[VERDICT_LATER] > 0);
    assert_int_equal(scene->settled[VERDICT_LATER] + scene->settled[VERDICT_NOT_REACHED], 150);
    assert_int_equal(scene->port.ops->room(scene->port.self, now_ms()), 0);
    assert_true(scene->port.ops->room(scene->port.self, now_ms() + 1001) > 0);
    scene->fake.posts_get = NULL;
    until_all_ended(scene);
    assert_int_equal(entries(scene), 150);
}

/* Measured: Strapi says 201, and its database rolled the entry back. */
static void a_write_that_was_rolled_back_is_written_again(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 200);
    scene->fake.false_writes = 3;

    until_all_ended(scene);

    assert_int_equal(entries(scene), 200);
    assert_int_equal(scene->fake.posts, 203);
    assert_int_equal(scene->settled[VERDICT_UNKNOWN], 3);
    assert_int_equal(scene->settled[VERDICT_DONE], 200);
}

static void an_update_that_was_rolled_back_is_written_again(void **state)
{
    struct scene *scene = *state;
    there_is(scene, "b", "old");
    /* The fake's clock and the entry's have to differ, as they do in life. */
    json_object_set_new(json_array_get(scene->fake.entries, 0), "updatedAt",
                        json_string("2026-11-20T00:00:00.000Z"));
    struct errand *errand = add(scene, "b", "new");
    scene->fake.false_writes = 1;

    until_all_ended(scene);

    assert_int_equal(errand->settled[VERDICT_UNKNOWN], 1);
    assert_int_equal(scene->fake.puts, 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(scene->fake.entries, 0), "name")), "new");
}

static void recall_gives_back_at_once(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 200);
    submit_what_may_go(scene);
    scene->port.ops->kick(scene->port.self, now_ms());
    assert_true(http_client_in_flight(scene->http) > 0);

    scene->port.ops->recall(scene->port.self);

    assert_int_equal(scene->out, 0);
    assert_int_equal(scene->settled[VERDICT_NOT_REACHED], 200);
    assert_int_equal(http_client_in_flight(scene->http), 0);
    assert_int_equal(scene->port.ops->room(scene->port.self, now_ms()), HELD);
    until_all_ended(scene);
    assert_int_equal(entries(scene), 200);
}

static void recall_leaves_what_was_sent(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 100);
    submit_what_may_go(scene);
    while (scene->fake.posts == 0)
        turn(scene);

    scene->port.ops->recall(scene->port.self);
    size_t sent = scene->out;
    int given_back = scene->settled[VERDICT_NOT_REACHED];
    while (scene->out > 0)
        turn(scene);

    assert_in_range(sent, 0, 8);
    assert_true(given_back > 50);
    assert_int_equal(scene->settled[VERDICT_DONE] + given_back, 100);
    assert_int_equal(entries(scene), scene->settled[VERDICT_DONE]);
}

static void the_port_may_be_called_from_within_settled(void **state)
{
    struct scene *scene = *state;
    scene->resubmit_at_once = true;
    add_many(scene, 200);
    submit_what_may_go(scene);
    for (int i = 0; i < 5; i++) {
        turn(scene);
        scene->recall_at_once = i % 2;
    }
    scene->recall_at_once = false;
    until_all_ended(scene);
    assert_int_equal(scene->settled[VERDICT_DONE], 200);
    assert_int_equal(entries(scene), 200);
}

static void blocked_routes_let_only_probes_through(void **state)
{
    struct scene *scene = *state;
    there_is(scene, "known", "old");
    struct errand *create = add(scene, "x", "n"), *update = add(scene, "known", "new"),
                  *probe = add(scene, "y", "n");
    scene->port.ops->block(scene->port.self, ROUTE_CREATE, true);

    submit(scene, create, false);
    submit(scene, update, false);
    submit(scene, probe, true);
    while (scene->out > 0)
        turn(scene);

    assert_int_equal(create->last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(create->last.route, ROUTE_CREATE);
    assert_int_equal(update->last.verdict, VERDICT_DONE);
    assert_int_equal(probe->last.verdict, VERDICT_DONE);
    scene->port.ops->block(scene->port.self, ROUTE_CREATE, false);
    until_all_ended(scene);
}

static void a_block_gives_back_what_waits_for_the_route(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 50);
    submit_what_may_go(scene);
    scene->port.ops->block(scene->port.self, ROUTE_LOOKUP, true);
    assert_int_equal(scene->settled[VERDICT_NOT_REACHED], 50);
    submit(scene, &scene->errands[0], false);
    assert_int_equal(scene->settled[VERDICT_NOT_REACHED], 51);
    submit(scene, &scene->errands[1], true);
    while (scene->out > 0)
        turn(scene);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_DONE);
}

static void a_write_nobody_answered_is_found_again(void **state)
{
    struct scene *scene = *state;
    struct errand *errand = add(scene, "a", "n");
    scene->fake.swallow_posts = 1;

    once(scene);
    assert_int_equal(errand->last.verdict, VERDICT_UNKNOWN);
    assert_true(errand->last.target_died);
    assert_int_equal(errand->last.route, ROUTE_CREATE);
    once(scene);

    assert_int_equal(errand->last.how, DONE_CREATED);
    assert_int_equal(scene->fake.posts, 1);
    assert_int_equal(entries(scene), 1);
}

static void an_entry_gone_since_the_look_up(void **state)
{
    struct scene *scene = *state;
    there_is(scene, "a", "old");
    struct errand *errand = add(scene, "a", "new");
    scene->fake.deaf_puts = 1;

    once(scene);
    assert_int_equal(errand->last.verdict, VERDICT_UNKNOWN);
    assert_false(errand->last.target_died);
    json_array_clear(scene->fake.entries);
    once(scene);

    assert_int_equal(errand->last.how, DONE_CREATED);
    assert_int_equal(entries(scene), 1);
}

static void what_kills_the_target_ends_up_alone(void **state)
{
    struct scene *scene = *state;
    scene->fake.killer = "b95";
    add_many(scene, 120);
    struct errand *killer = &scene->errands[95];

    /* A round for each death: 100, 51, 26, 14, 8 keys. (libcurl sends a look-up again when its
     * connection dies, so the server counts more.) */
    int rounds = 0;
    for (; killer->settled[VERDICT_UNKNOWN] == 0; rounds++)
        once(scene);

    assert_true(killer->last.target_died);
    assert_int_equal(killer->last.route, ROUTE_LOOKUP);
    assert_in_range(scene->settled[VERDICT_UNKNOWN], 1, 8);
    assert_int_equal(rounds, 5);
    /* Those few go alone now. */
    once(scene);
    assert_int_equal(killer->settled[VERDICT_UNKNOWN], 2);
    while (scene->settled[VERDICT_DONE] < 119)
        once(scene);
    assert_in_range(scene->settled[VERDICT_UNKNOWN] - killer->settled[VERDICT_UNKNOWN], 0, 7);
    assert_int_equal(entries(scene), 119);
}

static void a_look_up_without_an_answer(void **state)
{
    struct scene *scene = *state;
    scene->fake.silent = true;
    scene->options.request_timeout_ms = 100;
    rest_sink_free(scene->sink);
    scene->sink =
        rest_sink_new(&scene->options, &(struct sink_events){.settled = settled, .arg = scene});
    scene->port = rest_sink_port(scene->sink);
    add_many(scene, 150);

    once(scene);

    assert_true(scene->settled[VERDICT_OUTAGE] > 0);
    assert_int_equal(scene->settled[VERDICT_OUTAGE] + scene->settled[VERDICT_NOT_REACHED], 150);
}

static void existing_entries_can_be_refused(void **state)
{
    struct scene *scene = *state;
    scene->options.on_existing = ON_EXISTING_REJECT;
    rest_sink_free(scene->sink);
    scene->sink =
        rest_sink_new(&scene->options, &(struct sink_events){.settled = settled, .arg = scene});
    scene->port = rest_sink_port(scene->sink);
    there_is(scene, "a", "old");
    struct errand *errand = add(scene, "a", "new");

    once(scene);

    assert_int_equal(errand->last.verdict, VERDICT_REJECT);
    assert_int_equal(errand->last.failure.code, ERROR_REFUSED);
    assert_string_equal(errand->last.failure.field, "barcode");
    assert_string_equal(errand->last.failure.value, "a");
}

static void one_left_in_flight_is_let_go(void **state)
{
    struct scene *scene = *state;
    add_many(scene, 200);
    submit_what_may_go(scene);
    while (scene->fake.posts == 0)
        turn(scene);
    /* tear_down() frees the sink with look-ups and writes on the way. */
    assert_true(scene->out > 0);
}

/* A Strapi in a bad mood: whatever it does, every job is settled once for each submit, and in the
 * end every record is there once. */
static void a_bad_mood_loses_nothing(void **state)
{
    struct scene *scene = *state;
    static const char *const moods[] = {
        NULL, NULL, "500 Internal Server Error", "503 Service Unavailable", "403 Forbidden", NULL};
    unsigned random = 20261121;
    char poison[16];
    add_many(scene, JOBS_MAX);
    for (int round = 0; round < 400 && !all_final(scene); round++) {
        random = random * 1103515245 + 12345;
        unsigned dice = random >> 16;
        pthread_mutex_lock(&scene->fake.server.lock);
        scene->fake.all = dice % 7 == 0 ? moods[dice / 7 % 6] : NULL;
        scene->fake.posts_get = dice % 11 == 0 ? moods[dice / 11 % 6] : NULL;
        scene->fake.swallow_posts = dice % 5 == 0 ? (int)(dice / 5 % 3) : 0;
        snprintf(poison, sizeof poison, "b%u", dice % JOBS_MAX);
        scene->fake.poison = dice % 3 == 0 ? poison : NULL;
        pthread_mutex_unlock(&scene->fake.server.lock);
        submit_what_may_go(scene);
        for (unsigned i = dice % 4; i > 0; i--)
            turn(scene);
        if (dice % 13 == 0)
            scene->port.ops->recall(scene->port.self);
    }
    pthread_mutex_lock(&scene->fake.server.lock);
    scene->fake.all = scene->fake.posts_get = scene->fake.poison = NULL;
    scene->fake.swallow_posts = 0;
    pthread_mutex_unlock(&scene->fake.server.lock);
    until_all_ended(scene);

    assert_int_equal(scene->settled[VERDICT_DONE], JOBS_MAX);
    assert_int_equal(scene->settled[VERDICT_REJECT], 0);
    assert_int_equal(entries(scene), JOBS_MAX);
    assert_int_equal(scene->port.ops->room(scene->port.self, now_ms()), HELD);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_records_are_created_with_few_look_ups),
        TEST(existing_records_are_updated_or_left),
        TEST(a_hostile_key_harms_no_other),
        TEST(a_dead_database_is_an_outage),
        TEST(a_dropped_filter_makes_smaller_look_ups),
        TEST(a_url_that_is_too_long_makes_smaller_look_ups),
        TEST(doubled_keys_are_told_once),
        TEST(an_outage_gives_back_what_was_not_sent),
        TEST(nobody_there_is_an_outage),
        TEST(patience_is_kept),
        TEST(a_write_that_was_rolled_back_is_written_again),
        TEST(an_update_that_was_rolled_back_is_written_again),
        TEST(recall_gives_back_at_once),
        TEST(recall_leaves_what_was_sent),
        TEST(the_port_may_be_called_from_within_settled),
        TEST(blocked_routes_let_only_probes_through),
        TEST(a_block_gives_back_what_waits_for_the_route),
        TEST(a_write_nobody_answered_is_found_again),
        TEST(an_entry_gone_since_the_look_up),
        TEST(what_kills_the_target_ends_up_alone),
        TEST(a_look_up_without_an_answer),
        TEST(existing_entries_can_be_refused),
        TEST(one_left_in_flight_is_let_go),
        TEST(a_bad_mood_loses_nothing),
    };
    return cmocka_run_group_tests_name("rest_sink", tests, NULL, NULL);
}
