/* Paths and filters of a URL, always escaped (RFC 3986). */
#ifndef FEEDS_HTTP_HTTP_URL_H
#define FEEDS_HTTP_HTTP_URL_H

#include <stddef.h>

#include "core/buffer.h"

/* Appends text percent-encoded, everything but unreserved characters. 0 or -1 (the ceiling). */
int http_url_add_escaped(struct buffer *url, const char *text, size_t len);

#endif
