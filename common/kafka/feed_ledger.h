/* The topic `feed-progress`: what was sent, and how far. One partition, so that its records have one
 * order for all, and compacted, so that the last one of each run stays. Written by the producers
 * (through the producer that sends the rows), and read by them from its beginning before a first
 * row is sent. Who only wants to know whether a feed is under way has feed_watch.h. */
#ifndef FEEDS_KAFKA_FEED_LEDGER_H
#define FEEDS_KAFKA_FEED_LEDGER_H

#include "core/feed_progress.h"
#include "kafka/producer.h"
#include "kafka/topics.h"

/* How the topic is made where it is missing: for topics_ensure(). */
struct topic_spec feed_ledger_spec(const char *progress_topic);

enum ledger_fit {
    LEDGER_FIT,
    LEDGER_UNFIT, /* it would forget, or have no order: a person must act */
    LEDGER_AWAY,  /* no answer: worth another try */
    LEDGER_BLIND, /* its partitions are right, and its settings are not shown to us */
};

/* Whether the topic is what it has to be. A reason unless LEDGER_FIT. */
enum ledger_fit feed_ledger_check(rd_kafka_t *client, const char *progress_topic, int timeout_ms,
                                  struct reason *reason);

/* Writes a record of the run `id` to `topic`; progress NULL makes it forgotten. The report comes
 * with `opaque`. */
enum send_result feed_ledger_send(struct kafka_producer *producer, const char *progress_topic,
                                  const char *id, const char *topic,
                                  const struct feed_progress *progress, void *opaque,
                                  struct reason *reason);

/* The same for what the run's first rows were (core/feed_alike.h). */
enum send_result feed_ledger_send_sample(struct kafka_producer *producer,
                                         const char *progress_topic, const char *id,
                                         const char *topic, const struct feed_sample *sample,
                                         void *opaque, struct reason *reason);

struct feed_ledger;

enum ledger_reading {
    LEDGER_MORE,    /* not at the end yet */
    LEDGER_AT_EDGE, /* nor that, but all is read that is not hidden behind an open transaction */
    LEDGER_AT_END,  /* all that was there at the last feed_ledger_aim() has been read */
    LEDGER_FAILED,  /* worth another try; a reason */
    LEDGER_REFUSED, /* not authorized: a person must act; a reason */
    LEDGER_NO_MEMORY,
};

/* Where the records go, in their order. value NULL: what stood under the key is forgotten. 0, or -1 when
 * out of memory. */
struct ledger_events {
    int (*record)(void *arg, const char *key, size_t key_len, const char *value, size_t value_len);
    void *arg;
};

/* A reader at the topic's beginning. NULL with a reason: librdkafka does not take the configuration. The
 * options are copied, what they point to is borrowed. */
struct feed_ledger *feed_ledger_new(const struct kafka_options *options, const char *progress_topic,
                                    const struct ledger_events *events, struct reason *reason);
/* From here on the end is what is the end now, of what is committed and what is not: a record that is
 * committed already may still be hidden behind somebody's open transaction, and the end that a
 * read_committed handle is told lies before it. LEDGER_MORE, or why it could not be asked within
 * timeout_ms. */
enum ledger_reading feed_ledger_aim(struct feed_ledger *ledger, int timeout_ms,
                                    struct reason *reason);
/* Hands on what comes within wait_ms (at least one look). */
enum ledger_reading feed_ledger_read(struct feed_ledger *ledger, int wait_ms,
                                     struct reason *reason);
void feed_ledger_free(struct feed_ledger *ledger);

#endif
