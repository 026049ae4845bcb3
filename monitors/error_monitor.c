/* error-monitor: what failed, where, and why, from the error topic. */
#include <stdio.h>

#include "monitors/monitor.h"

static int complain(enum exit_code code, const struct reason *reason)
{
    fprintf(stderr, "error-monitor: %s\n", reason->text);
    return code;
}

static int run(const struct options_spec *spec, const struct monitor_settings *settings)
{
    struct program program;
    struct reason reason = REASON_INIT;
    if (program_start(&program, spec->program, &settings->program, &reason) != 0)
        return complain(EXIT_CONFIGURATION, &reason);
    if (!settings->program.check_config)
        return monitor_run(settings, &program);
    options_print(spec, settings, stdout);
    return EXIT_ALL_ACCOUNTED;
}

int main(int argc, char **argv)
{
    struct monitor_settings settings = {.since = NULL};
    struct reason reason = REASON_INIT;
    int first;
    struct options_spec spec = monitor_options(&settings);
    switch (options_parse(&spec, &settings, argc, argv, &first, &reason)) {
    case OPTIONS_DONE:
        return EXIT_ALL_ACCOUNTED;
    case OPTIONS_USAGE:
        return complain(EXIT_BAD_USAGE, &reason);
    case OPTIONS_CONFIG:
        return complain(EXIT_CONFIGURATION, &reason);
    case OPTIONS_OK:
        break;
    }
    if (first == argc)
        return run(&spec, &settings);
    reason_set(&reason, "takes no operand, but was given \"%s\"", argv[first]);
    return complain(EXIT_BAD_USAGE, &reason);
}
