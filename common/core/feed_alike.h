/* Is a feed one that was sent before, in the main, as another file? Each run of a feed whose rows must not
 * come twice has a record of its own in the progress topic, written once, with what its first rows were
 * (feed_sample.h). docs/messages.md lists it.
 *
 *     key    <run>/<topic>/rows
 *     value  {"sample":"<base64>"}
 *
 *     struct feed_alike alike = {.feed = &sample, .content = id, .topic = "stock"};
 *     feed_alike_add(&alike, key, key_len, value, value_len)      each record, in the topic's order
 *     found = feed_alike_find(&alike);
 *     feed_alike_release(&alike);
 *
 * A run's sample stands in front of its progress, and stays there when the topic is compacted, so that the
 * progress is seen once it is known that the run is worth looking at. Pure. */
#ifndef FEEDS_CORE_FEED_ALIKE_H
#define FEEDS_CORE_FEED_ALIKE_H

#include "core/feed_progress.h"
#include "core/feed_sample.h"

/* Ceilings of a key and a value. */
#define FEED_SAMPLE_KEY_MAX   (FEED_KEY_BYTES_MAX + 8)
#define FEED_SAMPLE_VALUE_MAX (FEED_SAMPLE_TEXT_MAX + 64)

/* Append them. 0, or -1 over the ceiling or out of memory. */
int feed_sample_key(const char *run, const char *topic, struct buffer *out);
int feed_sample_value(const struct feed_sample *sample, struct buffer *out);

/* A run whose first rows are mostly those of the feed. */
struct alike_run {
    char id[FEED_RUN_SIZE];
    struct feed_sample sample;
    struct feed_progress progress;
    struct feed_overlap overlap; /* filled in by feed_alike_find() */
};

struct feed_alike {
    const struct feed_sample *feed; /* NULL: nothing is looked for */
    const char *content;            /* its identity: its own runs are not meant */
    const char *name; /* of the file, if only runs of files with this name count; else NULL */
    const char *topic;
    struct alike_run *runs;
    size_t count;
};

/* 0, also for what does not matter; -1 when out of memory. */
int feed_alike_add(struct feed_alike *alike, const char *key, size_t key_len, const char *value,
                   size_t value_len);
/* The run that has most of the feed's rows, when that is too many; else NULL. */
const struct alike_run *feed_alike_find(struct feed_alike *alike);
void feed_alike_release(struct feed_alike *alike);

#endif
