#include "feed/json_array.h"

#include <inttypes.h>

void json_array_init(struct json_array *array, struct json_records *records)
{
    *array = (struct json_array){
        .records = records, .held = BUFFER_INIT(records->limit), .here.line = 1};
}

/* Moves on behind bytes, and counts the lines that begin in them. */
static void move_on(struct json_array *array, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool second_half = array->after_cr && bytes[i] == '\n';
        array->after_cr = bytes[i] == '\r';
        array->here.line += !second_half && (bytes[i] == '\n' || bytes[i] == '\r');
    }
    array->here.offset += len;
}

static int unreadable(const struct json_array *array, struct failure *failure, const char *why)
{
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0,
                "the array cannot be read on from line %" PRIu64
                ": %s; nothing behind it was read, the rows in front of it were",
                array->here.line, why);
    return -1;
}

/* Nobody can tell where the record ends: it is refused, and the feed is over. */
static int endless(struct json_array *array, const char *why, struct failure *failure)
{
    struct failure broken;
    failure_set(&broken, ERROR_BAD_JSON, NULL, array->held.data, array->held.len,
                "where the record ends cannot be told: %s", why);
    if (!array->too_long)
        json_records_refuse(array->records, array->start, array->held.data, array->held.len,
                            &broken);
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0,
                "the array cannot be read on from row %" PRIu64 ", which starts on line %" PRIu64
                ": %s; nothing behind it was read, the rows in front of it were",
                array->records->row.row, array->start.line, why);
    return -1;
}

static void begin_record(struct json_array *array)
{
    json_scan_start(&array->scan);
    buffer_clear(&array->held);
    array->too_long = false;
    array->start = array->here;
    array->start.behind = (struct feed_place){
        .offset = array->here.offset, .line = array->here.line, .in_array = true, .open = true};
    array->stage = ARRAY_RECORD;
}

void json_array_resume(struct json_array *array, const struct feed_place *place)
{
    array->here.line = place->line;
    array->here.offset = place->offset;
    array->stage = ARRAY_BEHIND_RECORD;
    if (!place->open)
        return;
    begin_record(array);
    array->too_long = true;
}

/* False when out of memory. */
static bool hold(struct json_array *array, const char *bytes, size_t len)
{
    size_t room = array->held.max - array->held.len;
    if (array->too_long)
        return true;
    if (buffer_add(&array->held, bytes, len < room ? len : room) != 0)
        return false;
    if (len <= room)
        return true;
    json_records_too_long(array->records, array->start, array->held.data);
    array->too_long = true;
    return true;
}

static int take_record(struct json_array *array, const char **bytes, size_t *len,
                       struct failure *failure)
{
    enum scan_state state;
    size_t used = json_scan_run(&array->scan, *bytes, *len, &state);
    if (!hold(array, *bytes, used))
        return unreadable(array, failure, "out of memory");
    move_on(array, *bytes, used);
    *bytes += used;
    *len -= used;
    if (state == SCAN_BROKEN)
        return endless(array, array->scan.why, failure);
    if (state == SCAN_OPEN)
        return 0;
    array->start.behind.offset = array->here.offset;
    array->start.behind.line = array->here.line;
    array->start.behind.open = false;
    if (!array->too_long)
        json_records_take(array->records, array->start, JSON_ELEMENT, array->held.data,
                          array->held.len);
    array->stage = ARRAY_BEHIND_RECORD;
    return 0;
}

/* A byte outside of the records. 0 with *taken false: a record begins with it. */
static int take_mark(struct json_array *array, char byte, bool *taken, struct failure *failure)
{
    *taken = true;
    switch (array->stage) {
    case ARRAY_OUTSIDE:
        array->stage = ARRAY_FIRST;
        return 0;
    case ARRAY_BEHIND_RECORD:
        array->stage = byte == ',' ? ARRAY_BEHIND_COMMA : ARRAY_CLOSED;
        return byte == ',' || byte == ']'
                   ? 0
                   : unreadable(array, failure, "a comma is missing between two records");
    case ARRAY_CLOSED:
        return unreadable(array, failure, "something stands behind the ] that closes it");
    case ARRAY_FIRST:
    case ARRAY_BEHIND_COMMA:
    case ARRAY_RECORD:
        break;
    }
    if (byte == ',')
        return unreadable(array, failure, "a comma stands where a record is expected");
    /* A comma behind the last record is no JSON, but nothing is lost by it. */
    if (byte == ']') {
        array->stage = ARRAY_CLOSED;
    } else {
        begin_record(array);
        *taken = false;
    }
    return 0;
}

int json_array_write(struct json_array *array, const char *bytes, size_t len,
                     struct failure *failure)
{
    int result = 0;
    while (len > 0 && result == 0) {
        bool taken = false;
        if (array->stage == ARRAY_RECORD) {
            result = take_record(array, &bytes, &len, failure);
            continue;
        }
        if (json_is_blank(*bytes))
            taken = true;
        else
            result = take_mark(array, *bytes, &taken, failure);
        if (taken && result == 0) {
            move_on(array, bytes, 1);
            bytes++;
            len--;
        }
    }
    return result;
}

int json_array_finish(struct json_array *array, struct failure *failure)
{
    static const char why[] = "the feed ends before the ] that closes it (was it sent whole?)";
    if (array->stage == ARRAY_CLOSED)
        return 0;
    return array->stage == ARRAY_RECORD ? endless(array, why, failure)
                                        : unreadable(array, failure, why);
}

void json_array_release(struct json_array *array)
{
    buffer_release(&array->held);
}
