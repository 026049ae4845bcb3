/* The monitor's loop: error topic → records → filters → lines, or a summary. */
#ifndef FEEDS_MONITORS_MONITOR_H
#define FEEDS_MONITORS_MONITOR_H

#include "monitors/monitor_settings.h"
#include "pipeline/program.h"
#include "service/exit_code.h"

/* Until the topic's end, or a signal. Says in the log why it could not; returns the exit code. */
enum exit_code monitor_run(const struct monitor_settings *settings, const struct program *program);

#endif
