/* Where a JSON value ends, in a stream, without keeping it: brackets and texts are counted, nothing
 * else is looked at.
 *
 *     struct json_scan scan;
 *     json_scan_start(&scan);
 *     used = json_scan_run(&scan, bytes, len, &state);   (until it is not SCAN_OPEN) */
#ifndef FEEDS_FEED_JSON_SCAN_H
#define FEEDS_FEED_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* jansson refuses deeper ones (too_deep); here the kinds of their brackets are not compared. */
#define JSON_SCAN_DEPTH 2048

enum scan_state {
    SCAN_OPEN,   /* all bytes belong to the value, which goes on */
    SCAN_CLOSED, /* the value ends with the last byte that was used */
    SCAN_BROKEN, /* the next byte cannot be: scan->why */
};

struct json_scan {
    bool begun, scalar, in_text, escaped;
    size_t depth;
    uint8_t kinds[JSON_SCAN_DEPTH / 8]; /* a bit for each open bracket: it is a [ */
    const char *why;
};

void json_scan_start(struct json_scan *scan);
/* Bytes of the value, the first of which is not blank. Returns how many were used. */
size_t json_scan_run(struct json_scan *scan, const char *bytes, size_t len, enum scan_state *state);

/* What JSON takes for blank: spaces, tabs and line ends. */
bool json_is_blank(char byte);
/* How many of the bytes are blank before one is not. */
size_t json_blanks(const char *bytes, size_t len);

#endif
