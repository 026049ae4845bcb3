#include "rest_scene.h"

#include <stdlib.h>

static int open_with(void **state, bool ledger)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.ledger = ledger;
    scene_open(scene);
    *state = scene;
    return 0;
}

static int set_up(void **state)
{
    return open_with(state, true);
}

/* A content type without a field for the ledger. */
static int set_up_bare(void **state)
{
    return open_with(state, false);
}

static int set_up_four(void **state)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.version = 4;
    scene_open(scene);
    *state = scene;
    return 0;
}

static int set_up_drafts(void **state)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.drafts = true;
    scene_open(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static json_t *product(struct scene *scene, const char *barcode, int stock)
{
    return scene_there_is(scene,
                          json_pack("{s:s,s:i}", "barcode", barcode, "stock_available", stock));
}

static struct errand *movement(struct scene *scene, const char *address, int amount,
                               const char *type)
{
    char value[320];

    snprintf(value, sizeof value, "{%s,\"amount\":%d,\"type\":\"%s\"}", address, amount, type);
    return scene_add(scene, value);
}

/* One of entry doc1 from the start. */
static struct errand *addressed(struct scene *scene, int amount, const char *type)
{
    struct errand *errand = movement(scene, "\"id\":1", amount, type);

    errand->message.entry = strdup("doc1");
    return errand;
}

static int stock_of(const json_t *entry)
{
    return (int)json_integer_value(json_object_get(entry, "stock_available"));
}

static int64_t last_offset(const json_t *entry)
{
    const json_t *ledger = json_object_get(entry, "stock_ledger");
    return json_integer_value(json_object_get(json_object_get(ledger, "stock/0"), "offset"));
}

static void assert_outcome(const struct errand *errand, enum verdict verdict, enum done_how how)
{
    assert_int_equal(errand->last.verdict, verdict);
    if (verdict == VERDICT_DONE)
        assert_int_equal(errand->last.how, how);
}

/* Lets the rest pass that follows an unknown outcome. */
static void rest(void)
{
    scene_skipped_ms += SCENE_TIMEOUT + SCENE_LINGER + 1;
}

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
        assert_false(run[i]->last.perhaps_twice);
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
    assert_false(run[0]->last.perhaps_twice);
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
    assert_false(run[0]->last.perhaps_twice);
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
        assert_false(run[i]->last.perhaps_twice);
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
        assert_false(run[i]->last.perhaps_twice);
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
    assert_true(run[0]->last.perhaps_twice);
    assert_true(run[1]->last.perhaps_twice);
    assert_false(run[2]->last.perhaps_twice);
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
    assert_false(run[0]->last.perhaps_twice);
    assert_int_equal(stock_of(entry), 103);
}

#define TEST(function)   cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define BARE(function)   cmocka_unit_test_setup_teardown(function, set_up_bare, tear_down)
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
        TEST(a_run_is_one_write),
        TEST(runs_of_many_entries_share_look_ups),
        TEST(nothing_moved_is_nothing_written),
        TEST(refusals_come_before_the_write),
        TEST(redeliveries_are_skipped),
        TEST(an_entry_that_is_gone_is_missing),
        TEST(gone_between_look_up_and_write),
        TEST(an_unknown_outcome_rests_and_is_looked_up),
        TEST(who_comes_too_early_waits),
        TEST(a_failed_write_is_the_runs),
        TEST(who_is_to_blame_goes_alone),
        TEST(a_rolled_back_write_is_written_again),
        BARE(a_rolled_back_write_is_written_again),
        TEST(one_that_only_looks_writes_nothing),
        TEST(a_level_that_is_no_number_is_nobodys_stock),
        TEST(a_blocked_update_gives_runs_back),
        TEST(a_hostile_address_harms_no_other),
        TEST(recall_and_outage_give_all_of_a_run_back),
        BARE(without_ledger_the_level_tells),
        BARE(without_ledger_suspects_go_one_by_one),
        BARE(without_ledger_a_level_of_others_is_doubtful),
        BARE(without_ledger_what_was_refused_is_not_doubtful),
    };
    return cmocka_run_group_tests_name("rest_adjust", tests, NULL, NULL);
}
