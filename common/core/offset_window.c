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
    return window->count ? slot(window, window->count - 1)->offset + 1 : window->position;
}

int offset_window_add(struct offset_window *window, int64_t offset)
{
    if (offset < offset_window_next(window))
        return -1;
    if (window->count == window->cap && grow(window) != 0)
        return -1;
    if (window->count == 0)
        window->position = offset;
    window->count++;
    *slot(window, window->count - 1) = (struct offset_slot){.offset = offset};
    return 0;
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
        window->position = slot(window, 0)->offset + 1;
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

void offset_window_release(struct offset_window *window)
{
    free(window->slots);
    *window = (struct offset_window)OFFSET_WINDOW_INIT;
}
