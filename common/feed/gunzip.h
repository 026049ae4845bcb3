/* gzip → bytes, in pieces of any size. Members one behind the other are one content, as in gzip -c
 * a b; zeros behind the last one (tapes, block devices) are nothing. */
#ifndef FEEDS_FEED_GUNZIP_H
#define FEEDS_FEED_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#define ZLIB_CONST
#include <zlib.h>

#include "core/reason.h"

/* What every gzip file begins with. */
#define GZIP_MAGIC      "\x1F\x8B"
#define GZIP_MAGIC_SIZE 2

struct gunzip {
    z_stream zip;
    bool open;   /* zip holds memory */
    bool inside; /* a member has begun and not ended */
    bool full;   /* the last piece was filled: there may be more without further input */
};

#define GUNZIP_INIT                                                                                \
    {                                                                                              \
        .open = false                                                                              \
    }

/* Unpacks what it can of *packed into bytes, and moves *packed on. *got may be 0: more is needed.
 * 0, or -1 with a reason: damaged, or something else behind the last member. */
int gunzip_read(struct gunzip *gunzip, const char **packed, size_t *packed_len, char *bytes,
                size_t len, size_t *got, struct reason *reason);
/* Whether what was given so far may end here. */
bool gunzip_complete(const struct gunzip *gunzip);
/* Back to the beginning; or done with it. */
void gunzip_release(struct gunzip *gunzip);

#endif
