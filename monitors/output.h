/* Standard output, and whether anybody still reads it: `error-monitor | head` is no failure. */
#ifndef FEEDS_MONITORS_OUTPUT_H
#define FEEDS_MONITORS_OUTPUT_H

#include <stdbool.h>

#include "core/buffer.h"

struct output {
    bool closed; /* nobody reads it any more: head has seen enough */
    bool failed; /* it cannot be written */
};

#define OUTPUT_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

/* Whether it takes more. What is printed after it was closed, or failed, is lost. */
bool output_is_open(const struct output *output);
void output_print(struct output *output, const struct buffer *line);
/* What was printed is to be seen now. */
void output_flush(struct output *output);

#endif
