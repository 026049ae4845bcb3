/* The clocks. Pure code takes times as parameters. */
#ifndef FEEDS_SERVICE_CLOCK_H
#define FEEDS_SERVICE_CLOCK_H

#include <stdint.h>

/* Milliseconds since boot, suspended time included (CLOCK_BOOTTIME): for delays and deadlines. */
int64_t clock_now(void);
/* Milliseconds since 1970, UTC: for records. */
int64_t clock_wall(void);

#endif
