/* How far a feed has come on its way to a topic: a record of the topic `feed-progress`, which keeps
 * the last one of each run. By it a second run knows of the first, and a program that waits for what
 * a feed brings knows that one is under way. docs/messages.md lists the members.
 *
 *     key    <run>/<topic>
 *     value  {"file":"products.csv", ..., "state":"complete", ...}; none: forgotten
 *
 * A run's name is the feed's content, with a hash of its file name where that counts too
 * (IDENTITY=name), and a number from the second run on (--force):
 *
 *     <SHA-256>    <SHA-256>@<16 digits>    <SHA-256>#2    <SHA-256>@<16 digits>#2 */
#ifndef FEEDS_CORE_FEED_PROGRESS_H
#define FEEDS_CORE_FEED_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error_code.h"
#include "core/feed_place.h"
#include "core/feed_sample.h"

/* The topic, unless it is called something else. */
#define FEED_PROGRESS_TOPIC "feed-progress"
/* While rows are sent the record is written anew about this often... */
#define FEED_REFRESH_MS 5000
/* ... and one that has not been for so long belongs to a run that is dead, or stands still. */
#define FEED_MOVING_MS 15000
/* Ceiling of a written record, bytes. */
#define FEED_PROGRESS_BYTES_MAX 8192
/* Ceiling of a key: a run's name and Kafka's 249 for a topic. */
#define FEED_KEY_BYTES_MAX 512

#define FEED_RUN_SIZE      112
#define FEED_FILE_SIZE     256
#define FEED_SERVICE_SIZE  64
#define FEED_INSTANCE_SIZE 128
#define FEED_CLAIM_SIZE    33
#define FEED_READING_SIZE  96

/* What tells a file from another one with the same content. */
struct feed_file {
    uint64_t device, inode;
    int64_t size, mtime_s, mtime_ns; /* size in bytes, as it is: packed */
};

enum feed_state {
    FEED_STARTED,  /* rows are being sent; or the program died */
    FEED_STOPPED,  /* it ended before the feed's end, and knows it */
    FEED_COMPLETE, /* every row was sent, or is an error record */
};

struct feed_progress {
    char file[FEED_FILE_SIZE]; /* its name without folders; valid UTF-8 */
    bool is_file;              /* else a stream, and `which` says nothing */
    struct feed_file which;
    /* The rows that were handed over, the last one included: rows = sent + rejected. */
    uint64_t rows, sent, rejected;
    uint64_t codes[ERROR_CODE_COUNT]; /* the rejected ones */
    struct feed_place place;          /* behind the last of them */
    char reading[FEED_READING_SIZE];  /* how the text was read: the place holds for that only */
    enum feed_state state;
    int64_t started_ms, at_ms;
    char service[FEED_SERVICE_SIZE], instance[FEED_INSTANCE_SIZE];
    char claim[FEED_CLAIM_SIZE]; /* random: no other process has written it */
};

/* `to` is as far as `from`: counts, place, reading. */
void feed_progress_go_on(struct feed_progress *to, const struct feed_progress *from);
/* Whether it is of a file with this name (without folders). */
bool feed_progress_has_name(const struct feed_progress *progress, const char *name);
bool feed_file_equal(const struct feed_file *one, const struct feed_file *other);
/* As members of a record: device, inode, size, mtime. */
void feed_file_add(json_t *root, const struct feed_file *file);
/* Whether it has them. */
bool feed_file_read(const json_t *root, struct feed_file *file);

/* The run's name. content: the feed's identity; name: NULL unless it counts; run: from 1. */
void feed_run_name(const char *content, const char *name, uint64_t run, char text[FEED_RUN_SIZE]);
/* Its number if the name (not NUL-terminated) is one of this content's, whatever the file's name;
 * else 0. */
uint64_t feed_run_number(const char *text, size_t len, const char *content);

/* Appends the key. 0, or -1 over the ceiling or out of memory. */
int feed_key_write(const char *run, const char *topic, struct buffer *out);
/* The length of the run's name in a key of this topic; 0 when it is another's, or no key. */
size_t feed_key_run(const char *key, size_t len, const char *topic);

/* Appends the value. Texts that are not UTF-8 are made so. 0 or -1 as above. */
int feed_progress_write(const struct feed_progress *progress, struct buffer *out);
/* 0, or -1 when the bytes are no such record. What it does not say is 0. */
int feed_progress_read(const char *bytes, size_t len, struct feed_progress *progress);
/* The sample in a value: a run's first rows have a record of their own. False when it has none. */
bool feed_progress_sample(const char *bytes, size_t len, struct feed_sample *sample);

#endif
