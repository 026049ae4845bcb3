/* Why something failed, as one sentence for a person.
 *
 * Functions that can fail for reasons worth telling take a `struct reason *` as their last
 * parameter and return 0 or -1; the caller owns it, may pass NULL, and adds its own context with
 * reason_prefix(). Only the program layer prints it. */
#ifndef FEEDS_CORE_REASON_H
#define FEEDS_CORE_REASON_H

#include <stdarg.h>

#define REASON_SIZE 512

struct reason {
    char text[REASON_SIZE]; /* always ends with NUL; longer sentences are cut */
};

#define REASON_INIT                                                                                \
    {                                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* The arguments may be the reason's own text. */
void reason_set(struct reason *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void reason_vset(struct reason *reason, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Puts "<format>: " in front of what stands there. */
void reason_prefix(struct reason *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
