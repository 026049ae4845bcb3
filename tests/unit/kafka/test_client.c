/* What librdkafka is told: our defaults, the operator's properties on top, what may not be changed,
 * and no secret in a sentence. No broker is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "kafka/client.h"
#include "kafka/connection.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"

static struct kafka_options with(const char *const *properties, size_t count)
{
    return (struct kafka_options){.brokers = "a:1,b:2",
                                  .client_id = "tester",
                                  .properties = properties,
                                  .property_count = count};
}

static void expect(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256];
    size_t size = sizeof text;
    assert_int_equal(rd_kafka_conf_get(conf, name, text, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(text, value);
}

static void defaults_are_set(void **state)
{
    (void)state;
    struct kafka_options options = with(NULL, 0);
    struct reason reason = REASON_INIT;
    rd_kafka_conf_t *conf = kafka_conf(&options, &reason);
    assert_non_null(conf);
    expect(conf, "bootstrap.servers", "a:1,b:2");
    expect(conf, "client.id", "tester");
    expect(conf, "allow.auto.create.topics", "false");
    rd_kafka_conf_destroy(conf);
}

static void a_property_wins_under_each_of_its_names(void **state)
{
    (void)state;
    static const char *const given[] = {"queue.buffering.max.ms=77", "client.id=mine"};
    struct kafka_options options = with(given, 2);
    rd_kafka_conf_t *conf = kafka_conf(&options, NULL);
    assert_non_null(conf);
    assert_int_equal(kafka_conf_default(conf, &options, "linger.ms", "20", NULL), 0);
    expect(conf, "linger.ms", "77");
    expect(conf, "client.id", "mine");
    rd_kafka_conf_destroy(conf);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *property, *part;
    } cases[] = {
        {"linger.ms=soon", "linger.ms"},
        {"no.such=1", "no.such: No such configuration property"},
        {"s3cret", "not of the form name=value"},
        {"=1", "not of the form name=value"},
        {"log.queue=false", "log.queue cannot be changed"},
        {"no.such.password=s3cret", "no.such.password"},
        {"no.such.pasword=s3cret", "no.such.pasword"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kafka_options options = with(&cases[i].property, 1);
        struct reason reason = REASON_INIT;
        assert_null(kafka_conf(&options, &reason));
        assert_non_null(strstr(reason.text, cases[i].part));
        assert_null(strstr(reason.text, "s3cret"));
    }
}

static void what_is_required_stays(void **state)
{
    (void)state;
    static const struct kafka_property required[] = {{"enable.auto.commit", "false"}, {NULL, NULL}};
    static const char *const same[] = {"enable.auto.commit=false"};
    static const char *const other[] = {"enable.auto.commit=true"};
    struct reason reason = REASON_INIT;
    struct kafka_options options = with(same, 1);
    rd_kafka_conf_t *conf = kafka_conf(&options, &reason);
    assert_int_equal(kafka_conf_require(conf, &options, required, &reason), 0);
    options = with(other, 1);
    assert_int_equal(kafka_conf_require(conf, &options, required, &reason), -1);
    assert_non_null(strstr(reason.text, "enable.auto.commit"));
    rd_kafka_conf_destroy(conf);
}

/* What is promised does not depend on how the operator writes a property. */
static void promises_cannot_be_configured_away(void **state)
{
    (void)state;
    static const char *const taken[] = {"acks=-1", "request.required.acks=all",
                                        "enable.idempotence=true", "auto.offset.reset=error"};
    static const char *const refused[] = {"acks=1", "enable.idempotence=false"};
    static const char *const refused_too[] = {"auto.offset.reset=earliest",
                                              "enable.auto.offset.store=true"};
    struct reason reason = REASON_INIT;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct kafka_options options = with(&taken[i], 1);
        assert_int_equal(kafka_producer_check(&options, &reason), 0);
        assert_int_equal(kafka_consumer_check(&options, "group", &reason), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        struct kafka_options options = with(&refused[i], 1);
        assert_int_equal(kafka_producer_check(&options, &reason), -1);
        assert_non_null(strstr(reason.text, "cannot be changed"));
        options = with(&refused_too[i], 1);
        assert_int_equal(kafka_consumer_check(&options, "group", &reason), -1);
        assert_non_null(strstr(reason.text, "cannot be changed"));
    }
}

static void note_level(void *arg, int level, const char *text)
{
    int *quietest = arg;
    if (strstr(text, "linger.ms") != NULL || strstr(text, "queue.buffering.max.ms") != NULL)
        *quietest = level;
}

/* A program has handles of both kinds, and the operator's properties are for all. */
static void a_property_of_the_other_kind_is_no_warning(void **state)
{
    (void)state;
    static const char *const given[] = {"linger.ms=5"};
    int level = -1;
    struct kafka_options options = with(given, 1);
    options.log = note_level;
    options.log_arg = &level;
    rd_kafka_conf_t *conf = kafka_conf(&options, NULL);
    assert_non_null(conf);
    rd_kafka_conf_set_opaque(conf, &options);
    rd_kafka_t *client = kafka_handle(RD_KAFKA_CONSUMER, conf, NULL);
    assert_non_null(client);
    rd_kafka_poll(client, 0);
    assert_int_equal(level, 7); /* debug */
    rd_kafka_destroy(client);
}

static void statistics_tell_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool up;
    } cases[] = {
        {"{\"brokers\":{\"b/1\":{\"state\":\"UP\"}}}", true},
        {"{\"brokers\":{\"a\":{\"state\":\"DOWN\"},\"b/1\":{\"state\":\"UPDATE\"}}}", true},
        {"{\"brokers\":{\"a\":{\"state\":\"TRY_CONNECT\"},\"b\":{}}}", false},
        {"{\"brokers\":{}}", false},
        {"{}", false},
        {"nonsense", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(connection_is_up(cases[i].json, strlen(cases[i].json)), cases[i].up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(a_property_wins_under_each_of_its_names),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(what_is_required_stays),
        cmocka_unit_test(promises_cannot_be_configured_away),
        cmocka_unit_test(a_property_of_the_other_kind_is_no_warning),
        cmocka_unit_test(statistics_tell_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
