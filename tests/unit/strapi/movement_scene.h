/* Movements before a fake Strapi: what the tests of ADJUST have in common. */
#ifndef FEEDS_TESTS_MOVEMENT_SCENE_H
#define FEEDS_TESTS_MOVEMENT_SCENE_H

#include "rest_scene.h"

#include <stdlib.h>

static inline int open_with(void **state, bool ledger)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.ledger = ledger;
    scene_open(scene);
    *state = scene;
    return 0;
}

static inline int set_up(void **state)
{
    return open_with(state, true);
}

/* A content type without a field for the ledger. */
static inline int set_up_bare(void **state)
{
    return open_with(state, false);
}

static inline int set_up_four(void **state)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.version = 4;
    scene_open(scene);
    *state = scene;
    return 0;
}

static inline int set_up_drafts(void **state)
{
    struct scene *scene = scene_new(&entity_stock);

    scene->target.drafts = true;
    scene_open(scene);
    *state = scene;
    return 0;
}

static inline int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static inline json_t *product(struct scene *scene, const char *barcode, int stock)
{
    return scene_there_is(scene,
                          json_pack("{s:s,s:i}", "barcode", barcode, "stock_available", stock));
}

static inline struct errand *movement(struct scene *scene, const char *address, int amount,
                                      const char *type)
{
    char value[320];

    snprintf(value, sizeof value, "{%s,\"amount\":%d,\"type\":\"%s\"}", address, amount, type);
    return scene_add(scene, value);
}

/* One of entry doc1 from the start. */
static inline struct errand *addressed(struct scene *scene, int amount, const char *type)
{
    struct errand *errand = movement(scene, "\"id\":1", amount, type);

    errand->message.entry = strdup("doc1");
    return errand;
}

static inline int stock_of(const json_t *entry)
{
    return (int)json_integer_value(json_object_get(entry, "stock_available"));
}

static inline int64_t last_offset(const json_t *entry)
{
    const json_t *ledger = json_object_get(entry, "stock_ledger");
    return json_integer_value(json_object_get(json_object_get(ledger, "stock/0"), "offset"));
}

static inline void assert_outcome(const struct errand *errand, enum verdict verdict,
                                  enum done_how how)
{
    assert_int_equal(errand->last.verdict, verdict);
    if (verdict == VERDICT_DONE)
        assert_int_equal(errand->last.how, how);
}

/* Lets the rest pass that follows an unknown outcome. */
static inline void rest(void)
{
    scene_skipped_ms += SCENE_TIMEOUT + SCENE_LINGER + 1;
}

#endif
