/* --dry-run: an outlet without Kafka. Every refused row is printed on stderr, one line each, unless
 * it is silent. */
#ifndef FEEDS_PIPELINE_DRY_OUTLET_H
#define FEEDS_PIPELINE_DRY_OUTLET_H

#include "pipeline/outlet.h"

struct dry_outlet {
    struct feed_name feed;
    struct outlet_events events;
    bool silent;
};

/* dry: begun as {.silent = ...}. */
struct outlet dry_outlet(struct dry_outlet *dry);

#endif
