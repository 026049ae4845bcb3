/* What can be set of the waiting for entries that are missing: options named after what is waited
 * for ("PRODUCT_TOPIC"). */
#ifndef FEEDS_PIPELINE_PARENT_SETTINGS_H
#define FEEDS_PIPELINE_PARENT_SETTINGS_H

#include "core/entity.h"
#include "pipeline/consumer_settings.h"
#include "pipeline/parent_wait.h"
#include "pipeline/program.h"
#include "service/options.h"

/* target: an ADJUST's. Puts its defaults into the settings; borrows from static memory, of which there
 * is one. */
struct option_group parent_options(const struct entity *target, struct consumer_settings *settings);
/* 0, or -1 with a reason when Kafka would not take the topics' names, or two are one: exit 78. Also 0
 * when the effect is no ADJUST. */
int parent_options_check(const struct consumer_settings *settings, const struct program *program,
                         struct reason *reason);
/* What the settings come to; no topic when the effect is no ADJUST. */
struct parent_options parent_options_of(const struct consumer_settings *settings,
                                        const struct kafka_options *kafka);

#endif
