/* Rows and error records on their way to Kafka: nothing is forgotten before it is acknowledged.
 *
 * What was handed over and not yet acknowledged is kept as tickets, in a window bounded in number
 * and bytes; a full window waits. What Kafka gives back is sent again:
 *
 *     report                    then
 *     delivered                 sent() or rejected()
 *     too large, a row          refused(), and its error record takes its place
 *     too large, a record       written anew for a smaller limit
 *     failed                    again, after a pause, the topics made sure of anew, until nothing
 *                               was acknowledged for GIVE_UP_AFTER
 *
 * Before anything is sent again, all that is on the way is waited for, and it goes in the order of
 * its rows: one key's rows stay in order. A signal ends it: what is on the way has a few seconds.
 */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_H

#include "pipeline/outlet.h"
#include "pipeline/program.h"

struct kafka_outlet;

/* Connects when the first row is there. NULL when out of memory. Borrows both. */
struct kafka_outlet *kafka_outlet_new(const struct program *program, const char *topic);
struct outlet kafka_outlet(struct kafka_outlet *kafka);
void kafka_outlet_free(struct kafka_outlet *kafka);

#endif
