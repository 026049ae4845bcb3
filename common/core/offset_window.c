#include "core/offset_window.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64

static struct offset_slot *slot(const struct offset_window *window, size_t place)
{
    return &window->slots[(window->head + place) % window->cap];
}

static int grow(struct offset_window *window)
{
    size_t cap = window->cap ? window->cap * 2 : FIRST_CAPACITY;
    struct offset_slot *slots = malloc(cap * sizeof *slots);

    if (!slots)
        return -1;
    for (size_t i = 0; i < window->count; i++)
        slots[i] = *slot(window, i);
    free(window->slots);
    window->slots = slots;
    window->cap = cap;
    window->head = 0;
    return 0;
}

int64_t offset_window_next(const struct offset_window *window)
{
    return window->count ? slot(window, window->count - 1)->next : window->position;
}

void offset_window_start(struct offset_window *window, int64_t offset)
{
    window->position = offset;
}

static int add(struct offset_window *window, const struct offset_slot *added)
{
    if (added->offset < offset_window_next(window))
        return -1;
    if (window->count == window->cap && grow(window) != 0)
        return -1;
    if (window->count == 0)
        window->position = added->offset;
    window->count++;
    *slot(window, window->count - 1) = *added;
    return 0;
}

int offset_window_add(struct offset_window *window, int64_t offset)
{
    return offset_window_add_range(window, offset, offset + 1);
}

int offset_window_add_marked(struct offset_window *window, const struct fingerprint *mark)
{
    return add(window, &(struct offset_slot){.offset = mark->offset,
                                             .next = mark->offset + 1,
                                             .mark = *mark,
                                             .marked = true});
}

int offset_window_add_range(struct offset_window *window, int64_t first, int64_t next)
{
    return add(window, &(struct offset_slot){.offset = first, .next = next});
}

const struct fingerprint *offset_window_last(const struct offset_window *window)
{
    return window->has_last ? &window->last : NULL;
}

const struct fingerprint *offset_window_newest(const struct offset_window *window)
{
    for (size_t i = window->count; i-- > 0;)
        if (slot(window, i)->marked)
            return &slot(window, i)->mark;
    return offset_window_last(window);
}

static struct offset_slot *find(const struct offset_window *window, int64_t offset)
{
    size_t low = 0, high = window->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (slot(window, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == window->count || slot(window, low)->offset != offset)
        return NULL;
    return slot(window, low);
}

int offset_window_done(struct offset_window *window, int64_t offset)
{
    struct offset_slot *found = find(window, offset);

    if (!found || found->done)
        return -1;
    found->done = true;
    window->ahead++;
    while (window->count && slot(window, 0)->done) {
        const struct offset_slot *first = slot(window, 0);

        window->position = first->next;
        if (first->marked) {
            window->last = first->mark;
            window->has_last = true;
        }
        window->head = (window->head + 1) % window->cap;
        window->count--;
        window->ahead--;
    }
    /* Between two pending offsets there may be a gap: nothing in it waits for anybody. */
    if (window->count)
        window->position = slot(window, 0)->offset;
    return 0;
}

int64_t offset_window_position(const struct offset_window *window)
{
    return window->position;
}

size_t offset_window_pending(const struct offset_window *window)
{
    return window->count;
}

size_t offset_window_ahead(const struct offset_window *window)
{
    return window->ahead;
}

void offset_window_add_ahead(const struct offset_window *window, struct offset_set *set)
{
    for (size_t i = 0; i < window->count; i++)
        if (slot(window, i)->done)
            offset_set_add(set, slot(window, i)->offset);
}

void offset_window_release(struct offset_window *window)
{
    free(window->slots);
    *window = (struct offset_window)OFFSET_WINDOW_INIT;
}
