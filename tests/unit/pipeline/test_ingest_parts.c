/* The producer's pure parts: sentences, summaries, the window of tickets, exit codes, patience. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "pipeline/exit_rank.h"
#include "pipeline/ingest_summary.h"
#include "pipeline/outlet_window.h"
#include "pipeline/patience.h"
#include "pipeline/reject.h"
#include "service/log.h"

static struct failure made_failure(enum error_code code)
{
    struct failure failure;
    failure_set(&failure, code, "width", "12x", 3, "not a whole number");
    return failure;
}

static void a_sentence_names_feed_row_and_line(void **state)
{
    (void)state;
    struct failure failure = made_failure(ERROR_INVALID_FIELD);
    struct row row = {.row = 1207, .line = 1209, .raw = "a,b\r\n", .raw_len = 5};
    struct reject reject = {&row, &failure, STAGE_VALIDATE};
    struct feed_name feed = {.name = "a.csv", .id = "f00d"};
    struct reason sentence;
    reject_sentence(&reject, &feed, &sentence);
    assert_string_equal(sentence.text,
                        "a.csv, row 1207, line 1209: width: not a whole number: \"12x\"");
    row.row = 0;
    feed.name = "\x1b[2Ja.csv";
    reject_sentence(&reject, &feed, &sentence);
    assert_string_equal(sentence.text, "\\x1B[2Ja.csv: width: not a whole number: \"12x\"");
}

static void the_original_goes_without_its_line_end(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        size_t len;
    } table[] = {{"a,b", 3}, {"a,b\n", 3}, {"a,b\r\n", 3}, {"a,b\r", 3}, {"\n", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct row row = {.raw = table[i].raw, .raw_len = strlen(table[i].raw)};
        assert_int_equal(reject_raw_len(&row), table[i].len);
    }
}

static void a_record_has_what_the_row_has(void **state)
{
    (void)state;
    struct failure failure = made_failure(ERROR_INVALID_FIELD);
    const struct row row = {.row = 3, .line = 4, .raw = "x\n", .raw_len = 2};
    const struct reject reject = {&row, &failure, STAGE_VALIDATE};
    const struct feed_name feed = {.name = "a.csv", .id = "f00d"};
    struct reason sentence = {"why"};
    struct error_record record;
    reject_record(&reject, &feed, &sentence, &record);
    assert_int_equal(record.partition, -1);
    assert_int_equal(record.row, 3);
    assert_int_equal(record.line, 4);
    assert_string_equal(record.feed_id, "f00d");
    assert_string_equal(record.field, "width");
    assert_string_equal(record.value, "12x");
    assert_string_equal(record.stage, "validate");
    assert_int_equal(record.message_len, 1);
    failure.field[0] = failure.value[0] = '\0';
    reject_record(&reject, &feed, &sentence, &record);
    assert_null(record.field);
    assert_null(record.value);
}

static struct ingest_summary made_summary(void)
{
    struct ingest_summary summary = {.feed = "products.csv",
                                     .feed_id = "f00d",
                                     .topic = "product",
                                     .rows = 200,
                                     .sent = 195,
                                     .rejected = 5,
                                     .took_ms = 1234};
    summary.codes[ERROR_INVALID_FIELD] = 3;
    summary.codes[ERROR_COLUMN_COUNT] = 2;
    return summary;
}

static void assert_text(const struct ingest_summary *summary, const char *expected)
{
    struct buffer text = BUFFER_INIT(SUMMARY_BYTES_MAX);
    assert_int_equal(summary_text(summary, &text), 0);
    assert_string_equal(text.data, expected);
    buffer_release(&text);
}

static void a_summary_adds_up(void **state)
{
    (void)state;
    struct ingest_summary summary = made_summary();
    assert_text(&summary, "products.csv: 200 rows read = 195 sent + 5 rejected (3 invalid_field, "
                          "2 column_count) in 1.2s");
    summary.sent = 190;
    summary.unconfirmed_first = 7;
    summary.unconfirmed_last = 200;
    summary.took_ms = 61000;
    reason_set(&summary.ended, "stopped");
    assert_text(&summary, "products.csv: 200 rows read = 190 sent + 5 rejected (3 invalid_field, "
                          "2 column_count) + 5 unconfirmed (rows 7 to 200) in 1m01s; stopped");
    summary = (struct ingest_summary){.feed = "a\033", .topic = "t", .dry_run = true};
    assert_text(&summary, "a\\x1B: 0 rows read = 0 to send + 0 rejected in 0.0s (dry run)");
}

static void a_summary_for_programs_is_one_json_object(void **state)
{
    (void)state;
    struct ingest_summary summary = made_summary();
    struct buffer text = BUFFER_INIT(SUMMARY_BYTES_MAX);
    summary.feed[0] = (char)0xFF; /* a file name is any bytes */
    assert_int_equal(summary_json(&summary, &text), 0);
    json_auto_t *root = json_loadb(text.data, text.len, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "rows")), 200);
    assert_int_equal(json_integer_value(json_object_get(root, "unconfirmed")), 0);
    const json_t *codes = json_object_get(root, "codes");
    assert_int_equal(json_object_size(codes), 2);
    assert_int_equal(json_integer_value(json_object_get(codes, "invalid_field")), 3);
    assert_null(json_object_get(root, "ended"));
    buffer_release(&text);
}

struct counts {
    int sent, rejected;
};

static void on_sent(void *arg)
{
    ((struct counts *)arg)->sent++;
}

static void on_rejected(void *arg, enum error_code code)
{
    assert_int_equal(code, ERROR_INVALID_FIELD);
    ((struct counts *)arg)->rejected++;
}

static struct ticket *give(struct outlet_window *window, uint64_t number)
{
    const struct row row = {.row = number, .line = number + 1, .raw = "raw\n", .raw_len = 4};
    const struct outlet_row good = {
        .row = &row, .key = "k", .key_len = 1, .value = "{}", .value_len = 2};
    struct ticket *ticket = ticket_for_row(&good);
    assert_non_null(ticket);
    window_add(window, ticket);
    window_on_its_way(window, ticket);
    return ticket;
}

static struct ticket *give_reject(struct outlet_window *window, uint64_t number)
{
    struct failure failure = made_failure(ERROR_INVALID_FIELD);
    const struct row row = {.row = number, .raw = "raw\n", .raw_len = 4};
    const struct reject reject = {&row, &failure, STAGE_READ};
    struct ticket *ticket = ticket_for_reject(&reject);
    assert_non_null(ticket);
    window_add(window, ticket);
    window_on_its_way(window, ticket);
    return ticket;
}

static void a_ticket_keeps_all_of_a_row(void **state)
{
    (void)state;
    struct outlet_window window;
    struct row row;
    window_init(&window);
    const struct ticket *ticket = give(&window, 9);
    assert_memory_equal(ticket->key, "k", 1);
    assert_memory_equal(ticket->value, "{}", 2);
    ticket_row(ticket, &row);
    assert_int_equal(row.row, 9);
    assert_int_equal(row.line, 10);
    assert_int_equal(row.raw_len, 4);
    assert_memory_equal(row.raw, "raw\n", 4);
    ticket = give_reject(&window, 10);
    assert_string_equal(ticket->failure->value, "12x");
    assert_string_equal(ticket->stage, "read");
    assert_memory_equal(ticket->raw, "raw\n", 4);
    window_release(&window);
}

static void nothing_counts_before_it_is_committed(void **state)
{
    (void)state;
    struct counts counts = {0, 0};
    struct outlet_window window;
    uint64_t first, last;
    window_init(&window);
    window.events =
        (struct outlet_events){.sent = on_sent, .rejected = on_rejected, .arg = &counts};
    struct ticket *one = give(&window, 1), *bad = give_reject(&window, 2);
    struct ticket *whole = give_reject(&window, 0);
    window_report(&window, bad, DELIVERED, "");
    window_report(&window, one, DELIVERED, "");
    window_report(&window, whole, DELIVERED, "");
    assert_true(window.alive);
    assert_int_equal(window_unconfirmed(&window, &first, &last), 2);
    assert_int_equal(counts.sent + counts.rejected, 0);
    window_close(&window);
    /* Behind the transaction. */
    (void)give(&window, 3);
    window_commit(&window);
    assert_int_equal(counts.sent, 1);
    assert_int_equal(counts.rejected, 1); /* the record of the feed is nobody's row */
    assert_int_equal(window_unconfirmed(&window, &first, &last), 1);
    assert_int_equal(first, 3);
    assert_int_equal(last, 3);
    assert_int_equal(window.out, 1);
    window_release(&window);
}

static void what_comes_back_stays_where_its_row_is(void **state)
{
    (void)state;
    struct outlet_window window;
    window_init(&window);
    struct ticket *one = give(&window, 1), *two = give(&window, 2), *three = give(&window, 3);
    window_report(&window, three, DELIVERY_FAILED, "gone");
    window_report(&window, one, DELIVERY_TOO_LARGE, "large");
    window_report(&window, two, DELIVERED, "");
    assert_int_equal(window.waiting, 2);
    assert_int_equal(window.out, 0);
    assert_true(one->too_large);
    assert_false(three->too_large);
    assert_true(window.failed);
    assert_string_equal(window.why.text, "gone");
    struct ticket *record = give_reject(&window, 1);
    TAILQ_REMOVE(&window.tickets, record, link);
    window.count--;
    window.out--;
    window.bytes -= record->bytes;
    window_replace(&window, one, record);
    assert_ptr_equal(TAILQ_FIRST(&window.tickets), record);
    assert_ptr_equal(TAILQ_NEXT(record, link), two);
    assert_int_equal(window.count, 3);
    assert_int_equal(window.waiting, 2);
    /* Its transaction is aborted. */
    window_rewind(&window);
    assert_int_equal(window.waiting, 3);
    assert_int_equal(two->state, TICKET_WAITING);
    window_release(&window);
}

static void what_is_dropped_is_no_failure(void **state)
{
    (void)state;
    struct outlet_window window;
    window_init(&window);
    window_return(&window, give(&window, 1));
    assert_false(window.failed);
    assert_int_equal(window.waiting, 1);
    window_release(&window);
}

static void a_window_is_bounded(void **state)
{
    (void)state;
    struct outlet_window window;
    window_init(&window);
    window.count = 99;
    assert_false(window_full(&window, 100));
    window.count++;
    assert_true(window_full(&window, 100));
    window.count = 1;
    window.bytes = WINDOW_BYTES_MAX;
    assert_true(window_full(&window, 100));
    window_init(&window);
    struct ticket *ticket = give(&window, 1);
    assert_int_equal(window.bytes, ticket->bytes);
    window_release(&window);
    assert_int_equal(window.bytes, 0);
    assert_int_equal(window.count, 0);
}

static void the_worst_code_wins(void **state)
{
    (void)state;
    assert_int_equal(exit_worse(EXIT_ALL_ACCOUNTED, EXIT_IO), EXIT_IO);
    assert_int_equal(exit_worse(EXIT_NO_FEED, EXIT_BAD_FEED), EXIT_NO_FEED);
    assert_int_equal(exit_worse(EXIT_NO_FEED, EXIT_INTERRUPTED), EXIT_INTERRUPTED);
    assert_int_equal(exit_worse(EXIT_BUG, EXIT_CONFIGURATION), EXIT_BUG);
    assert_false(exit_ends_all(EXIT_NO_FEED));
    assert_false(exit_ends_all(EXIT_IO));
    assert_true(exit_ends_all(EXIT_INTERRUPTED));
    assert_true(exit_ends_all(EXIT_BUG));
}

static void patience_runs_out_only_when_it_is_limited(void **state)
{
    (void)state;
    struct patience patience;
    log_setup("test", LOG_ERROR_LEVEL, false);
    patience_init(&patience, 5000);
    patience_renew(&patience, 1000);
    assert_true(patience_left(&patience, 1, 5999));
    patience_renew(&patience, 5999);
    assert_true(patience_left(&patience, 1, 10998));
    patience_init(&patience, -1);
    patience_renew(&patience, 0);
    assert_true(patience_left(&patience, 1, INT64_C(1000000000)));
    log_setup("test", LOG_ERROR_LEVEL + 1, false); /* it says so, which is no news here */
    patience_init(&patience, 5000);
    patience_renew(&patience, 0);
    assert_false(patience_left(&patience, 1, 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_names_feed_row_and_line),
        cmocka_unit_test(the_original_goes_without_its_line_end),
        cmocka_unit_test(a_record_has_what_the_row_has),
        cmocka_unit_test(a_summary_adds_up),
        cmocka_unit_test(a_summary_for_programs_is_one_json_object),
        cmocka_unit_test(a_ticket_keeps_all_of_a_row),
        cmocka_unit_test(nothing_counts_before_it_is_committed),
        cmocka_unit_test(what_comes_back_stays_where_its_row_is),
        cmocka_unit_test(what_is_dropped_is_no_failure),
        cmocka_unit_test(a_window_is_bounded),
        cmocka_unit_test(the_worst_code_wins),
        cmocka_unit_test(patience_runs_out_only_when_it_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
