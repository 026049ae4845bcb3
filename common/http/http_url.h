/* Paths and filters of a URL, always escaped (RFC 3986). */
#ifndef FEEDS_HTTP_HTTP_URL_H
#define FEEDS_HTTP_HTTP_URL_H

#include <stddef.h>

#include "core/buffer.h"
#include "core/reason.h"

/* Appends text percent-encoded, everything but unreserved characters. 0 or -1 (the ceiling). */
int http_url_add_escaped(struct buffer *url, const char *text, size_t len);

struct http_url {
    char base[384]; /* "http://host:1337/prefix": scheme to path, without a final slash */
    char path[128]; /* "/prefix", or "" */
    char host[256]; /* as written; an IPv6 address in its brackets */
};

/* Takes apart the address of a server. 0, or -1 with a reason when the text is no http or https
 * URL, or has what an address of a server has no use for: a user name, a query, a fragment. The
 * reason shows the text, unless an '@' or a '?' says that it may hold a secret. */
int http_url_parse(const char *text, struct http_url *url, struct reason *reason);

#endif
