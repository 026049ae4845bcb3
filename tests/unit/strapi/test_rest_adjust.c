/* ADJUST: what a run of movements comes to, and what is written. */
#include "movement_scene.h"

static void a_run_is_one_write(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 10, "IN"), addressed(scene, 14, "OUT"),
                            addressed(scene, 0, "OUT"), addressed(scene, 3, "IN")};

    scene_run(scene, run, 4);

    for (int i = 0; i < 4; i++) {
        assert_outcome(run[i], VERDICT_DONE, DONE_UPDATED);
        assert_int_equal(run[i]->last.route, ROUTE_UPDATE);
        assert_false(run[i]->last.possible_duplicate);
    }
    assert_int_equal(stock_of(entry), 4);
    assert_int_equal(last_offset(entry), 4);
    assert_int_equal(scene->fake.puts, 1);
    assert_int_equal(scene->fake.look_ups, 2);
}

static void runs_of_many_entries_share_look_ups(void **state)
{
    struct scene *scene = *state;
    char document[16];

    for (int i = 0; i < 200; i++) {
        snprintf(document, sizeof document, "b%d", i);
        product(scene, document, 0);
        snprintf(document, sizeof document, "doc%d", i + 1);
        struct errand *errand = movement(scene, "\"id\":1", 7, "IN");
        errand->message.entry = strdup(document);
        scene_submit(scene, &errand, 1, (struct job){0});
    }
    scene_wait(scene);

    assert_int_equal(scene->fake.puts, 200);
    assert_in_range(scene->fake.look_ups, 4, 10);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(stock_of(json_array_get(scene->fake.entries, i)), 7);
}

static void nothing_moved_is_nothing_written(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 0, "IN"), addressed(scene, 0, "OUT")};

    scene_run(scene, run, 2);

    assert_outcome(run[0], VERDICT_DONE, DONE_UNCHANGED);
    assert_outcome(run[1], VERDICT_DONE, DONE_UNCHANGED);
    assert_int_equal(scene->fake.puts, 0);
}

static void refusals_come_before_the_write(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 2, "OUT"), addressed(scene, 4, "OUT"),
                            addressed(scene, 3, "OUT"), addressed(scene, 2147483647, "IN"),
                            addressed(scene, 2, "IN"),  addressed(scene, 2147483647, "IN")};

    scene_run(scene, run, 6);

    assert_outcome(run[0], VERDICT_NOT_REACHED, 0);
    assert_outcome(run[1], VERDICT_REJECT, 0);
    assert_int_equal(run[1]->last.failure.code, ERROR_NEGATIVE_STOCK);
    assert_string_equal(run[1]->last.failure.field, "amount");
    assert_outcome(run[2], VERDICT_NOT_REACHED, 0);
    assert_outcome(run[3], VERDICT_NOT_REACHED, 0);
    assert_outcome(run[4], VERDICT_REJECT, 0);
    assert_int_equal(run[4]->last.failure.code, ERROR_STOCK_OVERFLOW);
    assert_outcome(run[5], VERDICT_REJECT, 0);
    assert_int_equal(scene->fake.puts, 0);

    struct errand *left[] = {run[0], run[2], run[3]};
    scene_run(scene, left, 3);
    for (int i = 0; i < 3; i++)
        assert_outcome(left[i], VERDICT_DONE, DONE_UPDATED);
    assert_int_equal(stock_of(entry), 2147483647);
    assert_int_equal(last_offset(entry), 4);
}

static void redeliveries_are_skipped(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN"),
                            addressed(scene, 1, "IN")};
    scene_run(scene, run, 2);

    /* Read again by another process, which has written nothing. */
    run[0]->message.written = run[1]->message.written = 0;
    scene_run(scene, run, 3);

    assert_outcome(run[0], VERDICT_DONE, DONE_UNCHANGED);
    assert_outcome(run[1], VERDICT_DONE, DONE_UNCHANGED);
    assert_outcome(run[2], VERDICT_DONE, DONE_UPDATED);
    assert_int_equal(stock_of(entry), 8);
}

static void an_entry_that_is_gone_is_missing(void **state)
{
    struct scene *scene = *state;
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN")};

    scene_run(scene, run, 2);

    for (int i = 0; i < 2; i++) {
        assert_outcome(run[i], VERDICT_MISSING, 0);
        assert_int_equal(run[i]->last.failure.code, ERROR_UNKNOWN_PRODUCT);
        assert_null(run[i]->message.entry);
        assert_string_equal(scene_lane(scene, run[i]), "?id=1");
    }
}

static void a_level_that_is_no_number_is_nobodys_stock(void **state)
{
    struct scene *scene = *state;
    scene_there_is(scene, json_pack("{s:s,s:f}", "barcode", "a", "stock_available", 1.5));
    struct errand *run[] = {addressed(scene, 1, "IN")};

    scene_run(scene, run, 1);

    assert_outcome(run[0], VERDICT_RETRY, 0);
    assert_int_equal(run[0]->last.route, ROUTE_UPDATE);
    assert_non_null(strstr(run[0]->last.failure.reason.text, "no whole number"));
}

static void a_blocked_update_gives_runs_back(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN")},
                  *unknown = movement(scene, "\"id\":1", 1, "IN");

    scene->port.ops->block(scene->port.self, ROUTE_UPDATE, true);
    scene_run(scene, run, 2);
    scene_one(scene, unknown);
    for (int i = 0; i < 2; i++) {
        assert_outcome(run[i], VERDICT_NOT_REACHED, 0);
        assert_int_equal(run[i]->last.route, ROUTE_UPDATE);
    }
    assert_outcome(unknown, VERDICT_ADDRESSED, 0);
    scene_submit(scene, run, 1, (struct job){.probe = true});
    scene_wait(scene);

    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_int_equal(stock_of(entry), 6);
}

static void recall_and_outage_give_all_of_a_run_back(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN"),
                            addressed(scene, 1, "IN")},
                  *unknown[] = {movement(scene, "\"id\":1", 1, "IN"),
                                movement(scene, "\"id\":1", 1, "IN")};

    scene_submit(scene, run, 3, (struct job){0});
    scene_submit(scene, unknown, 2, (struct job){0});
    scene->port.ops->kick(scene->port.self, scene_now());
    scene->port.ops->recall(scene->port.self);
    assert_int_equal(scene->out, 0);
    for (int i = 0; i < 3; i++)
        assert_outcome(run[i], VERDICT_NOT_REACHED, 0);

    scene->fake.all = "401 Unauthorized";
    scene_run(scene, run, 3);
    for (int i = 0; i < 3; i++)
        assert_outcome(run[i], VERDICT_OUTAGE, 0);
    assert_int_equal(scene->port.ops->room(scene->port.self, scene_now()), 300);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_one_write),
        TEST(runs_of_many_entries_share_look_ups),
        TEST(nothing_moved_is_nothing_written),
        TEST(refusals_come_before_the_write),
        TEST(redeliveries_are_skipped),
        TEST(an_entry_that_is_gone_is_missing),
        TEST(a_level_that_is_no_number_is_nobodys_stock),
        TEST(a_blocked_update_gives_runs_back),
        TEST(recall_and_outage_give_all_of_a_run_back),
    };
    return cmocka_run_group_tests_name("rest_adjust", tests, NULL, NULL);
}
