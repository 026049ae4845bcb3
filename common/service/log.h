/* Log lines on stderr: one an event, key=value (or JSON with LOG_FORMAT=json), UTC, with a level.
 *
 *     log_event(LOG_WARN, "outage", "route", "create", "why", reason.text, NULL);
 *     2026-11-21T08:00:00.000Z level=warn event=outage route=create why="connection refused"
 *
 * Only the program layer (service, pipeline, mains) logs. */
#ifndef FEEDS_SERVICE_LOG_H
#define FEEDS_SERVICE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARN_LEVEL, LOG_ERROR_LEVEL };

/* service: the program's name, in every line. Defaults: info, logfmt. */
void log_setup(const char *service, enum log_level lowest, bool json);
/* Pairs of key and value (both text), ended by NULL. Values are quoted and escaped as needed;
 * control characters never reach the terminal. One write(2) a line. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
/* The same with one formatted sentence as msg=. */
void log_say(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
