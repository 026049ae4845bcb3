/* What every program does first: flags and environment become its settings. */
#ifndef FEEDS_PIPELINE_COMMAND_LINE_H
#define FEEDS_PIPELINE_COMMAND_LINE_H

#include <stdbool.h>

#include "core/reason.h"
#include "service/exit_code.h"
#include "service/options.h"

struct operands {
    char **items; /* borrowed from argv */
    int count;
};

/* Whether to go on. Else *code is how the program ends: --help was printed, or what is wrong was
 * said on standard error. At most operands_max operands are taken. */
bool command_line(const struct options_spec *spec, void *settings, int argc, char **argv,
                  int operands_max, struct operands *operands, enum exit_code *code);
/* Says on standard error, after the program's name, why it ends. Returns the code. */
enum exit_code command_refuse(const struct options_spec *spec, enum exit_code code,
                              const char *why);
/* When all is printed that was asked for (--help, --check-config). What nobody can have read, because
 * stdout is full or closed, is an I/O error: says so, and returns EXIT_IO. */
enum exit_code command_printed(const struct options_spec *spec);

#endif
