/* SIGTERM and SIGINT are a byte in a pipe; SIGPIPE is ignored. */
#ifndef FEEDS_SERVICE_SIGNALS_H
#define FEEDS_SERVICE_SIGNALS_H

#include <stdbool.h>

/* Installs the handlers, once a process. 0 or -1. */
int signals_setup(void);
/* In a child, whose handlers write into the parent's pipe: a pipe of its own, into which nothing has come
 * yet. Signals should be blocked since before the fork. 0 or -1. */
int signals_renew(void);
/* Readable after a signal came; to be watched, not read. */
int signals_fd(void);
/* Whether a signal that ends the program has come. */
bool signals_stopping(void);
/* How many have come: the second means "at once". */
int signals_count(void);

#endif
