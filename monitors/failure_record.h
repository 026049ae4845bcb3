/* One record of the error topic as the monitor shows it. Records may come from anybody: the
 * reference services write {"error", "message"} only, and what is not JSON at all is shown as well.
 * Nothing here trusts them. Pure. */
#ifndef FEEDS_MONITORS_FAILURE_RECORD_H
#define FEEDS_MONITORS_FAILURE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code of a record that has none: the reference's. */
#define FAILURE_NO_CODE "no_code"

#define FAILURE_CODE_SIZE  32
#define FAILURE_WHERE_SIZE 160
#define FAILURE_TEXT_SIZE  512

/* Where it stands in the error topic. */
struct failure_place {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
};

/* The texts can be shown on a terminal: control characters and what is not UTF-8 are written as
 * \xNN. */
struct failure_record {
    struct failure_place place;
    json_t *root;    /* NULL: not a JSON object */
    int64_t time_ms; /* failed_at, else the Kafka message's */
    char code[FAILURE_CODE_SIZE];
    char where[FAILURE_WHERE_SIZE]; /* "a.csv, row 3, line 4", else "product/2/18831" */
    char sentence[FAILURE_TEXT_SIZE];
};

/* Never fails: what cannot be read is undecodable, and says why. */
void failure_record_read(struct failure_record *record, const struct failure_place *place,
                         const char *bytes, size_t len);
/* A member that is text; NULL when there is none. May hold NULs and anything else. */
const char *failure_record_text(const struct failure_record *record, const char *name, size_t *len);
void failure_record_release(struct failure_record *record);

#endif
