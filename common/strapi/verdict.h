/* (route, how the request ended, status, body) → verdict. Where an HTTP status becomes a decision:
 * one table; docs/architecture.md, "One bad record, or an outage?". */
#ifndef FEEDS_STRAPI_VERDICT_H
#define FEEDS_STRAPI_VERDICT_H

#include "core/sink.h"
#include "http/http_client.h"

/* Judges one request for one record on a route. Fills verdict, route, delay_ms, target_died,
 * failure and the http members of `outcome`; leaves how and left_alone alone.
 *
 * Of a look-up, which writes nothing: REJECT, RETRY and UNKNOWN mean that the keys asked for may be
 * the reason, OUTAGE and LATER that they are not. */
void verdict_of(enum route route, const char *method, const char *path,
                const struct http_response *response, int64_t request_timeout_ms,
                struct outcome *outcome);

#endif
