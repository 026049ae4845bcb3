/* The text that goes with each offset that a group commits: by which sink the messages below it went
 * out, and which messages they were. Kafka keeps up to 4096 bytes with an offset
 * (offset.metadata.max.bytes) and gives them back with it.
 *
 *     "strapi-feeds/1 ingest 99:1795245540123:00c0ffee00c0ffee 60:1795245539000:0123456789abcdef"
 *
 * Version, sink, fingerprints, the newest first (core/log_history.h); separated by single blanks. In
 * front of the fingerprints, if there are any, the offsets above the committed one that are done
 * (core/offset_set.h); in front of them "@" and where the sink began in this log. */
#ifndef FEEDS_CORE_COMMIT_NOTE_H
#define FEEDS_CORE_COMMIT_NOTE_H

#include <stddef.h>

#include "core/log_history.h"
#include "core/offset_set.h"

/* Of a sink's name, with its NUL. */
#define COMMIT_NOTE_SINK 16
/* Of the text, with its NUL; below Kafka's limit. */
#define COMMIT_NOTE_SIZE                                                                           \
    (64 + COMMIT_NOTE_SINK + OFFSET_SET_TEXT + LOG_HISTORY_MAX * FINGERPRINT_SIZE)

struct commit_note {
    char sink[COMMIT_NOTE_SINK]; /* "": there is no note */
    int64_t since;               /* below, nothing was ever the sink's; -1: not said */
    struct offset_set ahead;     /* done, above the committed offset */
    struct log_history history;
};

void commit_note_write(const struct commit_note *note, char text[COMMIT_NOTE_SIZE]);
/* 0, or -1 when the text (not NUL-terminated) is none of ours, or of a later version; the note is empty
 * then. */
int commit_note_read(const char *text, size_t len, struct commit_note *note);

#endif
