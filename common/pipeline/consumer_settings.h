/* What can be set of a consumer, as one table. */
#ifndef FEEDS_PIPELINE_CONSUMER_SETTINGS_H
#define FEEDS_PIPELINE_CONSUMER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/entity.h"
#include "pipeline/program.h"

struct consumer_settings {
    struct program_settings program; /* first: program_options[] */
    const struct entity *entity;     /* whose they are */
    const char *topic, *group;
    bool beginning, reset_position;
    const char *on_lost_offsets;
    const char *strapi_url, *strapi_token, *strapi_token_file;
    const char *sink, *on_existing, *ignore_fields;
    bool update_stock;
    int64_t batch_items, max_in_flight, max_attempts;
    int64_t lone_retry_ms, request_timeout_ms;
    int64_t window_messages, window_bytes;
    const char *health_file;
    const char *summary;
    bool until_end, check_target, healthcheck;
    /* ADJUST: what brings the entries that are moved, and how long it is waited for. */
    const char *parent_topic, *parent_group, *progress_topic;
    int64_t parent_grace_ms, parent_wait_ms;
};

/* The program's options with the entity's defaults in *settings: those that make sense for its
 * effect. The spec borrows from static memory, of which there is one. */
struct options_spec consumer_options(const char *program, const struct entity *entity,
                                     struct consumer_settings *settings);

#endif
