#include "monitors/output.h"

#include <errno.h>
#include <stdio.h>

bool output_is_open(const struct output *output)
{
    return !output->closed && !output->failed;
}

static void note_failure(struct output *output)
{
    output->closed = errno == EPIPE;
    output->failed = !output->closed;
}

void output_print(struct output *output, const struct buffer *line)
{
    if (fwrite(line->data, 1, line->len, stdout) != line->len)
        note_failure(output);
}

void output_flush(struct output *output)
{
    if (output_is_open(output) && fflush(stdout) != 0)
        note_failure(output);
}
