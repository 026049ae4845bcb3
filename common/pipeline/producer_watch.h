/* --watch: the producer as a service. What watch.h does, with the settings of a producer. */
#ifndef FEEDS_PIPELINE_PRODUCER_WATCH_H
#define FEEDS_PIPELINE_PRODUCER_WATCH_H

#include "core/reason.h"
#include "pipeline/ingest.h"
#include "pipeline/kafka_outlet.h"
#include "pipeline/producer_settings.h"

/* 0, or -1 with a reason: these settings do not go together. feeds: how many were named. */
int producer_watch_check(const struct producer_settings *settings, int feeds,
                         struct reason *reason);
/* What --healthcheck answers: 0, or 1, which Docker takes for unhealthy. */
int producer_healthcheck(const struct producer_settings *settings);
/* The exit code. Without a folder to watch, or to report to, the reason says so, and nothing is done. */
enum exit_code producer_watch(const struct producer_settings *settings,
                              const struct program *program, const struct ingest_options *ingest,
                              const struct kafka_outlet_settings *outlet, struct reason *reason);

#endif
