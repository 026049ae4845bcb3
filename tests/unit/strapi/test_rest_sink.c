/* The REST sink as the port has it: few look-ups, creates and updates, recalls and blocks. */
#include "sink_loop.h"

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_records_are_created_with_few_look_ups),
        TEST(existing_records_are_updated_or_left),
        TEST(a_hostile_key_harms_no_other),
        TEST(a_dropped_filter_makes_smaller_look_ups),
        TEST(a_url_that_is_too_long_makes_smaller_look_ups),
        TEST(doubled_keys_are_told_once),
        TEST(recall_gives_back_at_once),
        TEST(recall_leaves_what_was_sent),
        TEST(the_port_may_be_called_from_within_settled),
        TEST(blocked_routes_let_only_probes_through),
        TEST(a_block_gives_back_what_waits_for_the_route),
        TEST(existing_entries_can_be_refused),
        TEST(one_left_in_flight_is_let_go),
    };
    return cmocka_run_group_tests_name("rest_sink", tests, NULL, NULL);
}
