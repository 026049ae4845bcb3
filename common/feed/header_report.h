/* What is wrong with a header, in words that let a person correct it. */
#ifndef FEEDS_FEED_HEADER_REPORT_H
#define FEEDS_FEED_HEADER_REPORT_H

#include "feed/header.h"

/* 0 when every required field has a column and no field has two; else -1 with bad_header, which
 * lists the columns found and the ones expected. */
int header_check(const struct header *header, struct failure *failure);
/* The field whose name differs from that of the column (from 0) in its case only, or NULL. */
const struct field *header_nearly(const struct header *header, size_t column);

#endif
