/* Reads a whole topic from its beginning without a group: nothing is committed, nobody is
 * disturbed, and any number may do so at once. What belongs to a transaction is read when that is
 * committed (read_committed); what stands behind one that is open waits for its end. */
#ifndef FEEDS_KAFKA_TOPIC_READER_H
#define FEEDS_KAFKA_TOPIC_READER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"
#include "kafka/client.h"

struct topic_reader;

enum topic_open {
    TOPIC_OPENED,
    TOPIC_ABSENT,  /* the brokers know no such topic */
    TOPIC_AWAY,    /* the brokers are out of reach or not ready: worth another try */
    TOPIC_REFUSED, /* not authorized, an invalid name: a person must act */
};

enum topic_reading {
    READING_MESSAGE,
    READING_NOTHING, /* none came in time */
    READING_END,     /* every partition has been read to its end at least once; told once */
    READING_FAILED,  /* worth telling; reading goes on where it can */
    READING_REFUSED, /* not authorized: a person must act */
};

/* Borrowed until the next topic_reader_next(). */
struct topic_message {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    const char *key; /* NULL: none */
    size_t key_len;
    const char *value; /* NULL: none */
    size_t value_len;
};

/* NULL with a reason: the configuration is not what librdkafka takes. */
struct topic_reader *topic_reader_new(const struct kafka_options *options, const char *topic,
                                      struct reason *reason);
/* Starts reading all partitions that there are. Asks for up to timeout_ms; again after ABSENT and
 * AWAY. */
enum topic_open topic_reader_open(struct topic_reader *reader, int timeout_ms,
                                  struct reason *reason);
enum topic_reading topic_reader_next(struct topic_reader *reader, int timeout_ms,
                                     struct topic_message *message, struct reason *reason);
/* The offset of the partition's next message, markers of transactions passed over as far as they have
 * been read; -1: not known yet. */
int64_t topic_reader_position(const struct topic_reader *reader, int32_t partition);
/* Whether there was nothing more behind that position when it was last looked: the partition's end, or what is
 * not committed. */
bool topic_reader_at_end(const struct topic_reader *reader, int32_t partition);
/* Waits, between two tries to open it. Log lines come meanwhile. */
void topic_reader_rest(struct topic_reader *reader, int ms);
void topic_reader_free(struct topic_reader *reader);

#endif
