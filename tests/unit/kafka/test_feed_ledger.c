/* The progress topic, written and read, and asked whether a feed is under way. (Whether the topic is
 * what it has to be is asked of the real broker, in tests/integration.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/feed_runs.h"
#include "kafka/feed_ledger.h"
#include "kafka/feed_watch.h"
#include "mock_broker.h"

#define TOPIC       "feed-progress"
#define TURN_MS     20
#define DEADLINE_MS 20000

struct world {
    struct mock_broker mock;
    struct kafka_producer *producer;
    unsigned reports;
};

static void on_delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct world *world = arg;
    assert_ptr_equal(opaque, world);
    assert_int_equal(delivery, DELIVERED);
    assert_string_equal(why, "");
    world->reports++;
}

static void start(struct world *world, bool with_topic)
{
    struct reason reason = REASON_INIT;
    const struct producer_events events = {on_delivered, world};
    *world = (struct world){.reports = 0};
    mock_start(&world->mock);
    if (with_topic)
        assert_int_equal(rd_kafka_mock_topic_create(world->mock.cluster, TOPIC, 1, 1), 0);
    world->producer = kafka_producer_new(&world->mock.options, -1, &events, &reason);
    assert_non_null(world->producer);
}

static void stop(struct world *world)
{
    kafka_producer_free(world->producer);
    mock_stop(&world->mock);
}

/* Until it is acknowledged. progress NULL: forgotten. */
static void write_record(struct world *world, const char *id, const char *topic,
                         const struct feed_progress *progress)
{
    struct reason reason = REASON_INIT;
    unsigned before = world->reports;
    assert_int_equal(feed_ledger_send(world->producer, TOPIC, id, topic, progress, world, &reason),
                     SEND_OK);
    for (int waited = 0; world->reports == before; waited += TURN_MS) {
        assert_true(waited < DEADLINE_MS);
        kafka_producer_poll(world->producer, TURN_MS);
    }
}

static struct feed_progress in_state(enum feed_state state)
{
    return (struct feed_progress){.file = "a.csv", .sent = 7, .state = state};
}

static int take_record(void *arg, const char *key, size_t key_len, const char *value,
                       size_t value_len)
{
    return feed_runs_add(arg, key, key_len, value, value_len);
}

/* All that is there now. */
static void read_to_end(struct feed_ledger *ledger)
{
    struct reason reason = REASON_INIT;
    for (int waited = 0; feed_ledger_aim(ledger, TURN_MS, &reason) != LEDGER_MORE;
         waited += TURN_MS)
        assert_true(waited < DEADLINE_MS);
    for (int waited = 0; feed_ledger_read(ledger, TURN_MS, &reason) != LEDGER_AT_END;
         waited += TURN_MS)
        assert_true(waited < DEADLINE_MS);
}

static struct feed_ledger *make_ledger(const struct world *world, struct feed_runs *runs)
{
    const struct ledger_events events = {.record = take_record, .arg = runs};
    struct reason reason = REASON_INIT;
    struct feed_ledger *ledger = feed_ledger_new(&world->mock.options, TOPIC, &events, &reason);
    assert_non_null(ledger);
    return ledger;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct world world;
    struct feed_progress started = in_state(FEED_STARTED), complete = in_state(FEED_COMPLETE);
    struct feed_runs runs = {.content = "c0ffee", .topic = "product"};
    start(&world, true);
    write_record(&world, "c0ffee", "product", &started);
    write_record(&world, "c0ffee", "event", &started);
    write_record(&world, "c0ffee", "product", &complete);
    write_record(&world, "c0ffee#2", "product", &started);
    write_record(&world, "c0ffee#2", "product", NULL);
    struct feed_ledger *ledger = make_ledger(&world, &runs);
    read_to_end(ledger);
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.items[0].changes, 2);
    assert_int_equal(runs.items[0].progress.state, FEED_COMPLETE);
    assert_int_equal(runs.items[0].progress.sent, 7);
    /* What comes later is read when the end is asked for again. */
    write_record(&world, "c0ffee#3", "product", &started);
    read_to_end(ledger);
    assert_non_null(feed_runs_find(&runs, "c0ffee#3"));
    feed_ledger_free(ledger);
    feed_runs_release(&runs);
    stop(&world);
}

static void await(struct feed_watch *watch, int64_t now_ms, bool moving)
{
    for (int waited = 0; feed_watch_moving(watch, now_ms) != moving; waited += TURN_MS) {
        assert_true(waited < DEADLINE_MS);
        nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000L}, NULL);
        feed_watch_turn(watch, now_ms);
    }
}

static void a_feed_moves_while_its_records_come(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    struct feed_progress started = in_state(FEED_STARTED), complete = in_state(FEED_COMPLETE);
    start(&world, true);
    write_record(&world, "c0ffee", "event", &started);
    struct feed_watch *watch = feed_watch_new(&world.mock.options, TOPIC, "product", -1, &reason);
    assert_non_null(watch);
    /* Not known yet; then nothing but another topic's. */
    assert_true(feed_watch_moving(watch, 1000));
    await(watch, 1000, false);
    write_record(&world, "c0ffee", "product", &started);
    await(watch, 2000, true);
    assert_true(feed_watch_moving(watch, 2000 + FEED_MOVING_MS - 1));
    assert_false(feed_watch_moving(watch, 2000 + FEED_MOVING_MS));
    write_record(&world, "c0ffee", "product", &started);
    await(watch, 2000 + FEED_MOVING_MS, true);
    /* Two at once, of which one ends. */
    write_record(&world, "c0ffee#2", "product", &started);
    write_record(&world, "c0ffee#2", "product", &complete);
    write_record(&world, "stdin-1", "product", &started);
    write_record(&world, "stdin-1", "product", NULL);
    assert_true(feed_watch_moving(watch, 2000 + FEED_MOVING_MS));
    write_record(&world, "c0ffee", "product", &complete);
    await(watch, 2000 + FEED_MOVING_MS, false);
    feed_watch_free(watch);
    stop(&world);
}

static void without_a_topic_nothing_moves(void **state)
{
    (void)state;
    struct world world;
    struct reason reason = REASON_INIT;
    start(&world, false);
    /* The mock would make it for who asks. */
    rd_kafka_mock_topic_set_error(world.mock.cluster, TOPIC,
                                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct feed_watch *watch = feed_watch_new(&world.mock.options, TOPIC, "product", -1, &reason);
    assert_non_null(watch);
    assert_true(feed_watch_moving(watch, 1000));
    await(watch, 1000, false);
    feed_watch_free(watch);
    stop(&world);
}

static void kafka_away_is_not_known(void **state)
{
    (void)state;
    struct reason reason = REASON_INIT;
    const struct kafka_options nowhere = {.brokers = "127.0.0.1:1", .client_id = "tester"};
    struct feed_watch *watch = feed_watch_new(&nowhere, TOPIC, "product", -1, &reason);
    assert_non_null(watch);
    for (int i = 0; i < 10; i++)
        feed_watch_turn(watch, i);
    assert_true(feed_watch_moving(watch, 10));
    feed_watch_free(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_feed_moves_while_its_records_come),
        cmocka_unit_test(without_a_topic_nothing_moves),
        cmocka_unit_test(kafka_away_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
