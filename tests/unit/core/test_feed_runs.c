/* What is done with a feed, by what the progress topic says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/feed_runs.h"

#define CONTENT "c0ffee"
#define NAMED   CONTENT "@52542d819be143d0" /* copy.csv */

/* A story is records, one behind the other, separated by blanks:
 *
 *     s1a      run 1 of file a has started      e stopped, c complete
 *     n        the same of the run that has the name copy.csv, instead of a number
 *     0        after it: no row was sent
 *     x        the run is forgotten (no value)
 *
 * The files are called a.csv, b.csv ..., and are different files with the same content. */
static void add_record(struct feed_runs *runs, const char *word, int64_t at_ms)
{
    struct feed_progress progress = {
        .is_file = true, .sent = 3, .started_ms = at_ms, .at_ms = at_ms};
    char id[FEED_RUN_SIZE] = NAMED;
    struct buffer key = BUFFER_INIT(FEED_KEY_BYTES_MAX),
                  value = BUFFER_INIT(FEED_PROGRESS_BYTES_MAX);
    if (word[1] != 'n')
        feed_run_name(CONTENT, NULL, (uint64_t)(word[1] - '0'), id);
    progress.state = word[0] == 's' ? FEED_STARTED : word[0] == 'e' ? FEED_STOPPED : FEED_COMPLETE;
    snprintf(progress.file, sizeof progress.file, "%s", word[1] == 'n' ? "copy.csv" : "a.csv");
    progress.file[0] = word[1] == 'n' ? 'c' : word[2];
    progress.which.inode = (uint64_t)word[2];
    if (word[3] == '0')
        progress.sent = 0;
    assert_int_equal(feed_key_write(id, "product", &key), 0);
    assert_int_equal(feed_progress_write(&progress, &value), 0);
    assert_int_equal(feed_runs_add(runs, key.data, key.len, word[0] == 'x' ? NULL : value.data,
                                   word[0] == 'x' ? 0 : value.len),
                     0);
    buffer_release(&key);
    buffer_release(&value);
}

static void tell(struct feed_runs *runs, const char *story)
{
    char words[256], *rest;
    int64_t at_ms = 1000;
    snprintf(words, sizeof words, "%s", story);
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        add_record(runs, word, at_ms++);
}

struct decided {
    const char *story;
    char file;        /* that is to be sent */
    const char *name; /* NULL: names do not count */
    bool force;
    enum feed_decision decision;
    uint64_t run;
    const char *about; /* the run's name; NULL: none */
};

static const struct decided table[] = {
    {"", 'a', NULL, false, FEED_SEND, 1, NULL},
    {"", 'a', NULL, true, FEED_SEND, 1, NULL},
    /* through */
    {"s1a c1a", 'a', NULL, false, FEED_SAME, 1, CONTENT},
    {"s1a c1a", 'b', NULL, false, FEED_DUPLICATE, 1, CONTENT},
    {"s1a c1a", 'a', NULL, true, FEED_SEND, 2, NULL},
    {"s1a c1a s2a c2a", 'a', NULL, true, FEED_SEND, 3, NULL},
    {"s1a c1a s2a c2a", 'a', NULL, false, FEED_SAME, 2, CONTENT "#2"},
    /* the first run is the one that is named */
    {"s1a c1a s2b c2b", 'c', NULL, false, FEED_DUPLICATE, 1, CONTENT},
    /* begun, and not ended */
    {"s1a", 'a', NULL, false, FEED_GO_ON, 1, CONTENT},
    {"s1a", 'b', NULL, false, FEED_GO_ON, 1, CONTENT},
    {"s1a e1a", 'a', NULL, false, FEED_GO_ON, 1, CONTENT},
    {"s1a", 'a', NULL, true, FEED_GO_ON, 1, CONTENT},
    {"s1a", 'b', NULL, true, FEED_SEND, 2, NULL},
    /* a forced one that did not end is ended first */
    {"s1a c1a s2a", 'a', NULL, false, FEED_GO_ON, 2, CONTENT "#2"},
    {"s1a c1a s2a", 'a', NULL, true, FEED_GO_ON, 2, CONTENT "#2"},
    /* another file's trouble is not this one's */
    {"s1a c1a s2b", 'a', NULL, false, FEED_SAME, 1, CONTENT},
    {"s1a c1a s2b", 'c', NULL, false, FEED_DUPLICATE, 1, CONTENT},
    /* nothing was sent: there is nothing that could be sent twice */
    {"s1a c1a0", 'a', NULL, false, FEED_GO_ON, 1, CONTENT},
    {"s1a c1a0", 'b', NULL, false, FEED_GO_ON, 1, CONTENT},
    /* forgotten */
    {"s1a c1a x1a", 'a', NULL, false, FEED_SEND, 1, NULL},
    {"s1a x1a s2a c2a", 'a', NULL, false, FEED_SAME, 2, CONTENT "#2"},
    /* by name: only files with this name count, under whichever key */
    {"s1a c1a", 'z', "copy.csv", false, FEED_SEND, 1, NULL},
    {"s1a c1a", 'a', "a.csv", false, FEED_SAME, 1, CONTENT},
    {"s1a c1a", 'z', "a.csv", false, FEED_DUPLICATE, 1, CONTENT},
    {"s1a c1a snz cnz", 'z', "copy.csv", false, FEED_SAME, 1, NAMED},
    {"s1a c1a snz cnz", 'y', "copy.csv", false, FEED_DUPLICATE, 1, NAMED},
    {"snz cnz", 'a', NULL, false, FEED_DUPLICATE, 1, NAMED},
    {"snz", 'z', "copy.csv", false, FEED_GO_ON, 1, NAMED},
};

static void decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct decided *row = &table[i];
        struct feed_runs runs = {.content = CONTENT, .name = row->name, .topic = "product"};
        const struct feed_file file = {.inode = (uint64_t)row->file};
        tell(&runs, row->story);
        struct feed_choice choice = feed_runs_choose(&runs, &file, row->force);
        const char *about = choice.about == NULL ? "(none)" : choice.about->id;
        if (choice.decision != row->decision || choice.run != row->run ||
            strcmp(about, row->about == NULL ? "(none)" : row->about) != 0)
            fail_msg("row %zu, \"%s\": decision %d, run %d, about %s", i, row->story,
                     (int)choice.decision, (int)choice.run, about);
        feed_runs_release(&runs);
    }
}

static void other_feeds_and_topics_are_not_looked_at(void **state)
{
    (void)state;
    static const char *const keys[] = {"c0ffef/product", CONTENT "/event",    CONTENT, "",
                                       "/product",       CONTENT "#x/product"};
    static const char value[] = "{\"state\":\"complete\"}";
    struct feed_runs runs = {.content = CONTENT, .topic = "product"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_int_equal(feed_runs_add(&runs, keys[i], strlen(keys[i]), value, sizeof value - 1),
                         0);
    assert_int_equal(feed_runs_add(&runs, NULL, 0, value, sizeof value - 1), 0);
    assert_int_equal(feed_runs_add(&runs, CONTENT "/product", strlen(CONTENT "/product"), "?", 1),
                     0);
    assert_int_equal(runs.count, 0);
    feed_runs_release(&runs);
}

static void changes_are_counted(void **state)
{
    (void)state;
    struct feed_runs runs = {.content = CONTENT, .topic = "product"};
    tell(&runs, "s1a s2a s1a s1a");
    assert_int_equal(runs.count, 2);
    assert_int_equal(feed_runs_find(&runs, CONTENT)->changes, 3);
    assert_int_equal(feed_runs_find(&runs, CONTENT "#2")->changes, 1);
    assert_null(feed_runs_find(&runs, CONTENT "#3"));
    feed_runs_release(&runs);
}

static void more_runs_than_are_remembered(void **state)
{
    (void)state;
    static const char value[] = "{\"state\":\"complete\",\"sent\":1}";
    struct feed_runs runs = {.content = CONTENT, .topic = "product"};
    for (uint64_t run = 1; run <= FEED_RUNS_MAX + 5; run++) {
        char id[FEED_RUN_SIZE], key[FEED_KEY_BYTES_MAX];
        feed_run_name(CONTENT, NULL, run, id);
        int len = snprintf(key, sizeof key, "%s/product", id);
        assert_int_equal(feed_runs_add(&runs, key, (size_t)len, value, sizeof value - 1), 0);
    }
    assert_int_equal(runs.count, FEED_RUNS_MAX);
    struct feed_file file = {.inode = 1};
    assert_int_equal(feed_runs_choose(&runs, &file, true).run, FEED_RUNS_MAX + 6);
    feed_runs_release(&runs);
}

/* Records by their claims: one letter each, large ones with the state that is not `started`. */
static struct feed_bid bid_in(const char *records)
{
    struct feed_runs runs = {.content = CONTENT, .topic = "product"};
    feed_runs_bid(&runs, CONTENT, "me");
    for (; *records != '\0'; records++) {
        const char *state = strchr("RS", *records) != NULL   ? "stopped"
                            : strchr("TU", *records) != NULL ? "complete"
                                                             : "started";
        const char *claim = strchr("rRT", *records) != NULL   ? "rival"
                            : strchr("sSU", *records) != NULL ? "second"
                                                              : "me";
        char value[128];
        int len =
            snprintf(value, sizeof value, "{\"state\":\"%s\",\"claim\":\"%s\"}", state, claim);
        assert_int_equal(feed_runs_add(&runs, CONTENT "/product", strlen(CONTENT "/product"), value,
                                       (size_t)len),
                         0);
    }
    feed_runs_release(&runs);
    return runs.bid;
}

/* m is our own record. */
static void who_wrote_first_has_the_feed(void **state)
{
    (void)state;
    assert_false(bid_in("r").seen);
    assert_false(bid_in("m").lost);
    assert_false(bid_in("mr").lost);
    assert_true(bid_in("m").seen && bid_in("mr").seen && bid_in("rm").seen);
    struct feed_bid bid = bid_in("rsm");
    assert_true(bid.lost);
    assert_string_equal(bid.rival.claim, "rival");
    bid = bid_in("rTm");
    assert_true(bid.lost && bid.rival.state == FEED_COMPLETE);
    assert_false(bid_in("rRm").lost);
    bid = bid_in("rRsm");
    assert_true(bid.lost);
    assert_string_equal(bid.rival.claim, "second");
    assert_true(bid_in("rsSm").lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),
        cmocka_unit_test(other_feeds_and_topics_are_not_looked_at),
        cmocka_unit_test(changes_are_counted),
        cmocka_unit_test(more_runs_than_are_remembered),
        cmocka_unit_test(who_wrote_first_has_the_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
