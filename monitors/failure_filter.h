/* Which failures are asked for. Pure. */
#ifndef FEEDS_MONITORS_FAILURE_FILTER_H
#define FEEDS_MONITORS_FAILURE_FILTER_H

#include <stdbool.h>

#include "core/reason.h"
#include "monitors/failure_record.h"
#include "service/options.h"

struct failure_filter {
    const struct option_list *codes, *services, *topics, *feeds; /* empty: all */
    int64_t since_ms, until_ms;                                  /* since <= time < until */
};

/* Codes must be of the closed list (or no_code): a mistyped one would show nothing, for ever.
 * since and until: "" or a time. 0, or -1 with a reason. */
int failure_filter_init(struct failure_filter *filter, const struct option_list *codes,
                        const char *since, const char *until, struct reason *reason);
bool failure_filter_match(const struct failure_filter *filter, const struct failure_record *record);

#endif
