/* Which of two exit codes says more about what went wrong; several feeds end with the worst. */
#ifndef FEEDS_PIPELINE_EXIT_RANK_H
#define FEEDS_PIPELINE_EXIT_RANK_H

#include <stdbool.h>

#include "service/exit_code.h"

enum exit_code exit_worse(enum exit_code one, enum exit_code other);
/* Whether it is about the program's surroundings, so that the next feed would fare no better. */
bool exit_ends_all(enum exit_code code);

#endif
