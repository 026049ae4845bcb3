/* A row of a feed that is refused: what is said about it, and the error record it becomes. Pure. */
#ifndef FEEDS_PIPELINE_REJECT_H
#define FEEDS_PIPELINE_REJECT_H

#include "core/error_record.h"
#include "core/failure.h"
#include "core/reason.h"
#include "core/row.h"

#define STAGE_READ     "read"     /* the reader could not make cells of it */
#define STAGE_VALIDATE "validate" /* its cells are not what the entity's table asks for */

struct feed_name {
    const char *name; /* without its folders */
    const char *id;
    const char *layout; /* how its rows are written, as JSON; NULL: not known */
};

struct reject {
    const struct row *row; /* number 0: the feed as a whole */
    const struct failure *failure;
    const char *stage; /* one of the above */
};

/* `a.csv, row 1207, line 1209: <failure>`; `a.csv: <failure>` for a feed as a whole. Harmless on a
 * terminal. */
void reject_sentence(const struct reject *reject, const struct feed_name *feed,
                     struct reason *sentence);

/* Fills what a row of a feed has; the caller adds topic, signature and times. The record borrows
 * all four. The original goes in without its line end. */
void reject_record(const struct reject *reject, const struct feed_name *feed,
                   const struct reason *sentence, struct error_record *record);

/* Length of the row without its line end (LF, CRLF or CR). */
size_t reject_raw_len(const struct row *row);

#endif
