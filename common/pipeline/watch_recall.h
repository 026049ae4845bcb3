/* What earlier processes have made of the files that stay in a watched folder: their reports are read
 * once, at the start. The topic feed-progress knows it as well; but it knows nothing of feeds that could
 * not be read, and to ask it of each file takes a moment a file. */
#ifndef FEEDS_PIPELINE_WATCH_RECALL_H
#define FEEDS_PIPELINE_WATCH_RECALL_H

#include "pipeline/filing.h"
#include "pipeline/watch_table.h"

/* Into the table, those files of which it holds still. Reports of other topics do not count. */
void watch_recall(const struct filing *filing, const char *topic, struct watch_table *table);

#endif
