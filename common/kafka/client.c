#include "kafka/client.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#define ERROR_SIZE        512
#define PROPERTY_NAME_MAX 128
#define LOG_SIZE          1024

static const struct kafka_property base[] = {
    /* Log lines come through the queue that we poll: callbacks from librdkafka's threads would
     * force locks on every log(). */
    {"log.queue", "true"},
    {NULL, NULL},
};

static const struct kafka_property defaults[] = {
    {"socket.keepalive.enable", "true"},
    /* librdkafka's producers ask the broker to create what they send to (measured, 2.0.2: the
     * default differs by the kind of handle): with the broker's partitions and retention. */
    {"allow.auto.create.topics", "false"},
    /* Back within seconds after a broker's restart; librdkafka's default is 10 s. */
    {"reconnect.backoff.max.ms", "2000"},
    {NULL, NULL},
};

void kafka_log(const struct kafka_options *options, int level, const char *format, ...)
{
    if (options == NULL || options->log == NULL)
        return;
    char text[LOG_SIZE];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    options->log(options->log_arg, level, text);
}

/* What the operator passes through is for all our handles, and each of them is told about those that are
 * for the other kind. */
static bool is_scope_warning(const char *facility, const char *text)
{
    return strcmp(facility, "CONFWARN") == 0 && strstr(text, "will be ignored by this") != NULL;
}

/* The first transaction of a new broker waits for the topic that it keeps them in; who waits says so. */
static bool is_retry(const char *facility, const char *text)
{
    return strcmp(facility, "GETPID") == 0 && strstr(text, "retrying") != NULL;
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    /* A lost connection comes twice: here, and through the error callback in fewer words. */
    bool minor = strcmp(facility, "FAIL") == 0 || is_scope_warning(facility, text) ||
                 is_retry(facility, text);
    int ours = minor ? LOG_DEBUG : level;
    kafka_log(rd_kafka_opaque(client), ours, "%s: %s", facility, text);
}

static bool is_secret(const char *name)
{
    static const char *const parts[] = {"password", "secret", "oauthbearer", "pem"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i]) != NULL)
            return true;
    return false;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct reason *reason)
{
    char error[ERROR_SIZE];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) == RD_KAFKA_CONF_OK)
        return 0;
    /* A mistyped name may be a password's: no value is ever printed, and librdkafka's sentence
     * quotes one only of a property that it knows. */
    reason_set(reason, "Kafka property %s: %s", name,
               is_secret(name) ? "its value is wrong" : error);
    return -1;
}

/* Splits "name=value". NULL with a reason. */
static const char *split(const char *property, char name[PROPERTY_NAME_MAX], struct reason *reason)
{
    const char *equals = strchr(property, '=');
    size_t len = equals == NULL ? 0 : (size_t)(equals - property);
    if (len == 0 || len >= PROPERTY_NAME_MAX) {
        reason_set(reason, "a Kafka property is not of the form name=value");
        return NULL;
    }
    memcpy(name, property, len);
    name[len] = '\0';
    return equals + 1;
}

static int pass_through(rd_kafka_conf_t *conf, const struct kafka_options *options,
                        struct reason *reason)
{
    char name[PROPERTY_NAME_MAX];
    for (size_t i = 0; i < options->property_count; i++) {
        const char *value = split(options->properties[i], name, reason);
        if (value == NULL || set(conf, name, value, reason) != 0)
            return -1;
    }
    return 0;
}

int kafka_conf_defaults(rd_kafka_conf_t *conf, const struct kafka_options *options,
                        const struct kafka_property *properties, struct reason *reason)
{
    for (; properties->name != NULL; properties++)
        if (set(conf, properties->name, properties->value, reason) != 0)
            return -1;
    /* Again, on top: properties have aliases (linger.ms, queue.buffering.max.ms), so that looking
     * for the same name would not find what the operator passed. */
    return pass_through(conf, options, reason);
}

int kafka_conf_default(rd_kafka_conf_t *conf, const struct kafka_options *options, const char *name,
                       const char *value, struct reason *reason)
{
    const struct kafka_property one[] = {{name, value}, {NULL, NULL}};
    return kafka_conf_defaults(conf, options, one, reason);
}

static bool get(const rd_kafka_conf_t *conf, const char *name, char value[ERROR_SIZE])
{
    size_t size = ERROR_SIZE;
    return rd_kafka_conf_get(conf, name, value, &size) == RD_KAFKA_CONF_OK;
}

/* Compared as librdkafka gives them back: "all" is "-1", "earliest" is "smallest". */
static bool has_value(const rd_kafka_conf_t *conf, const struct kafka_property *property)
{
    char is[ERROR_SIZE], wanted[ERROR_SIZE];
    rd_kafka_conf_t *other = rd_kafka_conf_new();
    bool same =
        rd_kafka_conf_set(other, property->name, property->value, NULL, 0) == RD_KAFKA_CONF_OK &&
        get(other, property->name, wanted) && get(conf, property->name, is) &&
        strcmp(is, wanted) == 0;
    rd_kafka_conf_destroy(other);
    return same;
}

int kafka_conf_require(rd_kafka_conf_t *conf, const struct kafka_options *options,
                       const struct kafka_property *properties, struct reason *reason)
{
    if (kafka_conf_defaults(conf, options, properties, reason) != 0)
        return -1;
    for (; properties->name != NULL; properties++) {
        if (has_value(conf, properties))
            continue;
        reason_set(reason,
                   "Kafka property %s cannot be changed: what these programs promise needs %s",
                   properties->name, properties->value);
        return -1;
    }
    return 0;
}

rd_kafka_conf_t *kafka_conf(const struct kafka_options *options, struct reason *reason)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, on_log);
    const struct kafka_property who[] = {
        {"bootstrap.servers", options->brokers}, {"client.id", options->client_id}, {NULL, NULL}};
    if (kafka_conf_defaults(conf, options, who, reason) == 0 &&
        kafka_conf_defaults(conf, options, defaults, reason) == 0 &&
        kafka_conf_require(conf, options, base, reason) == 0)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

rd_kafka_t *kafka_handle(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct reason *reason)
{
    char error[ERROR_SIZE];
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
    if (client == NULL) {
        reason_set(reason, "Kafka client: %s", error);
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_set_log_queue(client, NULL);
    return client;
}

int kafka_try(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct reason *reason)
{
    /* Nobody is asked: a name server that hangs would hang us. */
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", NULL, 0);
    rd_kafka_t *client = kafka_handle(type, conf, reason);
    if (client == NULL)
        return -1;
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return 0;
}

char *kafka_cluster_id(rd_kafka_t *client, int timeout_ms)
{
    char *told = rd_kafka_clusterid(client, timeout_ms);
    char *id = told == NULL ? NULL : strdup(told);
    rd_kafka_mem_free(client, told);
    return id;
}

int64_t kafka_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
