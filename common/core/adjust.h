/* Movements of one entry's level, in order: what becomes of each, and what is to be written in the
 * end. Each is taken or refused on its own; all of them are one write.
 *
 *     adjust_start(&adjust, entity->adjustment, level, true, ledger, &reason)
 *     for each waiting movement:
 *         verdict = adjust_take(&adjust, &movement)      (refused: adjust_refuse() says why)
 *     if (adjust.write)
 *         adjust_encode(&adjust, &body)                  and write it
 *     adjust_release(&adjust)
 *
 * - A movement that takes the level below its field's minimum is refused, and so is one that brings
 *   it above the maximum; those behind it are judged by the level without it. A level that is out of
 *   range already (somebody wrote it by hand) may move towards the range.
 * - Nothing moved is no movement to write: 0 is taken, and leaves `write` as it is. But what comes
 *   to 0 in the end (5 in, 5 out) must be written where there is a ledger: the two may not come
 *   again together.
 * - A refused movement is noted in the ledger like one that was taken. Its error record is
 *   acknowledged before the write (docs/guarantees.md), so it may be skipped when it comes again; judged
 *   anew, it could be applied although its record says that it was not.
 * - Without a ledger a movement that comes again is applied again: nothing tells. */
#ifndef FEEDS_CORE_ADJUST_H
#define FEEDS_CORE_ADJUST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/entity.h"
#include "core/failure.h"
#include "core/ledger.h"
#include "core/message.h"

enum adjust_verdict {
    ADJUST_APPLIED,
    ADJUST_REDELIVERED, /* applied before: skipped */
    ADJUST_BELOW,       /* negative_stock */
    ADJUST_ABOVE,       /* stock_overflow */
};

struct movement {
    struct ledger_place place;
    int64_t change; /* with its sign */
};

struct adjust {
    const struct adjustment *rules;
    const struct field *field; /* the target's */
    int64_t level;
    bool write;  /* something was applied that must be written */
    bool failed; /* out of memory: adjust_encode() will not do it */
    bool keeps_ledger;
    struct ledger ledger;
};

/* The movement that a message of an ADJUST entity stands for; its record is decoded. Borrows the
 * message's topic. */
struct movement adjust_movement(const struct message *message);

/* level, ledger: what the entry has, as JSON; no level is 0. 0, or -1 when the level is no whole
 * number, or out of memory. */
int adjust_start(struct adjust *adjust, const struct adjustment *rules, const json_t *level,
                 bool keeps_ledger, const json_t *ledger, struct reason *reason);
enum adjust_verdict adjust_take(struct adjust *adjust, const struct movement *movement);
/* Why adjust_take() has just refused the movement. */
void adjust_refuse(const struct adjust *adjust, enum adjust_verdict verdict,
                   const struct movement *movement, struct failure *failure);
/* Appends {"level":12,"ledger":{…}}, with the target's names. -1 when it does not fit, or failed. */
int adjust_encode(const struct adjust *adjust, struct buffer *out);
/* Safe on a zeroed struct. */
void adjust_release(struct adjust *adjust);

#endif
