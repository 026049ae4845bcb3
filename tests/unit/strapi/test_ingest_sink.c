/* The ingest sink as the port has it: sessions, batches, positions, what the target has heard. */
#include "ingest_scene.h"

static int open_products(void **state)
{
    struct scene *scene = scene_new(&entity_product);

    scene_open(scene);
    *state = scene;
    return 0;
}

static int open_stock(void **state)
{
    struct scene *scene = scene_new(&entity_stock);

    scene_open(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static void a_session_tells_where_the_partition_stands(void **state)
{
    struct scene *scene = *state;
    struct fake_partition *there = &scene->fake.partitions[2];
    there->next = 500;
    there->confirmed = 480;
    snprintf(there->fingerprint, sizeof there->fingerprint, "499:1:0123456789abcdef");

    scene_attach(scene, 2);

    assert_int_equal(scene->position.next, 500);
    assert_int_equal(scene->position.confirmed, 480);
    assert_string_equal(scene->position.fingerprint, "499:1:0123456789abcdef");
    assert_string_equal(scene->fake.session,
                        "{\"cluster\":\"abc\",\"group\":\"creator\",\"topic\":\"product\","
                        "\"partition\":2,\"member\":\"host-1\",\"content_type\":\"product\"}");
    scene_attach(scene, 1);
    assert_int_equal(scene->position.next, -1);
    assert_int_equal(scene->position.confirmed, -1);
    assert_string_equal(scene->position.fingerprint, "");
}

static void a_position_is_moved(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);

    scene->port.ops->move(scene->port.self, 0, 800, "799:1:0123456789abcdef", MOVE_SKIP,
                          scene_now());
    while (scene->attached < 2)
        scene_turn(scene);

    assert_int_equal(scene->position.next, 800);
    assert_int_equal(scene->position.confirmed, 800);
    assert_string_equal(scene->position.fingerprint, "799:1:0123456789abcdef");
    assert_non_null(strstr(scene->fake.move, "\"epoch\":1,\"why\":\"skip\",\"next_offset\":800"));
    scene->port.ops->move(scene->port.self, 0, -1, "", MOVE_RESET, scene_now());
    while (scene->attached < 3)
        scene_turn(scene);
    assert_non_null(strstr(scene->fake.move, "\"why\":\"reset\",\"next_offset\":null"));
    assert_int_equal(scene->position.next, -1);
}

static void a_run_is_one_batch(void **state)
{
    struct scene *scene = *state;
    const struct fake_partition *there = &scene->fake.partitions[0];
    scene_attach(scene, 0);
    scene_add(scene, "{\"name\":\"a\\nb\",\"barcode\":\"001\",\"stock_available\":\"7\"}");
    scene_add(scene, "{\"name\":\"c\",\"barcode\":\"002\",\"description\":null}");

    scene_run(scene, 0, 2);

    assert_int_equal(scene->settled[VERDICT_DONE], 2);
    assert_int_equal(scene->errands[0].last.how, DONE_CREATED);
    assert_int_equal(scene->errands[0].last.route, ROUTE_CREATE);
    assert_int_equal(scene->fake.batches, 1);
    assert_int_equal(there->next, 2);
    assert_non_null(strstr(scene->fake.head, "Content-Type: application/x-ndjson"));
    const char *lines = strchr(scene->fake.body, '\n') + 1;
    assert_string_equal(
        lines,
        "{\"offset\":0,\"data\":{\"name\":\"a\\nb\",\"stock_available\":7,\"barcode\":\"001\"}}\n"
        "{\"offset\":1,\"data\":{\"name\":\"c\",\"description\":null,\"barcode\":\"002\"}}\n");
    json_auto_t *envelope = json_loads(scene->fake.body, JSON_DISABLE_EOF_CHECK, NULL);
    json_auto_t *expected =
        json_pack("{s:s,s:s,s:s,s:i,s:i,s:s,s:i,s:i,s:s,s:s,s:[s]}", "cluster", "abc", "group",
                  "creator", "topic", "product", "partition", 0, "epoch", 1, "content_type",
                  "product", "first_offset", 0, "next_offset", 2, "fingerprint", there->fingerprint,
                  "on_existing", "update", "keep", "stock_available");
    assert_true(json_equal(envelope, expected));
    assert_int_equal(strncmp(there->fingerprint, "1:1795245540000:", 16), 0);
}

static void each_partition_is_a_lane(void **state)
{
    struct scene *scene = *state;
    const struct errand *one = scene_add_to(scene, 1, "{\"name\":\"a\",\"barcode\":\"001\"}"),
                        *other = scene_add_to(scene, 12, "{\"name\":\"a\",\"barcode\":\"001\"}");
    struct value lane = scene->port.ops->lane(scene->port.self, &one->message);
    assert_memory_equal(lane.text, "1", lane.len);
    lane = scene->port.ops->lane(scene->port.self, &other->message);
    assert_memory_equal(lane.text, "12", lane.len);
    assert_int_equal(scene->port.ops->run_max, 500);
    assert_null(scene->port.ops->waiting_lane);
}

static void several_partitions_go_side_by_side(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    scene_attach(scene, 1);
    scene_add_to(scene, 0, "{\"name\":\"a\",\"barcode\":\"001\"}");
    scene_add_to(scene, 1, "{\"name\":\"b\",\"barcode\":\"002\"}");
    assert_int_equal(scene->port.ops->room(scene->port.self, scene_now()), 4 * 500);

    scene_submit(scene, 0, 1, (struct job){0});
    scene_submit(scene, 1, 1, (struct job){0});
    scene->port.ops->kick(scene->port.self, scene_now());

    assert_int_equal(http_client_in_flight(scene->http), 2);
    assert_int_equal(scene->port.ops->room(scene->port.self, scene_now()), 2 * 500);
    scene_wait(scene);
    assert_int_equal(scene->settled[VERDICT_DONE], 2);
}

static void results_become_verdicts(void **state)
{
    static const struct {
        const char *code;
        enum error_code expected;
        const char *field, *says;
    } cases[] = {{"refused", ERROR_REFUSED, "name", "Strapi refuses it: not like this"},
                 {"exists", ERROR_REFUSED, "barcode", "already exists"},
                 {"unknown_entry", ERROR_UNKNOWN_PRODUCT, "barcode", "no such entry: \"b7\""},
                 {"ambiguous_entry", ERROR_AMBIGUOUS_PRODUCT, "barcode", "several entries"},
                 {"unstable_id", ERROR_UNSTABLE_ID, "barcode", "Draft & Publish"},
                 {"negative_stock", ERROR_NEGATIVE_STOCK, "name", "not like this"},
                 {"stock_overflow", ERROR_STOCK_OVERFLOW, "name", "not like this"},
                 {"of a later version", ERROR_REFUSED, "name", "not like this"}};
    struct scene *scene = *state;

    scene_attach(scene, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct errand *bad = scene_add(scene, "{\"name\":\"bad\",\"barcode\":\"b7\"}");
        struct errand *good = scene_add(scene, "{\"name\":\"good\",\"barcode\":\"b8\"}");
        scene->fake.reject_word = "bad";
        scene->fake.reject_code = cases[i].code;

        scene_run(scene, 2 * i, 2);

        assert_int_equal(good->last.verdict, VERDICT_DONE);
        assert_int_equal(bad->last.verdict, VERDICT_REJECT);
        assert_int_equal(bad->last.failure.code, cases[i].expected);
        assert_string_equal(bad->last.failure.field, cases[i].field);
        assert_non_null(strstr(bad->last.failure.reason.text, cases[i].says));
        assert_string_equal(bad->last.http_method, "POST");
        assert_string_equal(bad->last.http_path, "/api/ingest/batch");
        assert_int_equal(bad->last.http_status, 200);
        assert_string_equal(bad->last.http_body, "not like this");
    }
}

static void what_came_before_is_answered_again(void **state)
{
    struct scene *scene = *state;
    struct fake_partition *there = &scene->fake.partitions[0];
    there->next = 3;
    there->confirmed = 0;
    json_array_append_new(there->rejects, json_pack("{s:i,s:{s:s,s:s}}", "offset", 1, "error",
                                                    "code", "refused", "message", "as before"));
    scene_attach(scene, 0);
    scene_add_products(scene, 4, 99, "");

    scene_run(scene, 0, 2);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
    assert_int_equal(scene->errands[0].last.how, DONE_UNCHANGED);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_REJECT);
    assert_non_null(strstr(scene->errands[1].last.failure.reason.text, "as before"));
    /* The position does not go down, and an old message says nothing of its end. */
    assert_non_null(strstr(scene->fake.body, "\"first_offset\":0,\"next_offset\":3"));
    assert_null(strstr(scene->fake.body, "fingerprint"));
    scene_run(scene, 2, 2);
    assert_int_equal(scene->errands[2].last.how, DONE_UNCHANGED);
    assert_int_equal(scene->errands[3].last.how, DONE_CREATED);
    assert_int_equal(there->next, 4);
}

static void what_is_done_is_confirmed_with_the_next_batch_or_by_an_empty_one(void **state)
{
    struct scene *scene = *state;
    struct fake_partition *there = &scene->fake.partitions[0];
    scene->fake.reject_word = "bad";
    scene_attach(scene, 0);
    scene_add_products(scene, 3, 0, "bad");
    scene_run(scene, 0, 2);
    assert_int_equal(json_array_size(there->rejects), 1);
    assert_int_equal(there->confirmed, -1);

    scene->port.ops->confirm(scene->port.self, 0, 1);
    scene_run(scene, 2, 1);
    assert_int_equal(there->confirmed, 1);
    assert_int_equal(json_array_size(there->rejects), 0);
    assert_int_equal(scene->fake.empties, 0);

    char fingerprint[80];
    snprintf(fingerprint, sizeof fingerprint, "%s", there->fingerprint);
    scene->port.ops->confirm(scene->port.self, 0, 5);
    while (there->confirmed < 5)
        scene_turn(scene);
    /* What we refused ourselves, or is no message, is passed with it. */
    assert_int_equal(there->next, 5);
    assert_string_equal(there->fingerprint, fingerprint);
    for (int i = 0; i < 3; i++) {
        scene_skipped_ms += 2000;
        scene_turn(scene);
    }
    assert_int_equal(scene->fake.empties, 1);
}

/* So that none can only mean a database that was restored from before. */
static void a_position_is_made_of_what_nothing_was_sent(void **state)
{
    struct scene *scene = *state;
    struct fake_partition *there = &scene->fake.partitions[0];
    scene_attach(scene, 0);
    scene->port.ops->confirm(scene->port.self, 0, 7);
    while (there->confirmed < 7)
        scene_turn(scene);
    assert_int_equal(there->next, 7);
    assert_int_equal(scene->fake.empties, 1);
}

/* A database that is restored while nothing comes is noticed. */
static void an_idle_partition_is_asked_whether_it_is_where_it_was(void **state)
{
    struct scene *scene = *state;
    struct fake_partition *there = &scene->fake.partitions[0];
    scene_attach(scene, 0);
    scene_add_products(scene, 1, 0, "good");
    scene_run(scene, 0, 1);
    assert_int_equal(scene->fake.empties, 0);
    there->next = 0;
    scene_skipped_ms += 11000;
    while (scene->fake.empties == 0)
        scene_turn(scene);
    assert_int_equal(scene->fake.empties, 1);
}

static void what_the_target_has_not_heard_is_counted(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    assert_int_equal(scene->port.ops->unconfirmed(scene->port.self), 0);
    scene->port.ops->confirm(scene->port.self, 0, 7);
    assert_int_equal(scene->port.ops->unconfirmed(scene->port.self), 1);
    while (scene->port.ops->unconfirmed(scene->port.self) > 0)
        scene_turn(scene);
    assert_int_equal(scene->fake.partitions[0].confirmed, 7);
}

static void the_position_that_is_known_goes_with_each_batch(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    scene_add_products(scene, 2, 0, "good");
    scene_run(scene, 0, 1);
    assert_null(strstr(scene->fake.body, "known_offset"));
    scene_run(scene, 1, 1);
    assert_non_null(strstr(scene->fake.body, "\"known_offset\":1,"));
}

static void a_movement_whose_entry_is_missing_stops_its_batch(void **state)
{
    struct scene *scene = *state;
    scene->fake.missing_word = "\"id\":404";
    scene_attach(scene, 0);
    scene_add(scene, "{\"id\":7,\"amount\":1,\"type\":\"IN\"}");
    struct errand *missing = scene_add(scene, "{\"id\":404,\"amount\":1,\"type\":\"IN\"}");
    scene_add(scene, "{\"id\":7,\"amount\":2,\"type\":\"IN\"}");

    scene_run(scene, 0, 3);

    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
    assert_int_equal(scene->errands[0].last.route, ROUTE_UPDATE);
    assert_int_equal(missing->last.verdict, VERDICT_MISSING);
    assert_int_equal(missing->last.failure.code, ERROR_UNKNOWN_PRODUCT);
    assert_string_equal(missing->last.failure.value, "404");
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(scene->fake.partitions[0].next, 1);
    assert_int_equal(strncmp(scene->fake.partitions[0].fingerprint, "0:", 2), 0);

    missing->message.final = true;
    scene_run(scene, 1, 2);
    assert_int_equal(missing->last.verdict, VERDICT_REJECT);
    assert_int_equal(missing->last.failure.code, ERROR_UNKNOWN_PRODUCT);
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_DONE);
    assert_int_equal(strncmp(scene->fake.partitions[0].fingerprint, "2:", 2), 0);
}

static void what_is_not_attached_comes_back_later(void **state)
{
    struct scene *scene = *state;
    scene_add(scene, "{\"name\":\"a\",\"barcode\":\"001\"}");
    scene_run(scene, 0, 1);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_NOT_REACHED);
    assert_true(scene->errands[0].last.delay_ms > 0);
    assert_int_equal(scene->fake.server.requests, 0);
}

static void recall_gives_back_what_was_not_sent(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    scene_attach(scene, 1);
    scene_add_to(scene, 0, "{\"name\":\"a\",\"barcode\":\"001\"}");
    scene_add_to(scene, 1, "{\"name\":\"b\",\"barcode\":\"002\"}");
    scene_submit(scene, 0, 1, (struct job){0});
    scene->port.ops->kick(scene->port.self, scene_now());
    scene_submit(scene, 1, 1, (struct job){0});

    scene->port.ops->recall(scene->port.self);

    assert_int_equal(scene->errands[1].last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(scene->out, 1);
    scene_wait(scene);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
}

static void a_detached_partition_is_settled_when_it_is_answered(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    scene_add_products(scene, 2, 99, "");
    scene_submit(scene, 0, 1, (struct job){0});
    scene->port.ops->kick(scene->port.self, scene_now());
    /* The session that follows must not overtake the batch: that would be refused as stale. */
    http_client_wait(scene->http, NULL, 0, 0);
    while (scene->fake.batches == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);

    scene->port.ops->detach(scene->port.self, 0);
    assert_int_equal(scene->out, 1);
    scene_attach(scene, 0);
    scene_wait(scene);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
    scene_run(scene, 1, 1);
    scene_assert_applied_once(scene, 0, 2, 99);
    scene->port.ops->detach(scene->port.self, 0);
}

/* The topic was made anew: what was done of the old one says nothing of the new one. */
static void what_was_confirmed_before_a_move_is_forgotten(void **state)
{
    struct scene *scene = *state;
    const struct fake_partition *there = &scene->fake.partitions[0];
    scene_attach(scene, 0);
    scene_add_products(scene, 3, 99, "");
    scene_run(scene, 0, 3);
    scene->port.ops->confirm(scene->port.self, 0, 3);
    while (there->confirmed < 3)
        scene_turn(scene);

    scene->port.ops->move(scene->port.self, 0, 0, "", MOVE_RESET, scene_now());
    while (scene->attached < 2)
        scene_turn(scene);
    scene_skipped_ms += 60000;
    for (int i = 0; i < 20; i++)
        scene_turn(scene);
    assert_int_equal(there->next, 0);
    scene_run(scene, 0, 1);
    assert_int_equal(there->next, 1);
}

static void a_blocked_route_lets_only_probes_through(void **state)
{
    struct scene *scene = *state;
    scene_attach(scene, 0);
    scene_add_products(scene, 2, 99, "");
    scene->port.ops->block(scene->port.self, ROUTE_UPDATE, true);
    scene->port.ops->block(scene->port.self, ROUTE_CREATE, true);

    scene_run(scene, 0, 2);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(scene->errands[0].last.route, ROUTE_CREATE);
    scene_submit(scene, 0, 1, (struct job){.probe = true});
    scene_wait(scene);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
    scene->port.ops->block(scene->port.self, ROUTE_CREATE, false);
    scene_run(scene, 1, 1);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_DONE);
}

static void options_stand_in_the_envelope(void **state)
{
    struct scene *scene = scene_new(&entity_product);
    (void)state;
    scene->options.on_existing = ON_EXISTING_REJECT;
    scene->options.update_create_only = true;
    scene->target.ignored = UINT32_C(1) << 1;
    scene->target.ingest.items = 3;
    scene_open(scene);
    assert_int_equal(scene->port.ops->run_max, 3);
    scene_attach(scene, 0);
    scene_add(scene, "{\"name\":\"a\",\"description\":\"ignored\",\"barcode\":\"001\"}");

    scene_run(scene, 0, 1);

    assert_non_null(strstr(scene->fake.body, "\"on_existing\":\"reject\"}\n"));
    assert_null(strstr(scene->fake.body, "keep"));
    assert_null(strstr(scene->fake.body, "ignored"));
    scene_free(scene);
}

static void an_event_has_its_identity_where_there_is_a_field(void **state)
{
    (void)state;
    for (int there = 0; there < 2; there++) {
        struct scene *scene = scene_new(&entity_event);
        scene->target.identity = there;
        scene_open(scene);
        scene_attach(scene, 0);
        scene_add(scene, "{\"value\":\"v\",\"metadata\":\"{\\\"a\\\": 1}\"}");

        scene_run(scene, 0, 1);

        assert_non_null(strstr(scene->fake.body, "\"metadata\":{\"a\": 1}"));
        assert_int_equal(
            strstr(scene->fake.body, "\"ingest_id\":\"event/0/0/1795245540000\"}}\n") != NULL,
            there);
        assert_null(strstr(scene->fake.body, "on_existing"));
        scene_free(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_tells_where_the_partition_stands, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_position_is_moved, open_products, tear_down),
        cmocka_unit_test_setup_teardown(what_was_confirmed_before_a_move_is_forgotten,
                                        open_products, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_one_batch, open_products, tear_down),
        cmocka_unit_test_setup_teardown(each_partition_is_a_lane, open_products, tear_down),
        cmocka_unit_test_setup_teardown(several_partitions_go_side_by_side, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(results_become_verdicts, open_products, tear_down),
        cmocka_unit_test_setup_teardown(what_came_before_is_answered_again, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_idle_partition_is_asked_whether_it_is_where_it_was,
                                        open_products, tear_down),
        cmocka_unit_test_setup_teardown(what_the_target_has_not_heard_is_counted, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_position_is_made_of_what_nothing_was_sent, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_position_that_is_known_goes_with_each_batch,
                                        open_products, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_done_is_confirmed_with_the_next_batch_or_by_an_empty_one, open_products,
            tear_down),
        cmocka_unit_test_setup_teardown(a_movement_whose_entry_is_missing_stops_its_batch,
                                        open_stock, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_attached_comes_back_later, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(recall_gives_back_what_was_not_sent, open_products,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_detached_partition_is_settled_when_it_is_answered,
                                        open_products, tear_down),
        cmocka_unit_test_setup_teardown(a_blocked_route_lets_only_probes_through, open_products,
                                        tear_down),
        cmocka_unit_test(options_stand_in_the_envelope),
        cmocka_unit_test(an_event_has_its_identity_where_there_is_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
