#include "pipeline/command_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "service/descriptors.h"

enum exit_code command_refuse(const struct options_spec *spec, enum exit_code code, const char *why)
{
    fprintf(stderr, "%s: %s\n", spec->program, why);
    return code;
}

enum exit_code command_printed(const struct options_spec *spec)
{
    struct reason reason = REASON_INIT;
    /* A write that failed before leaves its mark on the stream, and nothing to flush. */
    bool failed = ferror(stdout) != 0;
    if (fflush(stdout) != 0)
        reason_set(&reason, "standard output cannot be written: %s", strerror(errno));
    else if (failed)
        reason_set(&reason, "standard output cannot be written");
    else
        return EXIT_ALL_ACCOUNTED;
    return command_refuse(spec, EXIT_IO, reason.text);
}

bool command_line(const struct options_spec *spec, void *settings, int argc, char **argv,
                  int operands_max, struct operands *operands, enum exit_code *code)
{
    struct reason reason = REASON_INIT;
    int first = argc;

    if (descriptors_fill() != 0) {
        reason_set(&reason, "/dev/null: %s", strerror(errno));
        *code = command_refuse(spec, EXIT_IO, reason.text);
        return false;
    }
    *code = EXIT_ALL_ACCOUNTED;
    switch (options_parse(spec, settings, argc, argv, &first, &reason)) {
    case OPTIONS_DONE:
        *code = command_printed(spec);
        return false;
    case OPTIONS_USAGE:
        *code = command_refuse(spec, EXIT_BAD_USAGE, reason.text);
        return false;
    case OPTIONS_CONFIG:
        *code = command_refuse(spec, EXIT_CONFIGURATION, reason.text);
        return false;
    case OPTIONS_OK:
        break;
    }
    *operands = (struct operands){argv + first, argc - first};
    if (operands->count <= operands_max)
        return true;
    if (operands_max == 0)
        reason_set(&reason, "takes no operand, but was given \"%s\"", operands->items[0]);
    else
        reason_set(&reason, "takes %d operands at most", operands_max);
    *code = command_refuse(spec, EXIT_BAD_USAGE, reason.text);
    return false;
}
