/* Exit codes are an API: compose files, cron and scripts act on them (sysexits.h numbers). */
#ifndef FEEDS_SERVICE_EXIT_CODE_H
#define FEEDS_SERVICE_EXIT_CODE_H

enum exit_code {
    /* every row is sent or rejected, every message done or rejected */
    EXIT_ALL_ACCOUNTED = 0,
    EXIT_BAD_USAGE = 64,
    /* the feed is unusable, or rows were rejected under --strict */
    EXIT_BAD_FEED = 65,
    EXIT_NO_FEED = 66,
    /* Kafka or Strapi out of reach for longer than GIVE_UP_AFTER */
    EXIT_UNAVAILABLE = 69,
    EXIT_BUG = 70,
    /* a file of ours, or standard output, could not be written */
    EXIT_IO = 74,
    /* a signal before the end; the same command again does the rest */
    EXIT_INTERRUPTED = 75,
    EXIT_CONFIGURATION = 78,
};

#endif
