#include "pipeline/ticket.h"

#include <stdlib.h>
#include <string.h>

/* Copies the bytes to *place and moves it on. Returns where they are now. */
static const char *put(char **place, const char *bytes, size_t len)
{
    char *at = *place;
    if (len > 0)
        memcpy(at, bytes, len);
    *place += len;
    return at;
}

/* The ticket, the raw row, and `extra` bytes more, in one piece. */
static struct ticket *ticket_new(const struct row *row, size_t extra, char **place)
{
    size_t bytes = sizeof(struct ticket) + extra + row->raw_len;
    struct ticket *ticket = malloc(bytes);
    if (ticket == NULL)
        return NULL;
    *place = (char *)(ticket + 1);
    *ticket = (struct ticket){
        .row = row->row,
        .line = row->line,
        .offset = row->offset,
        .raw_len = row->raw_len,
        .bytes = bytes,
    };
    return ticket;
}

struct ticket *ticket_for_row(const struct outlet_row *row)
{
    char *place;
    struct ticket *ticket = ticket_new(row->row, row->key_len + row->value_len, &place);
    if (ticket == NULL)
        return NULL;
    if (row->key != NULL)
        ticket->key = put(&place, row->key, row->key_len);
    ticket->key_len = row->key_len;
    ticket->value = put(&place, row->value, row->value_len);
    ticket->value_len = row->value_len;
    ticket->raw = put(&place, row->row->raw, row->row->raw_len);
    return ticket;
}

struct ticket *ticket_for_reject(const struct reject *reject)
{
    char *place;
    struct ticket *ticket = ticket_new(reject->row, sizeof *reject->failure, &place);
    if (ticket == NULL)
        return NULL;
    /* Right behind the ticket, whose size is a multiple of its alignment: aligned as well. */
    _Static_assert(_Alignof(struct failure) <= _Alignof(struct ticket), "a failure must fit there");
    ticket->failure = memcpy(place, reject->failure, sizeof *reject->failure);
    place += sizeof *reject->failure;
    ticket->stage = reject->stage;
    ticket->raw = put(&place, reject->row->raw, reject->row->raw_len);
    return ticket;
}

void ticket_free(struct ticket *ticket)
{
    free(ticket);
}

void ticket_row(const struct ticket *ticket, struct row *row)
{
    *row = (struct row){
        .row = ticket->row,
        .line = ticket->line,
        .offset = ticket->offset,
        .raw = ticket->raw,
        .raw_len = ticket->raw_len,
    };
}

void ticket_list_release(struct ticket_list *list)
{
    struct ticket *ticket;
    while ((ticket = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ticket, link);
        ticket_free(ticket);
    }
}
