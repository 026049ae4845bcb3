#include "pipeline/exit_rank.h"

#include <stddef.h>

static const enum exit_code by_weight[] = {
    EXIT_ALL_ACCOUNTED, EXIT_IO,          EXIT_BAD_FEED,      EXIT_NO_FEED,
    EXIT_INTERRUPTED,   EXIT_UNAVAILABLE, EXIT_CONFIGURATION, EXIT_BAD_USAGE,
};

/* What is not in the table is a bug, and weighs most. */
static size_t weight(enum exit_code code)
{
    size_t i = 0;
    while (i < sizeof by_weight / sizeof by_weight[0] && by_weight[i] != code)
        i++;
    return i;
}

enum exit_code exit_worse(enum exit_code one, enum exit_code other)
{
    return weight(one) >= weight(other) ? one : other;
}

bool exit_ends_all(enum exit_code code)
{
    return weight(code) >= weight(EXIT_INTERRUPTED);
}
