/* ADJUST: which entry a movement is about. */
#include "movement_scene.h"

static void movements_are_addressed_in_three_ways(void **state)
{
    struct scene *scene = *state;
    product(scene, "00a", 5);
    struct errand *by_id = movement(scene, "\"id\":1", 1, "IN"),
                  *by_document = movement(scene, "\"documentId\":\"doc1\"", 1, "IN"),
                  *by_key = movement(scene, "\"barcode\":\"00a\"", 1, "IN");

    assert_string_equal(scene_lane(scene, by_id), "");
    scene_one(scene, by_id);
    scene_one(scene, by_document);
    scene_one(scene, by_key);

    struct errand *all[] = {by_id, by_document, by_key};
    for (int i = 0; i < 3; i++) {
        assert_outcome(all[i], VERDICT_ADDRESSED, 0);
        assert_string_equal(all[i]->message.entry, "doc1");
        assert_string_equal(scene_lane(scene, all[i]), "=doc1");
    }
    assert_int_equal(scene->fake.puts, 0);
    assert_int_equal(scene->fake.look_ups, 3);
}

static void a_run_of_several_kinds_is_one_look_up(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {
        movement(scene, "\"id\":1", 1, "IN"), movement(scene, "\"id\":2", 1, "IN"),
        movement(scene, "\"documentId\":\"doc1\"", 2, "IN"),
        movement(scene, "\"barcode\":\"a\"", 1, "IN"), movement(scene, "\"id\":1", 3, "IN")};

    scene_run(scene, run, 5);

    for (int i = 0; i < 5; i++)
        assert_outcome(run[i], i == 1 ? VERDICT_MISSING : VERDICT_ADDRESSED, 0);
    assert_int_equal(scene->fake.look_ups, 1);
    assert_int_equal(scene->fake.largest_look_up, 4);
}

static void what_does_not_fit_is_not_reached(void **state)
{
    struct scene *scene = *state;
    struct errand *run[100];
    char address[260];

    for (int i = 0; i < 100; i++) {
        snprintf(address, sizeof address, "\"barcode\":\"%d%0200d\"", i, 0);
        run[i] = movement(scene, address, 1, "IN");
    }
    scene_run(scene, run, 100);

    int reached = 0;
    while (reached < 100 && run[reached]->last.verdict == VERDICT_MISSING)
        reached++;
    assert_in_range(reached, 10, 40);
    for (int i = reached; i < 100; i++)
        assert_outcome(run[i], VERDICT_NOT_REACHED, 0);
    assert_int_equal(scene->fake.look_ups, 1);
}

static void what_is_missing_waits_by_its_address(void **state)
{
    struct scene *scene = *state;
    struct errand *errand = movement(scene, "\"barcode\":\"0 a/b\"", 1, "IN");

    scene_one(scene, errand);

    assert_outcome(errand, VERDICT_MISSING, 0);
    assert_int_equal(errand->last.failure.code, ERROR_UNKNOWN_PRODUCT);
    assert_string_equal(errand->last.failure.field, "barcode");
    assert_string_equal(errand->last.failure.value, "0 a/b");
    assert_true(errand->message.missing);
    assert_string_equal(scene_lane(scene, errand), "?barcode=0 a/b");
    product(scene, "0 a/b", 0);
    scene_one(scene, errand);
    assert_outcome(errand, VERDICT_ADDRESSED, 0);
    assert_false(errand->message.missing);
}

static void many_that_are_missing_share_look_ups(void **state)
{
    struct scene *scene = *state;
    char address[40];

    for (int i = 0; i < 150; i++) {
        snprintf(address, sizeof address, "\"barcode\":\"b%d\"", i);
        struct errand *errand = movement(scene, address, 1, "IN");
        errand->message.missing = true;
        scene_submit(scene, &errand, 1, (struct job){0});
    }
    scene_wait(scene);

    assert_in_range(scene->fake.look_ups, 2, 4);
    for (int i = 0; i < 150; i++)
        assert_outcome(&scene->errands[i], VERDICT_MISSING, 0);
}

static void a_doubled_key_is_ambiguous(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    product(scene, "a", 6);
    struct errand *run[] = {movement(scene, "\"barcode\":\"a\"", 1, "IN")};

    scene_run(scene, run, 1);

    assert_outcome(run[0], VERDICT_REJECT, 0);
    assert_int_equal(run[0]->last.failure.code, ERROR_AMBIGUOUS_PRODUCT);
    assert_string_equal(run[0]->last.failure.value, "a");
}

static void strapi_4_has_no_document(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {movement(scene, "\"documentId\":\"doc1\"", 1, "IN"),
                            movement(scene, "\"id\":1", 1, "IN")};

    scene_run(scene, run, 2);

    assert_outcome(run[0], VERDICT_REJECT, 0);
    assert_int_equal(run[0]->last.failure.code, ERROR_INVALID_FIELD);
    assert_non_null(strstr(run[0]->last.failure.reason.text, "Strapi 4"));
    assert_outcome(run[1], VERDICT_ADDRESSED, 0);
}

static void with_drafts_an_id_is_unstable(void **state)
{
    struct scene *scene = *state;
    product(scene, "a", 5);
    struct errand *run[] = {movement(scene, "\"id\":1", 1, "IN")},
                  *key = movement(scene, "\"barcode\":\"a\"", 1, "IN");

    scene_run(scene, run, 1);
    scene_one(scene, key);

    assert_outcome(run[0], VERDICT_REJECT, 0);
    assert_int_equal(run[0]->last.failure.code, ERROR_UNSTABLE_ID);
    assert_int_equal(scene->fake.look_ups, 1);
    assert_outcome(key, VERDICT_ADDRESSED, 0);
}

static void a_hostile_address_harms_no_other(void **state)
{
    struct scene *scene = *state;
    struct errand *run[40];
    char address[40];

    for (int i = 0; i < 40; i++) {
        snprintf(address, sizeof address, "\"barcode\":\"b%d\"", i);
        run[i] = movement(scene, address, 1, "IN");
        snprintf(address, sizeof address, "b%d", i);
        product(scene, address, 1);
    }
    scene->fake.poison = "b21";
    /* The first ones are found, until the hostile one is the first: it fails alone. */
    size_t from = 0;
    while (from < 40) {
        scene_run(scene, &run[from], 40 - from);
        if (run[from]->last.verdict == VERDICT_RETRY) {
            assert_int_equal(from, 21);
            assert_int_equal(run[from]->last.route, ROUTE_LOOKUP);
            from++;
        }
        while (from < 40 && run[from]->last.verdict == VERDICT_ADDRESSED)
            from++;
    }
    assert_outcome(run[21], VERDICT_RETRY, 0);
}

#define TEST(function)   cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define FOUR(function)   cmocka_unit_test_setup_teardown(function, set_up_four, tear_down)
#define DRAFTS(function) cmocka_unit_test_setup_teardown(function, set_up_drafts, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(movements_are_addressed_in_three_ways),
        TEST(a_run_of_several_kinds_is_one_look_up),
        TEST(what_does_not_fit_is_not_reached),
        TEST(what_is_missing_waits_by_its_address),
        TEST(many_that_are_missing_share_look_ups),
        TEST(a_doubled_key_is_ambiguous),
        FOUR(strapi_4_has_no_document),
        DRAFTS(with_drafts_an_id_is_unstable),
        TEST(a_hostile_address_harms_no_other),
    };
    return cmocka_run_group_tests_name("rest_address", tests, NULL, NULL);
}
