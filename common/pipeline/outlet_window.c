#include "pipeline/outlet_window.h"

void window_init(struct outlet_window *window)
{
    *window = (struct outlet_window){.count = 0};
    TAILQ_INIT(&window->out);
    TAILQ_INIT(&window->again);
}

bool window_full(const struct outlet_window *window)
{
    return window->count >= WINDOW_ROWS_MAX || window->bytes >= WINDOW_BYTES_MAX;
}

void window_add(struct outlet_window *window, struct ticket *ticket)
{
    window->count++;
    window->bytes += ticket->bytes;
}

void window_on_its_way(struct outlet_window *window, struct ticket *ticket)
{
    TAILQ_INSERT_TAIL(&window->out, ticket, link);
}

void window_back(struct outlet_window *window, struct ticket *ticket)
{
    ticket_list_insert(&window->again, ticket);
}

void window_forget(struct outlet_window *window, struct ticket *ticket)
{
    window->count--;
    window->bytes -= ticket->bytes;
    ticket_free(ticket);
}

/* The record of a feed as a whole is nobody's row. */
static void acknowledge(struct outlet_window *window, const struct ticket *ticket)
{
    if (ticket->row == 0)
        return;
    if (ticket->failure != NULL)
        window->events.rejected(window->events.arg, ticket->failure->code);
    else
        window->events.sent(window->events.arg);
}

void window_report(struct outlet_window *window, struct ticket *ticket, enum delivery delivery,
                   const char *why)
{
    TAILQ_REMOVE(&window->out, ticket, link);
    if (delivery == DELIVERED) {
        window->alive = true;
        acknowledge(window, ticket);
        window_forget(window, ticket);
        return;
    }
    if (delivery == DELIVERY_TOO_LARGE)
        ticket->too_large = true;
    else
        window_failed(window, why);
    window_back(window, ticket);
}

void window_failed(struct outlet_window *window, const char *why)
{
    window->failed = true;
    reason_set(&window->why, "%s", why);
}

static void widen(const struct ticket_list *list, uint64_t *first, uint64_t *last, size_t *count)
{
    const struct ticket *ticket;
    TAILQ_FOREACH (ticket, list, link) {
        if (ticket->row == 0)
            continue;
        if (*count == 0 || ticket->row < *first)
            *first = ticket->row;
        if (*count == 0 || ticket->row > *last)
            *last = ticket->row;
        (*count)++;
    }
}

size_t window_unconfirmed(const struct outlet_window *window, uint64_t *first, uint64_t *last)
{
    size_t count = 0;
    *first = *last = 0;
    widen(&window->out, first, last, &count);
    widen(&window->again, first, last, &count);
    return count;
}

void window_release(struct outlet_window *window)
{
    ticket_list_release(&window->out);
    ticket_list_release(&window->again);
    window->count = window->bytes = 0;
}
