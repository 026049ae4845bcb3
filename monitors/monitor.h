/* The monitor's loop: error topic → records → filters → lines, or a summary. */
#ifndef FEEDS_MONITORS_MONITOR_H
#define FEEDS_MONITORS_MONITOR_H

#include "monitors/monitor_settings.h"
#include "pipeline/program.h"
#include "service/exit_code.h"

enum exit_code monitor_run(const struct monitor_settings *settings, const struct program *program);

#endif
