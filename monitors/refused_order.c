#include "monitors/refused_order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

struct feed {
    char *id;
    size_t len;
    int64_t first_ms; /* when the first of its rows was refused */
};

struct place {
    int64_t feed_ms; /* known when all have been added */
    size_t feed;
    uint64_t row;
    uint64_t at; /* offset in the file: also the order in which they came */
    size_t len;
};

struct refused_order {
    FILE *lines;
    uint64_t bytes;
    struct place *places;
    size_t count, capacity;
    struct feed *feeds; /* few: those of one name */
    size_t feed_count, last;
};

static int fail(const char *what, struct reason *reason)
{
    reason_set(reason, "%s: %s", what, strerror(errno));
    return -1;
}

static int no_memory(struct reason *reason)
{
    errno = ENOMEM;
    return fail("the refused rows", reason);
}

struct refused_order *refused_order_new(struct reason *reason)
{
    struct refused_order *order = calloc(1, sizeof *order);
    if (order == NULL) {
        no_memory(reason);
        return NULL;
    }
    order->lines = tmpfile();
    if (order->lines != NULL)
        return order;
    fail("a temporary file cannot be made", reason);
    free(order);
    return NULL;
}

static bool is_feed(const struct feed *feed, const struct refused_place *place)
{
    return feed->len == place->feed_id_len && memcmp(feed->id, place->feed_id, feed->len) == 0;
}

static int add_feed(struct refused_order *order, const struct refused_place *place)
{
    struct feed *feeds = realloc(order->feeds, (order->feed_count + 1) * sizeof *feeds);
    if (feeds == NULL)
        return -1;
    order->feeds = feeds;
    char *id = malloc(place->feed_id_len + 1);
    if (id == NULL)
        return -1;
    memcpy(id, place->feed_id, place->feed_id_len);
    order->last = order->feed_count++;
    feeds[order->last] =
        (struct feed){.id = id, .len = place->feed_id_len, .first_ms = place->time_ms};
    return 0;
}

/* Leaves its index in `last`. */
static int find_feed(struct refused_order *order, const struct refused_place *place)
{
    if (order->feed_count > 0 && is_feed(&order->feeds[order->last], place))
        return 0;
    for (order->last = 0; order->last < order->feed_count; order->last++)
        if (is_feed(&order->feeds[order->last], place))
            return 0;
    return add_feed(order, place);
}

static int make_room(struct refused_order *order)
{
    if (order->count < order->capacity)
        return 0;
    size_t capacity = order->capacity == 0 ? FIRST_CAPACITY : 2 * order->capacity;
    struct place *places = realloc(order->places, capacity * sizeof *places);
    if (places == NULL)
        return -1;
    order->places = places;
    order->capacity = capacity;
    return 0;
}

int refused_order_add(struct refused_order *order, const struct refused_place *place,
                      const char *line, size_t len, struct reason *reason)
{
    struct refused_place known = *place;
    if (known.feed_id == NULL) {
        known.feed_id = "";
        known.feed_id_len = 0;
    }
    if (make_room(order) != 0 || find_feed(order, &known) != 0)
        return no_memory(reason);
    if (fwrite(line, 1, len, order->lines) != len)
        return fail("a temporary file cannot be written", reason);
    struct feed *feed = &order->feeds[order->last];
    if (known.time_ms < feed->first_ms)
        feed->first_ms = known.time_ms;
    order->places[order->count++] =
        (struct place){.feed = order->last, .row = known.row, .at = order->bytes, .len = len};
    order->bytes += len;
    return 0;
}

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare(const void *one, const void *other)
{
    const struct place *a = one, *b = other;
    if (a->feed_ms != b->feed_ms)
        return a->feed_ms < b->feed_ms ? -1 : 1;
    if (a->feed != b->feed)
        return compare_numbers(a->feed, b->feed);
    return a->row != b->row ? compare_numbers(a->row, b->row) : compare_numbers(a->at, b->at);
}

/* The longest of them all: a line is read into it. */
static char *make_line(const struct refused_order *order)
{
    size_t longest = 0;
    for (size_t i = 0; i < order->count; i++)
        if (order->places[i].len > longest)
            longest = order->places[i].len;
    return malloc(longest + 1);
}

static int hand_out(struct refused_order *order, char *line, refused_line_fn *take, void *arg)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct place *place = &order->places[i];
        if (fseeko(order->lines, (off_t)place->at, SEEK_SET) != 0 ||
            fread(line, 1, place->len, order->lines) != place->len)
            return -1;
        if (take(arg, line, place->len) != 0)
            return 0;
    }
    return 0;
}

int refused_order_each(struct refused_order *order, refused_line_fn *take, void *arg,
                       struct reason *reason)
{
    if (fflush(order->lines) != 0)
        return fail("a temporary file cannot be written", reason);
    for (size_t i = 0; i < order->count; i++)
        order->places[i].feed_ms = order->feeds[order->places[i].feed].first_ms;
    if (order->count > 0)
        qsort(order->places, order->count, sizeof *order->places, compare);
    char *line = make_line(order);
    if (line == NULL)
        return no_memory(reason);
    int result = hand_out(order, line, take, arg);
    free(line);
    return result == 0 ? 0 : fail("a temporary file cannot be read", reason);
}

void refused_order_free(struct refused_order *order)
{
    if (order == NULL)
        return;
    for (size_t i = 0; i < order->feed_count; i++)
        free(order->feeds[i].id);
    fclose(order->lines);
    free(order->feeds);
    free(order->places);
    free(order);
}
