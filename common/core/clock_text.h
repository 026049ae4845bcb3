/* Points in time as text and back. Times are milliseconds since 1970 in UTC everywhere. */
#ifndef FEEDS_CORE_CLOCK_TEXT_H
#define FEEDS_CORE_CLOCK_TEXT_H

#include <stdint.h>

#define CLOCK_TEXT_SIZE 32

/* RFC 3339 with milliseconds: "2026-11-21T08:00:00.000Z". */
void clock_text(int64_t time_ms, char text[CLOCK_TEXT_SIZE]);
/* Reads the same, also without milliseconds ("2026-11-21T08:00:00Z") or time of day ("2026-11-21",
 * its first moment). 0 or -1. */
int clock_read(const char *text, int64_t *time_ms);

#endif
