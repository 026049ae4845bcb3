/* A pipe whose reading end wakes a poll: librdkafka writes a byte into it when a queue got
 * something. */
#ifndef FEEDS_SERVICE_WAKE_H
#define FEEDS_SERVICE_WAKE_H

struct wake {
    int read_fd, write_fd; /* both non-blocking, close-on-exec */
};

#define WAKE_INIT                                                                                  \
    {                                                                                              \
        -1, -1                                                                                     \
    }

/* 0, or -1 (errno). */
int wake_open(struct wake *wake);
/* Takes out what was written. */
void wake_clear(struct wake *wake);
void wake_close(struct wake *wake);

#endif
