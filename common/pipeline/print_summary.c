#include "pipeline/print_summary.h"

#include <stdio.h>

#include "service/log.h"

enum exit_code print_summary(const struct ingest_summary *summary, bool json)
{
    struct buffer line = BUFFER_INIT(SUMMARY_BYTES_MAX);
    int failed = json ? summary_json(summary, &line) : summary_text(summary, &line);
    if (failed == 0)
        failed = printf("%s\n", line.data) < 0 || fflush(stdout) != 0;
    buffer_release(&line);
    if (failed == 0)
        return EXIT_ALL_ACCOUNTED;
    log_event(LOG_ERROR_LEVEL, "summary", "why", "stdout cannot be written", NULL);
    return EXIT_IO;
}
