#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "entities/entities.h"
#include "fake_strapi.h"
#include "strapi/lookup.h"

#define DEADLINE_MS 5000

struct scene {
    struct fake fake;
    struct http_client *http;
    struct target target;
    bool done;
    enum lookup_result result;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    char url[64];

    fake_start(&scene->fake);
    scene->http = http_client_new(4, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", scene->fake.server.port);
    target_init(&scene->target, &entity_product, url, 0, NULL);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    http_client_free(scene->http);
    fake_stop(&scene->fake);
    free(scene);
    return 0;
}

static void note(void *arg, struct lookup *lookup, enum lookup_result result)
{
    struct scene *scene = arg;

    (void)lookup;
    assert_false(scene->done);
    scene->done = true;
    scene->result = result;
}

static struct lookup_key key_of(const char *by, const char *text)
{
    return (struct lookup_key){by, {.kind = VALUE_TEXT, .text = text, .len = strlen(text)}};
}

static struct lookup_key key(const char *text)
{
    return key_of(NULL, text);
}

static struct lookup *start(struct scene *scene, const struct lookup_key *keys, size_t count)
{
    struct lookup *lookup = lookup_new(&(struct lookup_request){.target = &scene->target,
                                                                .http = scene->http,
                                                                .timeout_ms = DEADLINE_MS,
                                                                .keys = keys,
                                                                .count = count,
                                                                .done = note,
                                                                .arg = scene},
                                       NULL);
    assert_non_null(lookup);
    return lookup;
}

static struct lookup *run(struct scene *scene, const struct lookup_key *keys, size_t count)
{
    struct lookup *lookup = start(scene, keys, count);

    for (scene->done = false; !scene->done;)
        http_client_wait(scene->http, NULL, 0, DEADLINE_MS);
    return lookup;
}

static void there_is(struct scene *scene, const char *barcode, const char *name)
{
    json_t *fields = json_pack("{s:s,s:s}", "barcode", barcode, "name", name);
    fake_add(&scene->fake, fields);
    json_decref(fields);
}

static const char *name_of(const struct lookup *lookup, size_t i)
{
    return json_string_value(json_object_get(lookup_entry(lookup, i).fields, "name"));
}

static void keys_find_their_entries(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("none"), key("b&=%[]"), key("a"),
                                      key("\xC3\xA9 \xF0\x9F\xA5\x97")};
    there_is(scene, "a", "A");
    there_is(scene, "b&=%[]", "B");
    there_is(scene, "\xC3\xA9 \xF0\x9F\xA5\x97", "C");
    there_is(scene, "other", "D");

    struct lookup *lookup = run(scene, keys, 4);

    assert_int_equal(scene->result, LOOKUP_OK);
    assert_null(lookup_entry(lookup, 0).fields);
    assert_string_equal(name_of(lookup, 1), "B");
    assert_string_equal(lookup_entry(lookup, 1).address, "doc2");
    assert_string_equal(name_of(lookup, 2), "A");
    assert_string_equal(name_of(lookup, 3), "C");
    assert_int_equal(lookup_doubled(lookup).kind, VALUE_ABSENT);
    lookup_free(lookup);
}

static void all_pages_are_read_and_the_oldest_wins(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("many"), key("last")};
    char name[32];
    for (int i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "%d", i);
        there_is(scene, "many", name);
    }
    there_is(scene, "last", "L");

    struct lookup *lookup = run(scene, keys, 2);

    assert_int_equal(scene->result, LOOKUP_OK);
    assert_int_equal(scene->fake.look_ups, 3);
    assert_string_equal(name_of(lookup, 0), "0");
    assert_string_equal(name_of(lookup, 1), "L");
    assert_memory_equal(lookup_doubled(lookup).text, "many", 4);
    lookup_free(lookup);
}

static void keys_of_several_fields_are_one_question(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {
        key_of("id", "2"), key("a"),          key_of("documentId", "doc3"),
        key("2"),          key_of("id", "9"), key_of("documentId", "doc1")};
    there_is(scene, "a", "A");
    there_is(scene, "b", "B");
    there_is(scene, "2", "C");

    struct lookup *lookup = run(scene, keys, 6);

    assert_int_equal(scene->result, LOOKUP_OK);
    assert_int_equal(scene->fake.look_ups, 1);
    assert_string_equal(name_of(lookup, 0), "B");
    assert_string_equal(name_of(lookup, 1), "A");
    assert_string_equal(name_of(lookup, 2), "C");
    assert_string_equal(name_of(lookup, 3), "C");
    assert_null(lookup_entry(lookup, 4).fields);
    assert_string_equal(name_of(lookup, 5), "A");
    assert_int_equal(lookup_doubled(lookup).kind, VALUE_ABSENT);
    lookup_free(lookup);
}

static void a_dropped_filter_is_noticed(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("a"), key("b")};
    scene->fake.filter_limit = 1;
    there_is(scene, "a", "A");
    there_is(scene, "zzz", "Z");

    struct lookup *lookup = run(scene, keys, 2);

    assert_int_equal(scene->result, LOOKUP_UNFILTERED);
    assert_int_equal(lookup_outcome(lookup)->verdict, VERDICT_OUTAGE);
    assert_non_null(strstr(lookup_outcome(lookup)->failure.reason.text, "filter"));
    lookup_free(lookup);
}

/* As MySQL's default collation answers. */
static void entries_that_only_look_alike_are_not_ours(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("abc"), key("e1"), key("x ")};
    scene->fake.filter_limit = 1; /* all entries come */
    there_is(scene, "ABC", "other case");
    there_is(scene,
             "\xC3\xA9"
             "1",
             "accent");
    there_is(scene, "x", "no blank");

    struct lookup *lookup = run(scene, keys, 3);

    assert_int_equal(scene->result, LOOKUP_OK);
    for (size_t i = 0; i < 3; i++)
        assert_null(lookup_entry(lookup, i).fields);
    lookup_free(lookup);
}

static void failures_say_what_came(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("a")};
    scene->fake.all = "403 Forbidden";

    struct lookup *lookup = run(scene, keys, 1);

    assert_int_equal(scene->result, LOOKUP_FAILED);
    assert_int_equal(lookup_outcome(lookup)->verdict, VERDICT_OUTAGE);
    assert_int_equal(lookup_outcome(lookup)->http_status, 403);
    lookup_free(lookup);
}

static void keys_that_are_no_text(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("7"), key("8")};
    json_t *fields = json_pack("{s:i}", "barcode", 7);
    scene->fake.filter_limit = 1;
    fake_add(&scene->fake, fields);
    json_decref(fields);

    struct lookup *lookup = run(scene, keys, 2);

    assert_int_equal(scene->result, LOOKUP_FAILED);
    assert_non_null(strstr(lookup_outcome(lookup)->failure.reason.text, "no text"));
    lookup_free(lookup);
}

static void what_fits(void **state)
{
    struct scene *scene = *state;
    char texts[150][256];
    struct lookup_key keys[150];

    for (size_t i = 0; i < 150; i++) {
        snprintf(texts[i], sizeof texts[i], "%013zu", i);
        keys[i] = key(texts[i]);
    }
    assert_int_equal(lookup_fit(&scene->target, keys, 150), LOOKUP_KEYS_MAX);
    assert_int_equal(lookup_fit(&scene->target, keys, 7), 7);
    for (size_t i = 0; i < 150; i++) {
        memset(texts[i], '%', 255);
        texts[i][255] = '\0';
        keys[i] = key(texts[i]);
    }
    assert_in_range(lookup_fit(&scene->target, keys, 150), 5, 7);
    char *huge = calloc(1, 100001);
    memset(huge, 'x', 100000);
    keys[0] = key(huge);
    assert_int_equal(lookup_fit(&scene->target, keys, 150), 1);
    free(huge);
}

static void long_keys_make_no_long_urls(void **state)
{
    struct scene *scene = *state;
    static char text[256];
    struct lookup_key keys[LOOKUP_KEYS_MAX];
    memset(text, '%', 255);
    for (size_t i = 0; i < LOOKUP_KEYS_MAX; i++)
        keys[i] = key(text);

    size_t fit = lookup_fit(&scene->target, keys, LOOKUP_KEYS_MAX);
    struct lookup *lookup = run(scene, keys, fit);

    assert_int_equal(scene->result, LOOKUP_OK);
    assert_int_equal(scene->fake.largest_look_up, fit);
    lookup_free(lookup);
}

static void one_that_is_dropped_says_nothing(void **state)
{
    struct scene *scene = *state;
    const struct lookup_key keys[] = {key("a")};
    lookup_free(start(scene, keys, 1));
    assert_int_equal(http_client_in_flight(scene->http), 0);
    http_client_wait(scene->http, NULL, 0, 10);
    assert_false(scene->done);
    lookup_free(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_find_their_entries),
        TEST(all_pages_are_read_and_the_oldest_wins),
        TEST(keys_of_several_fields_are_one_question),
        TEST(a_dropped_filter_is_noticed),
        TEST(entries_that_only_look_alike_are_not_ours),
        TEST(failures_say_what_came),
        TEST(keys_that_are_no_text),
        TEST(what_fits),
        TEST(long_keys_make_no_long_urls),
        TEST(one_that_is_dropped_says_nothing),
    };
    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
