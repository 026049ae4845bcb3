#include "pipeline/outlet_window.h"

void window_init(struct outlet_window *window)
{
    *window = (struct outlet_window){.count = 0};
    TAILQ_INIT(&window->tickets);
}

bool window_full(const struct outlet_window *window, size_t rows_max)
{
    return window->count >= rows_max || window->bytes >= WINDOW_BYTES_MAX;
}

static void count_in(struct outlet_window *window, const struct ticket *ticket)
{
    window->count++;
    window->waiting++;
    window->bytes += ticket->bytes;
}

void window_add(struct outlet_window *window, struct ticket *ticket)
{
    ticket->state = TICKET_WAITING;
    TAILQ_INSERT_TAIL(&window->tickets, ticket, link);
    count_in(window, ticket);
}

void window_replace(struct outlet_window *window, struct ticket *ticket, struct ticket *by)
{
    by->state = TICKET_WAITING;
    TAILQ_INSERT_AFTER(&window->tickets, ticket, by, link);
    count_in(window, by);
    TAILQ_REMOVE(&window->tickets, ticket, link);
    window->count--;
    window->waiting--;
    window->bytes -= ticket->bytes;
    ticket_free(ticket);
}

void window_on_its_way(struct outlet_window *window, struct ticket *ticket)
{
    ticket->state = TICKET_OUT;
    window->waiting--;
    window->out++;
}

void window_return(struct outlet_window *window, struct ticket *ticket)
{
    ticket->state = TICKET_WAITING;
    window->out--;
    window->waiting++;
}

void window_report(struct outlet_window *window, struct ticket *ticket, enum delivery delivery,
                   const char *why)
{
    if (delivery == DELIVERED) {
        window->alive = true;
        window->out--;
        ticket->state = TICKET_WRITTEN;
        return;
    }
    if (delivery == DELIVERY_TOO_LARGE)
        ticket->too_large = true;
    else
        window_failed(window, why);
    window_return(window, ticket);
}

void window_failed(struct outlet_window *window, const char *why)
{
    window->failed = true;
    reason_set(&window->why, "%s", why);
}

void window_rewind(struct outlet_window *window)
{
    struct ticket *ticket;
    TAILQ_FOREACH (ticket, &window->tickets, link)
        ticket->state = TICKET_WAITING;
    window->waiting = window->count;
    window->out = 0;
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

void window_close(struct outlet_window *window)
{
    window->closed = window->count;
}

static void forget_first(struct outlet_window *window)
{
    struct ticket *ticket = TAILQ_FIRST(&window->tickets);
    TAILQ_REMOVE(&window->tickets, ticket, link);
    window->count--;
    window->waiting -= ticket->state == TICKET_WAITING;
    window->out -= ticket->state == TICKET_OUT;
    window->bytes -= ticket->bytes;
    acknowledge(window, ticket);
    ticket_free(ticket);
}

void window_commit(struct outlet_window *window)
{
    for (; window->closed > 0; window->closed--)
        forget_first(window);
}

size_t window_unconfirmed(const struct outlet_window *window, uint64_t *first, uint64_t *last)
{
    const struct ticket *ticket;
    size_t count = 0;
    *first = *last = 0;
    TAILQ_FOREACH (ticket, &window->tickets, link) {
        if (ticket->row == 0)
            continue;
        if (count++ == 0)
            *first = ticket->row;
        *last = ticket->row;
    }
    return count;
}

void window_release(struct outlet_window *window)
{
    ticket_list_release(&window->tickets);
    window->count = window->bytes = window->waiting = window->out = window->closed = 0;
}
