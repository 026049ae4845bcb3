/* The body of a create or an update: {"data":{...}} with fields of a record. Pure. */
#ifndef FEEDS_STRAPI_REST_BODY_H
#define FEEDS_STRAPI_REST_BODY_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/record.h"

/* A bit for each field that the record gives and that is not among the ignored ones. */
uint32_t rest_given(const struct record *record, uint32_t ignored);

/* Appends {...} with the chosen fields of the record, and behind them one more member, a text (name:
 * NULL for none). -1 when it would pass the buffer's ceiling. */
int rest_body_add_object(const struct record *record, uint32_t fields, const char *name,
                         const char *text, struct buffer *body);

/* Appends the chosen fields of the record. -1 when it would pass the buffer's ceiling. */
int rest_body_add(const struct record *record, uint32_t fields, struct buffer *body);

/* The same with one more member, a text, behind them. */
int rest_body_add_with(const struct record *record, uint32_t fields, const char *name,
                       const char *text, struct buffer *body);

#endif
