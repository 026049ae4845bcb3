/* A Kafka in the test's hands: kafka/consumer.h, kafka/log_survey.h, kafka/producer.h and kafka/topics.h,
 * linked in place of the real ones. This double exists because a broker can't be made to fence a commit, to lose a
 * partition in the middle of a drain, or to refuse exactly the third record, on demand and within
 * milliseconds. The real thing is in tests/unit/kafka (librdkafka's mock broker) and in
 * tests/integration (Kafka itself).
 *
 * What the headers keep opaque is open here: a test writes what Kafka shall answer, and reads what
 * it was asked. */
#ifndef FEEDS_TESTS_FAKE_KAFKA_H
#define FEEDS_TESTS_FAKE_KAFKA_H

#include <sys/queue.h>

#include "kafka/consumer.h"
#include "kafka/log_survey.h"
#include "kafka/producer.h"
#include "kafka/topic_settings.h"
#include "kafka/topics.h"

#define FAKE_PARTITIONS 4
/* Where the logs end. */
#define FAKE_HIGH 1000000

/* A message of a partition's queue, or its end. */
struct fake_message {
    rd_kafka_message_t raw; /* first: what struct kafka_message points to */
    TAILQ_ENTRY(fake_message) link;
    bool is_end; /* at raw.offset */
    const char *feed, *row;
    char value[]; /* ends with NUL */
};

TAILQ_HEAD(fake_queue, fake_message);

enum fake_answer { FAKE_YES, FAKE_NO, FAKE_FENCED };

struct kafka_consumer {
    /* Answers: */
    struct fake_queue queues[FAKE_PARTITIONS];
    int64_t high[FAKE_PARTITIONS]; /* -1: not known */
    enum fake_answer commit_answer;
    int64_t poll_in; /* ms; as told to who asks */
    struct kafka_end ends[FAKE_PARTITIONS];
    size_t end_count;
    int64_t group[FAKE_PARTITIONS]; /* committed by the group; -1: nothing */
    bool group_away;
    bool rebalancing;             /* nothing can be started */
    bool astray[FAKE_PARTITIONS]; /* told once, before anything in the queue */
    /* Questions: */
    int64_t committed[FAKE_PARTITIONS];            /* as asked for last; -1: never */
    char notes[FAKE_PARTITIONS][COMMIT_NOTE_SIZE]; /* that went with it */
    int64_t started[FAKE_PARTITIONS];              /* where it was started last; -1: never */
    int starts;
    int commits, synchronous, releases, group_questions;
    int synchronous_at_release; /* how many there were when it was released last */
    size_t held;                /* messages taken and not freed */
};

/* Answers at once, unless it is silent. */
struct log_survey {
    /* Answers: */
    bool silent, fails;
    struct log_sight sights[FAKE_PARTITIONS]; /* by partition */
    /* Questions: */
    bool pending;
    struct log_question asked[FAKE_PARTITIONS]; /* the last ones */
    size_t count;
    int questions;
    struct log_sight told[FAKE_PARTITIONS];
};

struct fake_sent {
    TAILQ_ENTRY(fake_sent) link;
    void *opaque;
    size_t bytes; /* key and value */
};

TAILQ_HEAD(fake_sent_list, fake_sent);

struct kafka_producer {
    struct producer_events events;
    /* Answers: */
    bool silent;           /* nothing is reported */
    bool refuses;          /* reports say that it failed */
    enum send_result take; /* what kafka_producer_send() says while there is a topic */
    bool has_topic;
    bool makes_topic; /* topics_ensure() works */
    size_t limit;     /* the topic's, bytes; 0: none */
    int64_t told;     /* what is told of the limit; -1: not told */
    /* Questions: */
    struct fake_sent_list pending; /* taken, not reported */
    int sends, ensured, limit_questions;
    struct topic_spec ensured_topic;
    char key[256], *value; /* of the last send, ending with NUL */
    size_t value_len;
};

void fake_consumer_init(struct kafka_consumer *consumer);
/* The group has committed nothing, and the log has all offsets there are. */
void fake_survey_init(struct log_survey *survey);
/* Where the note says that its sink began. */
#define FAKE_SINCE 20

/* The group has committed the offset, with a note by the sink if that is not NULL, and with a fingerprint
 * of the message in front of it if the log has one. */
void fake_survey_committed(struct log_survey *survey, int32_t partition, int64_t offset,
                           const char *sink);
/* The value is text, or NULL for a tombstone; feed and row may be NULL. */
void fake_consumer_offer(struct kafka_consumer *consumer, int32_t partition, int64_t offset,
                         const char *value, const char *feed, const char *row);
void fake_consumer_end(struct kafka_consumer *consumer, int32_t partition, int64_t end);
/* What nobody took. */
size_t fake_consumer_left(const struct kafka_consumer *consumer, int32_t partition);
void fake_consumer_release(struct kafka_consumer *consumer);

/* Has a topic without a limit, and takes everything. */
void fake_producer_init(struct kafka_producer *producer, const struct producer_events *events);
void fake_producer_release(struct kafka_producer *producer);

#endif
