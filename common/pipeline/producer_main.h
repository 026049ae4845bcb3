/* The whole of a producer program, for one content type: options, Kafka, one ingest a feed. */
#ifndef FEEDS_PIPELINE_PRODUCER_MAIN_H
#define FEEDS_PIPELINE_PRODUCER_MAIN_H

#include "core/entity.h"

/* The exit code. */
int producer_main(int argc, char **argv, const struct entity *entity);

#endif
