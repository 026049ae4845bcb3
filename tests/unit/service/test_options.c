/* Every kind of option, from flag, variable and default; every way to get one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/options.h"

struct settings {
    const char *topic, *mode, *token;
    int64_t partitions, patience, room;
    bool strict;
    struct option_list properties;
};

static const char *const modes[] = {"update", "skip", "reject", NULL};

#define AT(member) offsetof(struct settings, member)

static const struct option kafka_options[] = {
    {.name = "topic",
     .env = "T_TOPIC",
     .fallback = "product",
     .offset = AT(topic),
     .help = "Topic."},
    {.name = "partitions",
     .env = "T_PARTITIONS",
     .type = OPTION_INTEGER,
     .fallback = "3",
     .minimum = 1,
     .maximum = 1000,
     .offset = AT(partitions),
     .help = "Partitions of new topics."},
    {.name = "give-up-after",
     .env = "T_GIVE_UP_AFTER",
     .type = OPTION_DURATION,
     .fallback = "never",
     .offset = AT(patience),
     .help = "Patience | pipes."},
    {.name = "X", .type = OPTION_LIST, .offset = AT(properties), .help = "A librdkafka property."},
};
static const struct option other_options[] = {
    {.name = "mode",
     .env = "T_MODE",
     .type = OPTION_CHOICE,
     .fallback = "update",
     .choices = modes,
     .offset = AT(mode),
     .help = "What to do."},
    {.name = "room",
     .env = "T_ROOM",
     .type = OPTION_BYTES,
     .fallback = "64k",
     .minimum = 1024,
     .maximum = 1 << 20,
     .offset = AT(room),
     .help = "Room."},
    {.name = "strict",
     .env = "T_STRICT",
     .type = OPTION_FLAG,
     .offset = AT(strict),
     .help = "Strict."},
    {.env = "T_TOKEN", .type = OPTION_SECRET, .offset = AT(token), .help = "Token."},
};
static const struct option_group groups[] = {{"Kafka", kafka_options, 4},
                                             {"Other", other_options, 4}};
static const struct options_spec spec = {.program = "t-program",
                                         .synopsis = "[FILE...]",
                                         .purpose = "Tests.",
                                         .groups = groups,
                                         .group_count = 2};

static struct settings settings;
static struct reason reason;
static char *argv_now[32];
static int operands;

/* Parses the arguments given, which end with NULL. */
static enum options_result parse(const char *const *args)
{
    int argc = 0;
    settings = (struct settings){0};
    reason = (struct reason)REASON_INIT;
    argv_now[argc++] = (char *)(uintptr_t) "t-program";
    for (; *args != NULL; args++)
        argv_now[argc++] = (char *)(uintptr_t)*args;
    argv_now[argc] = NULL;
    return options_parse(&spec, &settings, argc, argv_now, &operands, &reason);
}

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"T_TOPIC", "T_PARTITIONS", "T_GIVE_UP_AFTER", "T_MODE",
                                        "T_ROOM",  "T_STRICT",     "T_TOKEN"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

static void defaults_hold_without_flags(void **state)
{
    (void)state;
    assert_int_equal(parse((const char *const[]){NULL}), OPTIONS_OK);
    assert_string_equal(settings.topic, "product");
    assert_int_equal(settings.partitions, 3);
    assert_int_equal(settings.patience, -1);
    assert_int_equal(settings.room, 65536);
    assert_string_equal(settings.mode, "update");
    assert_false(settings.strict);
    assert_null(settings.token);
    assert_int_equal(operands, 1);
}

static void flags_win_over_the_environment(void **state)
{
    (void)state;
    setenv("T_TOPIC", "from-env", 1);
    setenv("T_PARTITIONS", "7", 1);
    setenv("T_STRICT", "YES", 1);
    setenv("T_TOKEN", "s3cret", 1);
    setenv("T_MODE", "", 1); /* as docker-compose sets what .env lacks */
    assert_int_equal(parse((const char *const[]){"--topic", "t", "--no-strict", NULL}), OPTIONS_OK);
    assert_string_equal(settings.topic, "t");
    assert_int_equal(settings.partitions, 7);
    assert_false(settings.strict);
    assert_string_equal(settings.token, "s3cret");
    assert_string_equal(settings.mode, "update");
}

/* A wrong variable does not matter when a flag overrides it. */
static void an_overridden_variable_is_not_read(void **state)
{
    (void)state;
    setenv("T_PARTITIONS", "many", 1);
    assert_int_equal(parse((const char *const[]){"--partitions=4", NULL}), OPTIONS_OK);
    assert_int_equal(settings.partitions, 4);
}

static void operands_gather_at_the_end(void **state)
{
    (void)state;
    assert_int_equal(parse((const char *const[]){"a.csv", "-X", "a=1", "-", "-Xb=2", "--strict",
                                                 "--", "--topic", "-x", NULL}),
                     OPTIONS_OK);
    assert_int_equal(operands, 6);
    assert_string_equal(argv_now[6], "a.csv");
    assert_string_equal(argv_now[7], "-");
    assert_string_equal(argv_now[8], "--topic");
    assert_string_equal(argv_now[9], "-x");
    assert_int_equal(settings.properties.count, 2);
    assert_string_equal(settings.properties.items[0], "a=1");
    assert_string_equal(settings.properties.items[1], "b=2");
    assert_true(settings.strict);
}

static void quantities_take_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value; /* -2: refused */
    } cases[] = {{"500ms", 500},
                 {"30s", 30000},
                 {"10m", 600000},
                 {"12h", 43200000},
                 {"30d", 2592000000},
                 {"never", -1},
                 {"0s", 0},
                 {"30", -2},
                 {"-1s", -2},
                 {" 1s", -2},
                 {"1 s", -2},
                 {"1.5s", -2},
                 {"", -2},
                 {"s", -2},
                 {"1w", -2},
                 {"1S", 1000},
                 {"+1s", -2},
                 {"1sx", -2},
                 {"106751991168d", -2},
                 {"9223372036854775808ms", -2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum options_result result =
            parse((const char *const[]){"--give-up-after", cases[i].text, NULL});
        assert_int_equal(result, cases[i].value == -2 ? OPTIONS_CONFIG : OPTIONS_OK);
        if (cases[i].value != -2)
            assert_int_equal(settings.patience, cases[i].value);
    }
    assert_int_equal(parse((const char *const[]){"--room", "1m", NULL}), OPTIONS_OK);
    assert_int_equal(settings.room, 1 << 20);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *flag, *value, *sentence;
    } cases[] = {
        {"--partitions", "0", "--partitions: expected a whole number from 1 to 1000, not \"0\""},
        {"--partitions", "3x", "--partitions: expected a whole number from 1 to 1000, not \"3x\""},
        {"--partitions", "\x1b[2J",
         "--partitions: expected a whole number from 1 to 1000, not \"\\x1B[2J\""},
        {"--mode", "Skip", "--mode: expected update, skip or reject, not \"Skip\""},
        {"--room", "2m", "--room: expected a number of bytes from 1k to 1m, not \"2m\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse((const char *const[]){cases[i].flag, cases[i].value, NULL}),
                         OPTIONS_CONFIG);
        assert_string_equal(reason.text, cases[i].sentence);
    }
    setenv("T_STRICT", "maybe", 1);
    assert_int_equal(parse((const char *const[]){NULL}), OPTIONS_CONFIG);
    assert_string_equal(reason.text, "T_STRICT: expected true or false, not \"maybe\"");
}

static void wrong_flags_are_usage(void **state)
{
    (void)state;
    static const struct {
        const char *flag, *sentence;
    } cases[] = {
        {"--topci", "unknown option --topci: did you mean --topic?"},
        {"--part", "unknown option --part: did you mean --partitions?"},
        {"--part=3", "unknown option --part: did you mean --partitions?"},
        {"--t-token=abc", "unknown option --t-token: only the environment sets it, as T_TOKEN"},
        {"--zzzzzzzz", "unknown option --zzzzzzzz (--help lists all)"},
        {"-q", "unknown option -q (--help lists all)"},
        {"--no-topic", "unknown option --no-topic: did you mean --topic?"},
        {"--topic", "--topic needs a value"},
        {"-X", "-X needs a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse((const char *const[]){cases[i].flag, NULL}), OPTIONS_USAGE);
        assert_string_equal(reason.text, cases[i].sentence);
    }
}

static void a_list_has_a_ceiling(void **state)
{
    (void)state;
    char *argv[OPTION_LIST_MAX + 3];
    static char flag[] = "-Xa=b", name[] = "t";
    argv[0] = name;
    for (int i = 1; i <= OPTION_LIST_MAX + 1; i++)
        argv[i] = flag;
    assert_int_equal(options_parse(&spec, &settings, OPTION_LIST_MAX + 1, argv, &operands, &reason),
                     OPTIONS_OK);
    assert_int_equal(settings.properties.count, OPTION_LIST_MAX);
    assert_int_equal(options_parse(&spec, &settings, OPTION_LIST_MAX + 2, argv, &operands, &reason),
                     OPTIONS_CONFIG);
}

/* What `print` writes, to be freed. */
static char *printed(void (*print)(const struct options_spec *, const void *, FILE *))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    print(&spec, &settings, out);
    fclose(out);
    return text;
}

static void printing_hides_secrets(void **state)
{
    (void)state;
    setenv("T_TOKEN", "s3cret", 1);
    assert_int_equal(
        parse((const char *const[]){"-Xsasl.password=s3cret", "-Xa=b", "--topic",
                                    "http://u:s3cret@host/x", "--give-up-after=90s", NULL}),
        OPTIONS_OK);
    char *text = printed(options_print);
    assert_null(strstr(text, "s3cret"));
    assert_string_equal(text, "T_TOPIC=http://u:(set)@host/x\nT_PARTITIONS=3\n"
                              "T_GIVE_UP_AFTER=90s\n-X sasl.password=(set)\n-X a=b\n"
                              "T_MODE=update\nT_ROOM=64k\nT_STRICT=false\nT_TOKEN=(set)\n");
    free(text);
    char *help = printed(options_help);
    assert_null(strstr(help, "s3cret"));
    free(help);
}

static void help_names_everything(void **state)
{
    (void)state;
    assert_int_equal(parse((const char *const[]){NULL}), OPTIONS_OK);
    char *help = printed(options_help);
    assert_non_null(strstr(help, "Usage: t-program [OPTION...] [FILE...]\n"));
    assert_non_null(strstr(help, "--partitions NUMBER"));
    assert_non_null(strstr(help, "[T_PARTITIONS; 1 to 1000;"));
    assert_non_null(strstr(help, "--[no-]strict"));
    assert_non_null(strstr(help, "T_TOKEN"));
    for (const char *line = help, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        assert_true(end - line <= 88);
    free(help);
    char *table = printed(options_markdown);
    assert_non_null(
        strstr(table, "| `--mode WORD` | `T_MODE` | `update` | What to do. (update, skip or "));
    assert_non_null(strstr(table, "| Patience \\| pipes. |"));
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults_hold_without_flags, clear_environment),
        cmocka_unit_test_setup(flags_win_over_the_environment, clear_environment),
        cmocka_unit_test_setup(an_overridden_variable_is_not_read, clear_environment),
        cmocka_unit_test_setup(operands_gather_at_the_end, clear_environment),
        cmocka_unit_test_setup(quantities_take_units, clear_environment),
        cmocka_unit_test_setup(wrong_values_are_named, clear_environment),
        cmocka_unit_test_setup(wrong_flags_are_usage, clear_environment),
        cmocka_unit_test_setup(a_list_has_a_ceiling, clear_environment),
        cmocka_unit_test_setup(printing_hides_secrets, clear_environment),
        cmocka_unit_test_setup(help_names_everything, clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
