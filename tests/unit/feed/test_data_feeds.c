/* data/events.csv and data/stock.csv through the tables of their entities, the movements also through
 * the arithmetic of the consumer, against what scripts/make-feeds computed for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/adjust.h"
#include "core/check.h"
#include "csv_trace.h"
#include "entities/entities.h"

#define FOLDER       SOURCE_DIR "/data"
#define FILE_MAX     (256 * 1024)
#define PRODUCTS_MAX 400

struct product {
    char key[SHORT_TEXT_UNITS * 3 + 1];
    int64_t level;
};

struct result {
    const struct entity *entity;
    struct product products[PRODUCTS_MAX];
    size_t count;
    size_t good, refused;
    struct buffer text;
};

static void note(struct result *result, const struct row *row, enum error_code code)
{
    trace_must(buffer_addf(&result->text, "row %" PRIu64 " line %" PRIu64 " %s\n", row->row,
                           row->line, error_code_name(code)));
}

static void on_unreadable(void *arg, const struct row *row, const struct failure *failure)
{
    struct result *result = arg;
    result->refused++;
    note(result, row, failure->code);
}

static struct product *find(struct result *result, struct value key)
{
    for (size_t i = 0; i < result->count; i++)
        if (strlen(result->products[i].key) == key.len &&
            memcmp(result->products[i].key, key.text, key.len) == 0)
            return &result->products[i];
    return NULL;
}

static void create(struct result *result, const struct record *record)
{
    const struct adjustment *rules = entity_stock.adjustment;
    const struct field *level = entity_field(record->entity, rules->level, strlen(rules->level));
    struct value key = record_key(record);
    struct product *product = &result->products[result->count];
    if (find(result, key) != NULL)
        return;
    assert_true(result->count++ < PRODUCTS_MAX);
    snprintf(product->key, sizeof product->key, "%.*s", (int)key.len, key.text);
    product->level = record->values[entity_index(record->entity, level)].integer;
}

static void move(struct result *result, const struct row *row, const struct record *record)
{
    struct message message = {.topic = "stock", .offset = (int64_t)row->row, .record = *record};
    struct product *product = find(result, record_key(record));
    struct movement movement = adjust_movement(&message);
    struct adjust adjust;
    struct reason reason;
    struct failure failure;
    if (product == NULL) {
        note(result, row, ERROR_UNKNOWN_PRODUCT);
        return;
    }
    json_t *level = json_integer(product->level);
    assert_int_equal(adjust_start(&adjust, entity_stock.adjustment, level, false, NULL, &reason),
                     0);
    enum adjust_verdict verdict = adjust_take(&adjust, &movement);
    product->level = adjust.level;
    if (verdict != ADJUST_APPLIED) {
        adjust_refuse(&adjust, verdict, &movement, &failure);
        note(result, row, failure.code);
    }
    adjust_release(&adjust);
    json_decref(level);
}

static void on_row(void *arg, const struct row *row)
{
    struct result *result = arg;
    struct record record;
    struct failure failure;
    if (check_row(result->entity, row, &record, &failure) != 0) {
        on_unreadable(result, row, &failure);
        return;
    }
    result->good++;
    if (record.entity->effect == EFFECT_UPSERT)
        create(result, &record);
    else if (record.entity->effect == EFFECT_ADJUST)
        move(result, row, &record);
    record_release(&record);
}

static const char *read_file(const char *name)
{
    static char bytes[FILE_MAX];
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        fail_msg("%s is missing", name);
    size_t len = fread(bytes, 1, sizeof bytes - 1, file);
    assert_true(len < sizeof bytes - 1);
    bytes[len] = '\0';
    fclose(file);
    return bytes;
}

static void read_feed(struct result *result, const struct entity *entity, const char *name)
{
    struct feed_options options = {.entity = entity};
    struct csv_trace trace = {.on_row = on_row, .on_refused = on_unreadable, .arg = result};
    const char *bytes = read_file(name);
    result->entity = entity;
    result->good = result->refused = 0;
    result->text.max = FILE_MAX;
    buffer_clear(&result->text);
    trace_cut(&trace, &options, bytes, strlen(bytes), NULL, 0);
    assert_false(trace.unusable);
    trace_must(buffer_addf(&result->text, "%zu rows = %zu good + %zu refused\n",
                           result->good + result->refused, result->good, result->refused));
    trace_release(&trace);
}

static void events(void **state)
{
    (void)state;
    static struct result result;
    read_feed(&result, &entity_event, FOLDER "/events.csv");
    assert_string_equal(result.text.data, read_file(FOLDER "/events.expected"));
    buffer_release(&result.text);
}

static void movements(void **state)
{
    (void)state;
    static struct result result;
    read_feed(&result, &entity_product, FOLDER "/products.csv");
    read_feed(&result, &entity_stock, FOLDER "/stock.csv");
    for (size_t i = 0; i < result.count; i++)
        trace_must(buffer_addf(&result.text, "%s %" PRId64 "\n", result.products[i].key,
                               result.products[i].level));
    assert_string_equal(result.text.data, read_file(FOLDER "/stock.expected"));
    buffer_release(&result.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(movements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
