/* Error records as a file of the feed's shape, which our own reader takes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"
#include "core/encode.h"
#include "core/error_record.h"
#include "entities/entities.h"
#include "feed/feed_reader.h"
#include "monitors/refused_rows.h"

#define OUT_MAX 1000000

/* A refused row (of a producer: partition -1) or message. */
static struct error_record refused(const char *service, uint64_t row, const char *message)
{
    bool is_row = strstr(service, "producer") != NULL;
    return (struct error_record){.code = ERROR_REFUSED,
                                 .error = "no",
                                 .service = service,
                                 .topic = "topic",
                                 .partition = is_row ? -1 : 0,
                                 .offset = is_row ? -1 : (int64_t)row,
                                 .feed = "a.csv",
                                 .feed_id = "f00d",
                                 .row = row,
                                 .message = message,
                                 .message_len = message == NULL ? 0 : strlen(message)};
}

static void with_record(struct refused_rows *rows, const struct error_record *record,
                        struct buffer *out)
{
    struct buffer json = BUFFER_INIT(ERROR_RECORD_BYTES_MAX);
    struct failure_record read;
    const struct failure_place place = {.topic = "error"};
    assert_int_equal(error_record_write(record, ERROR_RECORD_BYTES_MAX, &json), 0);
    failure_record_read(&read, &place, json.data, json.len);
    if (out == NULL)
        refused_rows_learn(rows, &read);
    else
        assert_int_equal(refused_rows_add(rows, &read, out), 0);
    failure_record_release(&read);
    buffer_release(&json);
}

/* Both passes. The counts stay in `rows`. */
static void make_file(struct refused_rows *rows, const char *feed,
                      const struct error_record *records, size_t count, struct buffer *out)
{
    *rows = (struct refused_rows)REFUSED_ROWS_INIT;
    for (size_t i = 0; i < count; i++)
        with_record(rows, &records[i], NULL);
    assert_int_equal(refused_rows_shape(rows, feed), 0);
    struct buffer lines = BUFFER_INIT(OUT_MAX);
    for (size_t i = 0; i < count; i++)
        with_record(rows, &records[i], &lines);
    if (rows->written > 0) {
        assert_int_equal(refused_rows_head(rows, out), 0);
        assert_int_equal(buffer_add(out, lines.data, lines.len), 0);
    }
    buffer_release(&lines);
    refused_rows_release(rows);
}

static void assert_file(const char *feed, const struct error_record *records, size_t count,
                        const char *expected)
{
    struct refused_rows rows;
    struct buffer out = BUFFER_INIT(OUT_MAX);
    make_file(&rows, feed, records, count, &out);
    assert_string_equal(out.len == 0 ? "" : out.data, expected);
    buffer_release(&out);
}

static void rows_of_a_producer_stand_as_they_are(void **state)
{
    (void)state;
    struct error_record records[] = {
        refused("product-producer", 3, "\"a\" x|12x|y"),
        refused("product-producer", 7, "1|2|3|4"),
        refused("product-producer", 9, "\xFF|7|z"),
    };
    for (size_t i = 0; i < 3; i++)
        records[i].layout = "{\"format\":\"csv\",\"delimiter\":\"|\",\"header\":\"EAN|n|x\","
                            "\"fields\":[\"barcode\",\"name\",null]}";
    assert_file("a.csv", records, 3,
                "error|row|EAN|n|x\n"
                "\"no\"|3|\"a\" x|12x|y\n"
                "\"no\"|7|1|2|3|4\n"
                "\"no\"|9|\xFF|7|z\n");
}

static void messages_go_into_the_feeds_columns(void **state)
{
    (void)state;
    struct error_record records[] = {
        refused("product-consumer", 1, "{\"name\":\"a|\\\"b\\\"\",\"barcode\":\"007\",\"x\":1}"),
        refused("product-producer", 2, "1|2|3"),
    };
    records[1].layout = "{\"format\":\"csv\",\"delimiter\":\"|\",\"header\":\"EAN|n|x\","
                        "\"fields\":[\"barcode\",\"name\",null],\"converted\":true}";
    assert_file("a.csv", records, 2,
                "\xEF\xBB\xBF"
                "error|row|EAN|n|x\n"
                "\"no\"|1|007|\"a|\"\"b\"\"\"|\n"
                "\"no\"|2|1|2|3\n");
}

/* Of rej.csv, which is such a file itself. */
static void a_corrected_file_has_one_front(void **state)
{
    (void)state;
    struct error_record records[] = {
        refused("product-producer", 1, "\"old; bad\";7;1;a"),
        refused("product-consumer", 2, "{\"name\":\"b\",\"barcode\":\"2\"}"),
        refused("product-producer", 3, "3;c"),
    };
    records[0].layout = "{\"format\":\"csv\",\"delimiter\":\";\",\"header\":\"error;row;EAN;n\","
                        "\"fields\":[null,null,\"barcode\",\"name\"]}";
    records[2].layout = "{\"format\":\"csv\",\"delimiter\":\";\",\"header\":\"EAN;n\","
                        "\"fields\":[\"barcode\",\"name\"]}";
    assert_file("rej.csv", records, 3,
                "error;row;EAN;n\n"
                "\"no\";1;1;a\n"
                "\"no\";2;2;b\n"
                "\"no\";3;3;c\n");
}

static void without_a_layout_the_entitys_own(void **state)
{
    (void)state;
    const struct error_record event[] = {
        refused("event-consumer", 1,
                "{\"metadata\":{\"a\": 1E3 ,\"b\":\"x;\\\"y\"},\"value\":\"v;w\"}"),
        refused("event-consumer", 2, "{\"value\":\"v\",\"metadata\":\"{\\\"circuit\\\":1.0}\"}"),
        refused("event-consumer", 3, "{\"value\":\"v\",\"metadata\":{\"a\":\n1}}"),
        refused("event-consumer", 4, "{\"value\":\"v\"}"),
    };
    assert_file("events.csv", event, 4,
                "error;row;value;metadata\n"
                "\"no\";1;\"v;w\";{\"a\": 1E3 ,\"b\":\"x;\\\"y\"}\n"
                "\"no\";2;v;{\"circuit\":1.0}\n"
                "\"no\";3;v;\"{\"\"a\"\":\n1}\"\n"
                "\"no\";4;v;\n");
    const struct error_record stock = refused("stock-consumer", 5,
                                              "{\"id\":\"12\",\"amount\":7,"
                                              "\"type\":\"OUT\"}");
    assert_file("stock.csv", &stock, 1,
                "error,row,id,documentId,barcode,amount,type\n\"no\",5,12,,,7,OUT\n");
}

static void json_feeds_are_json_again(void **state)
{
    (void)state;
    struct error_record records[] = {
        refused("product-consumer", 1, "{\"name\":\"a\",\"description\":null}"),
        refused("product-producer", 2, "{\"name\":7,\n\"error\":\"old\"}"),
        refused("product-producer", 3, "{\"name\":"),
    };
    static const char with_null[] =
        "{\"error\":\"no\",\"row\":1,\"name\":\"a\",\"description\":null}\n";
    assert_file("a.jsonl.gz", records, 1, with_null);
    records[1].layout = records[2].layout = "{\"format\":\"json\"}";
    assert_file("a.csv", records, 3,
                "{\"error\":\"no\",\"row\":1,\"name\":\"a\",\"description\":null}\n"
                "{\"error\":\"no\",\"row\":2,\"name\":7}\n"
                "{\"error\":\"no\",\"row\":3,\"name\":\n");
}

/* The same name, another week: the columns stand in another order. */
static void rows_of_another_shape_are_read_again(void **state)
{
    (void)state;
    struct error_record records[] = {
        refused("product-producer", 1, "1,n"),
        refused("product-producer", 2, "\"n;m\";2;x"),
        refused("product-producer", 3, "n;m;2;x"),
        refused("product-producer", 4, "{\"name\":\"j\",\"barcode\":\"4\"}"),
        refused("product-producer", 5, "5,n"),
    };
    records[0].layout = "{\"format\":\"csv\",\"delimiter\":\",\",\"header\":\"barcode,name\","
                        "\"fields\":[\"barcode\",\"name\"]}";
    records[1].layout = records[2].layout =
        "{\"format\":\"csv\",\"delimiter\":\";\",\"header\":\"name;EAN;y\","
        "\"fields\":[\"name\",\"barcode\",null]}";
    records[3].layout = "{\"format\":\"json\"}";
    struct refused_rows rows;
    struct buffer out = BUFFER_INIT(OUT_MAX);
    make_file(&rows, "a.csv", records, 5, &out);
    assert_string_equal(out.data, "error,row,barcode,name\n"
                                  "\"no\",1,1,n\n"
                                  "\"no\",2,2,n;m\n"
                                  "\"no\",4,4,j\n");
    /* One has a column too many, the other's columns nobody knows. */
    assert_int_equal(rows.unfit, 2);
    assert_int_equal(rows.written, 3);
    buffer_release(&out);
}

static void what_has_no_line_is_counted(void **state)
{
    (void)state;
    static char large[ERROR_RECORD_BYTES_MAX + 1000];
    memset(large, 'x', sizeof large - 1);
    struct error_record records[] = {
        refused("product-consumer", 1, "{\"name\":\"a\"}"),
        refused("product-consumer", 2, large),
        refused("product-consumer", 3, NULL),
        refused("product-consumer", 4, "garbage"),
        refused("product-consumer", 5, "[1]"),
        refused("event-consumer", 6, "{\"value\":\"a\"}"),
        refused("somebody", 7, "{}"),
        refused("product-producer", 8, "beginning"),
        refused("product-producer", 0, "the feed as a whole"),
        refused("product-consumer", 0, "{\"name\":\"of no feed\"}"),
    };
    records[7].code = ERROR_ROW_TOO_LONG;
    struct refused_rows rows;
    struct buffer out = BUFFER_INIT(OUT_MAX);
    make_file(&rows, "a.csv", records, sizeof records / sizeof *records, &out);
    assert_string_equal(out.data, "error,row,name,description,stock_available,barcode,status\n"
                                  "\"no\",1,a,,,,\n");
    assert_int_equal(rows.cut, 3);
    assert_int_equal(rows.unfit, 2);
    assert_int_equal(rows.strangers, 2);
    buffer_release(&out);
}

static void nothing_refused_is_no_file(void **state)
{
    (void)state;
    assert_file("a.csv", NULL, 0, "");
}

/* There and back: what the consumer refused, our producer makes the same message of. */

struct back {
    const struct entity *entity;
    struct buffer encoded;
    unsigned rows;
};

static void on_row(void *arg, const struct row *row)
{
    struct back *back = arg;
    struct record record = RECORD_INIT;
    struct failure failure;
    assert_int_equal(check_row(back->entity, row, &record, &failure), 0);
    assert_int_equal(encode_record(&record, &back->encoded), 0);
    record_release(&record);
    back->rows++;
}

static void on_rejected(void *arg, const struct row *row, const struct failure *failure)
{
    (void)arg;
    fail_msg("row %d: %s: %.*s", (int)row->row, failure->reason.text, (int)row->raw_len, row->raw);
}

static void on_notice(void *arg, const char *sentence)
{
    (void)arg;
    fail_msg("%s", sentence);
}

static void check_back(const struct entity *entity, const char *service, const char *message)
{
    const struct error_record record = refused(service, 1, message);
    const struct feed_options options = {.entity = entity};
    struct back back = {.entity = entity, .encoded = BUFFER_INIT(OUT_MAX)};
    const struct feed_events events = {on_row, on_rejected, on_notice, &back};
    struct refused_rows rows;
    struct failure failure;
    struct buffer file = BUFFER_INIT(OUT_MAX);
    make_file(&rows, "a.csv", &record, 1, &file);
    struct feed_reader *reader = feed_reader_new(&options, &events);
    assert_int_equal(feed_reader_write(reader, file.data, file.len, &failure), 0);
    assert_int_equal(feed_reader_finish(reader, &failure), 0);
    assert_int_equal(back.rows, 1);
    assert_string_equal(back.encoded.data, message);
    feed_reader_free(reader);
    buffer_release(&file);
    buffer_release(&back.encoded);
}

static void messages_come_back_byte_for_byte(void **state)
{
    (void)state;
    static const char *const events[] = {
        "{\"value\":\"You can't index the port\",\"metadata\":{\"circuit\":\"SCSI\"}}",
        "{\"value\":\" blanks \",\"metadata\":{\"a\":1.0,\"b\":1E3,\"c\":[ "
        "],\"d\":\"x;y\\\"\\n\"}}",
        "{\"value\":\"a\\nb\\r\\nc;\\\"d\\\"\"}",
        "{\"value\":\"\\\"\",\"metadata\":{}}",
        "{\"value\":\"\xF0\x9F\x98\x80 \\u0001\\t\",\"metadata\":{\"\xC3\xA9\":{\"}\":\"]\"}}}",
    };
    static const char *const products[] = {
        "{\"name\":\"a,b\",\"description\":\"\\\"q\\\"\",\"stock_available\":0,\"barcode\":\"007\","
        "\"status\":\"safe\"}",
        "{\"name\":\"x\\ny\",\"barcode\":\" 1 \"}",
        "{\"name\":\"'\",\"description\":\";|\\t\",\"barcode\":\"\\\"\"}",
    };
    static const char *const movements[] = {
        "{\"id\":12,\"amount\":7,\"type\":\"IN\"}",
        "{\"documentId\":\"a-b_c\",\"amount\":0,\"type\":\"OUT\"}",
        "{\"barcode\":\"0,7\",\"amount\":2147483647,\"type\":\"OUT\"}",
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        check_back(&entity_event, "event-consumer", events[i]);
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        check_back(&entity_product, "product-consumer", products[i]);
    for (size_t i = 0; i < sizeof movements / sizeof *movements; i++)
        check_back(&entity_stock, "stock-consumer", movements[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_producer_stand_as_they_are),
        cmocka_unit_test(messages_go_into_the_feeds_columns),
        cmocka_unit_test(a_corrected_file_has_one_front),
        cmocka_unit_test(without_a_layout_the_entitys_own),
        cmocka_unit_test(json_feeds_are_json_again),
        cmocka_unit_test(rows_of_another_shape_are_read_again),
        cmocka_unit_test(what_has_no_line_is_counted),
        cmocka_unit_test(nothing_refused_is_no_file),
        cmocka_unit_test(messages_come_back_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
