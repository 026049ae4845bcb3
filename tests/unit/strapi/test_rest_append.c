#include "rest_scene.h"

static int set_up(void **state)
{
    struct scene *scene = scene_new(&entity_event);

    scene->fake.unique = "ingest_id";
    scene->target.identity = true;
    scene_open(scene);
    *state = scene;
    return 0;
}

/* A content type without a field for the identity. */
static int set_up_bare(void **state)
{
    struct scene *scene = scene_new(&entity_event);

    scene->fake.unique = NULL;
    scene_open(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static size_t entries(const struct scene *scene)
{
    return json_array_size(scene->fake.entries);
}

/* There are so many entries now. */
static void assert_done(const struct scene *scene, const struct errand *event,
                        bool possible_duplicate, size_t count)
{
    assert_int_equal(event->last.verdict, VERDICT_DONE);
    assert_int_equal(event->last.possible_duplicate, possible_duplicate);
    assert_int_equal(entries(scene), count);
}

static const char *text_of(const struct scene *scene, size_t entry, const char *member)
{
    return json_string_value(json_object_get(json_array_get(scene->fake.entries, entry), member));
}

static void an_event_is_written_with_its_identity(void **state)
{
    struct scene *scene = *state;
    struct errand *event =
        scene_add(scene, "{\"value\":\"v\",\"metadata\":{\"circuit\":\"SCSI\"}}");

    scene_one(scene, event);

    assert_done(scene, event, false, 1);
    assert_int_equal(event->last.how, DONE_CREATED);
    assert_string_equal(text_of(scene, 0, "value"), "v");
    assert_string_equal(text_of(scene, 0, "ingest_id"), "event/0/1/1795245540000");
    assert_string_equal(scene_lane(scene, event), "event/0/1/1795245540000");
}

static void many_cost_few_look_ups(void **state)
{
    struct scene *scene = *state;
    struct errand *events[300];

    for (size_t i = 0; i < 300; i++) {
        events[i] = scene_add(scene, "{\"value\":\"the same\"}");
        scene_submit(scene, &events[i], 1, (struct job){0});
    }
    scene_wait(scene);

    assert_int_equal(entries(scene), 300);
    assert_in_range(scene->fake.look_ups, 6, 12);
}

static void a_redelivery_is_known(void **state)
{
    struct scene *scene = *state;
    scene_there_is(scene,
                   json_pack("{s:s,s:s}", "value", "v", "ingest_id", "event/0/1/1795245540000"));
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene_one(scene, event);

    assert_int_equal(event->last.verdict, VERDICT_DONE);
    assert_int_equal(event->last.how, DONE_UNCHANGED);
    assert_int_equal(scene->fake.posts, 0);
}

static void an_unknown_outcome_is_looked_up(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");
    scene->fake.swallow_posts = 1;

    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_UNKNOWN);
    scene_one(scene, event);

    assert_done(scene, event, false, 1);
    assert_int_equal(event->last.how, DONE_CREATED);
}

static void a_rollback_is_noticed(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");
    scene->fake.false_writes = 1;

    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_UNKNOWN);
    scene_one(scene, event);

    assert_done(scene, event, false, 1);
}

static void one_that_only_looks_writes_nothing(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene_submit(scene, &event, 1, (struct job){.look = true});
    scene_wait(scene);

    assert_int_equal(event->last.verdict, VERDICT_ABSENT);
    assert_int_equal(scene->fake.posts, 0);
}

static void ignored_fields_are_left_out(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\",\"metadata\":{\"a\":1}}");
    scene->target.ignored = 3;

    scene_one(scene, event);

    assert_int_equal(event->last.verdict, VERDICT_DONE);
    assert_null(text_of(scene, 0, "value"));
    assert_string_equal(text_of(scene, 0, "ingest_id"), "event/0/1/1795245540000");
}

static void without_identity_nothing_is_looked_up_before(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene_one(scene, event);

    assert_int_equal(event->last.verdict, VERDICT_DONE);
    assert_false(event->last.possible_duplicate);
    assert_int_equal(scene->fake.look_ups, 1);
    assert_null(text_of(scene, 0, "ingest_id"));
}

static void without_identity_a_rollback_doubles_nothing(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");
    scene->fake.false_writes = 1;

    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_UNKNOWN);
    scene_one(scene, event);

    assert_done(scene, event, false, 1);
}

static void without_identity_a_lost_confirmation_doubles_nothing(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene_submit(scene, &event, 1, (struct job){0});
    while (scene->fake.posts == 0)
        scene_turn(scene);
    scene->fake.all = "502 Bad Gateway";
    scene_wait(scene);
    assert_int_equal(event->last.verdict, VERDICT_OUTAGE);
    scene->fake.all = NULL;
    scene_one(scene, event);

    assert_done(scene, event, false, 1);
    assert_int_equal(event->last.how, DONE_CREATED);
}

static void without_identity_an_unknown_outcome_may_double(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");
    scene->fake.swallow_posts = 1;

    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_UNKNOWN);
    scene_one(scene, event);

    assert_done(scene, event, true, 2);
}

static void without_identity_what_was_refused_is_not_twice(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");
    scene->fake.posts_get = "401 Unauthorized";

    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_OUTAGE);
    scene->fake.posts_get = NULL;
    scene_one(scene, event);

    assert_int_equal(event->last.verdict, VERDICT_DONE);
    assert_false(event->last.possible_duplicate);
}

static void without_identity_there_is_nothing_to_look_for(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene_submit(scene, &event, 1, (struct job){.look = true});
    scene_wait(scene);

    assert_int_equal(event->last.verdict, VERDICT_ABSENT);
    assert_int_equal(scene->fake.posts + scene->fake.look_ups, 0);
}

static void a_blocked_create_gives_events_back(void **state)
{
    struct scene *scene = *state;
    struct errand *event = scene_add(scene, "{\"value\":\"v\"}");

    scene->port.ops->block(scene->port.self, ROUTE_CREATE, true);
    scene_one(scene, event);
    assert_int_equal(event->last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(event->last.route, ROUTE_CREATE);
    scene_submit(scene, &event, 1, (struct job){.probe = true});
    scene_wait(scene);

    assert_int_equal(event->last.verdict, VERDICT_DONE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define BARE(function) cmocka_unit_test_setup_teardown(function, set_up_bare, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_written_with_its_identity),
        TEST(many_cost_few_look_ups),
        TEST(a_redelivery_is_known),
        TEST(an_unknown_outcome_is_looked_up),
        TEST(a_rollback_is_noticed),
        TEST(one_that_only_looks_writes_nothing),
        TEST(ignored_fields_are_left_out),
        BARE(without_identity_nothing_is_looked_up_before),
        BARE(without_identity_a_rollback_doubles_nothing),
        BARE(without_identity_a_lost_confirmation_doubles_nothing),
        BARE(without_identity_an_unknown_outcome_may_double),
        BARE(without_identity_what_was_refused_is_not_twice),
        BARE(without_identity_there_is_nothing_to_look_for),
        TEST(a_blocked_create_gives_events_back),
        BARE(a_blocked_create_gives_events_back),
    };
    return cmocka_run_group_tests_name("rest_append", tests, NULL, NULL);
}
