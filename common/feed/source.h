/* A feed as a stream of bytes with an identity: a file, or "-" for standard input. A path that
 * names a pipe or a device is taken like standard input: it can be read once, so it has no digest.
 * gzip is unpacked, and the identity is that of the unpacked bytes: gzip writes the time into its
 * files. */
#ifndef FEEDS_FEED_SOURCE_H
#define FEEDS_FEED_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/feed_progress.h"
#include "core/reason.h"

/* SHA-256 as 64 hexadecimal digits, or "stdin-" and 32 random ones. */
#define SOURCE_ID_SIZE 65

struct source;

enum source_result {
    SOURCE_OK,
    SOURCE_MISSING,    /* no such file, or not allowed to read it */
    SOURCE_UNREADABLE, /* a folder, an I/O error */
};

/* Opens the feed and, for a file, reads it once for its digest. *source is NULL unless SOURCE_OK;
 * freed with source_close(). A gzip file that cannot be unpacked to its end is opened all the same:
 * its identity is that of what can be unpacked, and the first source_read() says what is wrong, so
 * that no part of it is taken for a feed. */
enum source_result source_open(const char *path, struct source **source, struct reason *reason);
/* The file's name without its folders; "stdin" for "-". */
const char *source_name(const struct source *source);
const char *source_id(const struct source *source);
/* What tells the file from others, as it was when it was opened; false for a stream. */
bool source_file(const struct source *source, struct feed_file *file);
/* Whether it may be silent for long: standard input, a pipe. Then source_fd() is what to wait on. */
bool source_is_stream(const struct source *source);
int source_fd(const struct source *source);
/* Size in bytes when it was opened, packed as it is; -1 for a stream. */
int64_t source_size(const struct source *source);
/* How much of that was read. */
int64_t source_done(const struct source *source);
/* Whether a stream's source_read() has something without waiting for it. */
bool source_holds(const struct source *source);
/* Up to len bytes; 0 at the end, -1 on an error, with a reason that does not name the
 * feed. A stream waits once at most, and if that made no
 * byte the answer is SOURCE_NOTHING_YET. */
#define SOURCE_NOTHING_YET (-2)
ssize_t source_read(struct source *source, char *bytes, size_t len, struct reason *reason);
/* Of a file: source_read() goes on with the byte at the offset, of what it unpacks to. gzip has no places:
 * it is unpacked up to there. 0, or -1 with a reason; behind the end is no error. */
int source_seek(struct source *source, uint64_t offset, struct reason *reason);
/* Whether the file is not what it was when its digest was made (replaced, grown, truncated). One
 * whose name is gone is unchanged; a stream always is. */
bool source_changed(const struct source *source, struct reason *reason);
void source_close(struct source *source);

#endif
