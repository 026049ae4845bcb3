/* Message bytes → checked record, in the consumer. Takes what our producers send and what the
 * reference's send (lenient forms of the entity's table). Members that the table does not name are
 * ignored: a producer may be newer than its consumer. */
#ifndef FEEDS_CORE_DECODE_H
#define FEEDS_CORE_DECODE_H

#include "core/failure.h"
#include "core/record.h"

/* 0 and the record owns its texts (record_release), or -1 with `failure` filled and the record
 * zeroed. */
int decode_message(const struct entity *entity, const char *bytes, size_t len,
                   struct record *record, struct failure *failure);

#endif
