/* What the ingest sink makes of answers that are none, of batches that fail as a whole, and of a target
 * that is away: which message is told what, and that nothing is applied twice or passed over. */
#include "ingest_scene.h"

static int set_up(void **state)
{
    struct scene *scene = scene_new(&entity_product);

    scene_open(scene);
    scene_attach(scene, 0);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

/* The answer to a batch of three; what the first and the others are told, and what is told of one that
 * is alone. */
struct answer {
    const char *status, *code, *headers;
    enum verdict first, others, alone;
    bool fenced;
};

static const struct answer answers[] = {
    {"400 Bad Request", "bad_batch", NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED, VERDICT_RETRY,
     false},
    {"400 Bad Request", "unknown_type", NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE,
     false},
    {"401 Unauthorized", NULL, NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE, false},
    {"403 Forbidden", NULL, NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE, false},
    {"404 Not Found", NULL, NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE, false},
    {"405 Method Not Allowed", NULL, NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE,
     false},
    {"409 Conflict", "stale_epoch", NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     VERDICT_NOT_REACHED, true},
    {"409 Conflict", "gap", NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     true},
    {"409 Conflict", "too_many_rejects", NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     VERDICT_NOT_REACHED, false},
    {"409 Conflict", "of a later version", NULL, VERDICT_OUTAGE, VERDICT_NOT_REACHED,
     VERDICT_OUTAGE, false},
    {"413 Payload Too Large", "too_large", NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     VERDICT_REJECT, false},
    {"414 URI Too Long", NULL, NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED, VERDICT_RETRY,
     false},
    {"431 Request Header Fields Too Large", NULL, NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     VERDICT_RETRY, false},
    {"429 Too Many Requests", NULL, NULL, VERDICT_LATER, VERDICT_NOT_REACHED, VERDICT_LATER, false},
    {"500 Internal Server Error", NULL, NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED,
     VERDICT_UNKNOWN, false},
    {"502 Bad Gateway", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN, false},
    {"503 Service Unavailable", "locked", NULL, VERDICT_LATER, VERDICT_NOT_REACHED, VERDICT_LATER,
     false},
    {"503 Service Unavailable", NULL, "Retry-After: 3\r\n", VERDICT_LATER, VERDICT_NOT_REACHED,
     VERDICT_LATER, false},
    {"503 Service Unavailable", NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN,
     false},
    {"302 Found", NULL, "Location: /login\r\n", VERDICT_OUTAGE, VERDICT_NOT_REACHED, VERDICT_OUTAGE,
     false},
    {"418 I'm a teapot", NULL, NULL, VERDICT_NOT_REACHED, VERDICT_NOT_REACHED, VERDICT_RETRY,
     false},
};

static void try_answer(const struct answer *answer, size_t count)
{
    struct scene *scene = scene_new(&entity_product);

    scene_open(scene);
    scene_attach(scene, 0);
    scene_add_products(scene, count, 99, "");
    scene->fake.batches_get = answer->status;
    scene->fake.code = answer->code;
    scene->fake.headers = answer->headers;

    scene_run(scene, 0, count);

    assert_int_equal(scene->errands[0].last.verdict, count > 1 ? answer->first : answer->alone);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(scene->errands[i].last.verdict, answer->others);
    assert_int_equal(scene->fenced, answer->fenced);
    if (answer->alone != VERDICT_NOT_REACHED && count == 1) {
        assert_int_equal(scene->errands[0].last.route, ROUTE_CREATE);
        assert_non_null(strstr(scene->errands[0].last.failure.reason.text, "/api/ingest/batch"));
        assert_int_equal(scene->errands[0].last.http_status, (int)strtol(answer->status, NULL, 10));
    }
    scene_assert_applied_once(scene, 0, 0, 99);
    /* When it is over everything passes. */
    scene->fake.batches_get = NULL;
    scene_skipped_ms += 60000;
    if (answer->fenced)
        scene_attach(scene, 0);
    if (count > 1 || answer->alone != VERDICT_REJECT) {
        for (int passes = 0; scene_head(scene) < count; passes++) {
            assert_in_range(passes, 0, 20);
            scene_pass(scene);
        }
        scene_assert_applied_once(scene, 0, count, 99);
    }
    scene_free(scene);
}

static void each_answer_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        try_answer(&answers[i], 3);
        try_answer(&answers[i], 1);
    }
}

static void an_answer_that_is_not_understood_is_no_success(void **state)
{
    static const char *const bodies[] = {
        "", "[]", "{}", "{\"next_offset\":1,\"results\":[]}",
        "{\"next_offset\":1,\"results\":[{\"offset\":7,\"status\":\"created\"}]}",
        "{\"next_offset\":1,\"results\":[{\"offset\":0,\"status\":\"dreamt\"}]}",
        /* Done, and the position is not behind it. */
        "{\"next_offset\":0,\"results\":[{\"offset\":0,\"status\":\"created\"}]}",
        "{\"results\":[{\"offset\":0,\"status\":\"created\"}]}",
        /* Behind it, and not done. */
        "{\"next_offset\":1,\"results\":[{\"offset\":0,\"status\":\"missing\"}]}"};
    struct scene *scene = *state;

    scene_add_products(scene, 1, 99, "");
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        scene->fake.says = bodies[i];
        scene_run(scene, 0, 1);
        assert_int_equal(scene->errands[0].last.verdict, VERDICT_OUTAGE);
    }
    scene->fake.says = NULL;
    scene_run(scene, 0, 1);
    /* It had been done all along. */
    assert_int_equal(scene->errands[0].last.how, DONE_UNCHANGED);
    scene_assert_applied_once(scene, 0, 1, 99);
}

static void one_that_fails_is_found_and_the_others_pass(void **state)
{
    struct scene *scene = *state;
    scene->fake.poison_word = "poison";
    scene->fake.poison_status = "500 Internal Server Error";
    scene_add_products(scene, 400, 137, "poison");

    /* 400 twice, 200, 100 (and the next 100) ... */
    assert_in_range(scene_until(scene, 137, VERDICT_UNKNOWN), 1, 24);

    assert_int_equal(scene_head(scene), 137);
    assert_int_equal(scene->settled[VERDICT_UNKNOWN], 1);
    assert_int_equal(scene->settled[VERDICT_OUTAGE], 0);
    scene_assert_applied_once(scene, 0, 137, 137);
    /* Alone again; the loop gives it up, and what is behind it passes in growing batches. */
    scene_run(scene, 137, 1);
    assert_int_equal(scene->errands[137].settled[VERDICT_UNKNOWN], 2);
    scene->errands[137].settled[VERDICT_REJECT] = 1;
    int batches = scene->fake.batches;
    while (scene_head(scene) < 400)
        scene_pass(scene);
    assert_in_range(scene->fake.batches - batches, 1, 12);
    scene_assert_applied_once(scene, 0, 400, 137);
    assert_int_equal(scene->fake.partitions[0].next, 400);
}

static void one_that_kills_is_found_and_the_others_pass(void **state)
{
    struct scene *scene = *state;
    const struct outcome *last = &scene->errands[200].last;
    scene->fake.killer_word = "killer";
    scene_add_products(scene, 400, 200, "killer");

    scene_until(scene, 200, VERDICT_UNKNOWN);
    while (!scene->errands[200].message.suspect || scene_head(scene) < 200)
        scene_pass(scene);

    assert_true(last->target_died);
    assert_in_range(scene->settled[VERDICT_UNKNOWN], 1, 8);
    /* Alone, right after the target was seen to write. */
    int empties = scene->fake.empties;
    scene_run(scene, 200, 1);
    assert_int_equal(last->verdict, VERDICT_UNKNOWN);
    assert_true(last->target_died && last->was_well);
    assert_int_equal(scene->fake.empties, empties + 1);
    scene_assert_applied_once(scene, 0, 200, 200);
    /* Given up: looked for once more, and passed. */
    scene_submit(scene, 200, 1, (struct job){.look = true});
    scene_wait(scene);
    assert_int_equal(last->verdict, VERDICT_ABSENT);
    assert_int_equal(scene->fake.sessions, 2);
    scene->errands[200].settled[VERDICT_REJECT] = 1;
    while (scene_head(scene) < 400)
        scene_pass(scene);
    scene_assert_applied_once(scene, 0, 400, 200);
}

static void a_look_tells_what_was_written_after_all(void **state)
{
    struct scene *scene = *state;
    scene->fake.reject_word = "bad";
    scene_add_products(scene, 2, 1, "bad");
    for (size_t i = 0; i < 2; i++) {
        scene->fake.swallow = 1;
        scene_run(scene, i, 1);
        assert_int_equal(scene->errands[i].last.verdict, VERDICT_UNKNOWN);
        scene_submit(scene, i, 1, (struct job){.look = true});
        scene_wait(scene);
    }
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_REJECT);
    assert_int_equal(scene->errands[1].last.failure.code, ERROR_REFUSED);
}

static void a_batch_whose_answer_was_lost_is_sent_again(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 300, 99999, "");
    for (int i = 0; scene_head(scene) < 300; i++) {
        scene->fake.swallow = i % 2;
        scene_pass(scene);
    }
    scene_assert_applied_once(scene, 0, 300, 99999);
    assert_int_equal(scene->settled[VERDICT_DONE], 300);
}

static void a_target_that_dies_with_many_is_an_outage_first(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 20, 99, "");
    scene->fake.silent = true;
    scene->options.request_timeout_ms = 100;
    ingest_sink_free(scene->sink);
    scene->fake.silent = false;
    scene_open(scene);
    scene_attach(scene, 0);
    scene->fake.silent = true;

    scene_run(scene, 0, 20);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_OUTAGE);
    assert_int_equal(scene->settled[VERDICT_NOT_REACHED], 19);
    /* Not even an empty batch passes: nobody is to blame. */
    scene_run(scene, 0, 1);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_OUTAGE);
    assert_int_equal(scene->settled[VERDICT_UNKNOWN], 0);
    scene->fake.silent = false;
    while (scene_head(scene) < 20)
        scene_pass(scene);
    scene_assert_applied_once(scene, 0, 20, 99);
}

static void a_database_that_takes_no_write_is_nobodys_fault(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 10, 99, "");
    scene->fake.batches_get = scene->fake.empties_get = "500 Internal Server Error";

    scene_until(scene, 0, VERDICT_UNKNOWN);
    for (int i = 0; i < 5; i++)
        scene_run(scene, 0, 1);
    assert_int_equal(scene->errands[0].settled[VERDICT_UNKNOWN], 1);
    assert_int_equal(scene->errands[0].settled[VERDICT_OUTAGE], 5);
    scene->fake.batches_get = scene->fake.empties_get = NULL;
    while (scene_head(scene) < 10)
        scene_pass(scene);
    scene_assert_applied_once(scene, 0, 10, 99);
}

static void what_a_proxy_takes_is_found(void **state)
{
    struct scene *scene = *state;
    scene->fake.items_taken = 30;
    scene_add_products(scene, 500, 99999, "");
    while (scene_head(scene) < 500)
        scene_pass(scene);
    scene_assert_applied_once(scene, 0, 500, 99999);
    assert_int_equal(scene->settled[VERDICT_REJECT], 0);
    /* 250, 125, 62, 31 are too many; 15 at a time pass, and are not raised soon. */
    assert_in_range(scene->fake.batches, 30, 45);
}

static void one_that_is_too_large_for_a_batch_is_refused(void **state)
{
    struct scene *scene = scene_new(&entity_product);
    (void)state;
    scene->target.ingest.bytes = 8192 + 400;
    scene_open(scene);
    scene_attach(scene, 0);
    char value[300];
    snprintf(value, sizeof value, "{\"name\":\"%0180d\",\"barcode\":\"1\"}", 7);
    for (int i = 0; i < 5; i++)
        scene_add(scene, value);

    /* Two fit into one body. */
    scene_run(scene, 0, 5);
    assert_int_equal(scene->settled[VERDICT_DONE], 1);
    assert_int_equal(scene->settled[VERDICT_NOT_REACHED], 4);
    ingest_sink_free(scene->sink);
    scene->target.ingest.bytes = 8192 + 100;
    scene_open(scene);
    scene_attach(scene, 0);
    scene_run(scene, 1, 2);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_REJECT);
    assert_int_equal(scene->errands[1].last.failure.code, ERROR_BODY_TOO_LARGE);
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_NOT_REACHED);
    scene_free(scene);
}

static void too_many_refused_ones_wait_for_their_records(void **state)
{
    struct scene *scene = *state;
    scene->fake.reject_word = "n";
    scene->fake.rejects_max = 2;
    scene_add_products(scene, 3, 99, "");
    scene_run(scene, 0, 2);
    scene_run(scene, 2, 1);
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_NOT_REACHED);
    assert_true(scene->errands[2].last.delay_ms > 0);
    scene_run(scene, 2, 1);
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_NOT_REACHED);

    /* Their records have arrived: the target hears of it first. */
    scene->port.ops->confirm(scene->port.self, 0, 2);
    scene_run(scene, 2, 1);
    assert_int_equal(scene->errands[2].last.verdict, VERDICT_REJECT);
    assert_int_equal(scene->fake.empties, 1);
}

static void somebody_elses_session_fences(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 2, 99, "");
    scene_run(scene, 0, 1);
    scene->fake.partitions[0].epoch++;

    scene_run(scene, 1, 1);
    assert_int_equal(scene->fenced, 1);
    assert_non_null(strstr(scene->why, "409"));
    /* Nothing more goes until the loop has attached it anew. */
    int requests = scene->fake.server.requests;
    scene_run(scene, 1, 1);
    assert_int_equal(scene->errands[1].last.verdict, VERDICT_NOT_REACHED);
    assert_int_equal(scene->fake.server.requests, requests);
    scene_attach(scene, 0);
    scene_run(scene, 1, 1);
    scene_assert_applied_once(scene, 0, 2, 99);
}

static void what_the_target_has_lost_shows_as_a_gap(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 2, 99, "");
    scene->port.ops->move(scene->port.self, 0, 0, "", MOVE_ADOPT, scene_now());
    while (scene->attached < 2)
        scene_turn(scene);
    scene->fake.lose = 1;
    scene_run(scene, 0, 1);
    assert_int_equal(scene->errands[0].last.verdict, VERDICT_DONE);

    /* Nothing comes behind it: then the confirmation shows it. */
    scene->port.ops->confirm(scene->port.self, 0, 1);
    scene_skipped_ms += 2000;
    for (int64_t end = scene_now() + SCENE_DEADLINE; scene->fenced == 0;) {
        assert_true(scene_now() < end);
        scene_turn(scene);
    }
    scene_attach(scene, 0);
    assert_int_equal(scene->position.next, 0);
}

static void a_session_is_asked_for_until_it_is_there(void **state)
{
    struct scene *scene = *state;
    scene->fake.sessions_get = "503 Service Unavailable";
    scene->port.ops->attach(scene->port.self, 1, scene_now());
    for (int asked = scene->fake.sessions; scene->fake.sessions < asked + 3;) {
        scene_skipped_ms += 20000;
        scene_turn(scene);
    }
    assert_in_range(scene->away, 2, 3);
    assert_non_null(strstr(scene->why, "/api/ingest/session"));
    assert_int_equal(scene->attached, 1);
    int answered = scene->answered;
    scene->fake.sessions_get = NULL;
    while (scene->attached < 2) {
        scene_skipped_ms += 20000;
        scene_turn(scene);
    }
    assert_int_equal(scene->answered, answered + 1);
}

static void patience_is_kept(void **state)
{
    struct scene *scene = *state;
    scene_add_products(scene, 1, 99, "");
    scene->fake.batches_get = "503 Service Unavailable";
    scene->fake.headers = "Retry-After: 3\r\n";
    scene_run(scene, 0, 1);
    assert_int_equal(scene->errands[0].last.delay_ms, 3000);
    assert_int_equal(scene->port.ops->room(scene->port.self, scene_now()), 0);
    scene_skipped_ms += 3000;
    assert_true(scene->port.ops->room(scene->port.self, scene_now()) > 0);
    /* Of a lock the others need not wait. */
    scene->fake.code = "locked";
    scene_run(scene, 0, 1);
    assert_true(scene->port.ops->room(scene->port.self, scene_now()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_verdict),
        cmocka_unit_test_setup_teardown(an_answer_that_is_not_understood_is_no_success, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_that_fails_is_found_and_the_others_pass, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_that_kills_is_found_and_the_others_pass, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_look_tells_what_was_written_after_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_batch_whose_answer_was_lost_is_sent_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_target_that_dies_with_many_is_an_outage_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_database_that_takes_no_write_is_nobodys_fault, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_proxy_takes_is_found, set_up, tear_down),
        cmocka_unit_test(one_that_is_too_large_for_a_batch_is_refused),
        cmocka_unit_test_setup_teardown(too_many_refused_ones_wait_for_their_records, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(somebody_elses_session_fences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_target_has_lost_shows_as_a_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_is_asked_for_until_it_is_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(patience_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
