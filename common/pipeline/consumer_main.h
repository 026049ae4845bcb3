/* The skeleton of every consumer: a main passes its entity, the rest is here. */
#ifndef FEEDS_PIPELINE_CONSUMER_MAIN_H
#define FEEDS_PIPELINE_CONSUMER_MAIN_H

#include "core/entity.h"

/* Returns the exit code (service/exit_code.h). */
int consumer_main(int argc, char **argv, const struct entity *entity);

#endif
