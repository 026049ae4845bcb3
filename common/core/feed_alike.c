#include "core/feed_alike.h"

#include <stdlib.h>
#include <string.h>

#define SUFFIX "/rows"

int feed_sample_key(const char *run, const char *topic, struct buffer *out)
{
    return buffer_addf(out, "%s/%s" SUFFIX, run, topic);
}

/* Base64 and no more between the quotes: nothing to escape. */
int feed_sample_value(const struct feed_sample *sample, struct buffer *out)
{
    if (buffer_add_text(out, "{\"sample\":\"") != 0 || feed_sample_write(sample, out) != 0)
        return -1;
    return buffer_add_text(out, "\"}");
}

/* The length of the run's name in a sample's key of this topic; 0: it is none. */
static size_t sample_key_run(const char *key, size_t len, const char *topic)
{
    size_t end = strlen(SUFFIX);
    if (key == NULL || len <= end || memcmp(key + len - end, SUFFIX, end) != 0)
        return 0;
    return feed_key_run(key, len - end, topic);
}

static struct alike_run *find(const struct feed_alike *alike, const char *id, size_t len)
{
    for (size_t i = 0; i < alike->count; i++) {
        struct alike_run *run = &alike->runs[i];
        if (strlen(run->id) == len && memcmp(run->id, id, len) == 0)
            return run;
    }
    return NULL;
}

static int append(struct feed_alike *alike, const char *id, size_t len,
                  const struct feed_sample *sample)
{
    struct alike_run *runs = realloc(alike->runs, (alike->count + 1) * sizeof *runs);
    if (runs == NULL)
        return -1;
    alike->runs = runs;
    runs[alike->count] = (struct alike_run){.sample = *sample};
    memcpy(runs[alike->count++].id, id, len);
    return 0;
}

/* Few are kept: of a run that is not alike if all of it was sent, nothing more need be known. */
static int add_sample(struct feed_alike *alike, const char *id, size_t len, const char *value,
                      size_t value_len)
{
    struct feed_sample sample;
    if (find(alike, id, len) != NULL || !feed_progress_sample(value, value_len, &sample))
        return 0;
    struct feed_overlap overlap = feed_sample_compare(alike->feed, &sample, UINT64_MAX);
    return feed_overlap_is_resend(&overlap) ? append(alike, id, len, &sample) : 0;
}

int feed_alike_add(struct feed_alike *alike, const char *key, size_t key_len, const char *value,
                   size_t value_len)
{
    if (alike->feed == NULL)
        return 0;
    size_t len = sample_key_run(key, key_len, alike->topic);
    if (len > 0 && len < FEED_RUN_SIZE && feed_run_number(key, len, alike->content) == 0)
        return add_sample(alike, key, len, value, value_len);
    len = feed_key_run(key, key_len, alike->topic);
    struct alike_run *run = len == 0 ? NULL : find(alike, key, len);
    /* A run that is forgotten has sent nothing that anybody knows of. */
    if (run != NULL && feed_progress_read(value, value_len, &run->progress) != 0)
        run->progress = (struct feed_progress){.rows = 0};
    return 0;
}

const struct alike_run *feed_alike_find(struct feed_alike *alike)
{
    const struct alike_run *most = NULL;
    for (size_t i = 0; i < alike->count; i++) {
        struct alike_run *run = &alike->runs[i];
        if (alike->name != NULL && !feed_progress_has_name(&run->progress, alike->name))
            continue;
        run->overlap = feed_sample_compare(alike->feed, &run->sample, run->progress.rows);
        if (feed_overlap_is_resend(&run->overlap) &&
            (most == NULL || run->overlap.common > most->overlap.common))
            most = run;
    }
    return most;
}

void feed_alike_release(struct feed_alike *alike)
{
    free(alike->runs);
    alike->runs = NULL;
    alike->count = 0;
}
