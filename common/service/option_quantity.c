#include "service/option_quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *suffix;
    int64_t size;
};

/* Largest first: option_quantity_write() writes with the largest that leaves no rest. */
static const struct unit durations[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000},
                                        {"s", 1000},     {"ms", 1},      {NULL, 0}};
static const struct unit byte_sizes[] = {
    {"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"", 1}, {NULL, 0}};

bool option_is_limited(const struct option *option)
{
    return option->minimum != 0 || option->maximum != 0;
}

bool option_may_be_never(const struct option *option)
{
    return option->type == OPTION_DURATION && (!option_is_limited(option) || option->minimum == -1);
}

/* A decimal number and what stands behind it. Digits must come first: strtoll alone would also take
 * blanks and a plus. */
static int read_number(const char *text, int64_t *number, const char **rest)
{
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits < '0' || *digits > '9')
        return -1;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    *rest = end;
    return errno == 0 ? 0 : -1;
}

static int read_with_unit(const char *text, const struct unit *units, int64_t *number)
{
    const char *rest;
    if (read_number(text, number, &rest) != 0)
        return -1;
    for (const struct unit *unit = units; unit->suffix != NULL; unit++)
        if (strcasecmp(rest, unit->suffix) == 0)
            return __builtin_mul_overflow(*number, unit->size, number) ? -1 : 0;
    return -1;
}

static bool is_never(const char *text)
{
    return strcmp(text, "never") == 0 || strcmp(text, "forever") == 0;
}

int option_quantity_read(const struct option *option, const char *text, int64_t *number)
{
    const char *rest;
    switch (option->type) {
    case OPTION_DURATION:
        if (is_never(text) && option_may_be_never(option)) {
            *number = -1;
            return 0;
        }
        return read_with_unit(text, durations, number) == 0 && *number >= 0 ? 0 : -1;
    case OPTION_BYTES:
        return read_with_unit(text, byte_sizes, number) == 0 && *number >= 0 ? 0 : -1;
    default:
        return read_number(text, number, &rest) == 0 && *rest == '\0' ? 0 : -1;
    }
}

void option_quantity_write(const struct option *option, int64_t number, char text[OPTION_TEXT_SIZE])
{
    const struct unit *unit = option->type == OPTION_DURATION ? durations : byte_sizes;
    if (option->type == OPTION_DURATION && number < 0) {
        snprintf(text, OPTION_TEXT_SIZE, "never");
        return;
    }
    while (option->type != OPTION_INTEGER && unit->size > 1 &&
           (number % unit->size != 0 || (number == 0 && unit->size > 1000)))
        unit++;
    snprintf(text, OPTION_TEXT_SIZE, "%" PRId64 "%s",
             option->type == OPTION_INTEGER ? number : number / unit->size,
             option->type == OPTION_INTEGER ? "" : unit->suffix);
}
