/* What every program makes of its settings and its environment. No broker is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pipeline/log_throttle.h"
#include "pipeline/program.h"

static struct program program;
static struct program_settings settings;
static struct reason reason;

static int clear(void **state)
{
    (void)state;
    settings = (struct program_settings){.give_up_after_ms = -1, .topic_retention_ms = -1};
    reason = (struct reason)REASON_INIT;
    unsetenv("RDKAFKA_SASL_PASSWORD");
    unsetenv("RDKAFKA_LINGER_MS");
    unsetenv("RDKAFKA_NO_SUCH");
    return 0;
}

static void brokers_come_from_one_place(void **state)
{
    (void)state;
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_string_equal(program.kafka.brokers, "localhost:9092");
    settings.broker_1 = "a:1";
    settings.broker_2 = ""; /* as docker-compose sets what .env lacks */
    settings.broker_3 = "c:3";
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_string_equal(program.kafka.brokers, "a:1,c:3");
    settings.brokers = "b:9";
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_string_equal(program.kafka.brokers, "b:9");
    static char much[2000];
    memset(much, 'x', sizeof much - 1);
    settings.brokers = much;
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
}

static const char *property(const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < program.kafka.property_count; i++)
        if (strncmp(program.kafka.properties[i], name, strlen(name)) == 0)
            found = program.kafka.properties[i];
    return found;
}

static void properties_pass_through(void **state)
{
    (void)state;
    setenv("RDKAFKA_SASL_PASSWORD", "Geheim_1=2", 1);
    setenv("RDKAFKA_LINGER_MS", "7", 1);
    setenv("RDKAFKA_NO_SUCH", "", 1);
    settings.properties = (struct option_list){.items = {"linger.ms=9"}, .count = 1};
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_string_equal(property("sasl.password"), "sasl.password=Geheim_1=2");
    /* librdkafka takes the last: the flag wins. */
    assert_string_equal(property("linger.ms"), "linger.ms=9");
    assert_null(property("no.such"));
}

static void a_wrong_property_is_told_at_once(void **state)
{
    (void)state;
    setenv("RDKAFKA_NO_SUCH", "1", 1);
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
    assert_non_null(strstr(reason.text, "no.such"));
}

static void brokers_that_are_none_are_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {" ", ",", ", ,", "http://a:9092"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        settings.brokers = wrong[i];
        assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
        assert_non_null(strstr(reason.text, "BROKERS"));
    }
    settings.brokers = "a:1";
    settings.properties = (struct option_list){{"bootstrap.servers=b:2"}, 1};
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
    assert_non_null(strstr(reason.text, "set BROKERS instead"));
}

/* Some properties only show together, when a handle is made, that they do not fit. */
static void properties_that_do_not_fit_together_are_told(void **state)
{
    (void)state;
    settings.properties = (struct option_list){{"max.in.flight=100"}, 1};
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
    settings.properties = (struct option_list){{"delivery.report.only.error=true"}, 1};
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
}

static void some_patience_is_needed(void **state)
{
    (void)state;
    settings.give_up_after_ms = 999;
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
    assert_non_null(strstr(reason.text, "GIVE_UP_AFTER"));
    settings.give_up_after_ms = 1000;
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
}

static void messages_are_kept_a_while(void **state)
{
    (void)state;
    static const int64_t too_short[] = {0, 1, 59999};
    for (size_t i = 0; i < 3; i++) {
        settings.topic_retention_ms = too_short[i];
        assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
        assert_non_null(strstr(reason.text, "TOPIC_RETENTION"));
    }
    settings.topic_retention_ms = 60000;
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
}

/* A private key and its certificates. */
static void long_variables_are_taken_until_there_are_too_many(void **state)
{
    (void)state;
    static char key[40000];
    memset(key, 'x', sizeof key - 1);
    setenv("RDKAFKA_CLIENT_RACK", key, 1);
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_int_equal(strlen(property("client.rack")), strlen("client.rack=") + sizeof key - 1);
    setenv("RDKAFKA_CLIENT_SOFTWARE_NAME", key, 1);
    assert_int_equal(program_start(&program, "tester", &settings, &reason), -1);
    assert_null(strstr(reason.text, "xxx"));
    unsetenv("RDKAFKA_CLIENT_RACK");
    unsetenv("RDKAFKA_CLIENT_SOFTWARE_NAME");
}

static void the_error_topic_is_a_topic_of_its_own(void **state)
{
    (void)state;
    settings.error_topic = "error";
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    assert_int_equal(program_check_topic(&program, "product", &reason), 0);
    assert_int_equal(program_check_topic(&program, settings.error_topic, &reason), -1);
    assert_non_null(strstr(reason.text, settings.error_topic));
}

static void topics_have_names_that_kafka_takes(void **state)
{
    (void)state;
    static char long_name[251];
    static const char *const wrong[] = {"",    ".",           "..",  "a b",    "a/b",
                                        "a,b", "caf\xc3\xa9", "a\n", long_name};
    memset(long_name, 'x', sizeof long_name - 1);
    settings.error_topic = "error";
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        settings.error_topic = "error";
        assert_int_equal(program_check_topic(&program, wrong[i], &reason), -1);
        assert_memory_equal(reason.text, "TOPIC: \"", 8);
        settings.error_topic = wrong[i];
        assert_int_equal(program_check_topic(&program, "product", &reason), -1);
        assert_memory_equal(reason.text, "ERROR_TOPIC: \"", 14);
        assert_int_equal(program_check_topic(&program, NULL, &reason), -1);
    }
    assert_non_null(strstr(reason.text, "xxx"));
    long_name[249] = '\0';
    assert_int_equal(program_check_topic(&program, "...", &reason), 0);
    assert_int_equal(program_check_topic(&program, "aZ0._-", &reason), 0);
    assert_int_equal(program_check_topic(&program, NULL, &reason), 0);
}

static void a_record_is_signed(void **state)
{
    (void)state;
    struct error_record record = ERROR_RECORD_INIT;
    settings.instance = "me";
    assert_int_equal(program_start(&program, "tester", &settings, &reason), 0);
    program_sign(&program, &record);
    assert_string_equal(record.service, "tester");
    assert_string_equal(record.instance, "me");
    assert_non_null(record.version);
}

static void every_default_is_valid(void **state)
{
    (void)state;
    static char name[] = "tester";
    char *argv[] = {name, NULL};
    int operands;
    const struct option_group group = {"Kafka", program_options, program_option_count};
    const struct options_spec spec = {
        .program = "tester", .purpose = "Tests.", .groups = &group, .group_count = 1};
    assert_int_equal(options_parse(&spec, &settings, 1, argv, &operands, &reason), OPTIONS_OK);
    assert_string_equal(settings.error_topic, "error");
    assert_int_equal(settings.give_up_after_ms, -1);
}

static void a_class_of_lines_passes_once_a_minute(void **state)
{
    (void)state;
    struct log_throttle throttle = {0};
    const char *first = "a:1: connect failed (after 1ms)",
               *again = "a:2: connect failed (after 30ms)";
    assert_true(log_throttle_pass(&throttle, first, 1000));
    assert_false(log_throttle_pass(&throttle, again, 1000 + LOG_THROTTLE_MS - 1));
    assert_true(log_throttle_pass(&throttle, "something else", 1000));
    assert_true(log_throttle_pass(&throttle, again, 1000 + LOG_THROTTLE_MS));
    /* More classes than places: the oldest is forgotten, never a line. */
    for (int i = 0; i < 2 * LOG_THROTTLE_CLASSES; i++) {
        const char other[] = {(char)('A' + i % 58), (char)('A' + i / 58), '\0'};
        assert_true(log_throttle_pass(&throttle, other, 100000 + i));
    }
}

#define CLEARED(test) cmocka_unit_test_setup(test, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEARED(brokers_come_from_one_place),
        CLEARED(properties_pass_through),
        CLEARED(a_wrong_property_is_told_at_once),
        CLEARED(a_record_is_signed),
        CLEARED(brokers_that_are_none_are_told),
        CLEARED(properties_that_do_not_fit_together_are_told),
        CLEARED(some_patience_is_needed),
        CLEARED(long_variables_are_taken_until_there_are_too_many),
        CLEARED(the_error_topic_is_a_topic_of_its_own),
        CLEARED(messages_are_kept_a_while),
        CLEARED(topics_have_names_that_kafka_takes),
        CLEARED(every_default_is_valid),
        CLEARED(a_class_of_lines_passes_once_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
