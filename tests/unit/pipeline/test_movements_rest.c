/* The model test of movements by plain REST: the loop and the REST sink before a fake Strapi in a bad
 * mood. Entries that come late and are named in three ways, writes that are done, or not done, or
 * rolled back, without anybody being told, failures of all kinds, and a process that starts anew. The
 * levels and the refusals are those of a recomputation in reading order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/offset_window.h"
#include "entities/entities.h"
#include "pipeline/dispatch.h"
#include "strapi/rest_sink.h"

#include "../strapi/fake_strapi.h"

#define PARTITIONS 3
#define ENTRIES    12
#define MOVEMENTS  400
#define HELD_MAX   120
#define START      50 /* the level at first */
/* The last entry never comes. */
#define LAST_COMES_MS 60000

struct planned {
    int entry;
    int32_t partition;
    int64_t change, timestamp_ms;
    char value[100];
    bool refused;
    enum error_code code;
};

struct partition {
    int32_t number;
    struct offset_window window;
    size_t next;
    int64_t newest_ms;
};

struct world {
    struct fake fake;
    struct http_client *http;
    struct target target;
    struct rest_sink *sink;
    struct dispatch *dispatch;
    struct planned plan[MOVEMENTS];
    struct partition partitions[PARTITIONS];
    struct message *reporting[MOVEMENTS];
    size_t reporting_count, in_hand;
    int entries; /* that are there */
    int doubtful;
    uint32_t seed;
};

static int64_t virtual_now;

static int64_t sink_now(void)
{
    return virtual_now;
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

static struct planned *planned_of(const struct message *message)
{
    return message->owner;
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
    planned_of(message)->refused = true;
    planned_of(message)->code = outcome->failure.code;
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

static void effected(void *arg, const struct message *message, const struct outcome *outcome)
{
    struct world *world = arg;

    (void)message;
    world->doubtful += outcome->possible_duplicate;
}

static bool will_not_come(void *arg, const struct message *message)
{
    (void)arg;
    return planned_of(message)->entry == ENTRIES - 1 && virtual_now > LAST_COMES_MS;
}

static void plan(struct world *world)
{
    for (size_t i = 0; i < MOVEMENTS; i++) {
        struct planned *planned = &world->plan[i];
        int entry = (int)(roll(world) % ENTRIES), amount = (int)(roll(world) % 60);
        bool out = roll(world) % 2;
        char address[40];

        switch (roll(world) % 3) {
        case 0:
            snprintf(address, sizeof address, "\"id\":\"%d\"", entry + 1);
            break;
        case 1:
            snprintf(address, sizeof address, "\"documentId\":\"doc%d\"", entry + 1);
            break;
        default:
            snprintf(address, sizeof address, "\"barcode\":\"0%d\"", entry);
        }
        *planned = (struct planned){.entry = entry,
                                    .partition = entry % PARTITIONS,
                                    .change = out ? -amount : amount,
                                    .timestamp_ms = (int64_t)(i * 10 + roll(world) % 3000)};
        snprintf(planned->value, sizeof planned->value, "{%s,\"amount\":\"%d\",\"type\":\"%s\"}",
                 address, amount, out ? "OUT" : "IN");
    }
}

static void process_starts(struct world *world)
{
    const struct dispatch_ports ports = {.report = report,
                                         .finished = finished,
                                         .dropped = dropped,
                                         .effected = effected,
                                         .will_not_come = will_not_come,
                                         .now_ms = now,
                                         .wall_ms = now,
                                         .random = roll,
                                         .arg = world};
    const struct dispatch_options options = {
        .entity = &entity_stock, .max_attempts = 1000, .lone_retry_ms = INT64_C(1) << 40};
    const struct rest_options rest = {.http = world->http,
                                      .target = &world->target,
                                      .max_in_flight = 4,
                                      .request_timeout_ms = 30000,
                                      .linger_ms = 60000,
                                      .now_ms = sink_now};

    world->dispatch = dispatch_new(&options, &ports);
    world->sink =
        rest_sink_new(&rest, &(struct sink_events){.settled = dispatch_settled,
                                                   .arg = world->dispatch,
                                                   .older_missing = dispatch_older_missing});
    dispatch_use(world->dispatch, rest_sink_port(world->sink));
}

static void process_ends(struct world *world)
{
    rest_sink_free(world->sink);
    dispatch_abandon(world->dispatch);
    dispatch_free(world->dispatch);
    world->reporting_count = 0;
}

/* The next one reads from where the offsets say. */
static void process_dies(struct world *world)
{
    process_ends(world);
    for (int p = 0; p < PARTITIONS; p++) {
        struct partition *partition = &world->partitions[p];
        int64_t position = offset_window_position(&partition->window);

        partition->next = position < 0 ? 0 : (size_t)position;
        partition->newest_ms = 0;
        offset_window_release(&partition->window);
        partition->window = (struct offset_window)OFFSET_WINDOW_INIT;
    }
    process_starts(world);
}

static struct world *world_new(uint32_t seed, bool ledger)
{
    struct world *world = calloc(1, sizeof *world);
    char url[64];

    virtual_now = 1000;
    world->seed = seed;
    fake_start(&world->fake);
    world->http = http_client_new(8, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", world->fake.server.port);
    target_init(&world->target, &entity_stock, url, 0, NULL);
    world->target.version = 5;
    world->target.ledger = ledger;
    for (int p = 0; p < PARTITIONS; p++)
        world->partitions[p] = (struct partition){p, OFFSET_WINDOW_INIT, 0, 0};
    plan(world);
    process_starts(world);
    return world;
}

static void world_free(struct world *world)
{
    process_ends(world);
    http_client_free(world->http);
    fake_stop(&world->fake);
    for (int p = 0; p < PARTITIONS; p++)
        offset_window_release(&world->partitions[p].window);
    free(world);
}

static bool read_one(struct world *world, struct partition *partition)
{
    size_t i = partition->next;

    while (i < MOVEMENTS && world->plan[i].partition != partition->number)
        i++;
    if (i == MOVEMENTS)
        return false;
    partition->next = i + 1;

    struct planned *planned = &world->plan[i];
    struct message *message = calloc(1, sizeof *message);
    if (planned->timestamp_ms > partition->newest_ms)
        partition->newest_ms = planned->timestamp_ms;
    *message = (struct message){.topic = "stock",
                                .partition = partition->number,
                                .offset = (int64_t)i,
                                .timestamp_ms = planned->timestamp_ms,
                                .newest_ms = partition->newest_ms,
                                .value = planned->value,
                                .value_len = strlen(planned->value),
                                .owner = planned,
                                .home = partition};
    assert_int_equal(offset_window_add(&partition->window, message->offset), 0);
    assert_int_equal(dispatch_admit(world->dispatch, message), 0);
    world->in_hand++;
    return true;
}

static bool read_some(struct world *world)
{
    bool any = false;

    for (int p = 0; p < PARTITIONS; p++)
        for (uint32_t n = roll(world) % 20; n > 0 && world->in_hand < HELD_MAX; n--)
            any |= read_one(world, &world->partitions[p]);
    return any;
}

/* Entries come in the order of their numbers. */
static void entries_come(struct world *world)
{
    while (
        world->entries < ENTRIES - 1 &&
        (world->entries < ENTRIES / 2 || virtual_now > LAST_COMES_MS * world->entries / ENTRIES)) {
        char key[16];
        snprintf(key, sizeof key, "0%d", world->entries++);
        json_t *fields = json_pack("{s:s,s:i}", "barcode", key, "stock_available", START);
        fake_add(&world->fake, fields);
        json_decref(fields);
    }
}

static void change_mood(struct world *world, bool bad)
{
    static const char *const moods[] = {"500 Internal Server Error", "503 Service Unavailable",
                                        "429 Too Many Requests", "401 Unauthorized"};
    static char poison[16];
    uint32_t dice = roll(world);

    snprintf(poison, sizeof poison, "0%u", dice % ENTRIES);
    world->fake.all = bad && dice % 31 == 0 ? moods[dice / 31 % 4] : NULL;
    world->fake.puts_get = bad && dice % 13 == 0 ? moods[dice / 13 % 4] : NULL;
    world->fake.poison = bad && dice % 5 == 0 ? poison : NULL;
    world->fake.swallow_puts = bad && dice % 17 == 0;
    world->fake.break_puts = bad && dice % 19 == 0;
    world->fake.false_writes = bad && dice % 23 == 0;
    world->fake.deaf_puts = bad && dice % 29 == 0;
}

static void acknowledge(struct world *world)
{
    size_t which = roll(world) % world->reporting_count;
    struct message *message = world->reporting[which];

    world->reporting[which] = world->reporting[--world->reporting_count];
    dispatch_reported(world->dispatch, message);
}

/* Nothing is on the way: time passes until something is due. */
static void sleep_until(int64_t due)
{
    if (due == INT64_MAX)
        due = virtual_now + 100;
    virtual_now = due > virtual_now ? due : virtual_now + 1;
}

static bool step(struct world *world, bool bad)
{
    bool more;
    int64_t due;

    pthread_mutex_lock(&world->fake.server.lock);
    entries_come(world);
    if (roll(world) % 4 == 0)
        change_mood(world, bad);
    pthread_mutex_unlock(&world->fake.server.lock);
    more = read_some(world);
    due = dispatch_turn(world->dispatch);
    if (world->reporting_count && roll(world) % 2)
        acknowledge(world);
    else if (http_client_in_flight(world->http) > 0)
        http_client_wait(world->http, NULL, 0, 20);
    else if (!world->reporting_count)
        sleep_until(due);
    return more || world->in_hand;
}

static void compare_with_recomputation(const struct world *world)
{
    int64_t levels[ENTRIES];

    for (int e = 0; e < ENTRIES; e++)
        levels[e] = START;
    for (size_t i = 0; i < MOVEMENTS; i++) {
        const struct planned *planned = &world->plan[i];
        bool unknown = planned->entry == ENTRIES - 1;
        bool below = planned->change < 0 && levels[planned->entry] + planned->change < 0;

        assert_int_equal(planned->refused, unknown || below);
        if (planned->refused)
            assert_int_equal(planned->code, unknown ? ERROR_UNKNOWN_PRODUCT : ERROR_NEGATIVE_STOCK);
        else
            levels[planned->entry] += planned->change;
    }
    for (int e = 0; e < ENTRIES - 1; e++)
        assert_int_equal(json_integer_value(json_object_get(
                             json_array_get(world->fake.entries, (size_t)e), "stock_available")),
                         levels[e]);
}

static void run(uint32_t seed, bool ledger)
{
    struct world *world = world_new(seed, ledger);

    for (int steps = 0; step(world, steps < 3000); steps++) {
        assert_true(steps < 200000);
        /* With a request on the way it would be another story: what no ledger can tell. */
        if (ledger && roll(world) % 400 == 0 && http_client_in_flight(world->http) == 0)
            process_dies(world);
    }
    compare_with_recomputation(world);
    assert_int_equal(world->doubtful, 0);
    assert_true(world->fake.puts < MOVEMENTS);
    world_free(world);
}

static void with_a_ledger_movements_are_applied_once_and_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++)
        run(seed, true);
}

/* As long as one process lives, and nobody else writes. */
static void without_a_ledger_the_level_tells(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++)
        run(seed, false);
}

/* What is in hand goes as far as it can for two minutes; no error record is acknowledged. */
static void settle_down(struct world *world)
{
    int64_t end = virtual_now + 120000;

    while (virtual_now < end || http_client_in_flight(world->http) > 0) {
        int64_t due = dispatch_turn(world->dispatch);

        if (http_client_in_flight(world->http) > 0)
            http_client_wait(world->http, NULL, 0, 20);
        else
            sleep_until(due);
    }
}

static void entry_comes(struct world *world, const char *key)
{
    json_t *fields = json_pack("{s:s,s:i}", "barcode", key, "stock_available", START);

    pthread_mutex_lock(&world->fake.server.lock);
    fake_add(&world->fake, fields);
    pthread_mutex_unlock(&world->fake.server.lock);
    json_decref(fields);
}

static void entry_goes(struct world *world, size_t which)
{
    pthread_mutex_lock(&world->fake.server.lock);
    json_array_remove(world->fake.entries, which);
    pthread_mutex_unlock(&world->fake.server.lock);
}

static int64_t level_of_first(const struct world *world)
{
    return json_integer_value(
        json_object_get(json_array_get(world->fake.entries, 0), "stock_available"));
}

/* Two movements of the last entry, and no others; the second one names it so. */
static void plan_two(struct world *world, const char *second)
{
    const char *const addresses[] = {"\"barcode\":\"011\"", second};

    for (size_t i = 0; i < MOVEMENTS; i++)
        world->plan[i].partition = -1;
    for (size_t i = 0; i < 2; i++) {
        world->plan[i] = (struct planned){.entry = ENTRIES - 1, .change = 1};
        snprintf(world->plan[i].value, sizeof world->plan[i].value,
                 "{%s,\"amount\":1,\"type\":\"IN\"}", addresses[i]);
    }
}

static void await_missing(struct world *world)
{
    do {
        (void)dispatch_turn(world->dispatch);
        http_client_wait(world->http, NULL, 0, 20);
    } while (dispatch_missing(world->dispatch) == 0);
}

/* The first waits, and is refused: its entry does not come, or several come that have its name. The error
 * record does not arrive; then the entry can be found. */
static struct world *world_with_one_refused(const char *second, int entries)
{
    struct world *world = world_new(1, true);

    plan_two(world, second);
    assert_true(read_one(world, &world->partitions[0]));
    await_missing(world);
    for (int i = 0; i < entries; i++)
        entry_comes(world, "011");
    settle_down(world);
    assert_int_equal(world->reporting_count, 1);
    if (entries == 0)
        entry_comes(world, "011");
    else
        entry_goes(world, 1);
    assert_true(read_one(world, &world->partitions[0]));
    settle_down(world);
    return world;
}

static void check_refused_goes_first(const char *second, int entries)
{
    struct world *world = world_with_one_refused(second, entries);

    assert_int_equal(level_of_first(world), START);
    while (world->reporting_count)
        acknowledge(world);
    settle_down(world);
    assert_int_equal(level_of_first(world), START + 1);
    assert_int_equal(world->in_hand, 0);
    world_free(world);

    /* Nobody heard of the refusal: both are read again, and there is no reason to refuse any more. */
    world = world_with_one_refused(second, entries);
    process_dies(world);
    while (read_one(world, &world->partitions[0]))
        ;
    settle_down(world);
    assert_int_equal(level_of_first(world), START + 2);
    world_free(world);
}

/* The ledger of its entry would take it for applied. */
static void who_is_refused_is_reported_before_the_next_of_its_entry(void **state)
{
    (void)state;
    for (int entries = 0; entries <= 2; entries += 2) {
        check_refused_goes_first("\"barcode\":\"011\"", entries);
        check_refused_goes_first("\"documentId\":\"doc1\"", entries);
        check_refused_goes_first("\"id\":1", entries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_ledger_movements_are_applied_once_and_in_order),
        cmocka_unit_test(without_a_ledger_the_level_tells),
        cmocka_unit_test(who_is_refused_is_reported_before_the_next_of_its_entry),
    };

    return cmocka_run_group_tests_name("movements_rest", tests, NULL, NULL);
}
