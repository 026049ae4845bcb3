/* --rejected FILE: the rows that were refused, ready to be corrected and fed in again. Of CSV: the
 * feed's own header with `error` and `row` in front, then each refused row's raw bytes behind its
 * sentence and number. In front, because a row with a broken quote or a column too few would garble
 * whatever comes behind it. Those of a feed that is such a file itself give way. Of JSON: one record a line, with the same two as its first members. */
#ifndef FEEDS_FEED_REJECTED_FILE_H
#define FEEDS_FEED_REJECTED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"
#include "core/reason.h"
#include "core/row.h"

struct rejected_file;

/* How a feed's refused rows are written. */
struct rejected_layout {
    bool json;
    bool marked; /* behind a UTF-8 byte order mark, because the feed was in another encoding */
    const char *header; /* CSV: the feed's own */
    size_t header_len;
    char delimiter;    /* CSV */
    const int *fields; /* CSV: for each column the index of its field, -1: none */
    size_t columns;
};

/* Whether the path, also through links, is the file that is open as fd. Terminals and pipes never
 * are: nothing in them can be overwritten. */
bool rejected_file_is(const char *path, int fd);
/* Creates the file (an existing one is replaced at close, not before, and only if it is a file of
 * refused rows or empty). A path that is no file (a terminal, a pipe) is written directly. NULL
 * with a reason. */
struct rejected_file *rejected_file_open(const char *path, struct reason *reason);
/* 0, or -1 with a reason (a full disk). A header is written in front of the first row. */
int rejected_file_add(struct rejected_file *file, const struct rejected_layout *layout,
                      const struct row *row, const struct failure *failure, struct reason *reason);
/* Flushes and, if the run was complete, puts it in place. A complete run without a refused row
 * leaves no file, and removes an older one of that name, which would be taken for this run's; one
 * that is not leaves what is there, as it may name the only rows left to correct. 0 or -1 with a
 * reason; always frees. */
int rejected_file_close(struct rejected_file *file, bool complete, struct reason *reason);

#endif
