/* The loop and the ingest sink before a plugin of the tests' own: first one rule at a time, then all at
 * once, with a target in a bad mood and a process that dies. Every message has its effect once, or is an
 * error record, and not both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/offset_window.h"
#include "entities/entities.h"
#include "pipeline/dispatch.h"
#include "strapi/ingest_sink.h"

#include "../strapi/fake_ingest.h"

#define PARTITIONS 3
#define MESSAGES   400 /* in each partition */
#define HELD_MAX   150 /* of each partition */
#define TURNS_MAX  200000

struct partition {
    int32_t number;
    struct offset_window window;
    int64_t next; /* to be read; -1: not attached */
    bool fenced;
};

struct world {
    struct fake_ingest fake;
    struct http_client *http;
    const struct entity *entity;
    struct target target;
    struct ingest_sink *sink;
    struct sink port;
    struct dispatch *dispatch;
    const char *values[PARTITIONS][MESSAGES];
    int64_t count[PARTITIONS]; /* messages that there are */
    struct partition partitions[PARTITIONS];
    int reported[PARTITIONS][MESSAGES];
    enum error_code codes[PARTITIONS][MESSAGES];
    struct message *reporting[PARTITIONS * MESSAGES];
    size_t reporting_count, in_hand;
    int64_t comes_not_after; /* from then on what is missing does not come any more */
    int outages, over;
    uint32_t seed;
};

static int64_t virtual_now;

static int64_t sink_now(void)
{
    return virtual_now;
}

static uint32_t no_jitter(void)
{
    return 0;
}

static int64_t now(void *arg)
{
    (void)arg;
    return virtual_now;
}

static uint32_t roll(void *arg)
{
    struct world *world = arg;

    world->seed = world->seed * 1664525u + 1013904223u;
    return world->seed >> 8 | world->seed << 24;
}

static void release(struct world *world, struct message *message)
{
    record_release(&message->record);
    free(message->entry);
    free(message);
    world->in_hand--;
}

static void report(void *arg, struct message *message, const char *stage,
                   const struct outcome *outcome)
{
    struct world *world = arg;

    assert_string_equal(stage, "strapi");
    world->reported[message->partition][message->offset]++;
    world->codes[message->partition][message->offset] = outcome->failure.code;
    world->reporting[world->reporting_count++] = message;
}

static void finished(void *arg, struct message *message)
{
    assert_int_equal(offset_window_done(&message->home->window, message->offset), 0);
    release(arg, message);
}

static void dropped(void *arg, struct message *message)
{
    release(arg, message);
}

static bool will_not_come(void *arg, const struct message *message)
{
    const struct world *world = arg;

    (void)message;
    return virtual_now >= world->comes_not_after;
}

static void began(void *arg, int place, const char *why)
{
    (void)place;
    (void)why;
    ((struct world *)arg)->outages++;
}

static void ended(void *arg, int place, int64_t lasted_ms)
{
    (void)place;
    (void)lasted_ms;
    ((struct world *)arg)->over++;
}

/* Where reading begins is the loop's business (pipeline/partitions.c); here, as simply as it can be. */
static void attached(void *arg, int32_t number, const struct sink_position *position)
{
    struct world *world = arg;
    int64_t start = position->confirmed < position->next ? position->confirmed : position->next;

    if (start < 0)
        world->port.ops->move(world->port.self, number, 0, "", MOVE_ADOPT, virtual_now);
    else
        world->partitions[number].next = start;
}

static void fenced(void *arg, int32_t number, const char *why)
{
    (void)why;
    ((struct world *)arg)->partitions[number].fenced = true;
}

static void process_starts(struct world *world)
{
    const struct dispatch_ports ports = {.report = report,
                                         .finished = finished,
                                         .dropped = dropped,
                                         .will_not_come = will_not_come,
                                         .now_ms = now,
                                         .wall_ms = now,
                                         .random = roll,
                                         .arg = world};
    const struct dispatch_options options = {.entity = world->entity,
                                             .max_attempts = 5,
                                             .lone_retry_ms = 600000,
                                             .outage = {began, ended, world}};
    const struct ingest_sink_options ingest = {.http = world->http,
                                               .target = &world->target,
                                               .entity = world->entity,
                                               .cluster = "c",
                                               .group = "g",
                                               .topic = world->entity->topic,
                                               .member = "m",
                                               .batch_items = 100,
                                               .max_in_flight = 4,
                                               .request_timeout_ms = 30000,
                                               .now_ms = sink_now,
                                               .random = no_jitter};

    world->dispatch = dispatch_new(&options, &ports);
    const struct sink_events events = {.settled = dispatch_settled,
                                       .arg = world->dispatch,
                                       .away = dispatch_away,
                                       .answered = dispatch_answered};
    world->sink = ingest_sink_new(&ingest, &events,
                                  &(struct sink_attachments){attached, fenced, world}, NULL);
    world->port = ingest_sink_port(world->sink);
    dispatch_use(world->dispatch, world->port);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        world->partitions[p] = (struct partition){
            .number = p, .next = -1, .window = (struct offset_window)OFFSET_WINDOW_INIT};
        world->port.ops->attach(world->port.self, p, virtual_now);
    }
}

static void process_ends(struct world *world)
{
    ingest_sink_free(world->sink);
    dispatch_abandon(world->dispatch);
    dispatch_free(world->dispatch);
    world->reporting_count = 0;
    for (int32_t p = 0; p < PARTITIONS; p++)
        offset_window_release(&world->partitions[p].window);
}

static struct world *world_new(const struct entity *entity, uint32_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    char url[64];

    virtual_now = 1000;
    world->seed = seed;
    world->entity = entity;
    world->comes_not_after = INT64_MAX;
    fake_ingest_start(&world->fake);
    world->http = http_client_new(8, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", world->fake.server.port);
    target_init(&world->target, entity, url, 0, NULL);
    world->target.ingests = true;
    world->target.ingest = (struct ingest_about){.items = 1000, .bytes = 1 << 20};
    process_starts(world);
    return world;
}

static void world_free(struct world *world)
{
    process_ends(world);
    assert_int_equal(world->in_hand, 0);
    http_client_free(world->http);
    fake_ingest_stop(&world->fake);
    free(world);
}

static void say(struct world *world, int32_t partition, int count, const char *value)
{
    for (int i = 0; i < count; i++)
        world->values[partition][world->count[partition]++] = value;
}

static void read_one(struct world *world, struct partition *partition)
{
    struct message *message = calloc(1, sizeof *message);
    const char *value = world->values[partition->number][partition->next];

    *message = (struct message){.topic = world->entity->topic,
                                .partition = partition->number,
                                .offset = partition->next++,
                                .timestamp_ms = 1000,
                                .newest_ms = 1000,
                                .value = value,
                                .value_len = strlen(value),
                                .home = partition};
    world->in_hand++;
    assert_int_equal(offset_window_add(&partition->window, message->offset), 0);
    assert_int_equal(dispatch_admit(world->dispatch, message), 0);
}

/* Somebody else had it for a moment: nothing of it is ours any more, and we ask for it again. */
static void attach_again(struct world *world, struct partition *partition)
{
    partition->fenced = false;
    dispatch_orphan(world->dispatch, partition);
    offset_window_release(&partition->window);
    partition->window = (struct offset_window)OFFSET_WINDOW_INIT;
    partition->next = -1;
    world->port.ops->detach(world->port.self, partition->number);
    world->port.ops->attach(world->port.self, partition->number, virtual_now);
}

static void acknowledge(struct world *world)
{
    while (world->reporting_count)
        dispatch_reported(world->dispatch, world->reporting[--world->reporting_count]);
}

/* All was read, has ended, and the target has heard so: what it has lost in spite of its answer shows then
 * at the latest. */
static bool is_over(const struct world *world)
{
    for (int32_t p = 0; p < PARTITIONS; p++)
        if (world->partitions[p].next < world->count[p] ||
            world->fake.partitions[p].confirmed < world->count[p] - (world->count[p] == 0))
            return false;
    return world->in_hand == 0;
}

static void see_to(struct world *world, struct partition *partition)
{
    int64_t position;

    if (partition->fenced)
        attach_again(world, partition);
    for (size_t held = dispatch_count(world->dispatch);
         partition->next >= 0 && partition->next < world->count[partition->number] &&
         held < (size_t)PARTITIONS * HELD_MAX;
         held++)
        read_one(world, partition);
    position = offset_window_position(&partition->window);
    if (position >= 0)
        world->port.ops->confirm(world->port.self, partition->number, position);
}

/* One turn of the loop. Time passes when nothing is on its way. */
static void turn(struct world *world)
{
    for (int32_t p = 0; p < PARTITIONS; p++)
        see_to(world, &world->partitions[p]);
    dispatch_turn(world->dispatch);
    if (http_client_in_flight(world->http) == 0)
        virtual_now += 100;
    http_client_wait(world->http, NULL, 0, http_client_in_flight(world->http) ? 20 : 0);
}

static void until_over(struct world *world)
{
    for (int turns = 0; !is_over(world); turns++) {
        assert_in_range(turns, 0, TURNS_MAX);
        turn(world);
        acknowledge(world);
    }
}

/* The partition's messages: those with an error record of that code, the others with their effect. */
static void assert_each_once(const struct world *world, int32_t partition, const char *refused,
                             enum error_code code)
{
    for (int64_t i = 0; i < world->count[partition]; i++) {
        bool bad = strstr(world->values[partition][i], refused) != NULL;
        assert_int_equal(world->fake.partitions[partition].applied[i], !bad);
        assert_int_equal(world->reported[partition][i] > 0, bad);
        if (bad)
            assert_int_equal(world->codes[partition][i], code);
    }
}

static const char good[] = "{\"name\":\"good\",\"barcode\":\"1\"}";
static const char killer[] = "{\"name\":\"killer\",\"barcode\":\"2\"}";
static const char in[] = "{\"id\":1,\"amount\":1,\"type\":\"IN\"}";
static const char nowhere[] = "{\"id\":404,\"amount\":1,\"type\":\"IN\"}";

/* There is nothing else to compare it with, and nobody else who could have done it. */
static void what_kills_the_target_becomes_an_error_record(void **state)
{
    struct world *world = world_new(&entity_product, 1);
    (void)state;
    world->fake.killer_word = "killer";
    say(world, 0, 1, killer);
    say(world, 0, 150, good);
    say(world, 0, 1, killer);
    say(world, 0, 20, good);

    until_over(world);

    assert_each_once(world, 0, "killer", ERROR_KILLS_TARGET);
    assert_int_equal(world->reported[0][0], 1);
    world_free(world);
}

static void what_fails_while_others_pass_becomes_an_error_record(void **state)
{
    struct world *world = world_new(&entity_product, 2);
    (void)state;
    world->fake.poison_word = "killer";
    world->fake.poison_status = "500 Internal Server Error";
    say(world, 0, 30, good);
    say(world, 0, 1, killer);
    say(world, 0, 30, good);

    until_over(world);

    assert_each_once(world, 0, "killer", ERROR_ATTEMPTS_EXHAUSTED);
    world_free(world);
}

/* For hours no write passes; then all do. */
static void an_outage_refuses_nothing(void **state)
{
    static const char *const moods[] = {"500 Internal Server Error", "401 Unauthorized",
                                        "502 Bad Gateway", "404 Not Found"};
    (void)state;
    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++) {
        struct world *world = world_new(&entity_product, 3);
        say(world, 0, 30, good);
        say(world, 1, 30, good);
        while (world->partitions[0].next < 0 || world->partitions[1].next < 0)
            turn(world);
        world->fake.batches_get = world->fake.empties_get = moods[i];
        for (int64_t end = virtual_now + 4 * 3600000; virtual_now < end;) {
            turn(world);
            virtual_now += 1000;
        }
        assert_int_equal(world->reporting_count, 0);
        assert_in_range(world->outages, 1, 2);
        world->fake.batches_get = world->fake.empties_get = NULL;
        until_over(world);
        assert_int_equal(world->over, world->outages);
        assert_each_once(world, 0, "killer", 0);
        assert_each_once(world, 1, "killer", 0);
        world_free(world);
    }
}

static void a_session_that_fails_is_an_outage(void **state)
{
    struct world *world;
    (void)state;
    world = world_new(&entity_product, 4);
    world->fake.sessions_get = "503 Service Unavailable";
    say(world, 0, 3, good);
    for (int i = 0; i < 3000; i++)
        turn(world);
    assert_int_equal(world->outages, 1);
    world->fake.sessions_get = NULL;
    until_over(world);
    assert_int_equal(world->over, 1);
    world_free(world);
}

/* Everything behind it waits, in order; the other partitions go on. Then the target judges. */
static void what_is_missing_waits_in_its_place(void **state)
{
    struct world *world = world_new(&entity_stock, 5);
    (void)state;
    world->fake.missing_word = "404";
    say(world, 0, 3, in);
    say(world, 0, 1, nowhere);
    say(world, 0, 60, in);
    say(world, 0, 20, nowhere);
    say(world, 0, 3, in);
    say(world, 1, 20, in);
    for (int i = 0; i < 500; i++)
        turn(world);
    assert_int_equal(world->fake.partitions[0].next, 3);
    assert_int_equal(world->fake.partitions[1].next, 20);
    assert_int_equal(dispatch_missing(world->dispatch), 1);
    assert_int_equal(world->reporting_count, 0);
    assert_in_range(world->fake.batches, 4, 20);

    int before = world->fake.batches;
    world->comes_not_after = 0;
    until_over(world);
    assert_each_once(world, 0, "404", ERROR_UNKNOWN_PRODUCT);
    /* Not two batches for each of them. */
    assert_in_range(world->fake.batches - before, 2, 8);
    assert_int_equal(dispatch_missing(world->dispatch), 0);
    world_free(world);
}

static void what_was_missing_and_came_is_applied(void **state)
{
    struct world *world = world_new(&entity_stock, 6);
    (void)state;
    world->fake.missing_word = "404";
    say(world, 0, 2, nowhere);
    say(world, 0, 10, in);
    for (int i = 0; i < 300; i++)
        turn(world);
    assert_int_equal(world->fake.partitions[0].next, -1 + 1);
    world->fake.missing_word = NULL;
    until_over(world);
    assert_each_once(world, 0, "none", 0);
    world_free(world);
}

static void change_mood(struct world *world)
{
    static const char *const moods[] = {NULL,
                                        NULL,
                                        NULL,
                                        NULL,
                                        "500 Internal Server Error",
                                        "503 Service Unavailable",
                                        "401 Unauthorized",
                                        "404 Not Found",
                                        "413 Payload Too Large"};
    struct fake_ingest *fake = &world->fake;
    uint32_t what = roll(world) % 8;

    pthread_mutex_lock(&fake->server.lock);
    fake->batches_get = moods[roll(world) % 9];
    if (fake->batches_get && fake->batches_get[0] == '4' && fake->batches_get[2] == '3')
        fake->items_taken = 1 + roll(world) % 40, fake->batches_get = NULL;
    fake->empties_get = roll(world) % 4 ? NULL : fake->batches_get;
    fake->sessions_get = roll(world) % 9 ? NULL : "500 Internal Server Error";
    fake->swallow = what == 0 ? 1 + (int)(roll(world) % 3) : 0;
    fake->lose = what == 1;
    if (what == 2)
        fake->partitions[roll(world) % PARTITIONS].epoch++;
    pthread_mutex_unlock(&fake->server.lock);
}

static void plan(struct world *world)
{
    static const char bad[] = "{\"id\":2,\"amount\":13,\"type\":\"OUT\"}";

    for (int32_t p = 0; p < PARTITIONS; p++)
        for (int i = 0; i < MESSAGES; i++)
            say(world, p, 1, roll(world) % 25 == 0 ? bad : roll(world) % 60 == 0 ? nowhere : in);
}

/* A batch that fails again and again while others pass is, in the end, one record's fault: with this
 * mood, any record's. What is refused by the target, is refused for that only. */
static void assert_all(const struct world *world)
{
    for (int32_t p = 0; p < PARTITIONS; p++) {
        for (int64_t i = 0; i < world->count[p]; i++) {
            const char *value = world->values[p][i];
            bool refused = strstr(value, "13") || strstr(value, "404");
            bool given_up = world->codes[p][i] == ERROR_ATTEMPTS_EXHAUSTED ||
                            world->codes[p][i] == ERROR_KILLS_TARGET;
            int applied = world->fake.partitions[p].applied[i];
            if (applied + (world->reported[p][i] > 0) != 1 ||
                (world->reported[p][i] && !refused && !given_up))
                fail_msg("%d/%d: applied %d, reported %d as %s", (int)p, (int)i, applied,
                         world->reported[p][i], error_code_name(world->codes[p][i]));
        }
    }
}

static void in_a_bad_mood_each_message_ends_once(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        struct world *world = world_new(&entity_stock, seed);
        print_message("seed %u\n", seed);
        world->fake.missing_word = "404";
        world->fake.reject_word = "\"amount\":13";
        world->fake.rejects_max = 40;
        world->comes_not_after = 30000;
        plan(world);
        for (int i = 0; i < 600 && !is_over(world); i++) {
            turn(world);
            if (roll(world) % 3 == 0)
                acknowledge(world);
            if (roll(world) % 6 == 0)
                change_mood(world);
            if (roll(world) % 100 == 0) {
                process_ends(world);
                process_starts(world);
            }
        }
        pthread_mutex_lock(&world->fake.server.lock);
        world->fake.batches_get = world->fake.empties_get = world->fake.sessions_get = NULL;
        world->fake.swallow = world->fake.lose = 0;
        pthread_mutex_unlock(&world->fake.server.lock);
        until_over(world);
        assert_all(world);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_kills_the_target_becomes_an_error_record),
        cmocka_unit_test(what_fails_while_others_pass_becomes_an_error_record),
        cmocka_unit_test(an_outage_refuses_nothing),
        cmocka_unit_test(a_session_that_fails_is_an_outage),
        cmocka_unit_test(what_is_missing_waits_in_its_place),
        cmocka_unit_test(what_was_missing_and_came_is_applied),
        cmocka_unit_test(in_a_bad_mood_each_message_ends_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
