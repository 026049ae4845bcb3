/* error-monitor: what failed, where, and why, from the error topic. */
#include "monitors/monitor.h"
#include "pipeline/command_line.h"

static int run(const struct options_spec *spec, const struct monitor_settings *settings)
{
    struct program program;
    struct reason reason = REASON_INIT;
    if (monitor_settings_check(settings, &reason) != 0)
        return command_refuse(spec, EXIT_BAD_USAGE, reason.text);
    if (program_start(&program, spec->program, &settings->program, &reason) != 0 ||
        program_check_topic(&program, NULL, &reason) != 0)
        return command_refuse(spec, EXIT_CONFIGURATION, reason.text);
    if (!settings->program.check_config)
        return monitor_run(settings, &program);
    program_print(&program, spec);
    return command_printed(spec);
}

int main(int argc, char **argv)
{
    struct monitor_settings settings = {.since = NULL};
    struct operands none;
    enum exit_code code;
    struct options_spec spec = monitor_options(&settings);
    if (!command_line(&spec, &settings, argc, argv, 0, &none, &code))
        return code;
    return run(&spec, &settings);
}
