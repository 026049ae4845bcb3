#include "kafka/producer_conf.h"

#include "kafka/connection.h"
#include "kafka/producer.h"
#include "kafka/transaction.h"

#define ID_PROPERTY  "transactional.id"
#define QUOTED(text) #text
#define TEXT(macro)  QUOTED(macro)

static const struct kafka_property defaults[] = {
    {"compression.codec", "lz4"},
    {"linger.ms", "20"},
    /* Never: whoever sends decides how long is long enough (GIVE_UP_AFTER). */
    {"message.timeout.ms", "0"},
    {"partitioner", "murmur2_random"},
    {"queue.buffering.max.messages", "100000"},
    {"queue.buffering.max.kbytes", "65536"},
    {"statistics.interval.ms", CONNECTION_STATISTICS_MS},
    {"transaction.timeout.ms", TEXT(TRANSACTION_TIMEOUT_MS)},
    {NULL, NULL},
};

/* What "delivered" promises rests on these. */
static const struct kafka_property required[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    /* Each message's report is waited for. */
    {"delivery.report.only.error", "false"},
    {NULL, NULL},
};

static const struct kafka_property alone[] = {{"batch.num.messages", "1"}, {NULL, NULL}};

/* Two programs with one id would end each other's transactions, so each feed has its own. */
static int refuse_id(const rd_kafka_conf_t *conf, struct reason *reason)
{
    size_t size = 0;
    if (rd_kafka_conf_get(conf, ID_PROPERTY, NULL, &size) != RD_KAFKA_CONF_OK || size <= 1)
        return 0;
    reason_set(reason, "Kafka property " ID_PROPERTY " cannot be given: the producers name their "
                       "transactions after the feed");
    return -1;
}

static int add_id(rd_kafka_conf_t *conf, const struct kafka_options *options, const char *id,
                  struct reason *reason)
{
    const struct kafka_property transactional[] = {{ID_PROPERTY, id}, {NULL, NULL}};
    return id == NULL ? 0 : kafka_conf_require(conf, options, transactional, reason);
}

rd_kafka_conf_t *producer_conf(const struct kafka_options *options, const char *transactional_id,
                               bool each_alone, struct reason *reason)
{
    rd_kafka_conf_t *conf = kafka_conf(options, reason);
    if (conf == NULL)
        return NULL;
    if (kafka_conf_defaults(conf, options, defaults, reason) == 0 &&
        kafka_conf_require(conf, options, required, reason) == 0 &&
        (!each_alone || kafka_conf_require(conf, options, alone, reason) == 0) &&
        refuse_id(conf, reason) == 0 && add_id(conf, options, transactional_id, reason) == 0)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static int check(const struct kafka_options *options, const char *transactional_id,
                 struct reason *reason)
{
    rd_kafka_conf_t *conf = producer_conf(options, transactional_id, false, reason);
    return conf == NULL ? -1 : kafka_try(RD_KAFKA_PRODUCER, conf, reason);
}

int kafka_producer_check(const struct kafka_options *options, struct reason *reason)
{
    return check(options, NULL, reason);
}

int kafka_producer_check_transactional(const struct kafka_options *options, struct reason *reason)
{
    return check(options, "check", reason);
}
