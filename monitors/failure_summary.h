/* The failures by code: how many, when first and last, and one to look at. Pure. */
#ifndef FEEDS_MONITORS_FAILURE_SUMMARY_H
#define FEEDS_MONITORS_FAILURE_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "monitors/failure_record.h"

/* The closed list has about 30 codes; records of strangers may have any. What comes beyond is
 * counted under "other". */
#define SUMMARY_CODES_MAX 64
#define SUMMARY_TEXT_MAX  (256 * 1024)

struct failure_group {
    char code[FAILURE_CODE_SIZE];
    uint64_t count;
    int64_t first_ms, last_ms;
    char where[FAILURE_WHERE_SIZE]; /* of the first one read */
    char sentence[FAILURE_TEXT_SIZE];
};

struct failure_summary {
    struct failure_group groups[SUMMARY_CODES_MAX];
    size_t group_count;
    uint64_t count;
};

void failure_summary_add(struct failure_summary *summary, const struct failure_record *record);
/* The most frequent first. 0, or -1 when out of memory. */
int failure_summary_text(struct failure_summary *summary, struct buffer *out);
/* {"failures": 5, "codes": [{"code", "count", "first", "last", "where", "example"}, ...]} */
int failure_summary_json(struct failure_summary *summary, struct buffer *out);

#endif
