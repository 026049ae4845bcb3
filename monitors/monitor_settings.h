/* The options of error-monitor. */
#ifndef FEEDS_MONITORS_MONITOR_SETTINGS_H
#define FEEDS_MONITORS_MONITOR_SETTINGS_H

#include "pipeline/program.h"
#include "service/options.h"

struct monitor_settings {
    struct program_settings program; /* first: program_options point into it */
    struct option_list codes, services, topics, feeds;
    const char *since, *until;
    bool json, summary, until_end, rejected_csv;
};

/* 0, or -1 with a reason: flags that cannot be meant together. Exit 64. */
int monitor_settings_check(const struct monitor_settings *settings, struct reason *reason);
/* Fills in the defaults. Borrows the settings' place only while it is called. */
struct options_spec monitor_options(struct monitor_settings *settings);

#endif
