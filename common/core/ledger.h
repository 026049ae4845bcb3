/* What was last applied to one entry, by partition, as JSON that is stored with the entry itself:
 *
 *     {"stock/2":{"offset":18831,"timestamp":1795245540123}}
 *
 * One write changes the entry and its ledger, so a movement that comes again is known: its offset is
 * not above the partition's, and it is not newer than what was applied. (One that is newer belongs to
 * a topic that was made anew and counts from 0 again.)
 *
 * Timestamps need not ascend within a partition: producers' clocks differ. What is noted is
 * therefore the newest one that was read from the partition so far, not the message's own. Whatever
 * may come again was read since the committed offset, by this process, and so is not newer. */
#ifndef FEEDS_CORE_LEDGER_H
#define FEEDS_CORE_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Partitions that an entry remembers: beyond them the one with the oldest timestamp is forgotten,
 * whose messages are the last to come again. About 16 KB. */
#define LEDGER_PARTITIONS_MAX 256

/* Where a message stands. The topic is borrowed. */
struct ledger_place {
    const char *topic;
    int32_t partition;
    int64_t offset, timestamp_ms;
    int64_t newest_ms; /* struct message has it */
};

struct ledger {
    json_t *partitions; /* owned; an object */
};

#define LEDGER_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

/* stored: what the entry has; NULL and null are an empty ledger. What is no entry of a ledger in it
 * is left out. 0, or -1 when out of memory. */
int ledger_read(struct ledger *ledger, const json_t *stored);
/* Whether the message has been applied before. */
bool ledger_has(const struct ledger *ledger, const struct ledger_place *place);
/* The message is applied, or refused for good. 0, or -1 when out of memory. */
int ledger_note(struct ledger *ledger, const struct ledger_place *place);
/* Safe on a zeroed ledger. */
void ledger_release(struct ledger *ledger);

#endif
