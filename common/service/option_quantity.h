/* Numbers with units as the operator writes them: "30s", "64k", "never". Only option*.c use it. */
#ifndef FEEDS_SERVICE_OPTION_QUANTITY_H
#define FEEDS_SERVICE_OPTION_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "service/option_value.h"

/* Whether minimum and maximum of the option count. */
bool option_is_limited(const struct option *option);
/* Whether a duration may be "never" (-1): without limits, or with -1 as its minimum. */
bool option_may_be_never(const struct option *option);
/* Reads text by the type of the option (INTEGER, DURATION, BYTES), without looking at its limits. 0
 * or -1. */
int option_quantity_read(const struct option *option, const char *text, int64_t *number);
void option_quantity_write(const struct option *option, int64_t number,
                           char text[OPTION_TEXT_SIZE]);

#endif
