/* Where in a feed reading can go on: behind a row that was handed over, good or refused. It holds for
 * the same content, read in the same way (feed_reader_reading()). */
#ifndef FEEDS_CORE_FEED_PLACE_H
#define FEEDS_CORE_FEED_PLACE_H

#include <stdbool.h>
#include <stdint.h>

struct feed_place {
    uint64_t offset; /* bytes of the text in front of it: unpacked, in UTF-8, without its mark */
    uint64_t line;   /* 1-based physical line that stands there */
    bool in_array;   /* JSON: it is inside the array of the records */
    bool open; /* the row that begins there was handed over already: refused before its end was
                  seen. It is to be passed over */
};

#endif
