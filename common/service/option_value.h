/* One option's value: from text into the settings, and back. Only options*.c use it. */
#ifndef FEEDS_SERVICE_OPTION_VALUE_H
#define FEEDS_SERVICE_OPTION_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/reason.h"
#include "service/options.h"

#define OPTION_TEXT_SIZE 512

/* Puts the value into the settings. A list grows by it. 0, or -1 with what is expected ("expected a
 * whole number from 1 to 9, not "x""); the caller adds the name of the flag or variable. */
int option_value_set(const struct option *option, void *settings, const char *text,
                     struct reason *reason);
/* Empties a list, so that flags replace the environment's and the default's items. */
void option_value_reset(const struct option *option, void *settings);
/* The value in force as the operator would write it; "" when there is none. Secrets, and what looks
 * like one (a list's "sasl.password=..."), as "(set)" or "(not set)". `index` is for a list. */
void option_value_text(const struct option *option, const void *settings, size_t index,
                       char text[OPTION_TEXT_SIZE]);
/* Values a list has; 1 for anything else. */
size_t option_value_count(const struct option *option, const void *settings);
/* "1 to 1000", "100ms to 1h", "safe, danger or empty"; "" for no range. */
void option_range(const struct option *option, char text[OPTION_TEXT_SIZE]);

#endif
