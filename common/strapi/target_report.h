/* What target_check() found, in words: what is promised, and what is weaker than it could be. */
#ifndef FEEDS_STRAPI_TARGET_REPORT_H
#define FEEDS_STRAPI_TARGET_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/reason.h"
#include "strapi/target.h"

/* "on", "off", or "unknown" (Strapi 5 with no entry yet). */
const char *target_drafts_word(const struct target *target);
/* What becomes of every message. */
const char *target_promise(const struct target *target);

/* Ceiling of what target_warnings() has to say. */
#define TARGET_WARNINGS_MAX 3

/* Fills warnings with a sentence for each thing that an operator should know, with its remedy;
 * returns how many. `messages` is what is delivered: of an ADJUST not the target's entity. */
size_t target_warnings(const struct target *target, const struct entity *messages,
                       struct reason *warnings);

#endif
