/* What an operator who mistyped a flag may have meant. Only options.c uses it. */
#ifndef FEEDS_SERVICE_OPTION_SUGGEST_H
#define FEEDS_SERVICE_OPTION_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "service/options.h"

#define OPTION_SUGGESTION_SIZE 80

/* "did you mean --brokers?", or, for a variable that has no flag, "only the environment sets it, as
 * STRAPI_TOKEN". False when nothing is near. */
bool option_suggest(const struct options_spec *spec, const char *name, size_t len,
                    char text[OPTION_SUGGESTION_SIZE]);

#endif
