/* The clock and the log of service/, in the test's hands: time passes when the test says so, and
 * lines are kept instead of written. Linked in place of service/clock.c and service/log.c, because
 * a real backoff of 15 s can't be waited for, and "said once" can't be asked of a terminal. */
#ifndef FEEDS_TESTS_FAKE_SERVICE_H
#define FEEDS_TESTS_FAKE_SERVICE_H

#include <stddef.h>
#include <stdint.h>

/* A fresh clock, an empty log. */
void fake_service_reset(void);
void fake_clock_pass(int64_t ms);
/* How often the event was logged. */
size_t fake_log_count(const char *event);
/* Its last line, as "event key=value key=value", without level, time and quotes; "" if there is
 * none. */
const char *fake_log_last(const char *event);

#endif
