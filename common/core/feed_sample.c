#include "core/feed_sample.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define HASH_BYTES 8
/* Fewer good rows than this are not judged... */
#define ROWS_MIN 4
/* ... nor are fewer different ones in common. */
#define KINDS_MIN 3

bool feed_sample_full(const struct feed_sample *sample)
{
    return sample->count == FEED_SAMPLE_MAX;
}

void feed_sample_add(struct feed_sample *sample, const char *value, size_t len)
{
    uint64_t hash = 0;
    if (feed_sample_full(sample))
        return;
    if (value != NULL) {
        hash = hash_add(HASH_INIT, value, len);
        hash += hash == 0;
    }
    sample->hashes[sample->count++] = hash;
}

int feed_sample_write(const struct feed_sample *sample, struct buffer *out)
{
    unsigned char bytes[FEED_SAMPLE_MAX * HASH_BYTES];
    unsigned char text[FEED_SAMPLE_TEXT_MAX + 1];
    size_t len = 0;
    for (size_t i = 0; i < sample->count; i++)
        for (unsigned shift = 0; shift < 64; shift += 8)
            bytes[len++] = (unsigned char)(sample->hashes[i] >> shift);
    int size = EVP_EncodeBlock(text, bytes, (int)len);
    return buffer_add(out, text, (size_t)size);
}

/* Bytes that the padding of base64 stands for. */
static size_t padding(const char *text, size_t len)
{
    size_t count = 0;
    while (count < 2 && count < len && text[len - 1 - count] == '=')
        count++;
    return count;
}

int feed_sample_read(const char *text, size_t len, struct feed_sample *sample)
{
    unsigned char bytes[FEED_SAMPLE_TEXT_MAX / 4 * 3];
    *sample = (struct feed_sample)FEED_SAMPLE_INIT;
    if (len > FEED_SAMPLE_TEXT_MAX || len % 4 != 0)
        return -1;
    int decoded = len == 0 ? 0 : EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    if (decoded < 0 || (size_t)decoded / 3 * 4 != len)
        return -1;
    size_t size = (size_t)decoded - padding(text, len);
    if (size % HASH_BYTES != 0)
        return -1;
    for (size_t i = 0; i < size; i++)
        sample->hashes[i / HASH_BYTES] |= (uint64_t)bytes[i] << (i % HASH_BYTES * 8);
    sample->count = size / HASH_BYTES;
    return 0;
}

static int compare_hashes(const void *one, const void *other)
{
    uint64_t first, second;
    memcpy(&first, one, sizeof first);
    memcpy(&second, other, sizeof second);
    return (first > second) - (first < second);
}

/* The good ones of the first `rows`, in ascending order. Returns how many. */
static size_t sorted(const struct feed_sample *sample, uint64_t rows, uint64_t *hashes)
{
    size_t count = 0;
    for (size_t i = 0; i < sample->count && i < rows; i++)
        if (sample->hashes[i] != 0)
            hashes[count++] = sample->hashes[i];
    qsort(hashes, count, sizeof *hashes, compare_hashes);
    return count;
}

struct feed_overlap feed_sample_compare(const struct feed_sample *feed,
                                        const struct feed_sample *earlier, uint64_t rows_sent)
{
    uint64_t ours[FEED_SAMPLE_MAX], theirs[FEED_SAMPLE_MAX];
    size_t our_count = sorted(feed, FEED_SAMPLE_MAX, ours);
    size_t their_count = sorted(earlier, rows_sent, theirs);
    struct feed_overlap overlap = {.rows = our_count};
    for (size_t our = 0, their = 0; our < our_count && their < their_count;) {
        if (ours[our] == theirs[their]) {
            overlap.kinds += our == 0 || ours[our - 1] != ours[our];
            overlap.common++;
            our++;
            their++;
        } else if (ours[our] < theirs[their]) {
            our++;
        } else {
            their++;
        }
    }
    return overlap;
}

bool feed_overlap_is_resend(const struct feed_overlap *overlap)
{
    return overlap->rows >= ROWS_MIN && overlap->kinds >= KINDS_MIN &&
           overlap->common * 2 > overlap->rows;
}
