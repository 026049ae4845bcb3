/* When the topic that brings what is missing is looked at, and what is said of it. The sights are the
 * test's own; those of a real topic are topic_progress's and feed_watch's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake_service.h"
#include "kafka/feed_watch.h"
#include "kafka/topic_progress.h"
#include "pipeline/parent_wait.h"

#define GRACE_MS 30000
#define WAIT_MS  600000
#define WALL_MS  INT64_C(1795245540000)

/* In place of kafka/topic_progress.c. */
struct topic_progress {
    unsigned asked;
    bool under_way, failing;
    struct upstream_partition partition;
};

static struct topic_progress topic;

struct topic_progress *topic_progress_new(const struct kafka_options *options, const char *name,
                                          const char *group, int wake_fd, struct reason *reason)
{
    (void)options, (void)wake_fd, (void)reason;
    assert_string_equal(name, "product");
    assert_string_equal(group, "product-creator");
    return &topic;
}

void topic_progress_ask(struct topic_progress *progress)
{
    assert_false(progress->under_way);
    progress->under_way = true;
    progress->asked++;
}

enum progress_answer topic_progress_take(struct topic_progress *progress,
                                         struct upstream_sight *sight, struct reason *reason)
{
    if (!progress->under_way)
        return PROGRESS_NONE;
    progress->under_way = false;
    if (progress->failing) {
        reason_set(reason, "not authorized");
        return PROGRESS_FAILED;
    }
    sight->partitions = &progress->partition;
    sight->count = 1;
    return PROGRESS_SEEN;
}

void topic_progress_free(struct topic_progress *progress)
{
    (void)progress;
}

/* In place of kafka/feed_watch.c. */
struct feed_watch {
    bool moving;
};

static struct feed_watch feeds;

struct feed_watch *feed_watch_new(const struct kafka_options *options, const char *progress_topic,
                                  const char *target_topic, int wake_fd, struct reason *reason)
{
    (void)options, (void)wake_fd, (void)reason;
    assert_string_equal(progress_topic, "feed-progress");
    assert_string_equal(target_topic, "product");
    return &feeds;
}

void feed_watch_turn(struct feed_watch *watch, int64_t now_ms)
{
    (void)watch, (void)now_ms;
}

bool feed_watch_moving(const struct feed_watch *watch, int64_t now_ms)
{
    (void)now_ms;
    return watch->moving;
}

void feed_watch_free(struct feed_watch *watch)
{
    (void)watch;
}

static struct parent_wait *start(void)
{
    const struct parent_options options = {
        .name = "products",
        .topic = "product",
        .group = "product-creator",
        .grace_ms = GRACE_MS,
        .wait_ms = WAIT_MS,
        .wake_fd = -1,
        .progress_topic = "feed-progress",
    };
    struct reason reason = REASON_INIT;
    struct parent_wait *parents;

    topic = (struct topic_progress){.partition = {.low = 0, .end = 100, .committed = 40}};
    feeds.moving = false;
    fake_service_reset();
    parents = parent_wait_new(&options, &reason);
    assert_non_null(parents);
    return parents;
}

/* Turns of the loop, four in a second. Messages are old in each of them: the wall clock stands. */
static void turns(struct parent_wait *parents, size_t missing, bool outage, int64_t *now_ms,
                  int64_t for_ms)
{
    for (int64_t until = *now_ms + for_ms; *now_ms < until; *now_ms += 250)
        parent_wait_turn(parents, missing, outage, *now_ms, WALL_MS);
}

static struct message old_message(const struct parent_wait *parents)
{
    return (struct message){.timestamp_ms = 0, .mark = parent_wait_mark(parents)};
}

static bool is_over(const struct parent_wait *parents, const struct message *message)
{
    return parent_wait_is_over(parents, message, 0, WALL_MS);
}

static void nobody_is_asked_while_nobody_waits(void **state)
{
    struct parent_wait *parents = start();
    int64_t now = 0;

    (void)state;
    turns(parents, 0, false, &now, 60000);
    assert_int_equal(topic.asked, 0);
    turns(parents, 1, false, &now, 10000);
    assert_int_equal(topic.asked, 10); /* once a second */
    turns(parents, 0, false, &now, 60000);
    assert_int_equal(topic.asked, 10);
    parent_wait_free(parents);
}

static void it_is_over_when_the_group_has_read_all(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 0;

    (void)state;
    turns(parents, 1, false, &now, 2 * GRACE_MS);
    assert_false(is_over(parents, &message));
    topic.partition.end = 500; /* what comes later is not waited for */
    topic.partition.committed = 100;
    turns(parents, 1, false, &now, 2000);
    assert_true(is_over(parents, &message));
    message.timestamp_ms = WALL_MS - GRACE_MS + 1;
    assert_false(is_over(parents, &message));
    message = old_message(parents);
    turns(parents, 1, false, &now, 2000);
    assert_false(is_over(parents, &message));
    parent_wait_free(parents);
}

/* Kafka takes any timestamp that a producer gives. */
static void a_timestamp_in_the_future_is_not_waited_for(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 1;

    (void)state;
    topic.partition.committed = 100;
    turns(parents, 1, false, &now, 2 * GRACE_MS);
    message.timestamp_ms = INT64_MAX;
    assert_false(parent_wait_is_over(parents, &message, now, WALL_MS));
    message.missing_since_ms = now;
    assert_false(parent_wait_is_over(parents, &message, now + GRACE_MS - 1, WALL_MS));
    assert_true(parent_wait_is_over(parents, &message, now + GRACE_MS, WALL_MS));
    parent_wait_free(parents);
}

/* The group cannot write then, whatever it would: its clock stands still. */
static void nobody_is_asked_in_an_outage(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 0;
    unsigned asked;

    (void)state;
    turns(parents, 1, false, &now, GRACE_MS);
    asked = topic.asked;
    turns(parents, 1, true, &now, 10 * WAIT_MS);
    assert_int_equal(topic.asked, asked);
    turns(parents, 1, false, &now, WAIT_MS - GRACE_MS - 1000);
    assert_false(is_over(parents, &message));
    turns(parents, 1, false, &now, GRACE_MS);
    assert_true(is_over(parents, &message));
    parent_wait_free(parents);
}

static void a_feed_under_way_is_waited_for(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 0;

    (void)state;
    feeds.moving = true;
    topic.partition.committed = 100;
    turns(parents, 1, false, &now, 2 * GRACE_MS);
    assert_false(is_over(parents, &message));
    feeds.moving = false;
    turns(parents, 1, false, &now, 2000);
    assert_true(is_over(parents, &message));
    parent_wait_free(parents);
}

/* The ends are asked for while it is sent, and known when it has ended. */
static void ends_asked_for_during_a_feed_are_none(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 2 * GRACE_MS;

    (void)state;
    parent_wait_turn(parents, 1, false, 0, WALL_MS);
    topic.partition.committed = 100;
    feeds.moving = true;
    parent_wait_turn(parents, 1, false, now, WALL_MS);
    feeds.moving = false;
    now += 250;
    parent_wait_turn(parents, 1, false, now, WALL_MS);
    assert_false(is_over(parents, &message));
    topic.partition.end = 500;
    turns(parents, 1, false, &now, 3000);
    assert_false(is_over(parents, &message));
    topic.partition.committed = 500;
    turns(parents, 1, false, &now, 3000);
    assert_true(is_over(parents, &message));
    parent_wait_free(parents);
}

/* Without a sight nothing is refused, for ever; so somebody has to hear of it. */
static void a_topic_that_cannot_be_seen_is_told(void **state)
{
    struct parent_wait *parents = start();
    struct message message = old_message(parents);
    int64_t now = 0;

    (void)state;
    topic.failing = true;
    turns(parents, 1, false, &now, 2 * WAIT_MS);
    assert_false(is_over(parents, &message));
    assert_int_equal(fake_log_count("upstream-unseen"), 2 * WAIT_MS / 60000);
    assert_non_null(strstr(fake_log_last("upstream-unseen"), "not authorized"));
    topic.failing = false;
    topic.partition.committed = 100;
    turns(parents, 1, false, &now, GRACE_MS + 2000);
    assert_true(is_over(parents, &message));
    parent_wait_free(parents);
}

static void that_messages_wait_is_said_once_a_minute(void **state)
{
    struct parent_wait *parents = start();
    int64_t now = 0;

    (void)state;
    turns(parents, 0, false, &now, 60000);
    assert_int_equal(fake_log_count("waiting"), 0);
    turns(parents, 7, false, &now, 120000);
    assert_int_equal(fake_log_count("waiting"), 2);
    assert_non_null(strstr(fake_log_last("waiting"), "for=products messages=7 topic=product "
                                                     "group=product-creator refused_after=30s "
                                                     "stuck_after=600s"));
    parent_wait_free(parents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_while_nobody_waits),
        cmocka_unit_test(it_is_over_when_the_group_has_read_all),
        cmocka_unit_test(a_timestamp_in_the_future_is_not_waited_for),
        cmocka_unit_test(nobody_is_asked_in_an_outage),
        cmocka_unit_test(a_feed_under_way_is_waited_for),
        cmocka_unit_test(ends_asked_for_during_a_feed_are_none),
        cmocka_unit_test(a_topic_that_cannot_be_seen_is_told),
        cmocka_unit_test(that_messages_wait_is_said_once_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
