/* The line on standard output at a feed's end. */
#ifndef FEEDS_PIPELINE_PRINT_SUMMARY_H
#define FEEDS_PIPELINE_PRINT_SUMMARY_H

#include "pipeline/ingest_summary.h"
#include "service/exit_code.h"

/* A summary that nobody can read is as bad as none: a full disk behind stdout is EXIT_IO, and said. */
enum exit_code print_summary(const struct ingest_summary *summary, bool json);

#endif
