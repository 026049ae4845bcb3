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
 * The feed is claimed before its first row, and what became of it recorded behind its last
 * (docs/messages.md): so the same feed is not sent twice by accident.
 *
 * Before anything is sent again, all that is on the way is waited for, and it goes in the order of
 * its rows: one key's rows stay in order. A signal ends it: what is on the way has a few seconds.
 */
#ifndef FEEDS_PIPELINE_KAFKA_OUTLET_H
#define FEEDS_PIPELINE_KAFKA_OUTLET_H

#include "pipeline/outlet.h"
#include "pipeline/program.h"

struct kafka_outlet;

/* Texts are borrowed. */
struct kafka_outlet_settings {
    const char *topic;
    const char *progress_topic; /* where it is recorded which feeds were sent */
    bool by_name;               /* a feed is its content and its file's name */
    bool force;                 /* send what was sent before, as a run of its own */
    bool repeatable;            /* a row that comes twice does no harm */
};

/* Connects when the first row is there. NULL when out of memory. The settings are copied. */
struct kafka_outlet *kafka_outlet_new(const struct program *program,
                                      const struct kafka_outlet_settings *settings);
struct outlet kafka_outlet(struct kafka_outlet *kafka);
void kafka_outlet_free(struct kafka_outlet *kafka);

#endif
