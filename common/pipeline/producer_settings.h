/* The options of every producer. */
#ifndef FEEDS_PIPELINE_PRODUCER_SETTINGS_H
#define FEEDS_PIPELINE_PRODUCER_SETTINGS_H

#include "core/entity.h"
#include "pipeline/program.h"
#include "service/options.h"

struct producer_settings {
    struct program_settings program; /* first: program_options point into it */
    const char *topic;
    const char *file_name; /* the feed when no operand names one */
    const char *format, *encoding, *delimiter;
    struct option_list map, set;
    bool decimal_comma;
    int64_t row_bytes_max;
    const char *rejected;
    const char *progress_topic;
    const char *identity; /* "content" or "name" */
    bool force;
    bool transactions;
    int64_t transaction_rows, transaction_ms;
    int64_t takeover_ms;
    bool dry_run, strict;
    const char *summary;
    const char *watch_dir, *report_dir; /* "": not given */
    int64_t watch_parallel, watch_still_ms, watch_every_ms;
    bool until_idle, healthcheck;
    const char *health_file;
};

/* Fills in the entity's defaults. The spec borrows the name. */
struct options_spec producer_options(const char *name, const struct entity *entity,
                                     struct producer_settings *settings);

#endif
