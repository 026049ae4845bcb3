#include "pipeline/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kafka/producer.h"
#include "service/clock.h"
#include "service/log.h"
#include "service/signals.h"

extern char **environ;

#define BROKERS_DEFAULT  "localhost:9092"
#define GIVE_UP_MIN_MS   1000
#define RETENTION_MIN_MS 60000
#define AT(member)       offsetof(struct program_settings, member)

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const formats[] = {"logfmt", "json", NULL};

const struct option program_options[] = {
    {.name = "brokers",
     .env = "BROKERS",
     .offset = AT(brokers),
     .help = "Kafka brokers, host:port separated by commas. Not set: BROKER_1 to BROKER_3, or "
             "localhost:9092 when these are not set either."},
    {.env = "BROKER_1", .offset = AT(broker_1), .help = "One broker, host:port."},
    {.env = "BROKER_2", .offset = AT(broker_2), .help = "Another."},
    {.env = "BROKER_3", .offset = AT(broker_3), .help = "Another."},
    {.name = "X",
     .type = OPTION_LIST,
     .offset = AT(properties),
     .help = "Any librdkafka property. RDKAFKA_<NAME> in the environment sets the same, with _ for "
             "each dot: RDKAFKA_SASL_PASSWORD is sasl.password. Use that for secrets: a flag is "
             "seen by everybody who may run ps."},
    {.name = "error-topic",
     .env = "ERROR_TOPIC",
     .fallback = "error",
     .offset = AT(error_topic),
     .help = "Topic of the error records."},
    {.name = "partitions",
     .env = "PARTITIONS",
     .type = OPTION_INTEGER,
     .fallback = "3",
     .minimum = 1,
     .maximum = 10000,
     .offset = AT(partitions),
     .help = "Partitions of a topic that does not exist yet."},
    {.name = "topic-retention",
     .env = "TOPIC_RETENTION",
     .type = OPTION_DURATION,
     .fallback = "30d",
     .offset = AT(topic_retention_ms),
     .help =
         "How long a topic that does not exist yet will keep its messages; 1m or more. The error "
         "topic keeps them for ever."},
    {.name = "give-up-after",
     .env = "GIVE_UP_AFTER",
     .type = OPTION_DURATION,
     .fallback = "never",
     .offset = AT(give_up_after_ms),
     .help = "How long to wait for Kafka or Strapi before ending with exit code 69; 1s or more."},
    {.name = "log-level",
     .env = "LOG_LEVEL",
     .type = OPTION_CHOICE,
     .fallback = "info",
     .choices = levels,
     .offset = AT(log_level),
     .help = "The least important lines to log."},
    {.name = "log-format",
     .env = "LOG_FORMAT",
     .type = OPTION_CHOICE,
     .fallback = "logfmt",
     .choices = formats,
     .offset = AT(log_format),
     .help = "How log lines are written."},
    {.name = "instance",
     .env = "INSTANCE",
     .offset = AT(instance),
     .help = "Names this process in error records. Not set: host name and process id."},
    {.name = "check-config",
     .type = OPTION_FLAG,
     .offset = AT(check_config),
     .help = "Check the configuration, print it and exit."},
};
const size_t program_option_count = sizeof program_options / sizeof *program_options;

static bool given(const char *text)
{
    return text != NULL && *text != '\0';
}

/* "host:9092/bootstrap: Connect to ... failed: Connection refused (after 0ms in state CONNECT)",
 * without its end, which means something only to librdkafka's authors. */
static void keep_last(struct program_kafka_log *state, const char *text)
{
    const char *end = strstr(text, " (after ");
    int len = end == NULL ? (int)strnlen(text, sizeof state->last) : (int)(end - text);
    /* "1/1 brokers are down" follows the reason, and is none. */
    if (strstr(text, "brokers are down") == NULL)
        snprintf(state->last, sizeof state->last, "%.*s", len, text);
}

static void on_kafka_log(void *arg, int level, const char *text)
{
    struct program_kafka_log *state = arg;
    if (level <= 4)
        keep_last(state, text);
    /* While nothing but the brokers is waited for, program_topics() tells it in one sentence. */
    if (state->waiting || !log_throttle_pass(&state->throttle, text, clock_now()))
        return;
    enum log_level ours = level <= 4   ? LOG_WARN_LEVEL
                          : level <= 6 ? LOG_INFO_LEVEL
                                       : LOG_DEBUG_LEVEL;
    log_event(ours, "kafka", "msg", text, NULL);
}

/* What librdkafka would take for no broker at all, and try for ever. */
static int check_brokers(const char *brokers, struct reason *reason)
{
    if (brokers[strspn(brokers, ", ")] != '\0' && strstr(brokers, "http://") == NULL &&
        strstr(brokers, "https://") == NULL)
        return 0;
    reason_set(reason,
               "BROKERS: \"%.100s\" names no broker; expected host:port, separated by commas",
               brokers);
    return -1;
}

static int join_brokers(struct program *program, struct reason *reason)
{
    const struct program_settings *settings = program->settings;
    const char *const single[] = {settings->broker_1, settings->broker_2, settings->broker_3};
    struct buffer joined = BUFFER_INIT(sizeof program->brokers - 1);
    int failed = given(settings->brokers) ? buffer_add_text(&joined, settings->brokers) : 0;
    for (size_t i = 0; i < 3 && !given(settings->brokers); i++)
        if (given(single[i]))
            failed |= buffer_addf(&joined, "%s%s", joined.len > 0 ? "," : "", single[i]);
    if (failed != 0)
        reason_set(reason, "BROKERS: longer than %zu bytes", sizeof program->brokers - 1);
    else
        snprintf(program->brokers, sizeof program->brokers, "%s",
                 joined.len > 0 ? joined.data : BROKERS_DEFAULT);
    buffer_release(&joined);
    return failed != 0 ? -1 : check_brokers(program->brokers, reason);
}

/* "RDKAFKA_SASL_PASSWORD=x" to "sasl.password=x". No public property of librdkafka 2.0.2 has an
 * underscore in its name. */
static int take_variable(struct program *program, const char *variable, struct reason *reason)
{
    const char *name = variable + strlen(PROGRAM_PROPERTY_PREFIX);
    size_t name_len = strcspn(name, "="), size = strlen(name) + 1, place;
    char *text = program->environment + program->environment_len;
    place = program->kafka.property_count;
    if (place == OPTION_LIST_MAX || size > sizeof program->environment - program->environment_len) {
        reason_set(reason, "%.*s: too many RDKAFKA_ variables, or too long",
                   (int)strcspn(variable, "="), variable);
        return -1;
    }
    memcpy(text, name, size);
    for (size_t i = 0; i < name_len; i++) {
        if (text[i] == '_')
            text[i] = '.';
        else if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 0x20);
    }
    program->environment_len += size;
    program->properties[program->kafka.property_count++] = text;
    return 0;
}

/* With a name and a value: docker-compose sets variables to nothing. */
static bool is_property(const char *variable)
{
    const char *name = variable + strlen(PROGRAM_PROPERTY_PREFIX);
    if (strncmp(variable, PROGRAM_PROPERTY_PREFIX, strlen(PROGRAM_PROPERTY_PREFIX)) != 0)
        return false;
    const char *equals = strchr(name, '=');
    return equals != NULL && equals != name && equals[1] != '\0';
}

/* The environment first: librdkafka takes the last of a name, and a flag wins. */
/* One place for the brokers: messages name what they hold. */
static int check_property(const char *property, struct reason *reason)
{
    static const char *const names[] = {"bootstrap.servers=", "metadata.broker.list="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(property, names[i], strlen(names[i])) == 0) {
            reason_set(reason, "Kafka property %.*s: set BROKERS instead",
                       (int)strlen(names[i]) - 1, property);
            return -1;
        }
    return 0;
}

static int gather_properties(struct program *program, struct reason *reason)
{
    const struct option_list *flags = &program->settings->properties;
    program->kafka.properties = program->properties;
    for (char **variable = environ; *variable != NULL; variable++)
        if (is_property(*variable) && take_variable(program, *variable, reason) != 0)
            return -1;
    for (size_t i = 0; i < flags->count; i++)
        program->properties[program->kafka.property_count++] = flags->items[i];
    for (size_t i = 0; i < program->kafka.property_count; i++)
        if (check_property(program->properties[i], reason) != 0)
            return -1;
    return 0;
}

static void name_instance(struct program *program)
{
    char host[64] = "";
    if (given(program->settings->instance)) {
        snprintf(program->instance, sizeof program->instance, "%s", program->settings->instance);
        return;
    }
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        snprintf(host, sizeof host, "host");
    snprintf(program->instance, sizeof program->instance, "%s-%ld", host, (long)getpid());
}

static enum log_level chosen_level(const char *name)
{
    for (int level = LOG_DEBUG_LEVEL; level <= LOG_ERROR_LEVEL; level++)
        if (name != NULL && strcmp(levels[level], name) == 0)
            return (enum log_level)level;
    return LOG_INFO_LEVEL;
}

static int check_times(const struct program_settings *settings, struct reason *reason)
{
    if (settings->give_up_after_ms >= 0 && settings->give_up_after_ms < GIVE_UP_MIN_MS) {
        reason_set(reason,
                   "GIVE_UP_AFTER: nobody answers within %lld ms; expected 1s or more, or never",
                   (long long)settings->give_up_after_ms);
        return -1;
    }
    if (settings->topic_retention_ms >= 0 && settings->topic_retention_ms < RETENTION_MIN_MS) {
        reason_set(reason,
                   "TOPIC_RETENTION: nobody reads a message within %lld ms; expected 1m or more, "
                   "or never",
                   (long long)settings->topic_retention_ms);
        return -1;
    }
    return 0;
}

int program_start(struct program *program, const char *name,
                  const struct program_settings *settings, struct reason *reason)
{
    *program = (struct program){.name = name, .settings = settings};
    log_setup(name, chosen_level(settings->log_level),
              settings->log_format != NULL && strcmp(settings->log_format, "json") == 0);
    name_instance(program);
    if (signals_setup() != 0) {
        reason_set(reason, "signal handlers cannot be set up");
        return -1;
    }
    if (check_times(settings, reason) != 0 || join_brokers(program, reason) != 0 ||
        gather_properties(program, reason) != 0)
        return -1;
    program->kafka.brokers = program->brokers;
    program->kafka.client_id = name;
    program->kafka.log = on_kafka_log;
    program->kafka.log_arg = &program->kafka_log;
    /* Every program may have to produce. */
    return kafka_producer_check(&program->kafka, reason);
}

/* RDKAFKA_SASL_PASSWORD, which became sasl.password. */
static void print_variable(const char *variable)
{
    printf("%.*s=(set)\n", (int)strcspn(variable, "="), variable);
}

void program_print(const struct program *program, const struct options_spec *spec)
{
    options_print(spec, program->settings, stdout);
    for (char **variable = environ; *variable != NULL; variable++)
        if (is_property(*variable))
            print_variable(*variable);
}

void program_sign(const struct program *program, struct error_record *record)
{
    record->service = program->name;
    record->instance = program->instance;
    record->version = FEEDS_VERSION;
}
