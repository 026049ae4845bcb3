/* ADJUST: writes that fail, or that nobody answers; and what tells then, with a ledger and without. */
#include "movement_scene.h"

static void gone_between_look_up_and_write(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN")};
    scene->fake.deaf_puts = 1;

    scene_run(scene, run, 1);

    assert_outcome(run[0], VERDICT_UNKNOWN, 0);
    assert_true(run[0]->last.delay_ms < SCENE_LINGER);
    scene_run(scene, run, 1);
    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_false(run[0]->last.possible_duplicate);
}

static void an_unknown_outcome_rests_and_is_looked_up(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN"),
                            addressed(scene, 1, "IN")};

    for (int done = 0; done < 2; done++) {
        scene->fake.swallow_puts = done;
        scene->fake.break_puts = !done;
        scene_run(scene, run, 2);
        assert_outcome(run[0], VERDICT_UNKNOWN, 0);
        assert_int_equal(run[0]->last.delay_ms, SCENE_TIMEOUT + SCENE_LINGER);
        assert_true(run[0]->last.target_died);
        assert_int_equal(stock_of(entry), done ? 7 : 5);
        rest();
    }
    scene_run(scene, run, 3);

    /* The first two are our own doing. */
    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_outcome(run[1], VERDICT_DONE, DONE_UPDATED);
    assert_outcome(run[2], VERDICT_DONE, DONE_UPDATED);
    assert_int_equal(stock_of(entry), 8);
    assert_int_equal(scene->fake.puts, 3);
}

static void who_comes_too_early_waits(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 9, "OUT")};
    scene->fake.break_puts = 1;
    scene_run(scene, run, 1);

    scene_run(scene, run, 2);

    for (int i = 0; i < 2; i++) {
        assert_outcome(run[i], VERDICT_LATER, 0);
        assert_in_range(run[i]->last.delay_ms, 1, SCENE_TIMEOUT + SCENE_LINGER);
    }
    assert_int_equal(scene->fake.puts, 1);
    assert_int_equal(scene->port.ops->room(scene->port.self, scene_now()), 300);
    rest();
    scene_run(scene, run, 2);
    assert_outcome(run[0], VERDICT_NOT_REACHED, 0);
    assert_outcome(run[1], VERDICT_REJECT, 0);
    scene_run(scene, run, 1);
    assert_int_equal(stock_of(entry), 6);
}

static void a_failed_write_is_the_runs(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN")};
    scene->fake.puts_get = "500 Internal Server Error";

    scene_run(scene, run, 2);

    for (int i = 0; i < 2; i++) {
        assert_outcome(run[i], VERDICT_RETRY, 0);
        assert_int_equal(run[i]->last.route, ROUTE_UPDATE);
        assert_int_equal(run[i]->last.http_status, 500);
        assert_string_equal(run[i]->last.http_path, "/api/products/doc1");
    }
    scene->fake.puts_get = NULL;
    for (int i = 0; i < 2; i++) {
        scene_run(scene, &run[i], (size_t)(2 - i));
        assert_outcome(run[i], VERDICT_DONE, DONE_UPDATED);
    }
}

/* Strapi's own rule for the sum: 400, or a check of the database, which is a 500. */
static void who_is_to_blame_goes_alone(void **state)
{
    static const char *const statuses[] = {"400 Bad Request", "500 Internal Server Error"};
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);

    scene->fake.maximum = 100;
    for (int i = 0; i < 2; i++) {
        struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 200, "IN"),
                                addressed(scene, 2, "IN")};
        enum verdict refused = i == 0 ? VERDICT_REJECT : VERDICT_RETRY;

        scene->fake.above_get = statuses[i];
        scene_run(scene, run, 3);
        for (int job = 0; job < 3; job++)
            assert_outcome(run[job], i == 0 ? VERDICT_NOT_REACHED : VERDICT_RETRY, 0);
        scene_run(scene, run, 3);
        assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
        assert_outcome(run[1], VERDICT_NOT_REACHED, 0);
        scene_run(scene, &run[1], 2);
        assert_outcome(run[1], refused, 0);
        assert_outcome(run[2], VERDICT_NOT_REACHED, 0);
        scene_one(scene, run[2]);
        assert_outcome(run[2], VERDICT_DONE, DONE_UPDATED);
    }
    assert_int_equal(stock_of(entry), 11);
}

static void a_rolled_back_write_is_written_again(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    json_object_set_new(entry, "updatedAt", json_string("2026-11-20T00:00:00.000Z"));
    struct errand *run[] = {addressed(scene, 1, "IN"), addressed(scene, 1, "IN")};
    scene->fake.false_writes = 1;

    scene_run(scene, run, 2);
    assert_outcome(run[0], VERDICT_UNKNOWN, 0);
    assert_outcome(run[1], VERDICT_UNKNOWN, 0);
    scene_run(scene, run, 2);

    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_false(run[0]->last.possible_duplicate);
    assert_int_equal(stock_of(entry), 7);
}

static void one_that_only_looks_writes_nothing(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *there = addressed(scene, 1, "IN"), *absent = addressed(scene, 1, "IN"),
                  *refused = addressed(scene, 100, "OUT");
    scene_one(scene, there);

    struct errand *all[] = {there, absent, refused};
    for (int i = 0; i < 3; i++) {
        scene_submit(scene, &all[i], 1, (struct job){.look = true});
        scene_wait(scene);
    }

    assert_outcome(there, VERDICT_DONE, DONE_UPDATED);
    assert_outcome(absent, VERDICT_ABSENT, 0);
    assert_outcome(refused, VERDICT_ABSENT, 0);
    assert_int_equal(stock_of(entry), 6);
}

static void without_ledger_the_level_tells(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 3, "IN"), addressed(scene, 2, "OUT"),
                            addressed(scene, 7, "IN")};

    /* Not done, and then done. */
    for (int done = 0; done < 2; done++) {
        scene->fake.swallow_puts = done;
        scene->fake.break_puts = !done;
        scene_run(scene, run, 3);
        assert_outcome(run[2], VERDICT_UNKNOWN, 0);
        rest();
    }
    /* One alone, as suspects are, and then the others. */
    scene_one(scene, run[0]);
    assert_int_equal(scene->fake.puts, 2);
    scene_run(scene, &run[1], 2);

    for (int i = 0; i < 3; i++) {
        assert_outcome(run[i], VERDICT_DONE, DONE_UPDATED);
        assert_false(run[i]->last.possible_duplicate);
    }
    assert_int_equal(scene->fake.puts, 2);
    assert_int_equal(stock_of(entry), 13);
    assert_null(json_object_get(entry, "stock_ledger"));
}

static void without_ledger_suspects_go_one_by_one(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 3, "IN"), addressed(scene, 2, "OUT"),
                            addressed(scene, 7, "IN")};
    scene->fake.break_puts = 1;
    scene_run(scene, run, 3);
    rest();

    for (int i = 0; i < 3; i++)
        scene_one(scene, run[i]);

    for (int i = 0; i < 3; i++) {
        assert_outcome(run[i], VERDICT_DONE, DONE_UPDATED);
        assert_false(run[i]->last.possible_duplicate);
    }
    assert_int_equal(scene->fake.puts, 4);
    assert_int_equal(stock_of(entry), 13);
}

static void without_ledger_a_level_of_others_is_doubtful(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 3, "IN"), addressed(scene, 1, "IN"),
                            addressed(scene, 1, "IN")};
    scene->fake.break_puts = 1;
    scene_run(scene, run, 2);
    rest();
    json_object_set_new(entry, "stock_available", json_integer(100));

    scene_run(scene, run, 3);

    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_true(run[0]->last.possible_duplicate);
    assert_true(run[1]->last.possible_duplicate);
    assert_false(run[2]->last.possible_duplicate);
    assert_int_equal(stock_of(entry), 105);
}

static void without_ledger_what_was_refused_is_not_doubtful(void **state)
{
    struct scene *scene = *state;
    json_t *entry = product(scene, "a", 5);
    struct errand *run[] = {addressed(scene, 3, "IN")};
    scene->fake.puts_get = "429 Too Many Requests";
    scene_run(scene, run, 1);
    assert_outcome(run[0], VERDICT_LATER, 0);
    scene->fake.puts_get = NULL;
    json_object_set_new(entry, "stock_available", json_integer(100));
    scene_skipped_ms += 10000;

    scene_run(scene, run, 1);

    assert_outcome(run[0], VERDICT_DONE, DONE_UPDATED);
    assert_false(run[0]->last.possible_duplicate);
    assert_int_equal(stock_of(entry), 103);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define BARE(function) cmocka_unit_test_setup_teardown(function, set_up_bare, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gone_between_look_up_and_write),
        TEST(an_unknown_outcome_rests_and_is_looked_up),
        TEST(who_comes_too_early_waits),
        TEST(a_failed_write_is_the_runs),
        TEST(who_is_to_blame_goes_alone),
        TEST(a_rolled_back_write_is_written_again),
        BARE(a_rolled_back_write_is_written_again),
        TEST(one_that_only_looks_writes_nothing),
        BARE(without_ledger_the_level_tells),
        BARE(without_ledger_suspects_go_one_by_one),
        BARE(without_ledger_a_level_of_others_is_doubtful),
        BARE(without_ledger_what_was_refused_is_not_doubtful),
    };
    return cmocka_run_group_tests_name("rest_adjust_unknown", tests, NULL, NULL);
}
